"""One lane to the model: questions are answered one after the other, in the order they came."""

import threading
from collections.abc import Iterator
from itertools import count

from assistant.errors import Busy
from assistant.events import Progress
from tools.context import Stop
from tools.errors import Stopped

MOST = 32  # questions that may wait
LOOK = 0.2  # seconds between looks at the stop flag while waiting


class Lane:
    """Tickets in order of arrival. Threads share one."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._numbers = count()
        self._waiting: list[int] = []  # the first has its turn

    def enter(self) -> int:
        """Takes a ticket, to be given back by `leave`. Raises Busy if too many wait."""
        with self._changed:
            if len(self._waiting) >= MOST:
                raise Busy(f"{MOST} questions are waiting already: try again in a while")
            ticket = next(self._numbers)
            self._waiting.append(ticket)
            return ticket

    def wait(self, ticket: int, stop: Stop) -> Iterator[Progress]:
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

    def _place(self, ticket: int) -> int:
        with self._changed:
            return self._waiting.index(ticket)

    def leave(self, ticket: int) -> None:
        """Gives the turn, or the place in the queue, to the next."""
        with self._changed:
            self._waiting.remove(ticket)
            self._changed.notify_all()
