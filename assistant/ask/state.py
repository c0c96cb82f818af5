"""The state of one run: ids, numbers and text, never audio. It is what checkpoints hold."""

from dataclasses import dataclass
from typing import Any, Literal, TypedDict

Intent = Literal["listen", "quote", "words"]
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


class State(TypedDict):
    """Filled node by node; every field is there from the start."""

    request: dict[str, Any]  # of Request
    recording: str  # id
    scope: tuple[float, float]  # seconds that the question is about
    parts: list[tuple[int, int]]  # tokens that are gone over one after the other; mostly one
    partials: list[dict[str, Any]]  # what the parts so far gave
    intent: Intent
    audible: bool
    routes: dict[str, float]
    plan: dict[str, Any]  # of budget.Plan
    spans: list[tuple[int, int]]  # tokens of the index
    next_keep: float | None  # for another attempt; None where there is none to make
    again: str  # why there is another attempt
    escalations: int
    failures: int  # attempts that did not fit the memory
    text_tokens: int  # of the prompt, once its words are known; 0 before
    answer: str
    stopped: bool
    run: dict[str, Any]  # what the attempt cost and how sure it was
    citations: list[dict[str, Any]]
    words: str  # as in HeardReport
    made: str  # how the answer was made, where it was made without the model
    seconds: dict[str, float]  # by stage


def first_state(request: Request) -> State:
    """The state before anything is known."""
    return State(
        request=vars(request).copy(),
        recording="",
        scope=(0.0, 0.0),
        parts=[],
        partials=[],
        intent="listen",
        audible=True,
        routes={},
        plan={},
        spans=[],
        next_keep=None,
        again="",
        escalations=0,
        failures=0,
        text_tokens=0,
        answer="",
        stopped=False,
        run={},
        citations=[],
        words="off",
        made="",
        seconds={},
    )
