"""One lane to the model: questions are answered one after the other, clients in turns.

Each client's questions keep their order; between clients the turn goes round, so that one with
ten questions doesn't keep another waiting for all of them. A client is whoever a door says it is
(`assistant.ask.state.Request.client`).
"""

import threading
import time
from bisect import insort
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

from assistant.ask.events import Progress
from assistant.errors import Busy
from tools.context import Stop
from tools.errors import Stopped

MOST = 32  # questions that may wait
MOST_OF_ONE = 8  # of one client
CLAIM = 15.0  # seconds for which a client that found no place is let in before others
LOOK = 0.2  # seconds between looks at the stop flag while waiting


def let_go(events: Generator[Any, None, None]) -> None:
    """Closes a run that nobody waits for, so that its ticket is given back.

    Another thread may be inside it at this moment: then as soon as that one comes out.
    """
    while True:
        try:
            return events.close()
        except ValueError:  # "generator already executing"
            time.sleep(LOOK)


def let_go_aside(events: Generator[Any, None, None]) -> None:
    """The same in a thread of its own, where nobody may wait."""
    threading.Thread(target=let_go, args=(events,), daemon=True).start()


@dataclass(frozen=True, order=True)
class Ticket:
    """A place in the queue: every client has one question a round."""

    round: int
    number: int  # in order of arrival
    client: str


class Lane:
    """Tickets, in the order in which they have their turn. Threads share one."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._numbers = count()
        self._waiting: list[Ticket] = []  # the first has its turn
        self._latest: dict[str, int] = {}  # the round of each client's newest ticket
        self._beside = 0  # works that need no turn
        self._refused: dict[str, float] = {}  # when a client last found no place; in order of first

    def enter(self, client: str = "") -> Ticket:
        """Takes a ticket, to be given back by `leave`. Raises Busy if too many wait.

        A client that found no place and comes again within CLAIM seconds is let in before those
        that were refused later, or never.
        """
        with self._changed:
            if sum(ticket.client == client for ticket in self._waiting) >= MOST_OF_ONE:
                raise Busy(
                    f"{MOST_OF_ONE} questions of yours are waiting already: wait for an answer"
                )
            if MOST - len(self._waiting) <= self._claims_before(client):
                self._refused[client] = time.monotonic()
                raise Busy(f"{MOST} questions are waiting already: try again in a while")
            self._refused.pop(client, None)
            ticket = Ticket(self._round(client), next(self._numbers), client)
            insort(self._waiting, ticket)
            return ticket

    def _claims_before(self, client: str) -> int:
        """How many others were refused before this client was and may still come again."""
        latest = time.monotonic() - CLAIM
        self._refused = {other: when for other, when in self._refused.items() if when > latest}
        clients = list(self._refused)
        return clients.index(client) if client in self._refused else len(clients)

    def _round(self, client: str) -> int:
        """The one under way, unless the client has had its turn in it."""
        now = self._waiting[0].round if self._waiting else 0
        if not self._waiting:
            self._latest.clear()  # nobody is kept waiting for what was answered long ago
        self._latest[client] = max(now, self._latest.get(client, now - 1) + 1)
        return self._latest[client]

    def wait(self, ticket: Ticket, stop: Stop) -> Iterator[Progress]:
        """Tells the place in the queue until it is this ticket's turn. Raises Stopped."""
        told = 0
        while place := self._place(ticket):
            if stop():
                raise Stopped
            if place != told:
                yield Progress(f"waiting, {place} before you")
                told = place
            with self._changed:
                self._changed.wait(LOOK)

    def _place(self, ticket: Ticket) -> int:
        with self._changed:
            return self._waiting.index(ticket)

    @contextmanager
    def turn(
        self,
        client: str = "",
        tell: Callable[[str, float | None], None] = lambda stage, fraction: None,
        stop: Stop = lambda: False,
    ) -> Iterator[None]:
        """Inside, it is the client's turn. Raises Busy, and Stopped while it waits."""
        ticket = self.enter(client)
        try:
            for progress in self.wait(ticket, stop):
                tell(progress.stage, progress.fraction)
            yield
        finally:
            self.leave(ticket)

    def leave(self, ticket: Ticket) -> None:
        """Gives the turn, or the place in the queue, to the next."""
        with self._changed:
            self._waiting.remove(ticket)
            self._changed.notify_all()

    @contextmanager
    def beside(self) -> Iterator[None]:
        """Inside, the lane is busy with work that needs no turn, such as hearing a recording."""
        with self._changed:
            self._beside += 1
        try:
            yield
        finally:
            with self._changed:
                self._beside -= 1
                self._changed.notify_all()

    @property
    def is_busy(self) -> bool:
        """Whether anybody waits, is answered, or works beside."""
        return bool(self._waiting or self._beside)

    def wait_until_idle(self, stop: Stop) -> None:
        """Returns when nobody wants anything, or once ``stop`` says so."""
        with self._changed:
            while self.is_busy and not stop():
                self._changed.wait(LOOK)
