"""Words are recognised before anybody asks, while nobody wants anything else."""

import threading
import time

import pytest
from fastapi.testclient import TestClient
from media import FakeDiariser, FakeRecogniser, tone, write_wav

from assistant.app import Assistant
from assistant.ask.context import Models
from assistant.ask.state import Request
from assistant.doors.server import create
from assistant.work.ahead import words_ahead
from assistant.work.prepare import WORDS, Preparing
from memory import NotFound
from tools.ingest import add_recording
from tools.transcript import RECOGNISER

SECONDS = 70  # three pieces of the recogniser


class Watched(FakeRecogniser):
    """Waits before each piece until it is let on."""

    def __init__(self):
        super().__init__()
        self.begun, self.on = threading.Semaphore(0), threading.Semaphore(0)

    def words(self, *given, **named):
        self.begun.release()
        assert self.on.acquire(timeout=20)
        return super().words(*given, **named)


@pytest.fixture
def recogniser():
    return Watched()


@pytest.fixture
def assistant(assistant, fake, recogniser):
    assistant.models = Models(lambda: fake, lambda: recogniser, FakeDiariser)
    return assistant


@pytest.fixture
def recording(assistant, tmp_path):
    path = write_wav(tmp_path / "a.wav", tone(SECONDS))
    return add_recording(assistant.store, path)


def known(assistant, recording):
    return not assistant.store.missing_ranges(recording.id, RECOGNISER, 0.0, float(SECONDS))


def until(true):
    """Waits for what another thread does."""
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        threading.Event().wait(0.005)


def test_what_was_heard_has_its_words_before_it_is_asked_about(assistant, recogniser, recording):
    recogniser.on.release(99)
    with words_ahead(assistant):
        assistant.ingest(recording, lambda fraction: None)
        until(lambda: known(assistant, recording))
    before = len(recogniser.asked)
    list(assistant.ask(Request(recording.id, "What was said about word7?", words="on")))
    assert len(recogniser.asked) == before == 3


def test_so_it_is_with_what_a_question_was_about(assistant, recogniser, recording):
    recogniser.on.release(99)
    with words_ahead(assistant):
        list(assistant.ask(Request(recording.id, "Is there music?", words="off")))
        until(lambda: known(assistant, recording))


def test_it_waits_while_somebody_is_answered_and_then_goes_on(assistant, recogniser, recording):
    ticket = assistant.lane.enter()
    with words_ahead(assistant):
        assistant.ingest(recording, lambda fraction: None)
        assert not recogniser.begun.acquire(timeout=0.05)
        assistant.lane.leave(ticket)
        assert recogniser.begun.acquire(timeout=20)  # the first piece is under way
        ticket = assistant.lane.enter()
        recogniser.on.release()
        assert not recogniser.begun.acquire(timeout=0.05)  # and no other is begun
        recogniser.on.release(99)
        assistant.lane.leave(ticket)
        until(lambda: known(assistant, recording))


def test_hearing_comes_before_it(assistant, recogniser, recording):
    recogniser.on.release(99)
    with words_ahead(assistant):
        with assistant.lane.beside():
            assistant.on_heard(recording.id)
            assert not recogniser.begun.acquire(timeout=0.05)
        until(lambda: known(assistant, recording))


def test_it_ends_at_the_next_piece(assistant, recogniser, recording):
    with words_ahead(assistant):
        assistant.ingest(recording, lambda fraction: None)
        assert recogniser.begun.acquire(timeout=20)
        threading.Timer(0.05, recogniser.on.release, [99]).start()
    assert len(recogniser.asked) == 1
    assert not known(assistant, recording)


def test_what_is_gone_keeps_nobody_from_the_next(assistant, recogniser, recording):
    recogniser.on.release(99)
    with pytest.raises(NotFound):
        assistant.store.recording("gone")
    with words_ahead(assistant):
        assistant.on_heard("gone")
        assistant.on_heard(recording.id)
        until(lambda: known(assistant, recording))


def test_the_page_goes_on_where_it_was_and_nothing_is_recognised_twice(
    assistant, recogniser, recording
):
    with words_ahead(assistant):
        assistant.ingest(recording, lambda fraction: None)
        assert recogniser.begun.acquire(timeout=20)  # the first of three pieces is under way
        page = Preparing(assistant)
        page.add(recording)
        until(lambda: [task.stage for task in page.tasks()] == [WORDS])
        assert not recogniser.begun.acquire(timeout=0.05)
        recogniser.on.release(2)
        until(lambda: [task.fraction for task in page.tasks()] == [0.5])  # who looks on sees it
        recogniser.on.release(99)
        until(lambda: not page.tasks())
        assert known(assistant, recording)
    assert len(recogniser.asked) == 3


def test_ahead_of_any_need_waits_for_the_page(assistant, recogniser, recording):
    page = Preparing(assistant)
    with words_ahead(assistant):
        with assistant.lane.beside():  # until the page has come as far
            page.add(recording)
            until(lambda: [task.stage for task in page.tasks()] == [WORDS])
        assert recogniser.begun.acquire(timeout=20)
        assistant.on_heard(recording.id)
        assert not recogniser.begun.acquire(timeout=0.05)
        recogniser.on.release(99)
        until(lambda: not page.tasks())
    assert len(recogniser.asked) == 3


def test_a_setting_turns_it_off(assistant, recogniser, recording):
    assistant.settings = assistant.settings.model_copy(update={"words_ahead": False})
    with words_ahead(assistant):
        assistant.ingest(recording, lambda fraction: None)
        assert not recogniser.begun.acquire(timeout=0.05)


def test_a_server_does_so(assistant, recogniser, recording):
    recogniser.on.release(99)
    with TestClient(create(assistant)):
        assistant.ingest(recording, lambda fraction: None)
        until(lambda: known(assistant, recording))


def test_without_a_server_nothing_is_recognised(assistant: Assistant, recogniser, recording):
    assistant.ingest(recording, lambda fraction: None)
    assert not recogniser.begun.acquire(timeout=0.05)
