"""Copies for browsers: made once, and gone when forgotten."""

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from media import tone, write_media, write_wav

from headrouter.fakes import FakeListener
from memory import NotFound, Store
from tools import playable as module
from tools.audio import AudioReader
from tools.errors import DiskError, MediaError
from tools.ingest import add_recording, forget, ingest, keep
from tools.playable import playable

AT_ONCE = 6


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "home" / "store.db") as store:
        yield store


@pytest.fixture
def folders(tmp_path):
    return {name: tmp_path / name for name in ("features", "uploads", "playable")}


def test_many_who_ask_at_once_get_one_conversion(store, tmp_path, folders, monkeypatch):
    path = write_media(tmp_path / "a.mkv", tone(20), rate=16_000)
    recording, made = add_recording(store, path), []
    together, convert = threading.Barrier(AT_ONCE), module._convert

    def counted(reader, target):
        made.append(target)
        convert(reader, target)

    def ask():
        together.wait()
        return playable(store, recording, folders["playable"])

    monkeypatch.setattr(module, "_convert", counted)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        got = [future.result() for future in [pool.submit(ask) for _ in range(AT_ONCE)]]
    assert len(made) == 1
    assert set(got) == set(made)
    heard = np.concatenate([window.samples for window in AudioReader(got[0]).windows()])
    assert len(heard) == pytest.approx(20 * 16_000, abs=2_000)


def test_what_was_converted_is_played_when_the_file_is_gone(store, tmp_path, folders):
    path = write_media(tmp_path / "a.mkv", tone(1))
    recording = add_recording(store, path)
    made = playable(store, recording, folders["playable"])
    path.unlink()
    assert playable(store, recording, folders["playable"]) == made


def test_a_file_that_became_another_is_not_played(store, tmp_path, folders):
    path = write_wav(tmp_path / "a.wav", tone(1))
    recording = add_recording(store, path)
    write_wav(path, tone(2))
    with pytest.raises(MediaError, match=r"a\.wav no longer holds"):
        playable(store, recording, folders["playable"])


def test_a_folder_that_cannot_be_written(store, tmp_path, folders):
    recording = add_recording(store, write_media(tmp_path / "a.mkv", tone(1)))
    folders["playable"].write_text("a file")
    with pytest.raises(DiskError, match=r"a\.mkv can't be made ready to play") as refused:
        playable(store, recording, folders["playable"])
    assert str(tmp_path) not in str(refused.value)


class TestForgetting:
    def test_takes_every_copy_that_was_made_here(self, store, tmp_path, folders):
        film = write_media(tmp_path / "film.mkv", tone(3), rate=16_000)
        for name in ("one.mkv", "two.mkv"):  # the same upload under two names
            path = shutil.copy(film, tmp_path / name)
            recording = add_recording(store, keep(folders["uploads"], path))
        ingest(store, FakeListener(), folders["features"], recording)
        playable(store, recording, folders["playable"])
        forget(store, recording, **folders)
        for folder in folders.values():
            assert [path for path in folder.rglob("*") if path.is_file()] == []
        with pytest.raises(NotFound):
            store.recording(recording.id)

    def test_takes_uploads_that_the_store_does_not_know_of(self, store, tmp_path, folders):
        path = write_wav(tmp_path / "a.wav", tone(1))
        stored = keep(folders["uploads"], path)
        shutil.copy(stored, stored.with_name("before.wav"))
        forget(store, add_recording(store, stored), **folders)
        assert not stored.parent.exists()

    def test_leaves_files_that_lie_elsewhere(self, store, tmp_path, folders):
        path = write_wav(tmp_path / "a.wav", tone(1))
        forget(store, add_recording(store, path), **folders)
        assert path.exists()
