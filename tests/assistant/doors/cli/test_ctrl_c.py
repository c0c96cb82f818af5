"""Ctrl-C, in the middle of everything."""

import os
import signal
import time
from dataclasses import replace

import pytest
from desk import QUESTION
from media import FakeDiariser, talk, tone, write_wav

import assistant.app
from headrouter.fakes import FakeListener
from headrouter.models import MODELS


class Interrupted(FakeListener):
    """Is interrupted by Ctrl-C after two words, or between two windows."""

    interrupted_while = "answering"

    def interrupt(self, stop):
        os.kill(os.getpid(), signal.SIGINT)
        until = time.monotonic() + 30
        while not stop():
            assert time.monotonic() < until
            time.sleep(0.005)

    def answer(self, index, question, plan, *, on_text, stop):
        said = []

        def tell(text):
            on_text(text)
            said.append(text)
            if len(said) == 2 and self.interrupted_while == "answering":
                self.interrupt(stop)

        return super().answer(index, question, plan, on_text=tell, stop=stop)

    def ingest(self, windows, folder, *, on_progress, stop, **settings):
        def tell(seconds):
            on_progress(seconds)
            if self.interrupted_while == "ingesting":
                self.interrupt(stop)

        return super().ingest(windows, folder, on_progress=tell, stop=stop, **settings)


class TestCtrlC:
    @pytest.fixture(autouse=True)
    def listened_to(self):
        """A shell has the programs that it puts in the background ignore Ctrl-C."""
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        yield
        signal.signal(signal.SIGINT, before)

    @pytest.fixture
    def fake(self):
        return Interrupted(card=replace(MODELS["nano"], words_by_default=False, sounds=()))

    def test_in_the_middle_of_an_answer(self, desk, wav):
        before = signal.getsignal(signal.SIGINT)
        result = desk.run("ask", wav, QUESTION)
        assert (result.code, result.out) == (130, "I heard:\n")
        assert "heard 0:10 of 0:10" in result.err
        assert signal.getsignal(signal.SIGINT) is before

    def test_as_json(self, desk, wav):
        result = desk.run("ask", wav, QUESTION, "--json")
        assert result.code == 130
        assert (result.json["answer"], result.json["stopped"]) == ("I heard:", True)

    @pytest.mark.parametrize("command", ["ask", "ingest"])
    def test_while_it_listens(self, desk, tmp_path, fake, command):
        fake.interrupted_while = "ingesting"
        args = [command, write_wav(tmp_path / "long.wav", tone(65))]
        args += [QUESTION] if command == "ask" else []
        result = desk.run(*args)
        assert (result.code, result.out) == (130, "")
        assert result.err.startswith("headrouter: stopped before there was an answer")
        fake.interrupted_while = ""
        assert desk.run(*args).code == 0

    def test_while_speakers_are_told_apart_and_the_next_run_goes_on(
        self, desk, tmp_path, monkeypatch
    ):
        class Cut(FakeDiariser):
            """Ctrl-C comes while it hears the second part."""

            part = 10.0

            def diarise(self, samples, *, stop=lambda: False):
                """Stops at once."""
                if len(self.asked) == 1:
                    os.kill(os.getpid(), signal.SIGINT)
                    while not stop():
                        time.sleep(0.01)
                return super().diarise(samples, stop=stop)

        diariser = Cut()
        monkeypatch.setattr(assistant.app, "load_diariser", lambda settings: diariser)
        path = write_wav(tmp_path / "talk.wav", talk(("A", 12), ("B", 18)))
        result = desk.run("speakers", path)
        assert (result.code, result.out) == (130, "")
        whole = FakeDiariser()
        monkeypatch.setattr(assistant.app, "load_diariser", lambda settings: whole)
        whole.part = 10.0
        found = desk.run("speakers", path, "--json").json
        assert [row["seconds"] for row in found["speakers"]] == [12.0, 18.0]
        assert whole.asked == [10.0, 10.0]

    def test_twice_ends_it_at_once(self, desk, wav, fake, monkeypatch):
        def answer(*args, stop, **more):
            os.kill(os.getpid(), signal.SIGINT)
            while not stop():  # signals that come too close together are one
                time.sleep(0.01)
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(3.0)
            raise MemoryError

        monkeypatch.setattr(fake, "answer", answer)
        result = desk.run("ask", wav, QUESTION)
        assert (result.code, result.out) == (130, "")
