"""Composes annotated soundscapes of 30 s from short clips: what the model is trained and tried on.

Window number i of a seed is always the same, whichever were made before it, so training can stop
and go on, and nothing need be stored.
"""

import math
import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from headrouter.lab.corpus.clips import SAMPLE_RATE, Clip, Samples

SECONDS = 30.0
TOKEN_SECONDS = 0.08  # of an audio token
LENGTH = int(SECONDS * SAMPLE_RATE)
SHAPES = {  # kind of window -> (share, what its segments are drawn from)
    "speech": (0.36, ("speech",)),
    "mixed": (0.28, ("speech", "speech", "sound", "music")),
    "sounds": (0.18, ("sound",)),
    "music": (0.1, ("music", "music", "sound", "speech")),
    "empty": (0.08, ()),
}
SPEECH_DBFS = (-32.0, -16.0)
SOUND_DBFS = (-30.0, -16.0)  # of music too
SOUND_SECONDS = (1.5, 5.0)
FLOOR_DBFS = (-80.0, -50.0)  # of the hiss under everything
BACKGROUND_DB = (-22.0, -8.0)  # against the segments' -22 dBFS
GAPS = (0.1, 0.3, 0.5, 1.0, 2.0)  # at most, in seconds, between segments
BACKGROUNDS = frozenset(
    "rain, sea waves, wind, crackling fire, crickets, vacuum cleaner, engine, train, airplane, "
    "helicopter, washing machine, chirping birds, pouring water, doing the dishes, exercise bike, "
    "pink noise, running tap, white noise, kitchen".split(", ")
)
SPEED = (0.9, 1.1)
SOUND_SPEED = (0.8, 1.25)
TALKATIVE = 200  # clips of one speaker that count for how often they are drawn


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


class Composer:
    """Draws from clips; `augment` varies speed and room, for training only."""

    def __init__(self, clips: Sequence[Clip], seed: int, *, augment: bool) -> None:
        self.seed, self.augment = seed, augment
        self.speakers = _by(lambda clip: clip.speaker, clips, "speech")
        self.sounds = _by(lambda clip: clip.label, clips, "sound")
        self.music = _by(lambda clip: clip.label, clips, "music")
        self.backgrounds = sorted(BACKGROUNDS & self.sounds.keys())

    @property
    def labels(self) -> list[str]:
        """Every sound and instrument that can occur."""
        return sorted(self.sounds.keys() | self.music.keys())

    def window(self, number: int) -> Scape:
        """Window `number` of this composer's seed."""
        rng = random.Random(f"{self.seed}/{number}")
        kinds = {kind: share for kind, (share, of) in SHAPES.items() if self._can(of)}
        kind = rng.choices(list(kinds), list(kinds.values()))[0]
        canvas = np.zeros(LENGTH, np.float32)
        segments = self._fill(canvas, SHAPES[kind][1], rng) if kind != "empty" else []
        background = self._lay_background(canvas, rng) if rng.random() < 0.25 else None
        if background is None and rng.random() < 0.7:
            canvas += hiss(rng)
        peak = np.abs(canvas).max()
        return Scape(canvas / np.float32(max(1.0, peak / 0.99)), tuple(segments), background)

    def _can(self, kinds: Sequence[str]) -> bool:
        pools = {"speech": self.speakers, "sound": self.sounds, "music": self.music}
        return all(pools[kind] for kind in kinds)

    def _fill(self, canvas: Samples, kinds: Sequence[str], rng: random.Random) -> list[Segment]:
        """Put clips one after another on the canvas until one does not fit."""
        segments: list[Segment] = []
        cast = self._cast(rng)
        at = rng.uniform(0.0, 0.6)
        limit = SECONDS if rng.random() < 0.85 else rng.uniform(4.0, 20.0)
        misses = 0
        while at < limit - 1 and misses < 6:
            clip, samples = self._draw(rng.choice(kinds), cast, rng)
            start = int(at * SAMPLE_RATE)
            if len(samples) < SAMPLE_RATE // 8 or start + len(samples) > LENGTH:
                misses += 1
                continue
            canvas[start : start + len(samples)] += samples
            end = at + len(samples) / SAMPLE_RATE
            segments.append(_segment(clip, at, end))
            at = end + rng.choice(GAPS) * rng.random()
        return segments

    def _cast(self, rng: random.Random) -> list[str]:
        """Who may speak in a window: one to three people, the talkative more often."""
        names = list(self.speakers)
        weights = [min(len(self.speakers[name]), TALKATIVE) for name in names]
        return rng.choices(names, weights, k=rng.choice((1, 1, 2, 2, 3)))

    def _draw(self, kind: str, cast: Sequence[str], rng: random.Random) -> tuple[Clip, Samples]:
        """A clip of a kind, trimmed, varied and set to its loudness."""
        if kind == "speech":
            clip = rng.choice(self.speakers[rng.choice(cast)])
            samples = trimmed(decoded(clip))
            if self.augment and rng.random() < 0.5:
                samples = _at_speed(samples, rng.uniform(*SPEED))
            if self.augment and rng.random() < 0.2:
                samples = _in_room(samples, rng)
            return clip, at_level(samples, rng.uniform(*SPEECH_DBFS))
        pool = self.sounds if kind == "sound" else self.music
        clip = rng.choice(pool[rng.choice(list(pool))])
        samples = trimmed(decoded(clip))
        length = int(rng.uniform(*SOUND_SECONDS) * SAMPLE_RATE)
        if self.augment:
            samples = self._varied(samples, length, rng)
        samples = samples[:length]
        return clip, at_level(samples, rng.uniform(*SOUND_DBFS))

    @staticmethod
    def _varied(samples: Samples, length: int, rng: random.Random) -> Samples:
        """A sound from anywhere in its clip, faster or slower: there are only 20 of a kind."""
        start = rng.randrange(max(1, len(samples) - length)) if rng.random() < 0.5 else 0
        part = trimmed(samples[start:])
        return _at_speed(part, rng.uniform(*SOUND_SPEED)) if rng.random() < 0.5 else part

    def _lay_background(self, canvas: Samples, rng: random.Random) -> str | None:
        """Put one sound under the whole canvas; its label."""
        if not self.backgrounds:
            return None
        label = rng.choice(self.backgrounds)
        samples = trimmed(decoded(rng.choice(self.sounds[label])))
        repeated = np.resize(samples, LENGTH)
        canvas += at_level(repeated, -22.0 + rng.uniform(*BACKGROUND_DB))
        return label


def cut(scape: Scape, first: int, last: int) -> tuple[float, Scape]:
    """The stretch around the segments `first` to `last`: where it starts, and itself from zero.

    Starts and ends on whole audio tokens, and holds nothing of its neighbours.
    """
    chosen = scape.segments[first : last + 1]
    before = scape.segments[first - 1].end if first else 0.0
    after = scape.segments[last + 1].start if last + 1 < len(scape.segments) else SECONDS
    start = math.ceil(max(before, chosen[0].start - 0.3) / TOKEN_SECONDS) * TOKEN_SECONDS
    end = math.ceil(min(after, chosen[-1].end + 0.5) / TOKEN_SECONDS) * TOKEN_SECONDS
    moved = tuple(replace(s, start=s.start - start, end=s.end - start) for s in chosen)
    samples = scape.samples[round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE)]
    return start, Scape(samples, moved, scape.background)


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


@cache
def _decoded(clip: Clip) -> NDArray[np.int16]:
    return (clip.samples() * 32767).astype(np.int16)


def decoded(clip: Clip) -> Samples:
    """The samples of a clip; those once decoded stay in memory, two bytes each."""
    samples: Samples = _decoded(clip).astype(np.float32) / np.float32(32767)
    return samples


def decode_all(clips: Sequence[Clip], progress: Callable[[int], None]) -> None:
    """Decode clips for processes that will be forked; on all cores."""
    with ThreadPoolExecutor() as threads:
        for number, _ in enumerate(threads.map(_decoded, clips), 1):
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


def _segment(clip: Clip, start: float, end: float) -> Segment:
    return Segment(
        start,
        end,
        clip.kind,
        clip.text,
        clip.label,
        clip.speaker,
        clip.gender,
        clip.questions,
    )


def hiss(rng: random.Random) -> Samples:
    """Faint noise, a window long."""
    level = 10 ** (rng.uniform(*FLOOR_DBFS) / 20)
    noise = np.random.default_rng(rng.getrandbits(32)).standard_normal(LENGTH, np.float32)
    return noise * np.float32(level)


def _at_speed(samples: Samples, factor: float) -> Samples:
    times = np.arange(int(len(samples) / factor)) * factor
    varied: Samples = np.interp(times, np.arange(len(samples)), samples).astype(np.float32)
    return varied


def _in_room(samples: Samples, rng: random.Random) -> Samples:
    """With the reverberation of a small room: an exponentially decaying noise tail."""
    seconds = rng.uniform(0.1, 0.4)
    noise = np.random.default_rng(rng.getrandbits(32)).standard_normal(int(seconds * SAMPLE_RATE))
    tail = noise * np.exp(-6.9 * np.arange(len(noise)) / len(noise)) * rng.uniform(0.01, 0.04)
    tail[0] = 1.0
    size = 1 << (len(samples) + len(tail)).bit_length()  # a prime length takes ten times as long
    spectrum = np.fft.rfft(samples, size) * np.fft.rfft(tail, size)
    wet: Samples = np.fft.irfft(spectrum, size)[: len(samples)].astype(np.float32)
    return wet


def _by(
    key: Callable[[Clip], str | None], clips: Sequence[Clip], kind: str
) -> dict[str, list[Clip]]:
    """Clips of a kind in lists; those of nobody known are one speaker's each."""
    groups: dict[str, list[Clip]] = defaultdict(list)
    for clip in clips:
        if clip.kind == kind:
            groups[key(clip) or clip.path.stem].append(clip)
    return dict(groups)
