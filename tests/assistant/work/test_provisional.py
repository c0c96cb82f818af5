"""Who speaks, told while it is recorded, and gone over as a whole when that has ended."""

import threading
import time

import pytest
from media import FakeDiariser, silence, talk

import assistant.work.provisional
from assistant.ask.context import Models
from assistant.work.live import Live
from assistant.work.provisional import Provisional
from memory import Store
from tools.context import Diarised, Spoken
from tools.errors import SpeakersError, SpeakersMissing
from tools.naming import name_speaker
from tools.speakers import speaker_turns, speakers_known

ANNA, BEN, CLEO = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "store.db") as store:
        yield store


@pytest.fixture
def recording(store, tmp_path):
    return store.add_recording(tmp_path / "live.wav", sha256="0" * 64, size_bytes=0, name="live")


@pytest.fixture
def speakers(store, recording):
    return Provisional(store, recording.id, FakeDiariser())


def found(*turns, **voices):
    return Diarised([Spoken(*turn) for turn in turns], voices)


def told(store, recording):
    return [(turn.start, turn.end, turn.speaker) for turn in speaker_turns(store, recording)]


# -- pass by pass


def test_labels_of_a_pass_mean_something_in_it_only(store, recording, speakers):
    speakers.take(found((0, 8, "x"), (8, 20, "y"), x=ANNA, y=BEN), 0.0, 20.0)
    speakers.take(found((0, 12, "x"), (12, 16, "y"), x=BEN, y=CLEO), 8.0, 24.0)
    assert told(store, recording) == [
        (0, 8, "Speaker 1"),
        (8, 20, "Speaker 2"),
        (20, 24, "Speaker 3"),
    ]


def test_who_speaks_at_the_same_time_is_the_same_though_the_voice_sounds_other(
    store, recording, speakers
):
    speakers.take(found((0, 10, "x"), x=ANNA), 0.0, 10.0)
    speakers.take(found((0, 12, "x"), x=BEN), 2.0, 14.0)
    assert told(store, recording) == [(0, 14, "Speaker 1")]


def test_who_was_silent_for_long_is_known_by_the_voice(store, recording, speakers):
    speakers.take(found((0, 10, "x"), x=ANNA), 0.0, 10.0)
    speakers.take(found((0, 10, "x"), x=BEN), 40.0, 50.0)
    speakers.take(found((0, 10, "x"), x=ANNA), 80.0, 90.0)
    assert [who for _, _, who in told(store, recording)] == ["Speaker 1", "Speaker 2", "Speaker 1"]


def test_a_moment_that_is_shared_makes_nobody_another(store, recording, speakers):
    """The end of Anna's turn was told too late: Ben isn't Anna for that."""
    speakers.take(found((0, 10.5, "x"), x=ANNA), 0.0, 10.5)
    speakers.take(found((0, 10, "x"), x=BEN), 10.0, 20.0)
    assert told(store, recording) == [(0, 10, "Speaker 1"), (10, 20, "Speaker 2")]


def test_what_a_pass_hears_otherwise_is_told_otherwise(store, recording, speakers):
    speakers.take(found((0, 12, "x"), x=ANNA), 0.0, 12.0)
    speakers.take(found((0, 9, "x"), (9, 14, "y"), x=ANNA, y=BEN), 0.0, 14.0)
    assert told(store, recording) == [(0, 9, "Speaker 1"), (9, 14, "Speaker 2")]


def test_a_name_stays_from_pass_to_pass(store, recording, speakers):
    speakers.take(found((0, 8, "x"), (8, 20, "y"), x=ANNA, y=BEN), 0.0, 20.0)
    name_speaker(store, recording, "2", "Ben")
    speakers.take(found((0, 12, "x"), x=BEN), 8.0, 24.0)
    assert told(store, recording)[-1] == (8, 20, "Ben")


def test_nobody_is_told_of_in_silence_and_no_voice_is_kept(store, recording, speakers):
    speakers.hear(lambda start, end: silence(end - start), 12.0, lambda: False)
    assert told(store, recording) == []
    speakers.take(found((0, 8, "x"), x=ANNA), 12.0, 20.0)
    assert [speaker.voice for speaker in store.speakers(recording.id)] == [None]


def test_only_the_end_is_heard_and_it_does_not_count_as_having_looked(store, recording, speakers):
    speakers.hear(lambda start, end: talk(("A", end - start)), 100.0, lambda: False)
    assert speakers.diariser.asked == [assistant.work.provisional.WINDOW]
    ended = store.set_state(recording.id, "ready", seconds=100.0)
    assert not speakers_known(store, ended)


# -- live


def wait_for(what, seconds=20.0):
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)


def test_captions_say_who_speaks_and_the_whole_is_gone_over_at_the_end(assistant):
    with Live(assistant) as live:
        live.feed(talk(("A", 4), ("B", 3)))
        wait_for(lambda: "word4" in live.now().changing)
        live.feed(talk(("B", 2)))
        wait_for(lambda: "Speaker 2: word4" in live.now().stable)
        name_speaker(assistant.store, live.recording, "2", "Ben")
        live.feed(talk(("A", 6)))
        recording = live.stop()
        assert not speakers_known(assistant.store, recording)
        live.correct()
    assert speakers_known(assistant.store, recording, "fake")
    assert told(assistant.store, recording) == [
        (0, 4, "Speaker 1"),
        (4, 9, "Ben"),
        (9, 15, "Speaker 1"),
    ]


def test_printed_captions_wait_for_who_speaks_but_not_for_ever(assistant, monkeypatch):
    told = threading.Event()

    class Slow(FakeDiariser):
        """Tells nothing until it may."""

        def diarise(self, samples, *, stop=lambda: False):
            """Waits."""
            wait_for(lambda: told.is_set() or stop())
            return super().diarise(samples, stop=stop)

    with_diariser(assistant, Slow())
    with Live(assistant) as live:
        live.feed(talk(("A", 4), ("B", 3)))
        wait_for(lambda: "word4" in live.now().changing)
        live.feed(talk(("B", 1)))
        wait_for(lambda: "word5" in live.now().stable)
        assert live.captions_since(0.0) == ([], 0.0)
        monkeypatch.setattr("assistant.work.live.LABELS_WAIT", 6.0)
        (cue,), until = live.captions_since(0.0)
        assert (cue.text, cue.speaker, until) == ("word0 word1", None, 2.0)
        told.set()
        wait_for(lambda: live.captions_since(2.0)[0])
        cues, _ = live.captions_since(2.0)
        assert cues[0].told == "Speaker 1: word2 word3"
        assert cues[1].told.startswith("Speaker 2: word4 word5")


def test_it_is_gone_over_aside_too(assistant):
    with Live(assistant) as live:
        live.feed(talk(("A", 5)))
        wait_for(lambda: speaker_turns(assistant.store, live.recording))
        recording = live.stop()
        live.correct_aside().join()
    assert speakers_known(assistant.store, recording, "fake")


class Failing(FakeDiariser):
    """Fails at once."""

    def __init__(self, error):
        super().__init__()
        self.error = error

    def diarise(self, samples, *, stop=lambda: False):
        """Raises."""
        raise self.error


def with_diariser(assistant, diariser):
    models = assistant.models
    assistant.models = Models(models.load_listener, models.load_recogniser, lambda: diariser)


def test_without_what_tells_speakers_apart_there_are_captions(assistant):
    with_diariser(assistant, Failing(SpeakersMissing("not installed")))
    with Live(assistant) as live:
        live.feed(talk(("A", 7)))
        wait_for(lambda: "word4" in live.now().changing)
        assert not live.now().warning
        live.stop()
        live.correct()  # nobody was told of, so nobody is looked for


def test_what_fails_is_told_and_captions_go_on(assistant):
    with_diariser(assistant, Failing(SpeakersError("it was killed: close other programs")))
    with Live(assistant) as live:
        live.feed(talk(("A", 7)))
        wait_for(lambda: live.now().warning == "it was killed: close other programs")
        wait_for(lambda: "word4" in live.now().changing)


def test_the_end_waits_for_no_pass(assistant):
    """A pass that takes for ever is stopped."""
    begun = threading.Event()

    class Endless(FakeDiariser):
        """Until it is stopped."""

        def diarise(self, samples, *, stop=lambda: False):
            """Waits for the stop."""
            begun.set()
            wait_for(stop)
            return super().diarise(samples, stop=stop)

    with_diariser(assistant, Endless())
    with Live(assistant) as live:
        live.feed(talk(("A", 6)))
        assert begun.wait(20)
        assert live.stop().seconds == 6.0
