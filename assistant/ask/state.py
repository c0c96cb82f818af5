"""The state of one run: ids, numbers and text, never audio."""

from dataclasses import dataclass, field
from typing import Literal

from assistant.ask.events import Citation
from assistant.ask.request import Request as Request
from assistant.budget.plan import Plan

Intent = Literal["listen", "quote", "words"]


@dataclass(frozen=True)
class Account:
    """What an attempt cost, how sure its answer is, and where its tokens lie."""

    kept: int = 0  # tokens
    measured_bytes: int = 0
    confidence: float | None = None  # as in HeardReport, like all that follows
    agreement: float | None = None
    kept_bins: list[int] = field(default_factory=list)
    weight_bins: list[float] = field(default_factory=list)
    note: str = ""


@dataclass(frozen=True)
class Partial:
    """What one part of a recording gave that is gone over part by part."""

    tokens: tuple[int, int]
    start: float  # seconds of the recording
    end: float
    answer: str
    citations: list[Citation]
    spans: list[tuple[int, int]]
    plan: Plan
    run: Account
    routes: dict[str, float]
    words: str
    seconds: dict[str, float]


@dataclass(frozen=True)
class State:
    """Filled node by node: each returns the fields that it changes."""

    request: Request
    recording: str = ""  # id
    scope: tuple[float, float] = (0.0, 0.0)  # seconds that the question is about
    parts: list[tuple[int, int]] = field(default_factory=list)  # tokens; mostly one part
    partials: list[Partial] = field(default_factory=list)  # what the parts so far gave
    resumed: int = 0  # of these, how many an earlier run of the question had finished
    intent: Intent = "listen"
    audible: bool = True
    routes: dict[str, float] = field(default_factory=dict)
    plan: Plan | None = None  # None until there is one, and where none is needed
    spans: list[tuple[int, int]] = field(default_factory=list)  # tokens of the index
    next_keep: float | None = None  # for another attempt; None where there is none to make
    again: str = ""  # why there is another attempt
    escalations: int = 0
    failures: int = 0  # attempts that did not fit the memory
    text_tokens: int = 0  # of the prompt, once its words are known
    answer: str = ""
    stopped: bool = False
    run: Account | None = None  # None until the model, or the evidence, has answered
    citations: list[Citation] = field(default_factory=list)
    words: str = "off"  # as in HeardReport
    made: str = ""  # how the answer was made, where it was made without the model
    seconds: dict[str, float] = field(default_factory=dict)  # by stage

    @property
    def planned(self) -> Plan:
        """The plan, where there is one."""
        assert self.plan is not None  # the budget comes before everything that asks for it
        return self.plan
