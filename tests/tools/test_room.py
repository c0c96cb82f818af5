"""Indexes take no more than their room: the least recently used goes first."""

import os
from dataclasses import replace

import pytest
from filelock import FileLock
from media import tone, write_wav

from headrouter.fakes import FakeListener
from headrouter.hear.index import META
from headrouter.models import MODELS
from memory import Store
from tools.disk import bytes_in
from tools.ingest import add_recording, index_folder, ingest

CARD = replace(MODELS["nano"], name="fake")


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "home" / "db") as store:
        yield store


@pytest.fixture
def heard(store, tmp_path):
    """Hears a recording of so many seconds; its index's folder."""
    features = tmp_path / "features"

    def hear(name, seconds=10.0, room=None):
        wav = write_wav(tmp_path / f"{name}.wav", tone(seconds, level=0.01 * len(name)))
        recording = add_recording(store, wav)
        ingest(store, FakeListener(card=CARD), features, recording, room=room)
        return index_folder(features, recording, "fake")

    return hear


def age(folder, seconds):
    """As if the index had been used that long ago."""
    then = (folder / META).stat().st_mtime - seconds
    os.utime(folder / META, (then, then))


def state(store, folder):
    (recording,) = (r for r in store.recordings() if r.sha256 == folder.parent.name)
    return recording.state


def test_the_least_recently_used_goes_first(store, heard):
    old, older = heard("a"), heard("bb")
    age(old, 100)
    age(older, 200)
    new = heard("ccc", room=2 * bytes_in(old) + 1000)
    assert [folder.exists() for folder in (older, old, new)] == [False, True, True]
    assert [state(store, folder) for folder in (older, old, new)] == ["new", "ready", "ready"]


def test_asking_counts_as_use(heard):
    first, second = heard("a"), heard("bb")
    age(first, 200)
    age(second, 100)
    heard("a")
    heard("ccc", room=2 * bytes_in(first) + 1000)
    assert first.exists()
    assert not second.exists()


def test_the_one_in_use_stays_whatever_the_room(heard):
    before, using = heard("a"), heard("bb", room=1)
    assert not before.exists()
    assert using.exists()


def test_with_room_to_spare_all_stay(heard):
    folders = [heard("a"), heard("bb", room=10**9)]
    assert all(folder.exists() for folder in folders)


def test_what_is_being_made_stays(heard):
    making = heard("a")
    with FileLock(making.with_name(f"{making.name}.lock")):
        heard("bb", room=1)
    assert making.exists()


def test_what_went_is_heard_again(store, heard):
    folder = heard("a")
    heard("bb", room=1)
    assert not folder.exists()
    (recording,) = (r for r in store.recordings() if r.sha256 == folder.parent.name)
    assert recording.note == "removed to make room; the next question hears it again"
    assert heard("a") == folder
    assert folder.exists()
    assert state(store, folder) == "ready"
