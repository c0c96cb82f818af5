"""Recordings are made ready one after the other, in the background."""

import threading

import pytest
from media import FakeDiariser, FakeRecogniser, talk, write_wav

from assistant.app import Assistant
from assistant.ask.context import Models
from assistant.settings import Settings
from assistant.work.prepare import Preparing
from headrouter.fakes import FakeListener
from tools.ingest import add_recording
from tools.transcript import RECOGNISER


@pytest.fixture
def listener():
    return FakeListener()


@pytest.fixture
def assistant(tmp_path, listener):
    settings = Settings(home=tmp_path / "home", cache=tmp_path / "cache")
    with Assistant(settings, Models(lambda: listener, FakeRecogniser, FakeDiariser)) as assistant:
        yield assistant


@pytest.fixture
def recordings(assistant, tmp_path):
    return [
        add_recording(
            assistant.store,
            write_wav(tmp_path / f"{number}.wav", talk(("a", 3 + number), ("f", 3))),
        )
        for number in range(3)
    ]


def done(preparing):
    while preparing._thread is not None:
        preparing._thread.join(30)


def test_each_is_heard_written_down_and_told_apart(assistant, recordings):
    preparing = Preparing(assistant)
    for recording in recordings:
        preparing.add(recording)
    done(preparing)
    assert preparing.tasks() == []
    for recording in recordings:
        assert assistant.store.recording(recording.id).state == "ready"
        assert assistant.store.words(recording.id, RECOGNISER)
        assert assistant.store.speakers(recording.id)


@pytest.fixture
def held(listener, monkeypatch):
    """Listening waits until it is let go on; it has begun once the other is set."""
    begun, on, ingest = threading.Event(), threading.Event(), listener.ingest

    def slowly(*args, **kwargs):
        begun.set()
        assert on.wait(30)
        return ingest(*args, **kwargs)

    monkeypatch.setattr(listener, "ingest", slowly)
    return begun, on


def test_they_stand_in_a_queue_once_each_and_may_leave_it(assistant, recordings, held):
    begun, on = held
    preparing = Preparing(assistant)
    for recording in (*recordings, recordings[1]):
        preparing.add(recording)
    assert begun.wait(30)
    assert [task.name for task in preparing.tasks()] == ["0.wav", "1.wav", "2.wav"]
    assert [task.stage for task in preparing.tasks()] == ["listening", "waiting", "waiting"]
    preparing.cancel(recordings[1].id)
    preparing.cancel(recordings[0].id)
    on.set()
    done(preparing)
    states = [assistant.store.recording(recording.id).state for recording in recordings]
    assert states == ["new", "new", "ready"]


def test_one_that_fails_is_told_and_stops_no_other(assistant, recordings):
    recordings[0].path.unlink()
    preparing = Preparing(assistant)
    preparing.add(recordings[0])
    preparing.add(recordings[1])
    done(preparing)
    (failed,) = preparing.tasks()
    assert failed.name == "0.wav" and "0.wav" in failed.error
    assert assistant.store.recording(recordings[1].id).state == "ready"
    preparing.cancel(recordings[0].id)
    assert preparing.tasks() == []


def test_nothing_goes_on_once_the_assistant_is_left(tmp_path, listener, recordings, held):
    begun, on = held
    settings = Settings(home=tmp_path / "home", cache=tmp_path / "cache")
    with Assistant(settings, Models(lambda: listener, FakeRecogniser, FakeDiariser)) as other:
        preparing = Preparing(other)
        preparing.add(recordings[0])
        assert begun.wait(30)
        on.set()
    assert preparing._thread is None
    preparing.add(recordings[1])
    assert preparing.tasks() == []
