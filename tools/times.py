"""Moments of a recording for people, and how long work will still take."""

import time
from collections.abc import Callable


def clock(seconds: float) -> str:
    """A moment as m:ss or h:mm:ss."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class TimeLeft:
    """Seconds until some work is done, by how fast it went since it was first looked at.

    Work that was begun earlier and goes on does not count as done in no time.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._first: tuple[float, float] | None = None

    def at(self, fraction: float | None) -> float | None:
        """With that fraction done, 0 to 1; None where it can't be told yet."""
        if fraction is None:
            return None
        if self._first is None:
            self._first = self._now(), fraction
        begun, before = self._first
        done = fraction - before
        return (self._now() - begun) / done * (1 - fraction) if done > 0 else None
