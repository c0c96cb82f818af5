"""Samples of clips: decoded once, trimmed, set to a level, played faster or slower."""

import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
from numpy.typing import NDArray

from headrouter.lab.corpus.clips import Clip, Samples
from headrouter.lab.corpus.scapes import LENGTH

FLOOR_DBFS = (-80.0, -50.0)  # of the hiss under everything


@cache
def in_integers(clip: Clip) -> NDArray[np.int16]:
    """The samples of a clip as it was first decoded."""
    return (clip.samples() * 32767).astype(np.int16)


def decoded(clip: Clip) -> Samples:
    """The samples of a clip; those once decoded stay in memory, two bytes each."""
    samples: Samples = in_integers(clip).astype(np.float32) / np.float32(32767)
    return samples


def decode_all(clips: Sequence[Clip], progress: Callable[[int], None]) -> None:
    """Decode clips for processes that will be forked; on all cores."""
    with ThreadPoolExecutor() as threads:
        for number, _ in enumerate(threads.map(in_integers, clips), 1):
            progress(number)


def trimmed(samples: Samples, db: float = -34.0) -> Samples:
    """Without the quiet at both ends: clips of sounds are padded with digital silence."""
    hop = 320
    frames = samples[: len(samples) // hop * hop].reshape(-1, hop)
    if not len(frames):
        return samples
    loudness = np.sqrt((frames**2).mean(axis=1))
    loud = np.flatnonzero(loudness > max(loudness.max() * 10 ** (db / 20), 1e-5))
    return samples[loud[0] * hop : (loud[-1] + 1) * hop] if len(loud) else samples[:0]


def at_level(samples: Samples, dbfs: float) -> Samples:
    """Scaled to an effective value of `dbfs`; silence stays as it is."""
    effective = float(np.sqrt((samples**2).mean())) if len(samples) else 0.0
    scaled: Samples = samples * np.float32(10 ** (dbfs / 20) / max(effective, 1e-5))
    return scaled


def within_scale(canvas: Samples) -> Samples:
    """Within full scale."""
    return canvas / np.float32(max(1.0, np.abs(canvas).max() / 0.99))


def hiss(rng: random.Random) -> Samples:
    """Faint noise, a window long."""
    level = 10 ** (rng.uniform(*FLOOR_DBFS) / 20)
    noise = np.random.default_rng(rng.getrandbits(32)).standard_normal(LENGTH, np.float32)
    return noise * np.float32(level)


def at_speed(samples: Samples, factor: float) -> Samples:
    """Played `factor` times as fast."""
    times = np.arange(int(len(samples) / factor)) * factor
    varied: Samples = np.interp(times, np.arange(len(samples)), samples).astype(np.float32)
    return varied
