"""Many recordings are asked of the server in the background as they are in one's own process."""

import threading
from contextlib import nullcontext
from datetime import date, timedelta

import pytest

from assistant.doors.cli import asking, calling, library, warm
from assistant.doors.local import serve
from assistant.errors import BadRequest, Misused
from assistant.find.found import LOOKING
from assistant.find.selection import Selection
from assistant.home import running
from tools.errors import Stopped

WHICH = "In which calls is a dog heard?"


@pytest.fixture
def settings(house):
    house.record("a", sounds={"dog": (10, 13)})
    house.record("b", said={5.0: "the printer is broken"})
    return house.assistant.settings


@pytest.fixture
def note(house, settings):
    ready = threading.Event()
    thread = threading.Thread(target=serve, args=(house.assistant, "background", ready.set))
    thread.start()
    assert ready.wait(60)
    note = running.find(settings.home)
    yield note
    warm.end(settings.home, note)
    thread.join(60)


def call(how, note, settings, text, selection=Selection(), stop=False, **more):  # noqa: B008
    stopped, told = threading.Event(), []
    if stop:
        stopped.set()
    tell = lambda stage, fraction: told.append(stage)  # noqa: E731
    return how(note, settings, text, selection, *more.values(), stopped, tell), told


def test_moments_are_those_of_ones_own_process(house, note, settings):
    (path,) = {recording.path.parent for recording in house.store.recordings()}
    day = date.today()
    for selection in (Selection(), Selection(folder=path, since=day - timedelta(1), longer=1.0)):
        found, _ = call(calling.find, note, settings, "dog", selection, most=5)
        assert found == house.assistant.find("dog", selection, 5)
        assert [moment.name for moment in found.moments] == ["a.wav"]


def test_an_answer_is_that_of_ones_own_process(house, note, settings):
    found, told = call(calling.ask_all, note, settings, WHICH)
    assert found == house.assistant.ask_all(WHICH)
    assert "Dog is heard in 1 of 2 recordings" in found.answer
    assert told[0] == LOOKING


def test_what_is_refused_is_refused_in_the_same_words(house, note, settings):
    with pytest.raises(BadRequest, match="no recording is chosen so"):
        call(calling.find, note, settings, "dog", Selection(tags=("no such",)), most=5)
    with pytest.raises(Misused, match="the query is empty"):
        call(calling.find, note, settings, "", most=5)


def test_it_stops_when_the_command_does(house, note, settings, monkeypatch):
    begun = threading.Event()

    def slow(self, asked):
        begun.set()
        while not self.stop():
            threading.Event().wait(0.01)
        raise Stopped

    monkeypatch.setattr("assistant.find.across.Across.ask", slow)
    with pytest.raises(Stopped):
        call(calling.ask_all, note, settings, WHICH, stop=True)
    assert begun.is_set()


def test_a_fault_is_not_hidden(house, note, settings, monkeypatch):
    monkeypatch.setattr("assistant.find.across.Across.ask", lambda self, asked: 1 / 0)
    with pytest.raises(calling.ServerGone, match="ended before its answer"):
        call(calling.ask_all, note, settings, WHICH)


@pytest.mark.parametrize("server", [True, False])
def test_the_command_asks_the_server_unless_told_not_to(
    house, note, settings, monkeypatch, capsys, server
):
    asked = []
    monkeypatch.setattr("assistant.doors.cli.first.offer_model", lambda settings: None)
    monkeypatch.setattr(asking, "ready", lambda settings, stop: asked.append(1) or note)
    monkeypatch.setattr(library, "opened", lambda flags, offer: nullcontext(house.assistant))
    library.find("dog", server=server)
    assert "a.wav" in capsys.readouterr().out
    assert bool(asked) == server


def test_a_question_about_all_has_its_turn(house, settings):
    ticket = house.assistant.lane.enter()
    told = []

    def tell(stage, fraction):
        told.append(stage)
        if stage.startswith("waiting"):
            house.assistant.lane.leave(ticket)

    house.assistant.ask_all(WHICH, tell=tell)
    assert told[0] == "waiting, 1 before you"
