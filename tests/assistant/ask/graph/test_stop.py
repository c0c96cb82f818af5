"""A run that is stopped."""

import threading

import pytest
from asking import CARD, QUESTION, ask
from media import tone, write_wav

from assistant.ask.events import Progress
from assistant.ask.state import Request
from headrouter.fakes import FakeListener
from tools.errors import Stopped


class TestStop:
    @pytest.fixture
    def fake(self):
        return Interrupted()

    def test_in_the_middle_of_an_answer(self, assistant, fake, wav):
        fake.after = 2
        run = ask(assistant, wav, stop=fake.stopped.is_set)
        assert run.done.stopped
        assert run.done.answer == run.said == "I heard:"
        (turn,) = assistant.store.turns(run.done.session)
        assert turn.answer == "I heard:"
        (noted,) = assistant.store.runs("fake", "cpu")
        assert noted.outcome == "stopped"

    def test_an_unsure_answer_that_was_stopped_is_not_asked_again(self, assistant, fake, wav):
        fake.after, fake.confidence = 2, lambda plan: -9.0
        run = ask(assistant, wav, stop=fake.stopped.is_set)
        assert run.done.stopped
        assert len(fake.asked) == 1

    def test_while_the_recording_is_scanned(self, assistant, fake, wav):
        assert ask(assistant, wav).done  # so that it was heard before
        scan, fake.asked = fake.scan, []
        fake.scan = lambda *args, stop: scan(*args, stop=lambda: fake.stopped.set() or stop())
        assert isinstance(ask(assistant, wav, stop=fake.stopped.is_set).error, Stopped)
        assert fake.asked == []

    def test_while_it_listens_to_the_recording(self, assistant, fake, tmp_path):
        wav = write_wav(tmp_path / "long.wav", tone(65))
        run = ask(assistant, wav, stop=lambda: fake.ingested == 2)
        assert isinstance(run.error, Stopped)
        assert str(run.error).startswith("stopped before there was an answer")
        (recording,) = assistant.store.recordings()
        note = "stopped before it was heard whole; it goes on from there"
        assert (recording.state, recording.note) == ("new", note)
        run = ask(assistant, wav)
        assert run.report.seconds_heard == 65.0
        assert run.report.notes == []
        assert assistant.store.recording(recording.id).state == "ready"
        assert fake.ingested == 2 + 1

    def test_closing_the_stream_early(self, assistant, wav):
        stream = assistant.ask(Request(str(wav), QUESTION))
        assert isinstance(next(stream), Progress)
        stream.close()
        assert ask(assistant, wav).done.answer


class Interrupted(FakeListener):
    """Sets ``stopped`` when it has said so many words."""

    def __init__(self):
        super().__init__(card=CARD)
        self.stopped, self.after = threading.Event(), 10**6

    def answer(self, index, question, plan, *, on_text, stop):
        said = []

        def tell(text):
            on_text(text)
            said.append(text)
            if len(said) == self.after:
                self.stopped.set()

        return super().answer(index, question, plan, on_text=tell, stop=stop)
