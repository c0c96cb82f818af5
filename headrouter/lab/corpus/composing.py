"""Composes annotated soundscapes of 30 s from short clips: what the model is trained and tried on.

Window number i of a seed is always the same, whichever were made before it, so training can stop
and go on, and nothing need be stored.
"""

import math
import random
from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np

from headrouter.lab.corpus.clips import SAMPLE_RATE, Clip, Samples
from headrouter.lab.corpus.effects import coloured, in_room, telephoned
from headrouter.lab.corpus.samples import (
    at_level,
    at_speed,
    decoded,
    hiss,
    in_integers,
    trimmed,
    within_scale,
)
from headrouter.lab.corpus.scapes import LENGTH, SECONDS, TOKEN_SECONDS, Scape, Segment

SHAPES = {  # kind of window -> (share, what its segments are drawn from)
    "speech": (0.24, ("speech",)),
    "conversation": (0.14, ("speech",)),
    "mixed": (0.26, ("speech", "speech", "sound", "music")),
    "sounds": (0.22, ("sound",)),
    "music": (0.08, ("music", "music", "sound", "speech")),
    "empty": (0.06, ()),
}
SPEECH_DBFS = (-32.0, -16.0)
SOUND_DBFS = (-30.0, -16.0)  # of music too
SOUND_SECONDS = (1.5, 5.0)
ALONE_SECONDS = (3.0, 8.0)
BACKGROUND_DB = (-22.0, -4.0)  # against the segments' -22 dBFS
UNDER_ALL = 0.35  # share of windows with a background; of its kinds music is MUSIC_UNDER
MUSIC_UNDER = 0.15
OVER_SPEECH = 0.3  # share of the sounds among speech that fall into it, not behind it
TURN_GAPS = (-0.5, 0.8)  # seconds between the turns of a conversation; some are cut into
PEOPLE = (1, 2, 2, 3, 3, 4, 5)  # in a conversation
OFTEN, SELDOM = 5, 0.15  # clips of one who often talks; share of any others in a conversation
TURN_DRAWS = 5  # of which the shortest clip is a turn
IN_ROOM, ON_PHONE, COLOURED = 0.25, 0.12, 0.25  # shares of windows in training
SOURCES = 16  # recordings of one label that count for how often it is drawn
GAPS = (0.1, 0.3, 0.5, 1.0, 2.0)  # at most, in seconds, between segments
BACKGROUNDS = frozenset(
    "rain, sea waves, wind, crackling fire, crickets, vacuum cleaner, engine, train, airplane, "
    "helicopter, washing machine, chirping birds, pouring water, doing the dishes, exercise bike, "
    "pink noise, running tap, white noise, kitchen".split(", ")
)
SPEED = (0.9, 1.1)
SOUND_SPEED = (0.8, 1.25)
TALKATIVE = 200  # clips of one speaker that count for how often they are drawn


class Composer:
    """Draws from clips; `augment` varies speed, room, microphone and line, for training only."""

    def __init__(self, clips: Sequence[Clip], seed: int, *, augment: bool) -> None:
        self.seed, self.augment = seed, augment
        self.speakers = by(lambda clip: clip.speaker, clips, "speech")
        self.sounds = by(lambda clip: clip.label, clips, "sound")
        self.music = by(lambda clip: clip.label, clips, "music")
        beds = {label for label, clips in self.sounds.items() if any(c.background for c in clips)}
        self.backgrounds = sorted(BACKGROUNDS & self.sounds.keys() | beds)
        self.weights = {
            label: min(len({clip.source for clip in clips}), SOURCES) ** 0.5
            for label, clips in {**self.sounds, **self.music}.items()
        }

    @property
    def labels(self) -> list[str]:
        """Every sound and instrument that can occur."""
        return sorted(self.sounds.keys() | self.music.keys())

    def window(self, number: int) -> Scape:
        """Window `number` of this composer's seed."""
        rng = random.Random(f"{self.seed}/{number}")
        kinds = {kind: share for kind, (share, of) in SHAPES.items() if self._can(of)}
        return self._window(rng.choices(list(kinds), list(kinds.values()))[0], rng)

    def conversation(self, number: int, people: int) -> Scape:
        """A window in which so many people talk in turns: window `number` of such ones."""
        rng = random.Random(f"{self.seed}/conversation/{number}")
        return self._window("conversation", rng, people)

    def alone(self, number: int) -> Scape:
        """One sound and nothing else, of each label in turn."""
        rng = random.Random(f"{self.seed}/alone/{number}")
        labels = sorted(self.sounds)
        clip = rng.choice(self.sounds[labels[number % len(labels)]])
        samples = trimmed(decoded(clip))[: int(rng.uniform(*ALONE_SECONDS) * SAMPLE_RATE)]
        samples = at_level(samples, rng.uniform(*SOUND_DBFS))
        length = math.ceil(len(samples) / SAMPLE_RATE / TOKEN_SECONDS) * TOKEN_SECONDS
        padded = np.pad(samples, (0, max(0, round(length * SAMPLE_RATE) - len(samples))))
        return Scape(within_scale(padded), (segment_of(clip, 0.0, len(samples) / SAMPLE_RATE),))

    def overlapping(self, number: int) -> Scape:
        """A window of speech with a sound in it while somebody speaks."""
        rng = random.Random(f"{self.seed}/overlapping/{number}")
        canvas = np.zeros(LENGTH, np.float32)
        drawn = [self._draw("speech", list(self.speakers), rng) for _ in range(TURN_DRAWS)]
        clip, said = max((d for d in drawn if len(d[1]) < LENGTH), key=lambda d: len(d[1]))
        over, sound = self._draw("sound", (), rng)
        sound = sound[: len(said)]
        start = rng.randrange(len(said) - len(sound) + 1)
        canvas[: len(said)] = said
        canvas[start : start + len(sound)] += sound
        begin, end = start / SAMPLE_RATE, (start + len(sound)) / SAMPLE_RATE
        speech = segment_of(clip, 0.0, len(said) / SAMPLE_RATE)
        return Scape(within_scale(canvas), (speech, segment_of(over, begin, end)))

    def _window(self, kind: str, rng: random.Random, people: int = 0) -> Scape:
        canvas = np.zeros(LENGTH, np.float32)
        segments: list[Segment] = []
        if kind == "conversation":
            segments = self._converse(canvas, people or rng.choice(PEOPLE), rng)
        elif kind != "empty":
            segments = self._fill(canvas, SHAPES[kind][1], rng)
        if self.augment and rng.random() < IN_ROOM:
            canvas = in_room(canvas, rng)
        background = self._lay_background(canvas, rng) if rng.random() < UNDER_ALL else None
        if background is None and rng.random() < 0.7:
            canvas += hiss(rng)
        if self.augment:
            line = rng.random()
            if line < ON_PHONE:
                canvas = telephoned(canvas, rng)
            elif line < ON_PHONE + COLOURED:
                canvas = coloured(canvas, rng)
        return Scape(within_scale(canvas), tuple(segments), background)

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
            over = self._into(segments, clip, len(samples) / SAMPLE_RATE, rng)
            begin = at if over is None else over
            start = int(begin * SAMPLE_RATE)
            if len(samples) < SAMPLE_RATE // 8 or start + len(samples) > LENGTH:
                misses += 1
                continue
            canvas[start : start + len(samples)] += samples
            end = begin + len(samples) / SAMPLE_RATE
            segments.append(segment_of(clip, begin, end))
            if over is None:
                at = end + rng.choice(GAPS) * rng.random()
        return sorted(segments, key=lambda segment: segment.start)

    @staticmethod
    def _into(
        segments: Sequence[Segment], clip: Clip, seconds: float, rng: random.Random
    ) -> float | None:
        """Where in the speech before it a sound begins, if it does: a laugh, a door, a horn."""
        last = segments[-1] if segments else None
        if clip.kind != "sound" or last is None or last.kind != "speech":
            return None
        room = last.end - last.start - seconds
        return (
            last.start + rng.uniform(0, room) if room > 0 and rng.random() < OVER_SPEECH else None
        )

    def _converse(self, canvas: Samples, people: int, rng: random.Random) -> list[Segment]:
        """Turns of so many people, nobody twice in a row, until the window is full."""
        cast = self._company(people, rng)
        segments: list[Segment] = []
        at = rng.uniform(0.0, 0.6)
        turn = 0
        for _ in range(4 * TURN_DRAWS):
            clips = [rng.choice(self.speakers[cast[turn]]) for _ in range(TURN_DRAWS)]
            clip, samples = self._say(min(clips, key=lambda c: len(in_integers(c))), rng)
            start = int(at * SAMPLE_RATE)
            if len(samples) < SAMPLE_RATE // 8 or start + len(samples) > LENGTH:
                if len({segment.speaker for segment in segments}) == len(cast):
                    break
                turn = (turn + 1) % len(cast)  # somebody who was not heard yet may be briefer
                continue
            canvas[start : start + len(samples)] += samples
            end = at + len(samples) / SAMPLE_RATE
            segments.append(segment_of(clip, at, end))
            unheard = [
                i for i, name in enumerate(cast) if name not in {s.speaker for s in segments}
            ]
            others = [i for i in range(len(cast)) if i != turn] or [turn]
            turn = rng.choice(unheard or others)
            gap = rng.uniform(*TURN_GAPS)
            at = max(end + gap, segments[-1].start + 0.5) if len(cast) > 1 else end + abs(gap)
        return segments

    def _company(self, people: int, rng: random.Random) -> list[str]:
        """Who talks with whom: mostly those of whom there are many clips, some of them brief."""
        known = [name for name, clips in self.speakers.items() if clips[0].speaker]
        often = [name for name in known if len(self.speakers[name]) >= OFTEN] or known
        cast: list[str] = []
        while len(cast) < min(people, len(often)):
            name = rng.choice(known if rng.random() < SELDOM else often)
            if name not in cast:
                cast.append(name)
        return cast

    def _cast(self, rng: random.Random) -> list[str]:
        """Who may speak in a window: one to three people, the talkative more often."""
        names = list(self.speakers)
        weights = [min(len(self.speakers[name]), TALKATIVE) for name in names]
        return rng.choices(names, weights, k=rng.choice((1, 1, 2, 2, 3)))

    def _draw(self, kind: str, cast: Sequence[str], rng: random.Random) -> tuple[Clip, Samples]:
        """A clip of a kind, trimmed, varied and set to its loudness."""
        if kind == "speech":
            return self._say(rng.choice(self.speakers[rng.choice(cast)]), rng)
        pool = self.sounds if kind == "sound" else self.music
        labels = list(pool)
        label = rng.choices(labels, [self.weights[label] for label in labels])[0]
        clip = rng.choice(pool[label])
        samples = trimmed(decoded(clip))
        length = int(rng.uniform(*SOUND_SECONDS) * SAMPLE_RATE)
        if self.augment:
            samples = self._varied(samples, length, rng)
        samples = samples[:length]
        return clip, at_level(samples, rng.uniform(*SOUND_DBFS))

    def _say(self, clip: Clip, rng: random.Random) -> tuple[Clip, Samples]:
        samples = trimmed(decoded(clip))
        if self.augment and rng.random() < 0.5:
            samples = at_speed(samples, rng.uniform(*SPEED))
        return clip, at_level(samples, rng.uniform(*SPEECH_DBFS))

    @staticmethod
    def _varied(samples: Samples, length: int, rng: random.Random) -> Samples:
        """A sound from anywhere in its clip, faster or slower: there are only 20 of a kind."""
        start = rng.randrange(max(1, len(samples) - length)) if rng.random() < 0.5 else 0
        part = trimmed(samples[start:])
        return at_speed(part, rng.uniform(*SOUND_SPEED)) if rng.random() < 0.5 else part

    def _lay_background(self, canvas: Samples, rng: random.Random) -> str | None:
        """Put one sound under the whole canvas; its label."""
        if not self.backgrounds:
            return None
        pool = self.music if self.music and rng.random() < MUSIC_UNDER else self.sounds
        label = rng.choice(sorted(pool) if pool is self.music else self.backgrounds)
        samples = trimmed(decoded(rng.choice(pool[label])))
        if len(samples) == 0:
            return None
        repeated = np.resize(samples, LENGTH)
        canvas += at_level(repeated, -22.0 + rng.uniform(*BACKGROUND_DB))
        return label


def segment_of(clip: Clip, start: float, end: float) -> Segment:
    """The stretch of a window that a clip fills."""
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


def by(
    key: Callable[[Clip], str | None], clips: Sequence[Clip], kind: str
) -> dict[str, list[Clip]]:
    """Clips of a kind in lists; those of nobody known are one speaker's each."""
    groups: dict[str, list[Clip]] = defaultdict(list)
    for clip in clips:
        if clip.kind == kind:
            groups[key(clip) or clip.path.stem].append(clip)
    return dict(groups)
