"""One lane to the model: clients in turns, in order of arrival within one; leavers make way."""

import threading
from contextlib import suppress
from itertools import cycle, islice

import pytest

from assistant.ask.events import Progress
from assistant.ask.lane import CLAIM, Lane
from assistant.errors import Busy
from tools.errors import Stopped


def place(lane, ticket):
    """What a waiting ticket is told first; None if it has its turn."""
    return next(lane.wait(ticket, lambda: False), None)


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


def test_one_with_many_questions_does_not_keep_another_waiting(monkeypatch):
    monkeypatch.setattr("assistant.ask.lane.MOST_OF_ONE", 10)
    lane = Lane()
    many = [lane.enter("many") for _ in range(10)]
    one = lane.enter("one")
    assert place(lane, many[0]) is None
    assert place(lane, one) == Progress("waiting, 1 before you")
    assert place(lane, many[1]) == Progress("waiting, 2 before you")
    assert place(lane, many[9]) == Progress("waiting, 10 before you")
    lane.leave(many[0])
    assert place(lane, one) is None


def served(lane, entering, turns):
    """Who has its turn, one after the other; each turn's end lets ``entering`` come again."""
    found = []
    for _ in range(turns):
        ticket = lane._waiting[0]
        lane.leave(ticket)
        found.append(ticket.client)
        if ticket.client in entering:
            lane.enter(ticket.client)
    return "".join(found)


def test_the_turn_goes_round_among_those_who_always_want_more():
    lane = Lane()
    for client in "aaabc":
        lane.enter(client)
    assert served(lane, "abc", 9) == "abcabcabc"


def test_those_who_come_again_at_once_do_not_starve_one_who_waits():
    """Two who ask by turns, each as soon as the other is answered, and a third with two."""
    lane = Lane()
    waiting = [lane.enter("c"), lane.enter("c")]
    for client in islice(cycle("ab"), 6):
        lane.enter(client)
        lane.leave(lane._waiting[0])
    assert not set(waiting) & set(lane._waiting)


def test_nobody_waits_for_what_was_answered_long_ago():
    lane = Lane()
    for _ in range(5):
        lane.leave(lane.enter("old"))
    lane.enter("new")
    old, third = lane.enter("old"), lane.enter("third")
    assert lane._waiting.index(old) < lane._waiting.index(third)


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
    monkeypatch.setattr("assistant.ask.lane.MOST", 2)
    lane = Lane()
    first = lane.enter()
    lane.enter()
    with pytest.raises(Busy, match="2 questions are waiting"):
        lane.enter()
    lane.leave(first)
    lane.enter()


def test_too_many_of_one_leave_room_for_others(monkeypatch):
    monkeypatch.setattr("assistant.ask.lane.MOST_OF_ONE", 2)
    lane = Lane()
    first = lane.enter("greedy")
    lane.enter("greedy")
    with pytest.raises(Busy, match="2 questions of yours"):
        lane.enter("greedy")
    lane.enter("modest")
    lane.leave(first)
    lane.enter("greedy")


class TestWhoFoundNoPlace:
    """Forty clients that come again: each place that gets free is one that all of them want."""

    @pytest.fixture(autouse=True)
    def few(self, monkeypatch):
        monkeypatch.setattr("assistant.ask.lane.MOST", 2)

    @pytest.fixture
    def now(self, monkeypatch):
        clock = [0.0]
        monkeypatch.setattr("assistant.ask.lane.time.monotonic", lambda: clock[0])
        return clock

    def test_is_let_in_before_one_that_was_just_answered(self):
        lane = Lane()
        first, _ = lane.enter("a"), lane.enter("b")
        with pytest.raises(Busy):
            lane.enter("c")
        lane.leave(first)
        with pytest.raises(Busy):
            lane.enter("a")
        lane.enter("c")

    def test_and_in_the_order_of_the_first_refusal(self):
        lane = Lane()
        first, second = lane.enter("a"), lane.enter("b")
        for client in ("c", "d", "c"):
            with pytest.raises(Busy):
                lane.enter(client)
        lane.leave(first)
        with pytest.raises(Busy):
            lane.enter("d")
        lane.enter("c")
        lane.leave(second)
        lane.enter("d")

    def test_who_does_not_come_again_keeps_nobody_out(self, now):
        lane = Lane()
        first, _ = lane.enter("a"), lane.enter("b")
        with pytest.raises(Busy):
            lane.enter("gone")
        lane.leave(first)
        now[0] += CLAIM + 1
        lane.enter("a")

    def test_all_of_many_that_come_again_are_answered(self):
        lane, answered = Lane(), set()
        tickets = [lane.enter("0"), lane.enter("1")]
        for _ in range(42):  # the first two come again before anyone was refused
            ticket = tickets.pop(0)
            answered.add(ticket.client)
            lane.leave(ticket)
            for client in map(str, range(40)):  # those that were answered ask first
                with suppress(Busy):
                    tickets.append(lane.enter(client))
        assert len(answered) == 40
