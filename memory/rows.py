"""The rows as frozen values, and their way into and out of SQLite.

Field names are column names. Times of day are aware datetimes in UTC, kept as ISO text; positions
and lengths are seconds, sizes are bytes. Nothing here reads or writes a database.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TypeVar

State = Literal["new", "ingesting", "ready", "failed"]
JobState = Literal["running", "cancelling", "done", "failed", "cancelled"]
Outcome = Literal["ok", "oom", "stopped", "refused"]
Row = TypeVar("Row")


def now() -> datetime:
    """The time in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Recording:
    """A recording that the user added. The media stay where they are: this holds their path.

    What lies at a path may change: only `tools.content` may read it.
    """

    id: str  # the first 8 hexadecimal digits of sha256, more where that is taken
    sha256: str  # of what is heard: the file's content, and the track where that was chosen
    path: Path  # the latest that held it; `Store.places` has all
    name: str
    seconds: float | None  # None until the media have been decoded
    state: State
    note: str | None  # why the state is what it is, for the user to read
    added_at: datetime
    size_bytes: int  # 0 while it is being recorded
    language: str | None = None  # code of what is spoken; None until enough of it was heard
    track: int | None = None  # from 1, where the file has several audio tracks
    deleted_at: datetime | None = None  # when it went into the bin; None of one that is not there

    @property
    def growing(self) -> bool:
        """Whether it is being recorded, so that its content is not final."""
        return self.size_bytes == 0


@dataclass(frozen=True)
class Tag:
    """A tag that a recording has."""

    recording_id: str
    tag: str


@dataclass(frozen=True)
class Place:
    """A path at which a recording's content was seen."""

    path: Path
    stamp: str | None  # of the file then; None if it must be read to know what it holds


@dataclass(frozen=True)
class Word:
    """A word that was heard, in seconds from the recording's start."""

    start: float
    end: float
    text: str
    probability: float
    spaced: bool = True  # whether a space parts it from the word before
    language: str | None = None  # code of that in which it was heard; None where it wasn't noted


@dataclass(frozen=True)
class Passage:
    """A stretch of a transcript, in seconds from the recording's start."""

    recording_id: str
    model: str
    start: float
    end: float
    text: str


Voice = tuple[float, ...]
"""What a model hears of a voice: two are compared by the angle between them."""


@dataclass(frozen=True)
class Segment:
    """A stretch with a label, in seconds from the recording's start; two may overlap."""

    recording_id: str
    kind: str  # what the label names: "speaker"
    model: str
    start: float
    end: float
    label: str  # of a speaker "1", "2", ... in the order in which they first speak
    name: str | None = None  # of a speaker who was given one

    @property
    def speaker(self) -> str:
        """Who speaks, for people."""
        return self.name or f"Speaker {self.label}"


@dataclass(frozen=True)
class SegmentPart:
    """What a model found in a part of a recording; None once all parts are joined."""

    model: str
    start: float
    end: float
    found: dict[str, Any] | None


@dataclass(frozen=True)
class FinishedPart:
    """What one part of some long work gave, whose whole is not finished."""

    run: str
    recording_id: str
    number: int
    found: dict[str, Any]
    created_at: datetime


@dataclass(frozen=True)
class Speaker:
    """Somebody who speaks in a recording."""

    recording_id: str
    label: str
    name: str | None
    recognised: bool  # the name comes from the voice, not from the user
    model: str
    voice: Voice | None  # None unless voices are remembered

    @property
    def called(self) -> str:
        """The name, or what stands for it."""
        return self.name or f"Speaker {self.label}"


@dataclass(frozen=True)
class StoredSketch:
    """A recording as it is searched together with all others (`headrouter.hear.sketch`)."""

    recording_id: str
    model: str
    tokens: int  # of the index that it was made of
    token_seconds: float
    letters: bytes  # one a letter
    places: bytes  # little-endian int32 of each block


@dataclass(frozen=True)
class FoundSound:
    """Where a model heard a sound by its name, in seconds from the recording's start."""

    recording_id: str
    model: str
    name: str
    start: float
    end: float
    score: float  # in [0, 1]


@dataclass(frozen=True)
class Correction:
    """What a user says of who speaks: turns of one speaker, or a stretch of them, are another's."""

    label: str  # whose turns they are without it
    given: str  # whose they are
    start: float | None  # None: all of them, so ``label`` is nobody any more
    end: float | None


@dataclass(frozen=True)
class Session:
    """A conversation."""

    id: int
    title: str
    created_at: datetime
    model: str | None = None  # the name of the one that answers in it; None: not noted


@dataclass(frozen=True)
class Turn:
    """A question and its answer. It outlives its recording."""

    id: int
    session_id: int
    recording_id: str | None  # None if the recording was removed, or there was none
    question: str
    answer: str
    heard: dict[str, Any]  # the heard report, as JSON
    created_at: datetime
    rating: int | None  # +1 or -1, None if the user gave none
    escalations: int


@dataclass(frozen=True)
class BudgetRun:
    """What a run was predicted to cost and what it did cost: the cost model is fitted to these."""

    model: str
    device: str
    audio_tokens: int
    kept_tokens: int
    prompt_tokens: int
    keep: float  # in (0, 1]
    predicted_bytes: int
    measured_bytes: int | None  # None where the run did not get that far
    predicted_seconds: float
    measured_seconds: float | None
    outcome: Outcome
    prefill_seconds: float | None = None  # with the next, what measured_seconds is made of
    decode_seconds: float | None = None
    new_tokens: int | None = None  # of the answer
    created_at: datetime = field(default_factory=now)
    id: int | None = None  # None until it is stored


@dataclass(frozen=True)
class Job:
    """Work that outlives the call which asked for it."""

    id: str
    kind: str
    arguments: dict[str, Any]
    state: JobState
    stage: str  # what it is at
    fraction: float | None  # of that stage, 0 to 1
    result: dict[str, Any] | None  # of a job that is done
    error: str | None  # of one that failed
    owner: int  # the process that does it, by the id that it gave itself
    created_at: datetime


_DECODE: dict[str, Callable[[Any], Any]] = {
    "path": Path,
    "spaced": bool,
    "heard": json.loads,
    "arguments": json.loads,
    "result": lambda text: None if text is None else json.loads(text),
    "found": lambda text: None if text is None else json.loads(text),
    "voice": lambda text: None if text is None else tuple(json.loads(text)),
    "recognised": bool,
    "added_at": datetime.fromisoformat,
    "deleted_at": lambda text: None if text is None else datetime.fromisoformat(text),
    "created_at": datetime.fromisoformat,
}
_ENCODE: dict[str, Callable[[Any], Any]] = {
    "path": str,
    "heard": json.dumps,
    "arguments": json.dumps,
    "result": lambda value: None if value is None else json.dumps(value),
    "found": lambda value: None if value is None else json.dumps(value),
    "voice": lambda value: None if value is None else json.dumps(value),
    "added_at": datetime.isoformat,
    "deleted_at": lambda value: None if value is None else value.isoformat(),
    "created_at": datetime.isoformat,
}


def columns(kind: type[Any]) -> str:
    """The columns of a row type as SQL; quoted, because `end` is a keyword."""
    return ", ".join(f'"{f.name}"' for f in fields(kind))


def from_row(kind: type[Row], row: Mapping[str, Any]) -> Row:
    """A row type's value from what `SELECT {columns(kind)}` gave."""
    return kind(**{k: _DECODE[k](v) if k in _DECODE else v for k, v in row.items()})


def to_row(values: Mapping[str, Any]) -> dict[str, Any]:
    """Fields as SQLite stores them."""
    return {k: _ENCODE[k](v) if k in _ENCODE else v for k, v in values.items()}
