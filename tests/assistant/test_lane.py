"""One lane to the model: in order of arrival, and who leaves makes way."""

import threading

import pytest

from assistant.errors import Busy
from assistant.events import Progress
from assistant.lane import Lane
from tools.errors import Stopped


def test_who_is_alone_does_not_wait():
    lane = Lane()
    assert list(lane.wait(lane.enter(), lambda: False)) == []


def test_turns_come_in_order_of_arrival():
    lane, done = Lane(), []
    tickets = [lane.enter() for _ in range(4)]

    def take(ticket):
        told = [progress.stage for progress in lane.wait(ticket, lambda: False)]
        done.append((ticket, told))
        lane.leave(ticket)

    threads = [threading.Thread(target=take, args=(t,)) for t in reversed(tickets)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert [ticket for ticket, _ in done] == tickets
    assert done[0][1] == []
    assert done[1][1] in ([], ["waiting, 1 before you"])


def test_who_stops_while_waiting_makes_way():
    lane = Lane()
    first, second, third = (lane.enter() for _ in range(3))
    waiting = lane.wait(second, lambda: True)
    with pytest.raises(Stopped):
        next(waiting)
    lane.leave(second)
    assert next(lane.wait(third, lambda: False)) == Progress("waiting, 1 before you")
    lane.leave(first)
    assert list(lane.wait(third, lambda: False)) == []


def test_too_many_are_told_so(monkeypatch):
    monkeypatch.setattr("assistant.lane.MOST", 2)
    lane = Lane()
    first = lane.enter()
    lane.enter()
    with pytest.raises(Busy, match="2 questions are waiting"):
        lane.enter()
    lane.leave(first)
    lane.enter()
