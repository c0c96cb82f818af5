"""Long recordings of speech, into which sounds and sentences are planted at known times."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from headrouter.errors import EvidenceError
from headrouter.lab.corpus.annotations import bare
from headrouter.lab.corpus.clips import SAMPLE_RATE, Clip, Samples
from headrouter.lab.corpus.samples import at_level, trimmed

SPEECH_DBFS, SOUND_DBFS = -22.0, -20.0
PAUSE = (0.4, 1.5)  # seconds between clips
NOISE = 3e-4
SOUND, SENTENCE = "sound", "sentence"
QUESTIONS = {
    SOUND: ("Is there the sound of {}?", "Can you hear {}?", "When is {} heard?"),
    SENTENCE: ("What is said about {}?", 'Is the word "{}" said?', "Who speaks about {}?"),
}


@dataclass(frozen=True)
class Planted:
    """Something at a known time, and the question for it."""

    kind: str  # SOUND or SENTENCE
    question: str
    start: float  # seconds
    end: float


def pieces(
    clips: Sequence[Clip], seconds: float, questions: int, rng: random.Random
) -> Iterator[tuple[Samples, Planted | None]]:
    """A recording of about that length, clip by clip, each with the pause after it.

    questions: at most so many of each kind. A sound is planted once, and a sentence has a word
    that no other clip has, so that a question has one right moment. Raises EvidenceError without
    sounds or speech.
    """
    speech, sounds = ([c for c in clips if c.kind == kind] for kind in ("speech", "sound"))
    if not speech or not sounds:
        raise EvidenceError("recordings to search in need clips of speech and of sounds")
    spoken = Counter(word for clip in speech for word in set(long_words(clip)))
    telling = [clip for clip in speech if any(spoken[word] == 1 for word in long_words(clip))]
    planted = _one_of_each_label(sounds, rng)[:questions]
    planted += rng.sample(telling, min(questions, len(telling)))
    rng.shuffle(planted)
    filler = [clip for clip in speech if clip not in planted] or speech
    at, done, every = 0.0, 0, seconds / (len(planted) + 1)
    while at < seconds:
        due = done < len(planted) and at >= every * (done + 1)
        clip = planted[done] if due else rng.choice(filler)
        samples = trimmed(clip.samples())
        end = at + len(samples) / SAMPLE_RATE
        piece = _with_pause(samples, clip, rng)
        yield piece, Planted(*_asked(clip, spoken, rng), at, end) if due else None
        done, at = done + due, at + len(piece) / SAMPLE_RATE


Recorded = tuple[Samples, list[Planted]]
"""A recording, (n,) mono at 16 kHz, and what is planted in it."""


def recordings(
    clips: Sequence[Clip], count: int, seconds: float, questions: int, seed: int
) -> Iterator[Recorded]:
    """``count`` recordings with up to ``questions`` of each kind planted in each.

    A recording depends on the seed, its number and the clips alone. Raises EvidenceError without
    sounds or speech.
    """
    for number in range(count):
        rng = random.Random(f"planted/{seed}/{number}")
        made = list(pieces(clips, seconds, questions, rng))
        yield (
            np.concatenate([samples for samples, _ in made]),
            [planted for _, planted in made if planted],
        )


def long_words(clip: Clip) -> list[str]:
    """The words of a clip that a question may be about."""
    return [word for word in bare(clip.text or "") if len(word) > 4]


def _one_of_each_label(sounds: Sequence[Clip], rng: random.Random) -> list[Clip]:
    labels = sorted({clip.label for clip in sounds if clip.label})
    rng.shuffle(labels)
    return [rng.choice([clip for clip in sounds if clip.label == label]) for label in labels]


def _asked(clip: Clip, spoken: Counter[str], rng: random.Random) -> tuple[str, str]:
    """The kind, and a question whose answer lies in this clip alone."""
    kind = SENTENCE if clip.text else SOUND
    rare = (word for word in long_words(clip) if spoken[word] == 1)
    return kind, rng.choice(QUESTIONS[kind]).format(clip.label or max(rare, key=len))


def _with_pause(samples: Samples, clip: Clip, rng: random.Random) -> Samples:
    """The clip at its loudness and a pause, over faint noise."""
    level = SPEECH_DBFS if clip.text else SOUND_DBFS
    quiet = np.zeros(round(rng.uniform(*PAUSE) * SAMPLE_RATE), np.float32)
    sound = np.concatenate([at_level(samples, level), quiet])
    noise = np.random.default_rng(rng.getrandbits(32)).normal(0, NOISE, len(sound))
    return np.clip(sound + noise, -1, 1).astype(np.float32)
