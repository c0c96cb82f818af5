"""How loud a recording is, hop by hop, and whether there is anything to hear in it.

Levels are RMS in dBFS about the hop's own mean, so that the constant offset of a cheap sound card
is no sound; a full-scale square wave is at 0, a full-scale sine at -3. There is no weighting by
frequency and no voice detection: a fan that runs at -40 dBFS is audible.
"""

import numpy as np
import numpy.typing as npt

from tools.mixing import SAMPLE_RATE

FLOOR_DBFS = -120.0
# Digital silence is at the floor and the dither of 16-bit files near -96; the noise of ordinary
# microphones and old tapes in a quiet room lies below -60, a voice across the room near -50.
AUDIBLE_DBFS = -60.0
# A recording that never reaches the first is made louder, so that its loudest moment is at the
# second, if that stands out from what is below it: a voice does, the noise of a quiet room doesn't.
QUIET_DBFS, SPOKEN_DBFS = -50.0, -26.0
FAINT_DBFS = -85.0  # below it there are only the rounding errors of 16-bit files
STANDS_OUT_DB = 12.0


def level_dbfs(
    samples: npt.NDArray[np.float32], hop_seconds: float = 0.08
) -> npt.NDArray[np.float32]:
    """The level of each hop of mono 16 kHz samples (n,); a last short hop has its own level.

    Returns:
        (hops,) dBFS, -120 where there is nothing at all.
    """
    hop = max(1, round(hop_seconds * SAMPLE_RATE))
    hops = [samples[at : at + hop] for at in range(0, len(samples), hop)]
    rms = np.array([np.std(hop, dtype=np.float64) for hop in hops])
    levels = 20 * np.log10(np.maximum(rms, 10 ** (FLOOR_DBFS / 20)))
    return np.asarray(levels, np.float32)


def gain_for(levels: npt.NDArray[np.float32]) -> float:
    """What a whole recording of (hops,) levels is multiplied by, for all that listens to it."""
    loudest = float(levels.max(initial=FLOOR_DBFS))
    if not FAINT_DBFS < loudest < QUIET_DBFS:
        return 1.0
    stands_out = loudest - float(np.percentile(levels, 20)) >= STANDS_OUT_DB
    return float(10 ** ((SPOKEN_DBFS - loudest) / 20)) if stands_out else 1.0


def is_audible(levels: npt.NDArray[np.float32], threshold: float = AUDIBLE_DBFS) -> bool:
    """Whether any hop is louder than the threshold: one knock on a door is something to hear."""
    return bool(np.any(levels > threshold))


def silent_hops(
    levels: npt.NDArray[np.float32], window: int, threshold: float = AUDIBLE_DBFS
) -> int:
    """How many of the (hops,) lie in windows of ``window`` hops that hold nothing audible."""
    windows = [levels[at : at + window] for at in range(0, len(levels), window)]
    return sum(len(hops) for hops in windows if not is_audible(hops, threshold))
