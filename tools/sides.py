"""Two channels that are two people, as recorded calls have them: one on each side.

In a call only one side is loud at a time, and each now and then. In one room both channels hear
whoever speaks: their levels go together, whatever the delay between the microphones.
"""

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from tools.audio import SAMPLE_RATE, Samples, Window
from tools.context import Diarised, Spoken
from tools.silence import level_dbfs

HOP = 0.1  # seconds in which a side is loud or not
LOUD_DBFS = -50.0
BLEED_DB = 12.0  # by which a side is louder where only it speaks: the other may be heard faintly
MOSTLY = 0.5  # of what is loud must be of one side alone: two may speak at once
EACH = 0.03  # of what is loud must be of each side alone, and LEAST seconds
LEAST = 1.0
TURN = 0.5  # seconds at least of the other side, that end a turn

Mask = npt.NDArray[np.bool_]
Span = tuple[float, float]  # seconds


def are_people(left: Iterable[Window], right: Iterable[Window]) -> bool:
    """Whether two channels, window by window, are two people, or two parties of a call."""
    loud, alone = 0, np.zeros(2)
    for one, other in zip(left, right, strict=True):
        levels = np.stack([level_dbfs(one.samples, HOP), level_dbfs(other.samples, HOP)])
        heard = levels.max(axis=0) > LOUD_DBFS
        ahead = (levels[0] - levels[1])[heard]
        loud += int(heard.sum())
        alone += (ahead > BLEED_DB).sum(), (ahead < -BLEED_DB).sum()
    enough = max(EACH * loud, LEAST / HOP)
    return bool(loud and alone.sum() >= MOSTLY * loud and alone.min() >= enough)


def bleeds(mine: Samples, other: Samples) -> Mask:
    """(hops,) where a side only hears the other one, both (n,): that is far louder."""
    return np.asarray(level_dbfs(other, HOP) - level_dbfs(mine, HOP) > BLEED_DB)


def muted(mine: Samples, bled: Mask) -> Samples:
    """A side (n,) silent where it hears the other: that voice would be one more person of it."""
    quiet = np.repeat(bled, round(HOP * SAMPLE_RATE))[: len(mine)]
    return np.where(quiet, np.float32(0.0), mine)


def own_turns(found: Diarised, bled: Mask) -> Diarised:
    """What was found on a side, its turns cut where the other speaks for half a second or more."""
    edges = np.flatnonzero(np.diff(bled, prepend=False, append=False)).reshape(-1, 2) * HOP
    others = [(start, end) for start, end in edges.tolist() if end - start >= TURN]
    turns = [
        Spoken(start, end, turn.label)
        for turn in found.turns
        for start, end in left_of((turn.start, turn.end), others)
    ]
    labels = {turn.label for turn in turns}
    return Diarised(turns, {name: found.voices[name] for name in found.voices if name in labels})


def left_of(span: Span, others: Iterable[Span]) -> Iterator[Span]:
    """What of a span lies in none of the others, which are in order; nothing shorter than a hop."""
    at, end = span
    for first, last in others:
        if first - at >= HOP and first < end:
            yield at, first
        at = max(at, last) if first < end else at
    if end - at >= HOP:
        yield at, end
