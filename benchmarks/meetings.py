"""Meetings composed of read speech, and who speaks when in them."""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.signal import fftconvolve, resample_poly

from headrouter.lab.corpus.clips import SAMPLE_RATE, Clip, Samples

HOP = SAMPLE_RATE // 100  # samples of 10 ms
QUIET_DB = 35.0  # below an utterance's loudest hops nobody is heard
BREATH = 0.5  # seconds: shorter pauses inside an utterance belong to it, as is the custom
LONGEST = 12.0  # seconds of an utterance
PAUSES = (0.2, 1.5)  # seconds between turns
OVERLAPS = (0.5, 3.0)  # seconds that a turn begins before the last has ended
HISS_DBFS = -65.0


@dataclass(frozen=True)
class Turn:
    """Somebody speaks, without a pause; times in seconds."""

    start: float
    end: float
    speaker: str


@dataclass(frozen=True)
class Meeting:
    """Samples at 16 kHz, and the turns in them."""

    samples: Samples
    turns: list[Turn]
    alone: dict[str, Samples] = field(default_factory=dict)  # by speaker, without the others

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.samples) / SAMPLE_RATE

    def overlap(self) -> float:
        """The share of its speech in which two speak at once."""
        count = self.speakers_at()
        return float((count > 1).sum() / max(1, (count > 0).sum()))

    def speakers_at(self) -> NDArray[np.int64]:
        """How many speak in each hop of 10 ms."""
        count = np.zeros(len(self.samples) // HOP + 1, np.int64)
        for turn in self.turns:
            count[round(turn.start * 100) : round(turn.end * 100)] += 1
        return count


def compose(
    clips: Sequence[Clip],
    people: int,
    seconds: float,
    early: float,
    rng: random.Random,
    *,
    one_take: bool = True,
) -> Meeting:
    """Utterances of so many speakers in turn, each drawn anew, until the time is filled.

    early: how likely a turn begins before the last has ended. one_take: each speaker's utterances
    are of one chapter, recorded in one go, as a person in a meeting sits at one microphone;
    else of several, recorded on different days. Everybody speaks.
    """
    by_speaker = defaultdict(list)
    for clip in clips:
        by_speaker[clip.speaker].append(clip)
    cast = rng.sample(sorted(by_speaker), people)
    pools = {
        name: _one_take(by_speaker[name], rng) if one_take else by_speaker[name] for name in cast
    }
    decks = {name: rng.sample(pool, len(pool)) for name, pool in pools.items()}
    hiss = _hiss(seconds, rng)
    alone = {name: np.zeros_like(hiss) for name in cast}
    turns: list[Turn] = []
    at, waiting, speaker = rng.uniform(0.3, 1.5), list(cast), ""
    while True:
        choices = [name for name in (waiting or cast) if name != speaker and decks[name]]
        speaker = rng.choice(choices or [name for name in cast if decks[name]])
        waiting = [name for name in waiting if name != speaker]
        samples = _levelled(decks[speaker].pop().samples()[: round(LONGEST * SAMPLE_RATE)])
        parts = _heard(samples)
        samples = samples[round(parts[0][0] * SAMPLE_RATE) : round(parts[-1][1] * SAMPLE_RATE)]
        first = round(at * SAMPLE_RATE)
        if first + len(samples) > len(hiss):
            mixed = np.clip(sum(alone.values(), hiss), -1.0, 1.0)
            return Meeting(mixed, sorted(turns, key=lambda turn: turn.start), alone)
        alone[speaker][first : first + len(samples)] += samples
        turns += [
            Turn(at + start - parts[0][0], at + end - parts[0][0], speaker) for start, end in parts
        ]
        end = at + len(samples) / SAMPLE_RATE
        length = len(samples) / SAMPLE_RATE
        if rng.random() < early:
            at = end - min(rng.uniform(*OVERLAPS), length / 2)
        else:
            at = end + rng.uniform(*PAUSES)


def telephone(samples: Samples) -> Samples:
    """As an 8 kHz line carries it: nothing above 4 kHz, 8 bits of mu-law."""
    narrow = np.clip(resample_poly(samples, 1, 2), -1.0, 1.0)
    coded = np.sign(narrow) * np.log1p(255 * np.abs(narrow)) / np.log(256)
    coded = np.round(coded * 127) / 127
    decoded = np.sign(coded) * (256 ** np.abs(coded) - 1) / 255
    return np.clip(resample_poly(decoded, 2, 1), -1.0, 1.0).astype(np.float32)


def call(meeting: Meeting, bleed_db: float = -30.0) -> Samples:
    """As two parties of a call are recorded, (2, n): each on a side, faintly heard on the other."""
    left, right = meeting.alone.values()
    faint = np.float32(10 ** (bleed_db / 20))
    return np.clip(np.stack([left + faint * right, right + faint * left]), -1.0, 1.0)


def room(samples: Samples, rng: random.Random, decay: float = 0.4) -> Samples:
    """As heard across a room whose echo falls by 60 dB in ``decay`` seconds."""
    noise = np.random.default_rng(rng.getrandbits(32)).standard_normal(round(decay * SAMPLE_RATE))
    echo = noise * 10 ** (-3 * np.arange(len(noise)) / len(noise)) * 0.02
    echo[0] = 1.0
    heard = fftconvolve(samples, echo)[: len(samples)]
    return (heard / max(1.0, np.abs(heard).max())).astype(np.float32)


def _one_take(clips: Sequence[Clip], rng: random.Random) -> list[Clip]:
    """Those of one chapter; LibriSpeech's names are speaker-chapter-number."""
    chapter = rng.choice(sorted({clip.path.stem.rpartition("-")[0] for clip in clips}))
    return [clip for clip in clips if clip.path.stem.rpartition("-")[0] == chapter]


def _hiss(seconds: float, rng: random.Random) -> Samples:
    noise = np.random.default_rng(rng.getrandbits(32)).standard_normal(round(seconds * SAMPLE_RATE))
    return (noise * 10 ** (HISS_DBFS / 20)).astype(np.float32)


def _levelled(samples: Samples) -> Samples:
    """At -23 dBFS."""
    return samples * np.float32(10 ** (-23 / 20) / np.sqrt(np.mean(samples**2) + 1e-12))


def _heard(samples: Samples) -> list[tuple[float, float]]:
    """Stretches in which an utterance is heard, in seconds."""
    hops = samples[: len(samples) // HOP * HOP].reshape(-1, HOP)
    level = 10 * np.log10(np.mean(hops**2, axis=1) + 1e-12)
    loud = np.flatnonzero(level > np.quantile(level, 0.95) - QUIET_DB)
    cuts = [0, *(i + 1 for i, (a, b) in enumerate(pairwise(loud)) if b - a > BREATH * 100)]
    ends = [*cuts[1:], len(loud)]
    return [(loud[a] / 100, (loud[b - 1] + 1) / 100) for a, b in zip(cuts, ends, strict=True)]
