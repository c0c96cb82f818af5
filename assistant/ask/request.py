"""A question, as a door asks it. Light: commands import it that leave the answer to a server."""

from dataclasses import dataclass
from typing import Literal

Words = Literal["auto", "on", "off"]
ALL = "all"  # in place of a recording, for a planner: all that are known
Scope = Literal["auto", "whole", "stretches"]


@dataclass(frozen=True)
class Request:
    """A question about a recording."""

    recording: str  # a path, or the id of a recording that is known
    question: str
    start: float | None = None  # seconds; the question is about this range only
    end: float | None = None
    keep: float | None = None  # fixed by the user; None lets the budget choose
    words: Words | None = None  # None takes the setting
    session: int | None = None  # None begins a new one
    scope: Scope = "auto"  # whole: goes over all of it; stretches: only where it matters most
    track: int | None = None  # of the file's audio tracks, from 1; None lets the file tell
    model: str | None = None  # None: the conversation's, or the one that was started with
    client: str = ""  # who asks, so that the lane is shared fairly; this process if empty
