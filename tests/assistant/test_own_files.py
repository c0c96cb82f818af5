"""Files that somebody names: none of the assistant's own, and none that a name came to mean."""

import sqlite3
import subprocess
import sys
from contextlib import closing

import anyio
import pytest
from mcp.server.fastmcp.exceptions import ToolError
from media import tone, write_wav

from assistant.ask.events import Failed
from assistant.ask.nodes import find_recording
from assistant.ask.state import Request
from assistant.doors.cli.main import main
from assistant.doors.mcp_server import Door
from assistant.doors.places import Places
from assistant.errors import BadRequest
from assistant.work.jobs import Jobs
from tools import ingest as ingesting
from tools.audio import AudioReader
from tools.content import content_of
from tools.errors import MediaError
from tools.ingest import add_recording, ingest
from tools.media import content_hash, open_media
from tools.playable import playable

OPEN_AND_CLOSE = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('SELECT 1 FROM jobs')"


@pytest.fixture
def names(assistant, tmp_path):
    """What the assistant's own files can be called."""
    home = assistant.settings.home
    assistant.store.start_session("first")  # so that there is a journal
    (home / "features" / "ab").mkdir(parents=True)
    heard = home / "features" / "ab" / "keys"
    heard.write_bytes(b"heard")
    linked, folder = tmp_path / "linked.wav", tmp_path / "folder"
    linked.symlink_to(home / "headrouter.db")
    folder.symlink_to(home)
    hard = {name: tmp_path / f"{name}.wav" for name in ("headrouter.db", "headrouter.db-wal")}
    for name, path in hard.items():
        path.hardlink_to(home / name)
    return [
        home / "headrouter.db",
        home / "headrouter.db-wal",
        home / "headrouter.db-shm",
        home / "features" / ".." / "headrouter.db",
        heard,
        linked,
        folder / "headrouter.db",
        *hard.values(),
    ]


def through(door, assistant, name, tmp_path, monkeypatch, capsys):
    """Names a file at a door; what is said about it."""
    place = str(name)
    if door == "command line":
        home = str(assistant.settings.home)
        monkeypatch.setattr(sys, "argv", ["headrouter", "ingest", place, "--home", home])
        with pytest.raises(SystemExit):
            main()
        return capsys.readouterr().err
    if door == "question":
        (failed,) = [e for e in assistant.ask(Request(place, "What?")) if isinstance(e, Failed)]
        return failed.message
    if door == "tool":
        with pytest.raises(ToolError) as caught:
            anyio.run(Door(assistant, Jobs(assistant)).ingest, place)
        return str(caught.value)
    with pytest.raises((MediaError, BadRequest)) as caught:
        if door == "server":  # where the home folder is in a folder that may be named
            update = {"allowed_folders": (tmp_path,)}
            assistant.settings = assistant.settings.model_copy(update=update)
            Places(assistant).recording(place)
        else:
            find_recording(assistant.store, place)
    return str(caught.value)


@pytest.mark.parametrize("door", ["command line", "question", "tool", "server", "page"])
def test_no_door_opens_a_file_of_the_assistants_own(
    door, assistant, names, tmp_path, monkeypatch, capsys
):
    journal = assistant.settings.home / "headrouter.db-wal"
    before = journal.stat().st_ino
    for name in names:
        told = through(door, assistant, name, tmp_path, monkeypatch, capsys)
        assert "the assistant" in told, name
        assert "name a recording" in told, name
    use_elsewhere(assistant)
    assert journal.stat().st_ino == before
    assert assistant.store.recordings() == []


def use_elsewhere(assistant):
    """Another process opens and closes the database."""
    command = [sys.executable, "-c", OPEN_AND_CLOSE, assistant.settings.database]
    subprocess.run(command, check=True)


def test_after_naming_it_the_database_loses_nothing(assistant, names):
    """Its locks would be gone, and the next to close it would remove the journal."""
    home, store = assistant.settings.home, assistant.store
    for name in names:
        for look in (content_hash, open_media, AudioReader):
            if "features" not in str(name):
                with pytest.raises(MediaError, match="own database"):
                    look(name)
    before = (home / "headrouter.db-wal").stat().st_ino
    use_elsewhere(assistant)
    assert (home / "headrouter.db-wal").stat().st_ino == before
    store.start_session("second")
    store.close()
    with closing(sqlite3.connect(home / "headrouter.db")) as db:
        assert db.execute("SELECT count(*) FROM sessions").fetchone() == (2,)


def test_what_is_in_the_media_folder_can_be_named(assistant):
    assistant.settings.uploads.mkdir(parents=True)
    wav = write_wav(assistant.settings.uploads / "a.wav", tone(1))
    assert find_recording(assistant.store, str(wav)).path == wav


def test_a_recording_whose_place_leads_to_the_database_later(assistant, fake, tmp_path):
    wav = write_wav(tmp_path / "a.wav", tone(1))
    recording = find_recording(assistant.store, str(wav))
    wav.unlink()
    wav.symlink_to(assistant.settings.database)
    for use in (
        lambda: ingest(assistant.store, fake, assistant.settings.features, recording),
        lambda: playable(assistant.store, recording, tmp_path),
        lambda: AudioReader(recording.path),
    ):
        with pytest.raises(MediaError, match="own database|no longer holds"):
            use()


class TestSwapped:
    """A folder is swapped for a link while what is in it is looked at."""

    @pytest.fixture
    def places(self, assistant, tmp_path):
        (tmp_path / "open" / "inner").mkdir(parents=True)
        (tmp_path / "secret").mkdir()
        write_wav(tmp_path / "open" / "inner" / "a.wav", tone(1))
        write_wav(tmp_path / "secret" / "a.wav", tone(2))
        update = {"allowed_folders": (tmp_path / "open",)}
        assistant.settings = assistant.settings.model_copy(update=update)
        return Places(assistant)

    def swap(self, tmp_path):
        inner = tmp_path / "open" / "inner"
        inner.rename(tmp_path / "moved")
        inner.symlink_to(tmp_path / "secret")

    def test_between_the_check_and_the_opening(self, places, tmp_path, monkeypatch):
        allowed = places._allowed

        def check(real):
            allowed(real)
            monkeypatch.setattr(places, "_allowed", allowed)
            self.swap(tmp_path)

        monkeypatch.setattr(places, "_allowed", check)
        with pytest.raises(BadRequest, match="allowed_folders"):
            places.recording(str(tmp_path / "open" / "inner" / "a.wav"))
        assert places.assistant.store.recordings() == []

    def test_between_the_opening_and_the_reading(self, places, tmp_path, monkeypatch):
        def reader(path, limits, track):
            self.swap(tmp_path)
            return AudioReader(path, limits, track=track)

        monkeypatch.setattr(ingesting, "AudioReader", reader)
        with pytest.raises(MediaError, match="was replaced while it was looked at"):
            places.recording(str(tmp_path / "open" / "inner" / "a.wav"))
        assert places.assistant.store.recordings() == []

    def test_what_is_hashed_is_what_was_checked(self, assistant, tmp_path, monkeypatch):
        wav, other = write_wav(tmp_path / "a.wav", tone(1)), write_wav(tmp_path / "b.wav", tone(2))

        def hash_of(place):
            other.replace(wav)
            return content_of(place)

        monkeypatch.setattr(ingesting, "content_of", hash_of)
        with pytest.raises(MediaError, match="was replaced"):
            add_recording(assistant.store, wav)
        assert assistant.store.recordings() == []

    def test_whether_a_file_is_there_is_told_of_allowed_folders_only(self, places, tmp_path):
        for name in ("a.wav", "none.wav"):
            with pytest.raises(BadRequest, match="allowed_folders"):
                places.recording(str(tmp_path / "secret" / name))


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_without_such_handles_the_name_is_looked_at_twice(
    platform, assistant, tmp_path, monkeypatch
):
    monkeypatch.setattr("sys.platform", platform)
    monkeypatch.delattr("os.O_PATH")
    wav = write_wav(tmp_path / "a.wav", tone(1))
    (tmp_path / "link.wav").symlink_to(wav)
    found = add_recording(assistant.store, tmp_path / "link.wav")
    assert (found.path, found.name) == (wav, "link.wav")
    with pytest.raises(MediaError, match="was not found"):
        add_recording(assistant.store, tmp_path / "none.wav")
