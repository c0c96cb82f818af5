"""Which of the sentences that were said answer a question, and whether any of them does.

Sentences are compared with the question in what they mean and in the words that they share. Times
and quotes come from what was recognised; nothing is worded anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, cached_property, lru_cache
from itertools import pairwise
from math import log
from typing import Any

import snowballstemmer
import torch
from torch import Tensor

from headrouter.question.reading import LANGUAGES, Question
from headrouter.question.words import content_words
from tools.meaning import Encode

ALIKE = 0.84  # by difflib, from which two stems are taken for one word: "desided" is "decided"
COMPOUND = 5  # letters of a word from which it may be part of another: "Reisebudget"
SHARED = 0.25  # of a score: all words of the question are in the sentence
NEXT = 0.9  # of its cosine, for a sentence together with the one before it
# Below this cosine nothing answers a question: by how many of its words were said at all. Of 86
# questions 92% are above with the recording that they are about, and 1.5% with another
# (docs/evidence.md).
LEAST = {"none": 0.5, "some": 0.4, "most": 0.25}
# For whoever speaks, who says "I" and not these.
SPEAKERS = frozenset(
    "one speaker speakers person people caller host guest sprecher orateur".split()
)
MOST_WORDS = 0.7  # of the question's, from which most of them were said


@dataclass(frozen=True)
class Match:
    """A sentence, and how well it fits a question."""

    place: int  # among the sentences
    score: float


class Said:
    """Sentences that were said, in order, in which questions are looked for."""

    def __init__(self, texts: Sequence[str], encode: Encode, language: str = "en") -> None:
        self.texts, self.encode, self.language = list(texts), encode, language
        self._asked: dict[str, Tensor] = {}  # what questions mean

    @cached_property
    def meanings(self) -> Tensor:
        """(sentences, width)."""
        return self.encode(self.texts)

    @cached_property
    def with_the_one_before(self) -> Tensor:
        """(sentences, width) of each together with the one before it."""
        pairs = pairwise(["", *self.texts])
        return self.encode([f"{before} {text}".strip() for before, text in pairs])

    @cached_property
    def stems(self) -> list[set[str]]:
        """Of the content words of each sentence."""
        return [stems(text, self.language) for text in self.texts]

    @cached_property
    def all_stems(self) -> set[str]:
        """Of all that was said."""
        return set().union(*self.stems)

    def missing(self, question: Question) -> list[str]:
        """The words of a question that were not said."""
        words = sorted(question.words - SPEAKERS)
        return [word for word in words if not self.as_said(word, question)]

    def similarities(self, question: Question) -> Tensor:
        """(sentences,) cosines with the question."""
        asked = self._meaning(question.text)
        alone, together = self.meanings @ asked, NEXT * (self.with_the_one_before @ asked)
        return torch.maximum(alone, together)

    def ranked(self, question: Question) -> list[Match]:
        """All sentences, those that fit best first."""
        asked = {self.as_said(word, question) for word in question.words} - {None}
        weights = {stem: log(1 + len(self.texts) / self._count(stem)) for stem in asked if stem}
        total = sum(weights.values()) or 1.0
        shared = [sum(weights[stem] for stem in weights if stem in said) for said in self.stems]
        alike = self.similarities(question).tolist()
        matches = [
            Match(place, cosine + SHARED * weight / total)
            for place, (cosine, weight) in enumerate(zip(alike, shared, strict=True))
        ]
        return sorted(matches, key=lambda match: -match.score)

    def answers(self, question: Question) -> bool:
        """Whether anything that was said can be an answer."""
        if not self.texts:
            return False
        found = 1 - len(self.missing(question)) / max(1, len(question.words))
        level = "most" if found >= MOST_WORDS else "some" if found else "none"
        return float((self.meanings @ self._meaning(question.text)).max()) >= LEAST[level]

    def _meaning(self, text: str) -> Tensor:
        """(width,) of a question, which is compared more than once."""
        if text not in self._asked:
            (self._asked[text],) = self.encode([text])
        return self._asked[text]

    def _count(self, stem: str) -> int:
        return sum(stem in said for said in self.stems)

    def shares(self, question: Question) -> bool:
        """Whether any of a question's words was said."""
        return any(self.as_said(word, question) for word in question.words)

    def as_said(self, word: str, question: Question) -> str | None:
        """The stem of a word as it was said: itself, one spelt alike, or part of a compound."""
        (asked,) = stems(word, question.language) or {word}
        if asked in self.all_stems:
            return asked
        alike = get_close_matches(asked, self.all_stems, 1, ALIKE)
        parts = [said for said in self.all_stems if len(said) >= COMPOUND and said in word]
        return next(iter([*alike, *sorted(parts, key=len, reverse=True)]), None)


def stems(text: str, language: str) -> set[str]:
    """The stems of the content words of a text."""
    words = content_words(text, LANGUAGES.get(language, LANGUAGES["en"]))
    return {_stem(word, language) for word in words}


@lru_cache(maxsize=100_000)
def _stem(word: str, language: str) -> str:
    stemmer = _stemmer(language)
    return stemmer.stemWord(word) if stemmer else word


@cache
def _stemmer(language: str) -> Any:
    """Snowball's, which has them by their English names; None where the language isn't known."""
    known = LANGUAGES.get(language)
    return snowballstemmer.stemmer(known.name.lower()) if known else None
