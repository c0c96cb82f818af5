"""Files that change: nothing is computed for a recording from a file that is another."""

import os
import shutil
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from media import LevelRecogniser, rising, tone, write_wav

from headrouter.fakes import FakeListener
from headrouter.models import MODELS
from memory import Store
from tools import content
from tools.content import content_of, locate, open_recording
from tools.errors import MediaError
from tools.ingest import add_recording, heard_before, ingest, measured
from tools.playable import playable
from tools.transcript import RECOGNISER, words_between
from tools.waveform import spectrogram

CARD = replace(MODELS["nano"], name="fake", window_seconds=2.0)


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "home" / "store.db") as store:
        yield store


def samples_of(seed, seconds):
    """Noise that no other seed gives."""
    return np.random.default_rng(seed).uniform(-0.5, 0.5, round(seconds * 16_000)).astype("f4")


def doors(store, recording, folder):
    """Everything that computes something from the file of a recording, by name."""
    hear, words = FakeListener(card=CARD), LevelRecogniser()
    return {
        "ingest": lambda: ingest(store, hear, folder / "features", recording),
        "transcript": lambda: words_between(store, lambda: words, recording, 0.0, 1.0),
        "length": lambda: measured(store, replace(recording, seconds=None)),
        "player": lambda: playable(store, recording, folder / "playable"),
        "picture": lambda: spectrogram(open_recording(store, recording), 0.0, 1.0),
    }


@settings(max_examples=25, deadline=None)
@given(
    seeds=st.tuples(st.integers(0, 999), st.integers(0, 999)),
    lengths=st.tuples(*[st.sampled_from([1.0, 1.25])] * 2),
    how=st.sampled_from(["copied over", "moved over", "written over"]),
    same_times=st.booleans(),
)
def test_any_two_contents_under_one_name(seeds, lengths, how, same_times):
    """The second is never heard as the first, however alike the files look."""
    contents = [samples_of(*pair) for pair in zip(seeds, lengths, strict=True)]
    with TemporaryDirectory() as name, Store.open(Path(name) / "home" / "store.db") as store:
        folder = Path(name)
        path = write_wav(folder / "rec.wav", contents[0])
        recording, before = add_recording(store, path), path.stat()
        data = write_wav(folder / "other.wav", contents[1]).read_bytes()
        if how == "moved over":
            (folder / "other.wav").replace(path)
        elif how == "copied over":
            shutil.copyfile(folder / "other.wav", path)
        else:
            with path.open("r+b") as file:
                file.write(data)
                file.truncate()
        if same_times:
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        same = (seeds[0], lengths[0]) == (seeds[1], lengths[1])
        for door, use in doors(store, recording, folder).items():
            if same:
                use()
                continue
            with pytest.raises(MediaError, match="no longer holds the recording"):
                use()
                pytest.fail(f"{door} used another file")
        if not same:
            assert store.heard_ranges(recording.id, RECOGNISER) == []
            assert heard_before(folder / "features", recording, "fake") is None
            assert add_recording(store, path).id != recording.id
        write_wav(path, contents[0])
        for use in doors(store, recording, folder).values():
            use()


def test_what_was_stored_of_the_old_content_stays(store, tmp_path):
    path = write_wav(tmp_path / "rec.wav", rising(4))
    old = add_recording(store, path)
    words = words_between(store, LevelRecogniser, old, 0.0, 4.0)
    write_wav(path, tone(4))
    assert words_between(store, LevelRecogniser, old, 0.0, 4.0) == words
    new = add_recording(store, path)
    assert new.id != old.id
    assert store.words(new.id, RECOGNISER) == []
    assert store.recording(path) == new
    assert store.recording(old.id).sha256 == old.sha256


def test_a_file_that_becomes_another_while_it_is_read(store, tmp_path):
    path = write_wav(tmp_path / "rec.wav", tone(4))
    windows = open_recording(store, add_recording(store, path)).windows(1.0)
    next(windows)
    write_wav(path, tone(4, 0.25))
    with pytest.raises(MediaError, match="no longer holds"):
        next(windows)


def test_an_index_that_was_begun_goes_on_once_the_file_is_back(store, tmp_path):
    sound = np.concatenate([tone(2, level) for level in (0.1, 0.2, 0.3, 0.4, 0.5)])
    path = write_wav(tmp_path / "rec.wav", sound)
    recording, listener = add_recording(store, path), FakeListener(card=CARD)

    def replaced(fraction):
        write_wav(path, tone(12))

    with pytest.raises(MediaError, match="no longer holds"):
        ingest(store, listener, tmp_path / "f", recording, on_fraction=replaced)
    assert store.recording(recording.id).state == "failed"
    write_wav(path, sound)
    index = ingest(store, listener, tmp_path / "f", recording)
    whole = ingest(store, FakeListener(card=CARD), tmp_path / "other", recording)
    assert np.array_equal(index.levels, whole.levels)


@pytest.mark.parametrize("touch", ["times", "mode", "number"])
def test_a_file_that_only_looks_different_is_read_and_used(store, tmp_path, touch):
    path = write_wav(tmp_path / "rec.wav", tone(1))
    recording = add_recording(store, path)
    if touch == "times":
        os.utime(path, (1e9, 1e9))
    elif touch == "mode":
        path.chmod(0o600)
    else:
        shutil.copy(path, tmp_path / "copy.wav")
        (tmp_path / "copy.wav").replace(path)
    assert locate(store, recording) == path


def test_a_file_that_looks_the_same_is_not_read_again(store, tmp_path, monkeypatch):
    path = write_wav(tmp_path / "rec.wav", tone(1))
    os.utime(path, (1e9, 1e9))
    monkeypatch.setattr(content, "_GRAIN", -1.0)  # as if it had been written long ago
    recording = add_recording(store, path)
    monkeypatch.setattr(content, "content_hash", lambda path: pytest.fail("it was read again"))
    assert locate(store, recording) == path


def test_a_file_just_written_is_read_again_before_it_is_trusted(store, tmp_path):
    """Two contents may have the same size and times within the grain of a file system's clock."""
    path = write_wav(tmp_path / "rec.wav", tone(1))
    assert content_of(path).settled is None
    (place,) = store.places(add_recording(store, path).id)
    assert place.stamp is None


class TestSeveralPaths:
    @pytest.fixture
    def two(self, store, tmp_path):
        for drive in ("disk", "drive"):
            (tmp_path / drive).mkdir()
            path = write_wav(tmp_path / drive / "rec.wav", rising(4))
            recording = add_recording(store, path)
        return recording

    def test_are_all_kept_the_latest_first(self, store, two, tmp_path):
        paths = [place.path for place in store.places(two.id)]
        assert paths == [tmp_path / "drive" / "rec.wav", tmp_path / "disk" / "rec.wav"]
        assert store.recording(tmp_path / "disk" / "rec.wav") == two

    def test_a_drive_that_is_away(self, store, two, tmp_path):
        shutil.rmtree(tmp_path / "drive")
        assert locate(store, two) == tmp_path / "disk" / "rec.wav"
        assert len(words_between(store, LevelRecogniser, two, 0.0, 4.0)) == 4

    def test_a_copy_that_was_replaced(self, store, two, tmp_path):
        write_wav(tmp_path / "drive" / "rec.wav", tone(4))
        assert open_recording(store, two).media.path == tmp_path / "disk" / "rec.wav"

    def test_none_that_is_right_tells_of_each(self, store, two, tmp_path):
        write_wav(tmp_path / "drive" / "rec.wav", tone(4))
        (tmp_path / "disk" / "rec.wav").unlink()
        with pytest.raises(MediaError) as refused:
            locate(store, two)
        assert "disk/rec.wav was not found" in str(refused.value)
        assert f"drive/rec.wav no longer holds the recording {two.id} (rec.wav)" in str(
            refused.value
        )
