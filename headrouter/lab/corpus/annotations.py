"""What is in a soundscape, and what there could have been: what questions are made of."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from headrouter.lab.corpus.composing import Composer
from headrouter.lab.corpus.names import like
from headrouter.lab.corpus.scapes import Scape, Segment
from headrouter.nano import PLAIN

SENTENCE_WORDS = 8
NUMBERS = ("None", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")


@dataclass(frozen=True)
class Question:
    """What is asked, and the answer that is right."""

    task: str
    text: str
    answer: str
    wrong: tuple[str, ...] = ()  # other answers, for a lettered choice
    form: str = PLAIN  # how the answer is said in a sentence


@dataclass(frozen=True)
class World:
    """What there could have been in a soundscape: what wrong answers are drawn from."""

    labels: tuple[str, ...]
    instruments: tuple[str, ...]
    backgrounds: tuple[str, ...]
    words: tuple[str, ...]  # of the speech, longer than three letters
    sentences: tuple[str, ...] = ()  # beginnings of what is said anywhere


def world_of(composer: Composer) -> World:
    """What wrong answers are drawn from."""
    texts = [clip.text for clips in composer.speakers.values() for clip in clips if clip.text]
    return World(
        labels=tuple(composer.labels),
        instruments=tuple(sorted(composer.music)),
        backgrounds=tuple(composer.backgrounds),
        words=tuple(sorted({word for text in texts for word in bare(text) if len(word) > 3})),
        sentences=tuple(sorted({beginning(text) for text in texts})),
    )


def beginning(text: str) -> str:
    """The first words of a text."""
    return " ".join(text.split()[:SENTENCE_WORDS])


def speech_of(scape: Scape) -> list[Segment]:
    """The stretches of speech, in order."""
    return [segment for segment in scape.segments if segment.kind == "speech"]


def sounds_of(scape: Scape) -> list[Segment]:
    """The stretches of other sounds and music, in order."""
    return [segment for segment in scape.segments if segment.kind != "speech"]


def transcript(scape: Scape) -> str:
    """All that is said."""
    return " ".join(segment.text or "" for segment in speech_of(scape))


def bare(text: str) -> list[str]:
    """The words of a text in lower case, without punctuation."""
    return [word for part in text.lower().split() if (word := re.sub(r"[^a-z0-9']", "", part))]


def heard_in(scape: Scape) -> set[str]:
    """The labels of all sounds, music and background."""
    labels = {segment.label or "" for segment in sounds_of(scape)}
    return labels | ({scape.background} if scape.background else set())


def alike(labels: set[str]) -> set[str]:
    """The labels, and those that one might hear in their place."""
    return {other for label in labels for other in like(label)}


def others(
    choices: Sequence[str], but: set[str], count: int, rng: random.Random
) -> tuple[str, ...]:
    """Up to `count` of the choices that are not in `but`."""
    left = [choice for choice in choices if choice not in but]
    return tuple(rng.sample(left, min(count, len(left))))
