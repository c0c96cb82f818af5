"""Listening once: killed in the middle, it goes on to what it would have been."""

import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from media import silence, tone, write_wav

from headrouter.fakes import FakeListener
from headrouter.hear.index import AudioIndex
from headrouter.models import MODELS
from memory import Store
from tools.errors import DiskError
from tools.ingest import add_recording, index_folder, ingest, keep

CARD = replace(MODELS["nano"], name="fake", window_seconds=2.0)

SLOW = """
import sys, time
from pathlib import Path
sys.path[:0] = {tests!r}
from test_ingest import CARD
from headrouter.fakes import FakeListener
from memory import Store
from tools.ingest import add_recording, ingest
home, wav = Path(sys.argv[1]), Path(sys.argv[2])
with Store.open(home / "home" / "db") as store:
    print("begun", flush=True)
    ingest(store, FakeListener(card=CARD), home / "features", add_recording(store, wav),
           on_fraction=lambda done: time.sleep(0.05))
"""


@pytest.fixture
def wav(tmp_path):
    rng = np.random.default_rng(0)
    return write_wav(tmp_path / "long.wav", tone(60) * rng.random(60 * 16_000, np.float32))


def test_killed_while_it_listens_the_index_becomes_the_same(tmp_path, wav):
    here = Path(__file__).parent
    script = SLOW.format(tests=[str(here), str(here.parent)])
    child = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path), str(wav)], stdout=subprocess.PIPE
    )
    assert child.stdout.readline() == b"begun\n"
    partial = None
    for _ in range(200):
        time.sleep(0.05)
        partial = next((tmp_path / "features").rglob("levels"), None)
        if partial and partial.stat().st_size > 0:
            break
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    listener = FakeListener(card=CARD)
    with Store.open(tmp_path / "home" / "db") as store:
        (recording,) = store.recordings()
        assert recording.state == "ingesting"
        index = ingest(store, listener, tmp_path / "features", recording)
        assert store.recording(recording.id).state == "ready"
        whole = ingest(store, FakeListener(card=CARD), tmp_path / "other", recording)
    assert 0 < listener.ingested < 30
    assert np.array_equal(index.levels, whole.levels)
    assert index.meta == whole.meta


def test_a_file_that_grows_is_heard_on(tmp_path):
    sound = tone(5.5)
    wav = write_wav(tmp_path / "a.wav", sound[: 16_000 * 3 + 8_000])
    listener = FakeListener(card=CARD)
    with Store.open(tmp_path / "home" / "db") as store:
        recording = add_recording(store, wav)
        assert ingest(store, listener, tmp_path / "f", recording).meta.seconds == 3.5
        write_wav(wav, sound)
        assert ingest(store, listener, tmp_path / "f", recording).meta.seconds == 3.5
        index = ingest(store, listener, tmp_path / "f", recording, grow=True)
        assert index.meta.seconds == 5.5
        assert store.recording(recording.id).seconds == 5.5
    assert listener.ingested == 2 + 2  # the second window, heard in part, once more
    folder = index_folder(tmp_path / "f", recording, "fake")
    assert AudioIndex.open(folder, "fake").meta.tokens == index.meta.tokens


def test_what_came_by_upload_is_kept(tmp_path):
    first = write_wav(tmp_path / "talk.wav", tone(1))
    place = keep(tmp_path / "media", first)
    assert not first.exists()
    again = write_wav(tmp_path / "talk.wav", tone(1))
    assert keep(tmp_path / "media", again) == place
    assert place.name == "talk.wav"
    assert len(list((tmp_path / "media").rglob("*.wav"))) == 1


def test_an_upload_that_cannot_be_kept_says_where(tmp_path):
    (tmp_path / "media").write_text("a file")
    with pytest.raises(DiskError, match=r"talk\.wav can't be kept in .*media"):
        keep(tmp_path / "media", write_wav(tmp_path / "talk.wav", tone(1)))


@pytest.mark.parametrize(
    ("sound", "note"),
    [
        ([tone(4), silence(4), tone(1)], "0:04 of silence skipped"),
        ([tone(3), silence(2), tone(3)], None),  # no window of two seconds is silent in whole
        ([silence(3)], "0:03 of silence skipped"),
    ],
)
def test_silence_that_was_skipped_is_said(tmp_path, sound, note):
    wav = write_wav(tmp_path / "a.wav", np.concatenate(sound))
    with Store.open(tmp_path / "home" / "db") as store:
        recording = add_recording(store, wav)
        ingest(store, FakeListener(card=CARD), tmp_path / "f", recording)
        assert store.recording(recording.id).note == note


@pytest.mark.parametrize("harm", ["cut", "all cut", "flipped", "no times"])
def test_what_was_heard_and_is_damaged_is_heard_again(tmp_path, wav, harm):
    with Store.open(tmp_path / "home" / "db") as store:
        recording, features = add_recording(store, wav), tmp_path / "features"
        whole = ingest(store, FakeListener(card=CARD), features, recording)
        folder = index_folder(features, recording, "fake")
        levels = np.array(whole.levels)
        if harm == "no times":
            meta = (folder / "index.json").read_text().replace('"token_seconds": ', '"was": ')
            (folder / "index.json").write_text(meta)
        elif harm == "flipped":
            np.full(len(levels), -120, np.float32).tofile(folder / "levels")  # all of it silent
        else:
            for name in ("levels", "mass") if harm == "all cut" else ("levels",):
                (folder / name).write_bytes((folder / name).read_bytes()[: 4 * 10])
        again = FakeListener(card=CARD)
        index = ingest(store, again, features, recording)
        assert again.ingested == 30
        assert np.array_equal(index.levels, levels)
        assert "was damaged, and was made again" in store.recording(recording.id).note
        assert ingest(store, again, features, recording).meta == index.meta
        assert again.ingested == 30


def test_what_was_heard_for_another_library_is_known_as_well(tmp_path):
    wav = write_wav(tmp_path / "a.wav", np.concatenate([tone(2), silence(4), tone(1)]))
    features, found = tmp_path / "features", []
    for name in ("one", "two"):
        with Store.open(tmp_path / name / "db") as store:
            listener = FakeListener(card=CARD)
            recording = add_recording(store, wav)
            ingest(store, listener, features, recording)
            kept = store.recording(recording.id)
            found.append((kept.state, kept.seconds, kept.note))
    assert found[0] == found[1] == ("ready", 7.0, "0:04 of silence skipped")
