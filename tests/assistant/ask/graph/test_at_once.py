"""Several questions at once."""

import threading
import time

from asking import ask
from langgraph.graph import StateGraph
from media import FakeRecogniser, tone, write_wav

from assistant.app import Assistant
from assistant.ask.context import Models
from assistant.settings import Settings
from tools.errors import Stopped


class TestThreads:
    def ask_all(self, assistant, recordings):
        runs, ready = {}, threading.Barrier(len(recordings))

        def go(number):
            ready.wait()
            runs[number] = ask(assistant, recordings[number], f"question {number}?")

        asking = [threading.Thread(target=go, args=(n,)) for n in range(len(recordings))]
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join(60)
        return [runs[number].done.answer for number in range(len(recordings))]

    def test_two_recordings_at_once(self, assistant, tmp_path):
        wavs = [write_wav(tmp_path / f"{n}.wav", tone(40, 0.2 + 0.1 * n)) for n in range(2)]
        answers = self.ask_all(assistant, wavs)
        assert answers == ["I heard: question 0?", "I heard: question 1?"]

    def test_one_recording_at_once_is_heard_once(self, assistant, fake, tmp_path):
        wav = write_wav(tmp_path / "long.wav", tone(65))
        answers = self.ask_all(assistant, [wav] * 4)
        assert answers == [f"I heard: question {n}?" for n in range(4)]
        assert fake.ingested == 3
        assert assistant.store.recordings()[0].state == "ready"

    def test_stopping_while_another_listens(self, assistant, fake, tmp_path):
        wav = write_wav(tmp_path / "long.wav", tone(65))
        listening, go_on, stop = threading.Event(), threading.Event(), threading.Event()
        runs = {}

        def pause():
            listening.set()
            assert go_on.wait(30)
            return False

        def first():
            runs["first"] = ask(assistant, wav, stop=pause)

        def second():
            runs["second"] = ask(assistant, wav, stop=stop.is_set)

        asking = [threading.Thread(target=first), threading.Thread(target=second)]
        asking[0].start()
        assert listening.wait(30)
        asking[1].start()
        stop.set()
        asking[1].join(30)
        assert isinstance(runs["second"].error, Stopped)
        go_on.set()
        asking[0].join(30)
        assert runs["first"].done.answer

    def test_the_model_is_loaded_once(self, tmp_path, fake, wav):
        loaded = []

        def load():
            loaded.append(time.sleep(0.05))
            return fake

        settings = Settings(home=tmp_path / "home", cache=tmp_path / "cache")
        with Assistant(settings, Models(load, FakeRecogniser)) as assistant:
            assert loaded == []
            self.ask_all(assistant, [wav, wav])
        assert len(loaded) == 1


def test_the_graph_is_compiled_once_for_all_questions(assistant, wav, monkeypatch):
    ask(assistant, wav)
    monkeypatch.setattr(StateGraph, "compile", lambda self: 1 / 0)
    assert ask(assistant, wav).done.answer
