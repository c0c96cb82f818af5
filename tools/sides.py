"""Two channels that are two people, as recorded calls have them: one on each side.

In a call only one side is loud at a time, and each now and then. In one room both channels hear
whoever speaks: their levels go together, whatever the delay between the microphones.
"""

from collections.abc import Iterable

import numpy as np

from tools.audio import SAMPLE_RATE, Samples, Window
from tools.context import Diarised
from tools.silence import level_dbfs

HOP = 0.1  # seconds in which a side is loud or not
LOUD_DBFS = -50.0
BLEED_DB = 12.0  # by which a side is louder where only it speaks: the other may be heard faintly
MOSTLY = 0.5  # of what is loud must be of one side alone: two may speak at once
EACH = 0.03  # of what is loud must be of each side alone, and LEAST seconds
LEAST = 1.0


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


def without_bleed(found: Diarised, mine: Samples, other: Samples) -> Diarised:
    """Without the turns in which the other side, both (n,), is far louder: they are its own."""
    turns = []
    for turn in found.turns:
        part = slice(round(turn.start * SAMPLE_RATE), round(turn.end * SAMPLE_RATE))
        if _power(other[part]) < 10 ** (BLEED_DB / 10) * _power(mine[part]):
            turns.append(turn)
    labels = {turn.label for turn in turns}
    return Diarised(turns, {name: found.voices[name] for name in found.voices if name in labels})


def _power(samples: Samples) -> float:
    return float(np.mean(np.square(samples, dtype=np.float64))) if len(samples) else 0.0
