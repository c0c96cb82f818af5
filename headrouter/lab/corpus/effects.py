"""What a place, a distance and a line do to sound: rooms, telephones, microphones.

All work on whole windows by one Fourier transform or two, so that composing stays cheap.
"""

import random
from collections.abc import Callable

import numpy as np

from headrouter.lab.corpus.clips import SAMPLE_RATE, Samples

DECAY = 6.91  # nepers in which a room's sound falls by 60 dB
ROOM_SECONDS = (0.2, 1.2)  # until then
DIRECT_DB = (-4.0, 12.0)  # of the direct sound against what the room adds; less is further away
ECHO_SECONDS = 0.05  # within which single reflections arrive
LINE_HZ = (300.0, 3400.0)  # what a telephone line carries
MU = 255.0  # of its logarithmic 8 bits (ITU-T G.711)
TILT_DB = 9.0  # at most, of a microphone, from one end of its range to the other
CURVE_POINTS = 400  # of a filter's gain, 20 Hz apart
FRAME = 512  # samples that a low-rate codec looks at together
MASKED_DB = (18.0, 40.0)  # under a frame's loudest part, what such a codec drops


def in_room(samples: Samples, rng: random.Random) -> Samples:
    """With a room around it: a few early reflections, then noise that decays, high parts first."""
    seconds = ROOM_SECONDS[0] * (ROOM_SECONDS[1] / ROOM_SECONDS[0]) ** rng.random()
    count = int(seconds * SAMPLE_RATE)
    noise = np.random.default_rng(rng.getrandbits(32)).standard_normal(count, np.float32)
    times = np.arange(count, dtype=np.float32) / np.float32(SAMPLE_RATE)
    dull = np.convolve(noise, np.full(4, 0.25, np.float32))[:count]
    high, low = np.exp(-2 * DECAY / seconds * times), np.exp(-DECAY / seconds * times)
    tail = noise * high + dull * low
    tail[: int(0.005 * SAMPLE_RATE)] = 0.0
    for _ in range(rng.randint(2, 6)):
        at = rng.randrange(int(0.002 * SAMPLE_RATE), int(ECHO_SECONDS * SAMPLE_RATE))
        tail[at] += rng.choice((-1, 1)) * rng.uniform(2.0, 8.0)
    energy = float(np.sqrt((tail**2).sum()))
    tail *= np.float32(10 ** (-rng.uniform(*DIRECT_DB) / 20) / energy)
    tail[0] = 1.0
    wet = _convolved(samples, tail)
    return wet * np.float32(_level(samples) / max(_level(wet), 1e-9))


def telephoned(samples: Samples, rng: random.Random) -> Samples:
    """As through a telephone: its band, its 8 bits, and of some lines a low-rate codec's losses."""
    low, high = LINE_HZ[0] * rng.uniform(0.7, 1.3), LINE_HZ[1] * rng.uniform(0.9, 1.1)
    narrow = _filtered(samples, lambda hertz: _band(hertz, low, high))
    if rng.random() < 0.5:
        narrow = coded(narrow, rng)
    peak = max(float(np.abs(narrow).max()), 1e-6)
    scaled = np.clip(narrow / peak, -1, 1)
    span = np.float32(np.log1p(MU))
    steps = np.round(np.log1p(np.float32(MU) * np.abs(scaled)) * (127 / span))
    table = (peak / MU * np.expm1(np.arange(128) * span / 127)).astype(np.float32)
    heard: Samples = np.copysign(table[steps.astype(np.int8)], scaled)
    return heard


def coded(samples: Samples, rng: random.Random) -> Samples:
    """With what a low-rate codec loses: all that is far under the loudest part of its frame."""
    window = np.hanning(FRAME + 1)[:-1].astype(np.float32)
    hop = FRAME // 2
    padded = np.pad(samples, (hop, FRAME - len(samples) % hop))
    frames = np.lib.stride_tricks.sliding_window_view(padded, FRAME)[::hop]
    spectra = np.fft.rfft(frames * window, axis=1)
    sizes = np.abs(spectra)
    floor = sizes.max(axis=1, keepdims=True) * 10 ** (-rng.uniform(*MASKED_DB) / 20)
    parts = np.fft.irfft(spectra * (sizes >= floor), axis=1).astype(np.float32)
    whole = np.zeros(len(padded), np.float32)
    for half in (0, 1):  # frames of one parity follow each other without a gap
        run = parts[half::2].reshape(-1)
        whole[half * hop : half * hop + len(run)] += run[: len(whole) - half * hop]
    return whole[hop : hop + len(samples)]


def coloured(samples: Samples, rng: random.Random) -> Samples:
    """As by another microphone: its range tilted and bent, its ends cut off."""
    tilt, bend = rng.uniform(-TILT_DB, TILT_DB), rng.uniform(-TILT_DB, TILT_DB)
    top = rng.uniform(4000.0, 8000.0)

    def gain(hertz: Samples) -> Samples:
        along = np.log2(np.maximum(hertz, 60.0) / 60.0) / 7.0  # 0 at 60 Hz, 1 at 8 kHz
        curve = 10 ** ((tilt * (along - 0.5) + bend * (0.25 - (along - 0.5) ** 2)) / 20)
        return np.asarray(curve * _band(hertz, 40.0, top), np.float32)

    heard = _filtered(samples, gain)
    return heard * np.float32(_level(samples) / max(_level(heard), 1e-9))


def _band(hertz: Samples, low: float, high: float) -> Samples:
    """The gain of a band with slopes of 24 dB an octave."""
    edges = (1 + (low / np.maximum(hertz, 1.0)) ** 8) * (1 + (hertz / high) ** 8)
    return np.asarray(1 / np.sqrt(edges), np.float32)


def _filtered(samples: Samples, gain: Callable[[Samples], Samples]) -> Samples:
    size = _size(len(samples))
    points = np.linspace(0.0, SAMPLE_RATE / 2, CURVE_POINTS, dtype=np.float32)
    places = np.linspace(0.0, CURVE_POINTS - 1, size // 2 + 1, dtype=np.float32)
    curve = np.interp(places, np.arange(CURVE_POINTS), gain(points)).astype(np.float32)
    spectrum = np.fft.rfft(samples, size) * curve
    return np.fft.irfft(spectrum, size)[: len(samples)].astype(np.float32)


def _convolved(samples: Samples, other: Samples) -> Samples:
    size = _size(len(samples) + len(other))
    spectrum = np.fft.rfft(samples, size) * np.fft.rfft(other, size)
    return np.fft.irfft(spectrum, size)[: len(samples)].astype(np.float32)


def _size(length: int) -> int:
    """A length of many small factors: a prime one takes ten times as long."""
    power = 1 << max(8, (length - 1).bit_length())
    return next(size for size in (power * 5 // 8, power * 3 // 4, power) if size >= length)


def _level(samples: Samples) -> float:
    return float(np.sqrt((samples**2).mean())) if len(samples) else 0.0
