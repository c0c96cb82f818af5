"""Windows in which sounds lie under speech, beside it, over each other and alone, frame by frame.

What the reader of sounds learns from (``headrouter.hear.sounds``). A sound is taught where it is
loud enough to be heard, is no answer where it is faint, and is absent everywhere else.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from headrouter.lab.corpus.clips import SAMPLE_RATE, Clip, Samples
from headrouter.lab.corpus.composing import (
    BACKGROUND_DB,
    COLOURED,
    IN_ROOM,
    ON_PHONE,
    SOUND_DBFS,
    SPEECH_DBFS,
    Composer,
)
from headrouter.lab.corpus.effects import coloured, in_room, telephoned
from headrouter.lab.corpus.samples import at_level, decoded, hiss, trimmed
from headrouter.lab.corpus.scapes import LENGTH, SECONDS

FRAME_SECONDS = 0.4  # that are answered for at once: five audio tokens
FRAMES = round(SECONDS / FRAME_SECONDS)
SPOKEN = 0.7  # share of windows with speech
SPEECH_OVER_DB = (-8.0, 18.0)  # speech against the sounds under it
SOUNDS = (2, 3, 4, 5, 6, 7, 8, 9)  # in a window
MUSICAL = 0.2  # share of them that are instruments
UNDER = 0.2  # share of windows with a background
HEARD_DB, FAINT_DB = -20.0, -12.0  # of its own peak, and against all else: less is no answer
TURN_GAP = 2.5  # seconds at most between what is said


@dataclass(frozen=True)
class Mixture:
    """A window, and what is in each of its frames."""

    samples: Samples = field(repr=False)
    labels: tuple[str, ...]
    there: NDArray[np.int8] = field(repr=False)
    """(FRAMES, labels) 1 where it is heard, 0 where it is not, -1 where nobody could say."""


class Mixer:
    """Composes windows of clips; number i of a seed is always the same."""

    def __init__(self, clips: Sequence[Clip], labels: Sequence[str], seed: int) -> None:
        self.labels, self.seed = tuple(labels), seed
        self.composer = Composer(clips, seed, augment=True)

    def window(self, number: int) -> Mixture:
        """Window ``number`` of this seed."""
        rng = random.Random(f"{self.seed}/under/{number}")
        voice = self._speech(rng) if rng.random() < SPOKEN else np.zeros(LENGTH, np.float32)
        wet = in_room if rng.random() < IN_ROOM else None
        parts = [self._sound(voice, rng) for _ in range(rng.choice(SOUNDS))]
        if rng.random() < UNDER:
            parts.append(self._bed(rng))
        canvas = voice + sum((part for _, part in parts), np.zeros(LENGTH, np.float32))
        canvas += hiss(rng)
        there = self._there(parts, canvas)
        canvas = wet(canvas, rng) if wet else canvas
        line = rng.random()
        if line < ON_PHONE:
            canvas = telephoned(canvas, rng)
        elif line < ON_PHONE + COLOURED:
            canvas = coloured(canvas, rng)
        return Mixture(
            canvas / np.float32(max(1.0, np.abs(canvas).max() / 0.99)), self.labels, there
        )

    def _speech(self, rng: random.Random) -> Samples:
        """Turns with pauses, a window long."""
        canvas, at = np.zeros(LENGTH, np.float32), rng.uniform(0, 3)
        names = list(self.composer.speakers)
        level = rng.uniform(*SPEECH_DBFS)
        while at < SECONDS - 1:
            _, said = self.composer._say(rng.choice(self.composer.speakers[rng.choice(names)]), rng)
            said = at_level(said, level + rng.uniform(-3, 3))
            start = int(at * SAMPLE_RATE)
            said = said[: LENGTH - start]
            canvas[start : start + len(said)] += said
            at += len(said) / SAMPLE_RATE + rng.uniform(0, TURN_GAP)
        return canvas

    def _sound(self, voice: Samples, rng: random.Random) -> tuple[str, Samples]:
        """A sound somewhere in a window of this speech, by itself."""
        kind = "music" if self.composer.music and rng.random() < MUSICAL else "sound"
        clip, samples = self.composer._draw(kind, (), rng)
        start = rng.randrange(max(1, LENGTH - len(samples)))
        samples = samples[: LENGTH - start]
        spoken = _level(voice[start : start + len(samples)])
        if spoken > -50:
            samples = at_level(samples, spoken - rng.uniform(*SPEECH_OVER_DB))
        else:
            samples = at_level(samples, rng.uniform(SOUND_DBFS[0] - 8, SOUND_DBFS[1]))
        return _laid(clip, samples, start)

    def _bed(self, rng: random.Random) -> tuple[str, Samples]:
        """A sound under all of a window."""
        label = rng.choice(self.composer.backgrounds)
        clip = rng.choice(self.composer.sounds[label])
        samples = trimmed(decoded(clip))
        level = -22.0 + rng.uniform(*BACKGROUND_DB)
        if not len(samples):
            return label, np.zeros(LENGTH, np.float32)
        return label, at_level(np.resize(samples, LENGTH), level)

    def _there(self, parts: Sequence[tuple[str, Samples]], canvas: Samples) -> NDArray[np.int8]:
        there = np.zeros((FRAMES, len(self.labels)), np.int8)
        for label, part in parts:
            if label not in self.labels:
                continue
            own, rest = _levels(part), _levels(canvas - part)
            loud = (own > max(own.max() + HEARD_DB, -60)) & (own > rest + FAINT_DB)
            row = there[:, self.labels.index(label)]
            row[(own > -90) & (row == 0)] = -1
            row[loud] = 1
        return there


def _laid(clip: Clip, samples: Samples, start: int) -> tuple[str, Samples]:
    part = np.zeros(LENGTH, np.float32)
    part[start : start + len(samples)] = samples
    return clip.label or "", part


def _level(samples: Samples) -> float:
    """dBFS."""
    power = float((samples**2).mean()) if len(samples) else 0.0
    return 10 * float(np.log10(power + 1e-12))


def _levels(samples: Samples) -> NDArray[np.float32]:
    """(FRAMES,) dBFS."""
    power = (samples.reshape(FRAMES, -1) ** 2).mean(axis=1)
    levels: NDArray[np.float32] = 10 * np.log10(power + 1e-12)
    return levels
