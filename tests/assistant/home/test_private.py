"""What is kept is its user's alone, whatever the system would let others do."""

import os
import sys

import pytest
from media import FakeRecogniser, tone, write_wav

from assistant.app import Assistant
from assistant.ask.context import Models
from assistant.ask.state import Request
from assistant.doors.cli.main import main
from assistant.home.private import mend
from assistant.settings import Settings
from assistant.work.live import Live
from memory import Store
from memory.errors import StoreError


@pytest.fixture(autouse=True)
def generous():
    """Others may read what is made, as on most systems."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def open_to_others(home):
    """Files and folders in a home folder, itself too, with which others could do something."""
    return [path for path in (home, *home.rglob("*")) if path.lstat().st_mode & 0o077]


@pytest.fixture
def command(tmp_path, fake, monkeypatch):
    monkeypatch.setattr("assistant.app.load_listener", lambda settings: fake)
    monkeypatch.setattr("assistant.app.load_recogniser", lambda settings: FakeRecogniser())
    home = tmp_path / "home"

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["headrouter", *arguments, "--home", str(home)])
        with pytest.raises(SystemExit) as caught:
            main()
        assert caught.value.code == 0
        return home

    return run


def test_what_commands_make(command, tmp_path):
    wav = str(write_wav(tmp_path / "a.wav", tone(2)))
    command("ask", wav, "What?")
    home = command("recordings", "list")
    assert list(home.rglob("keys"))
    assert open_to_others(home) == []


def test_a_command_leaves_no_trace_in_its_process(command):
    command("recordings", "list")
    assert os.umask(0o022) == 0o022


def test_the_folder_is_closed_to_who_uses_the_library(tmp_path, fake):
    settings = Settings(home=tmp_path / "home", cache=tmp_path / "cache")
    wav = str(write_wav(tmp_path / "a.wav", tone(2)))
    with Assistant(settings, Models(lambda: fake, FakeRecogniser)) as assistant:
        list(assistant.ask(Request(wav, "What?")))
        with Live(assistant) as live:
            live.feed(tone(1))
            found = open_to_others(settings.home)
    assert settings.home not in found
    assert not [path for path in found if ".db" in path.name and path.suffix != ".lock"]


@pytest.mark.parametrize("how", ["command", "store"])
def test_what_an_earlier_version_left_open_is_closed(command, tmp_path, how):
    wav = str(write_wav(tmp_path / "a.wav", tone(2)))
    home = command("ask", wav, "What?")
    (home / "media" / "live").mkdir(parents=True)
    write_wav(home / "media" / "live" / "b.wav", tone(1))
    outside = tmp_path / "outside"
    outside.mkdir()
    (home / "media" / "link").symlink_to(outside)
    for path in (*home.rglob("*"), home):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() else 0o644)
    command(*(("ask", wav, "What?") if how == "command" else ("recordings", "list")))
    assert [path.name for path in open_to_others(home)] == ["link"]
    assert outside.stat().st_mode & 0o077
    assert (home / "headrouter.db").stat().st_mode & 0o777 == 0o600
    assert home.stat().st_mode & 0o777 == 0o700


def test_a_home_folder_that_is_the_users_own_or_everybodys(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    for home, mode in ((tmp_path / "me", 0o755), (tmp_path / "all", 0o1777)):
        home.mkdir()
        home.chmod(mode)
        (home / "thesis").write_text("x")
        (home / "headrouter.db").write_text("")
        (home / "headrouter.db").chmod(0o644)
        mend(Settings(home=home))
        assert home.stat().st_mode & 0o1777 == mode
        assert (home / "thesis").stat().st_mode & 0o777 == 0o644
        assert (home / "headrouter.db").stat().st_mode & 0o777 == 0o600


def test_what_can_not_be_made_is_said(tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "headrouter.db").symlink_to(tmp_path / "nowhere" / "x.db")
    with pytest.raises(StoreError):
        Store.open(tmp_path / "home" / "headrouter.db")
