"""A recording under way: captions, questions in the middle, a drained end, recovery."""

import time
from contextlib import ExitStack
from dataclasses import replace

import numpy as np
import pytest
from media import silence, tone

from assistant.ask.context import Models
from assistant.ask.events import Done, Failed, Heard
from assistant.errors import Busy
from assistant.work.captions import EDGE, LONGEST, Captions
from assistant.work.live import AT_ONCE, Live, folder, recover
from headrouter.fakes import FakeListener
from headrouter.models import MODELS
from memory import Word
from tools.audio import AudioReader, content_hash
from tools.errors import MediaError, MicrophoneError
from tools.ingest import heard_before
from tools.journal import is_open
from tools.transcript import RECOGNISER

CARD = replace(MODELS["nano"], name="fake", words_by_default=False, sounds=(), window_seconds=2.0)
RATE = 16_000


@pytest.fixture
def fake():
    return FakeListener(card=CARD)


def wait_for(what, seconds=20.0):
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)


class TestLive:
    def test_captions_come_while_it_is_recorded(self, assistant):
        with Live(assistant) as live:
            live.feed(tone(6))
            wait_for(lambda: "word0" in live.now().changing)
            live.feed(tone(2))
            wait_for(lambda: "word5" in live.now().stable)
            wait_for(lambda: live.captions_since(3.0)[0])
            (cue,), until = live.captions_since(3.0)
            assert cue.told.startswith("Speaker 1: word3") and until >= 5.5
            assert live.captions_since(until)[0] == []
            assert live.now().seconds == 8.0
            assert live.now().level == pytest.approx(-9.0, abs=0.2)

    def test_a_question_in_the_middle_hears_what_there_is(self, assistant):
        with Live(assistant) as live:
            live.feed(tone(5))
            first = list(live.ask("What is there to hear?"))
            assert isinstance(first[-1], Done)
            (heard,) = [e.report for e in first if isinstance(e, Heard)]
            assert heard.seconds_total == 5.0
            live.feed(tone(4))
            second = list(live.ask("And now?", first[-1].session))
            (heard,) = [e.report for e in second if isinstance(e, Heard)]
            assert heard.seconds_total == 9.0
            assert second[-1].session == first[-1].session

    def test_so_many_at_once_and_no_more(self, assistant):
        with ExitStack() as stack:
            running = [stack.enter_context(Live(assistant)) for _ in range(AT_ONCE)]
            for number, live in enumerate(running):
                live.feed(tone(1, (number + 1) / 20))
            for _ in range(2):
                with pytest.raises(Busy, match=f"{AT_ONCE} recordings are being made at once"):
                    Live(assistant)
            assert len(assistant.store.recordings()) == AT_ONCE
            running[0].stop()
            running[0].stop()  # once more gives no other place
            silent = Live(assistant).__enter__()
            with pytest.raises(Busy):
                Live(assistant)
            with pytest.raises(MediaError, match="nothing was recorded"):
                silent.stop()
            another = stack.enter_context(Live(assistant))
            another.feed(tone(2))

    def test_one_that_can_not_begin_takes_no_place(self, assistant):
        recogniser = assistant.models.load_recogniser
        assistant.models = Models(assistant.models.load_listener, lambda: 1 / 0)
        for _ in range(AT_ONCE + 1):
            with pytest.raises(ZeroDivisionError):
                Live(assistant)
        assistant.models = Models(assistant.models.load_listener, recogniser)
        with Live(assistant) as live:
            live.feed(tone(1))

    def test_stopping_drains_and_leaves_an_ordinary_recording(self, assistant):
        with Live(assistant, "Board meeting") as live:
            live.feed(tone(4.5))
            before = live.recording
        recording = assistant.store.recording(live.recording.id)
        assert (recording.id, recording.name) == (before.id, "Board meeting")
        assert (recording.state, recording.note, recording.seconds) == ("ready", None, 4.5)
        assert recording.sha256 == content_hash(recording.path) != before.sha256
        assert not is_open(recording.path)
        samples = [window.samples for window in AudioReader(recording.path).windows()]
        assert len(np.concatenate(samples)) == 4.5 * RATE
        words = assistant.store.words(recording.id, RECOGNISER)
        assert [word.text for word in words] == ["word0", "word1", "word2", "word3"]
        assert assistant.store.missing_ranges(recording.id, RECOGNISER, 0, 4.5) == []
        index = heard_before(assistant.settings.features, recording, "fake")
        assert index.meta.seconds == 4.5
        assert not (assistant.settings.features / before.sha256).exists()

    def test_two_of_the_same_sound_are_two_recordings(self, assistant):
        kept = []
        for name in ("Monday", "Tuesday"):
            with Live(assistant, name) as live:
                live.feed(tone(3))
            kept.append(assistant.store.recording(live.recording.id))
        assert [recording.name for recording in kept] == ["Monday", "Tuesday"]
        assert all(heard_before(assistant.settings.features, one, "fake") for one in kept)

    def test_the_index_grows_meanwhile(self, assistant, monkeypatch):
        monkeypatch.setattr("assistant.work.live.INDEX_STEP", 3.0)
        with Live(assistant) as live:
            live.feed(tone(3.5))
            features, recording = assistant.settings.features, live.recording

            def seconds():
                index = heard_before(features, recording, "fake")
                return index.meta.seconds if index else 0.0

            wait_for(lambda: seconds() == 3.5)
            live.feed(tone(5))
            wait_for(lambda: seconds() == 8.5)

    def test_silence_has_no_words_and_is_told(self, assistant):
        with Live(assistant) as live:
            live.feed(silence(5))
            assert "nothing at all came from the microphone for 5 s" in live.now().warning
            wait_for(lambda: live.captions.settled >= 5 - EDGE)
            live.feed(tone(1))
            assert live.now().warning == ""
        assert [w.text for w in assistant.store.words(live.recording.id, RECOGNISER)] == ["word5"]

    def test_a_microphone_that_goes_away_keeps_what_was_heard(self, assistant):
        def blocks():
            yield tone(2)
            raise MicrophoneError("no sound came from the microphone")

        with Live(assistant) as live:
            live.capture(blocks(), lambda: 3)
            assert live.now().warning == "no sound came from the microphone"
        assert assistant.store.recording(live.recording.id).seconds == 2.0

    def test_lost_sound_is_told(self, assistant):
        with Live(assistant) as live:
            live.capture([tone(1)], lambda: 3)
            assert live.now().warning == "sound was lost 3 times because the machine is busy"

    def test_nothing_recorded_is_no_recording(self, assistant):
        with pytest.raises(MediaError, match="nothing was recorded"), Live(assistant):
            pass
        assert assistant.store.recordings() == []
        assert list(folder(assistant).iterdir()) == []

    def test_a_question_before_the_first_sound(self, assistant):
        live = Live(assistant)
        events = list(live.ask("Anything?"))
        assert isinstance(events[-1], Failed)
        live.journal.close()

    def test_what_a_killed_process_left_is_recovered(self, assistant):
        live = Live(assistant)
        live.feed(tone(3))
        live.journal._file.close()
        live.journal._lock.release()  # as the system does
        (recording,) = recover(assistant)
        assert recording.id == live.recording.id
        assert (recording.state, recording.seconds) == ("new", 3.0)
        assert "recovered" in recording.note
        assert recording.sha256 == content_hash(recording.path)
        assert assistant.ingest(recording, lambda fraction: None).state == "ready"
        assert recover(assistant) == []

    def test_one_that_is_still_recorded_is_left_alone(self, assistant):
        with Live(assistant) as live:
            live.feed(tone(1))
            assert recover(assistant) == []


class Scripted:
    """A recogniser that says what it is told to, pass by pass."""

    def __init__(self, *passes):
        self.passes = list(passes)

    def words(self, samples, offset=0.0, language=None, stop=lambda: False, likely=None, hint=None):
        return self.passes.pop(0)

    def language(self, samples):
        return "en"


def spoken(text, at=0.0):
    return [Word(at + i, at + i + 0.9, word, 0.9) for i, word in enumerate(text.split())]


class TestAgreement:
    @pytest.fixture
    def captions(self, assistant):
        recording = assistant.store.add_recording(
            assistant.settings.home / "a.wav", sha256="a" * 64, size_bytes=0
        )
        return lambda *passes: Captions(assistant.store, recording.id, Scripted(*passes))

    def test_words_stand_when_two_passes_agree(self, captions):
        captions = captions(spoken("good evening wee"), spoken("Good evening, we have come"))
        assert captions.hear(tone(4), 4.0) == []
        assert [w.text for w in captions.hear(tone(6), 6.0)] == ["Good", "evening,"]
        assert captions.settled == 1.9
        assert [w.text for w in captions.changing] == ["we", "have", "come"]

    def test_the_end_of_a_word_that_stands_is_not_heard_again(self, captions):
        again = [Word(1.95, 2.1, "Evening", 0.5), *spoken("we have", at=2.2)]
        captions = captions(spoken("good evening we"), spoken("Good evening, we"), again)
        captions.hear(tone(3), 3.0)
        captions.hear(tone(4), 4.0)
        captions.settled = 1.9
        captions._last = "evening"
        captions.hear(tone(3), 5.0)
        assert [w.text for w in captions.changing] == ["we", "have"]

    def test_the_last_second_never_stands(self, captions):
        captions = captions(spoken("one two three four"), spoken("one two three four"))
        captions.hear(tone(4), 4.0)
        assert [w.text for w in captions.hear(tone(4), 4.0)] == ["one", "two", "three"]

    def test_at_the_end_everything_stands(self, captions):
        captions = captions(spoken("one two"))
        assert [w.text for w in captions.hear(tone(2), 2.0, last=True)] == ["one", "two"]
        assert captions.changing == []

    def test_endless_disagreement_ends(self, captions):
        captions = captions(spoken(" ".join("abcdefghijklmnopqrstuvwxyz")))
        seconds = LONGEST + 2
        stand = captions.hear(tone(seconds), seconds)
        assert stand[-1].end <= seconds - EDGE
        assert captions.settled == stand[-1].end

    def test_silence_is_not_recognised(self, captions):
        captions = captions()  # would fail if it were asked
        captions.hear(silence(3), 3.0)
        assert captions.settled == 3.0 - EDGE
        assert captions.changing == []
