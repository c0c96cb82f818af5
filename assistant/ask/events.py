"""A run of the assistant is a stream of these; the CLI, the page and the servers only render them.

Times are seconds of the recording, sizes are bytes.
"""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Progress:
    """Something that takes a while: how far it is."""

    stage: str
    fraction: float | None = None  # 0 to 1; None where the end isn't known
    seconds_left: float | None = None  # None where that can't be told yet


@dataclass(frozen=True)
class Routed:
    """What kind of question it is, by how the attention heads take it."""

    routes: dict[str, float]  # semantic, uniform, acoustic: summing to one
    signal: float


@dataclass(frozen=True)
class Planned:
    """What will be listened to, decided before the model runs."""

    keep: float
    spans: list[tuple[float, float]]
    reason: str
    predicted_bytes: int
    predicted_seconds: float


@dataclass(frozen=True)
class Token:
    """A piece of the answer."""

    text: str


@dataclass(frozen=True)
class Again:
    """The answer so far is withdrawn: the model listens once more, and why."""

    reason: str


@dataclass(frozen=True)
class Part:
    """The answer about one part, of a question about a whole recording that is long."""

    number: int  # from 1
    of: int
    start: float
    end: float
    answer: str


@dataclass(frozen=True)
class HeardReport:
    """What an answer rests on. No answer comes without one."""

    seconds_heard: float
    seconds_total: float  # of the recording, or of the range asked about
    tokens_kept: int
    tokens_total: int
    keep: float
    reason: str
    words: str  # in the prompt: "on" or "off"; "quoted" or "transcript" where they are the answer
    routes: dict[str, float]
    spans: list[tuple[float, float]]
    model: str
    calibrated: bool  # False: all heads weighed alike, no profile for this model
    seconds: dict[str, float]  # time taken, by stage
    predicted_bytes: int
    measured_bytes: int
    confidence: float | None = None  # mean log-probability of the answer's tokens
    agreement: float | None = None  # share of the answer's words that the recogniser heard too
    escalations: int = 0
    passes: int = 1  # parts that were listened to one after the other
    notes: list[str] = field(default_factory=list)
    scope: list[float] = field(default_factory=list)  # [start, end] asked about; in it, equal bins:
    kept_bins: list[int] = field(default_factory=list)  # tokens kept in each
    weight_bins: list[float] = field(default_factory=list)  # their importance, of 1 in all
    unpruned_bytes: int = 0  # peak of hearing all that was asked about at once, nothing pruned

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class Heard:
    """The heard report of the answer just given."""

    report: HeardReport


@dataclass(frozen=True)
class Citation:
    """A moment that the answer rests on, computed from kept tokens or recognised words."""

    start: float
    end: float
    share: float  # of the importance of everything kept
    text: str = ""  # the words recognised there, if any are known
    agreement: float | None = None  # share of the answer's words among these; None without words


@dataclass(frozen=True)
class Cited:
    """The moments behind the answer, most important first."""

    citations: list[Citation]


@dataclass(frozen=True)
class Done:
    """The end of a run that gave an answer."""

    answer: str
    recording: str  # its id
    session: int
    turn: int
    stopped: bool = False


@dataclass(frozen=True)
class Failed:
    """The end of a run that gave none. ``error`` is what was raised on purpose."""

    error: Exception

    @property
    def message(self) -> str:
        """One sentence that says what to do."""
        return str(self.error)


Event = Progress | Routed | Planned | Token | Again | Part | Heard | Cited | Done | Failed
