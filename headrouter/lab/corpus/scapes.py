"""Annotated soundscapes: what is heard in one, and when; cut into pieces and joined."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from headrouter.lab.corpus.clips import SAMPLE_RATE, Samples

SECONDS = 30.0
TOKEN_SECONDS = 0.08  # of an audio token
LENGTH = int(SECONDS * SAMPLE_RATE)
TOUCH = 0.2  # seconds that two segments may share before they count as at the same time


@dataclass(frozen=True)
class Segment:
    """A stretch of one clip in a window; times in seconds."""

    start: float
    end: float
    kind: str  # speech, sound or music
    text: str | None = None
    label: str | None = None
    speaker: str | None = None
    gender: str | None = None
    questions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Scape:
    """A window and what is in it."""

    samples: Samples = field(repr=False)
    segments: tuple[Segment, ...]
    background: str | None = None


def cut(scape: Scape, first: int, last: int) -> tuple[float, Scape]:
    """The stretch around the segments `first` to `last`: where it starts, and itself from zero.

    Those that overlap with them come along. Starts and ends on whole audio tokens, and holds
    nothing of its neighbours.
    """
    first, last = _together(scape.segments, first, last)
    chosen = scape.segments[first : last + 1]
    before = max((segment.end for segment in scape.segments[:first]), default=0.0)
    after = scape.segments[last + 1].start if last + 1 < len(scape.segments) else SECONDS
    begin, finish = chosen[0].start, max(segment.end for segment in chosen)
    start = math.ceil(max(before, begin - 0.3) / TOKEN_SECONDS) * TOKEN_SECONDS
    end = math.ceil(min(max(after, finish - TOUCH), finish + 0.5) / TOKEN_SECONDS) * TOKEN_SECONDS
    moved = tuple(replace(s, start=s.start - start, end=s.end - start) for s in chosen)
    samples = scape.samples[round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE)]
    return start, Scape(samples, moved, scape.background)


def _together(segments: Sequence[Segment], first: int, last: int) -> tuple[int, int]:
    """The run of segments, by their start, widened until none outside overlaps with it."""
    while True:
        begin = segments[first].start
        end = max(segment.end for segment in segments[first : last + 1])
        inside = [
            i for i, s in enumerate(segments) if s.start < end - TOUCH and s.end > begin + TOUCH
        ]
        wider = min([first, *inside]), max([last, *inside])
        if wider == (first, last):
            return wider
        first, last = wider


def overlapped(scape: Scape) -> list[bool]:
    """For each segment, whether another sounds at the same time."""
    return [
        any(
            o is not s and min(o.end, s.end) - max(o.start, s.start) > TOUCH for o in scape.segments
        )
        for s in scape.segments
    ]


def join(scapes: Sequence[Scape]) -> Scape:
    """Several windows, one after another; of their backgrounds the one that all have."""
    segments: list[Segment] = []
    seconds = 0.0
    for scape in scapes:
        segments += [
            replace(s, start=s.start + seconds, end=s.end + seconds) for s in scape.segments
        ]
        seconds += len(scape.samples) / SAMPLE_RATE
    backgrounds = {scape.background for scape in scapes}
    background = backgrounds.pop() if len(backgrounds) == 1 else None
    return Scape(np.concatenate([s.samples for s in scapes]), tuple(segments), background)
