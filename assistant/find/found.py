"""What was found in many recordings. Light: nothing of the model is imported here."""

from dataclasses import asdict, dataclass
from typing import Any

LOOKING = "looking through what was heard"  # what it takes, told while it does


@dataclass(frozen=True)
class Moment:
    """Something that was looked for, and where it may be."""

    recording: str  # id
    name: str  # of the recording
    start: float  # seconds
    end: float
    score: float  # in [0, 1]; from 0.3 it is hardly ever another
    found: str  # what of it: a sound, words, a speaker
    by: str  # "ear", "words" that were recognised, "speaker"; of several things all
    text: str = ""  # what was recognised around it, or the letters that were read there
    speaker: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class Found:
    """The moments, and in how many recordings they were looked for."""

    moments: list[Moment]
    searched: int
    unheard: int  # recordings of those chosen that were never listened to
    note: str = ""  # what was not looked for, and why


@dataclass(frozen=True)
class AcrossAnswer:
    """An answer about many recordings, and the moments that it rests on."""

    answer: str
    moments: list[Moment]
    how: str  # it was made, in a sentence
    searched: int  # recordings
    unheard: int  # of these, that were never listened to

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)
