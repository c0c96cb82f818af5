"""Words that are recognised before anybody asks for them, so that questions find them known.

A server does so for what was heard, one recording after the other, while it has nothing else to do:
whoever asks or listens stops it at the next piece, and it goes on from there afterwards.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from assistant.app import Assistant
from assistant.errors import EXPECTED
from memory import Recording
from tools.context import OnFraction, Stop
from tools.errors import Stopped

log = logging.getLogger(__name__)


@contextmanager
def words_ahead(assistant: Assistant) -> Iterator[None]:
    """Inside, the words of what the assistant hears are recognised, where the settings say so."""
    if not assistant.settings.words_ahead:
        yield
        return
    ahead = Ahead(assistant)
    assistant.on_heard = ahead.want
    thread = threading.Thread(target=ahead.run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        assistant.on_heard = lambda recording: None
        ahead.end()
        thread.join()


class Ahead:
    """What is yet to be recognised, and doing it. Threads share one."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant = assistant
        self._changed = threading.Condition()
        self._wanted: list[str] = []  # ids of recordings, the newest last
        self._ended = False

    def want(self, recording: str) -> None:
        """Puts a recording at the end, unless it waits already."""
        with self._changed:
            if recording not in self._wanted:
                self._wanted.append(recording)
            self._changed.notify_all()

    def end(self) -> None:
        """Stops at the next piece."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def run(self) -> None:
        """Recognises what is wanted until `end`."""
        while (recording := self._next()) is not None:
            self.assistant.lane.wait_until_idle(self._is_ended)
            try:
                found = self.assistant.store.recording(recording)
                if not found.growing:  # its captions are made anyway
                    words_when_idle(self.assistant, found, stop=self._is_ended)
            except Stopped:
                continue  # it has ended
            except EXPECTED as error:  # whoever asks for the words is told
                log.info("no words of %s ahead: %s", recording, error)
            with self._changed:
                self._wanted.remove(recording)

    def _next(self) -> str | None:
        """The first, once there is one; None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended or self._wanted)
            return None if self._ended else self._wanted[0]

    def _is_ended(self) -> bool:
        return self._ended


def words_when_idle(
    assistant: Assistant,
    recording: Recording,
    on_fraction: OnFraction = lambda fraction: None,
    stop: Stop = lambda: False,
    *,
    looked_on: bool = False,
) -> None:
    """All words of a recording; whoever asks or listens meanwhile goes first.

    Of two that want the words of one recording the one who is looked on, by a user to whom
    ``on_fraction`` tells how far it is, recognises them; the other waits and finds them known.

    Raises Stopped, and as `Assistant.transcript`.
    """
    lane, writing = assistant.lane, assistant.writing_down
    gives_way = False

    def between_pieces(fraction: float | None) -> None:
        nonlocal gives_way
        gives_way = not looked_on and writing.is_looked_on(recording.id)
        on_fraction(fraction)

    def lets_go() -> bool:
        return stop() or lane.is_busy or gives_way

    while True:
        lane.wait_until_idle(stop)
        with writing.at(recording.id, stop, looked_on=looked_on):
            gives_way = False
            try:
                assistant.transcript(recording, between_pieces, lets_go)
                return
            except Stopped:
                if stop():
                    raise
