"""What the samples of a file of floats have to be multiplied by: some count as integers do."""

from collections.abc import Callable, Iterator

import numpy as np

from tools.media import Media
from tools.mixing import SAMPLE_RATE, Piece

_LOOKS, _LOOK = 20, 1.0  # stretches of a file of floats, and their seconds, that tell their scale
_SCALES = (2.0**15, 2.0**23, 2.0**31)  # what integers that were saved as floats count up to


def scale_of(media: Media, pieces: Callable[[float], Iterator[Piece]]) -> float:
    """For floats: one, unless they count as integers do; from looks here and there.

    pieces: the samples from a moment on.
    """
    if not media.codec.startswith("pcm_f"):
        return 1.0
    length = media.seconds or 0.0
    starts = np.linspace(0.0, max(0.0, length - _LOOK), _LOOKS) if length > _LOOKS else [0.0]
    end = _LOOK if length > _LOOKS else _LOOKS * _LOOK
    power, peak = 0.0, 0.0
    for start in starts:
        for piece in pieces(float(start)):
            seen = np.nan_to_num(piece.mono, nan=0.0, posinf=0.0, neginf=0.0)
            power = max(power, float(np.var(seen, dtype=np.float64)))
            peak = max(peak, float(np.abs(seen).max(initial=0.0)))
            if piece.at / SAMPLE_RATE >= start + end:
                break
    if power <= 1.0:  # no sound within full scale has more
        return 1.0
    return 1.0 / (next((scale for scale in _SCALES if peak <= scale), peak) if peak > 1e3 else peak)
