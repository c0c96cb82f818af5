"""Files with several audio tracks: which one is heard, and that this is told."""

from dataclasses import replace

import av
import numpy as np
import pytest
from media import LevelRecogniser, silence, tone

from headrouter.fakes import FakeListener
from headrouter.models import MODELS
from memory import Store
from tools.audio import AudioReader
from tools.content import locate
from tools.errors import MediaError
from tools.ingest import add_recording, index_folder, ingest, measured, on_track
from tools.playable import playable
from tools.tracks import choose, in_words
from tools.transcript import words_between

LOUD, FAINT = 0.5, 0.05


def write(path, *tracks, rate=16_000, codec="flac"):
    """A file with audio tracks: (samples, language, title) of each."""
    with av.open(str(path), "w") as container:
        streams = [container.add_stream(codec, rate=rate, layout="mono") for _ in tracks]
        for stream, (_, language, title) in zip(streams, tracks, strict=True):
            named = {"language": language, "title": title}
            stream.metadata.update({name: text for name, text in named.items() if text})
        container.start_encoding()
        for stream, (samples, *_) in zip(streams, tracks, strict=True):
            for at in range(0, len(samples), 4096):
                piece = np.ascontiguousarray(samples[None, at : at + 4096])
                frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout="mono")
                frame.sample_rate, frame.pts = rate, at
                container.mux(stream.encode(frame))
        for stream in streams:
            container.mux(stream.encode(None))
    return path


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "home" / "store.db") as store:
        yield store


@pytest.fixture
def film(tmp_path):
    return write(
        tmp_path / "film.mkv",
        (tone(4, LOUD), "eng", None),
        (tone(4, FAINT), "ger", "Kommentar"),
        (silence(4), None, None),
    )


def loudest(reader):
    return max(float(np.abs(window.samples).max()) for window in reader.windows())


def test_each_can_be_chosen(film):
    heard = [loudest(AudioReader(film, track=number)) for number in (1, 2, 3)]
    assert heard == pytest.approx([LOUD, FAINT, 0.0], abs=0.01)


@pytest.mark.parametrize("track", [0, 4, 99])
def test_one_that_is_not_there_is_refused(film, store, track):
    with pytest.raises(MediaError, match=f"has 3 audio tracks, and none is number {track}"):
        add_recording(store, film, track=track)
    assert store.recordings() == []


def test_are_listed_with_language_title_and_level(film):
    assert in_words(film) == [
        "1: eng, -9 dBFS",
        "2: ger, Kommentar, -29 dBFS",
        "3: without a name, silent",
    ]


def test_each_is_a_recording_by_itself(film, store, tmp_path):
    first, second = (add_recording(store, film, track=track) for track in (1, 2))
    assert add_recording(store, film) == first
    assert on_track(store, first, 2) == second
    assert (first.name, second.name) == ("film.mkv", "film.mkv (track 2)")
    assert locate(store, second) == film
    listener = FakeListener(card=replace(MODELS["nano"], name="fake"))
    levels = [
        ingest(store, listener, tmp_path / "f", recording).levels.max()
        for recording in (first, second)
    ]
    assert levels[0] - levels[1] == pytest.approx(20, abs=0.5)
    assert len({index_folder(tmp_path / "f", r, "fake") for r in (first, second)}) == 2
    words = [words_between(store, LevelRecogniser, r, 1.0, 2.0)[0].text for r in (first, second)]
    assert words == ["99", "9"]
    played = [playable(store, recording, tmp_path / "p") for recording in (first, second)]
    assert [loudest(AudioReader(path)) for path in played] == pytest.approx([LOUD, FAINT], abs=0.05)


def test_a_silent_one_is_avoided(store, tmp_path):
    path = write(
        tmp_path / "a.mkv",
        (silence(4), None, "Game"),
        (silence(4), None, None),
        (np.concatenate([silence(3), tone(1)]), None, "Microphone"),
    )
    assert choose(path, None).number == 3
    recording = add_recording(store, path)
    assert recording.track == 3
    assert "audio track 3 of 3 was heard (Microphone)" in measured(store, recording).note
    assert add_recording(store, path, track=1).track is None


def test_all_silent_is_the_first(store, tmp_path):
    path = write(tmp_path / "a.mkv", (silence(1), None, None), (silence(1), None, None))
    assert choose(path, None).number == 1


def test_which_was_heard_is_told_only_where_there_are_several(film, store, tmp_path):
    listener = FakeListener(card=replace(MODELS["nano"], name="fake"))
    recording = add_recording(store, film)
    ingest(store, listener, tmp_path / "f", recording)
    assert store.recording(recording.id).note == "audio track 1 of 3 was heard (eng)"
    single = add_recording(store, write(tmp_path / "b.mkv", (tone(1), "eng", "Talk")))
    assert measured(store, single).note is None
