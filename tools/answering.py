"""Which of the sentences that were said answer a question, and whether any of them does.

Sentences are compared with the question in what they mean and in the words that they share. Times
and quotes come from what was recognised; nothing is worded anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import log

import torch
from torch import Tensor

from headrouter.question.en import NUMBERS
from headrouter.question.reading import LANGUAGES, Question
from headrouter.question.wanted import Sort, holds
from headrouter.question.words import content_words
from tools.meaning import Encode
from tools.wordforms import as_said, forms, stems

SHARED = 0.25  # of a score: all words of the question are in the sentence
NAMED = 0.5  # of a name's share, beside other words
NEXT = 0.9  # of its cosine, for a sentence together with the one before it
# Below this cosine nothing answers a question: by how many of its words were said at all. Of 86
# questions 92% are above with the recording that they are about, and 1.5% with another
# (docs/evidence.md).
LEAST = {"none": 0.5, "some": 0.4, "most": 0.25}
# For whoever speaks, who says "I" and not these.
SPEAKERS = frozenset(
    "one speaker speakers person people caller host guest sprecher orateur".split()
)
CAPITALS = frozenset({"de"})  # languages that write every noun with a capital
SAME = 0.8  # the cosine from which two words are taken for one: "movie" is "film"
MOST_WORDS = 0.7  # of the question's, from which most of them were said


@dataclass(frozen=True)
class Match:
    """A sentence, and how well it fits a question."""

    place: int  # among the sentences
    score: float


class Said:
    """Sentences that were said, in order, in which questions are looked for."""

    def __init__(
        self, texts: Sequence[str], encode: Encode, languages: Sequence[str] | None = None
    ) -> None:
        """languages: the code of each text's; English where None are given."""
        self.texts, self.encode = list(texts), encode
        self.languages = list(languages or ["en"] * len(self.texts))
        self._asked: dict[str, Tensor] = {}  # what questions mean
        self._meant: dict[str, str | None] = {}  # stems of words that mean the same

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
        return [stems(text, code) for text, code in zip(self.texts, self.languages, strict=True)]

    @cached_property
    def all_stems(self) -> set[str]:
        """Of all that was said."""
        return set().union(*self.stems)

    def missing(self, question: Question) -> list[str]:
        """The words of a question that were not said."""
        words = sorted(question.words - SPEAKERS - self._money_words(question))
        return [word for word in words if not self.found(word)]

    def _money_words(self, question: Question) -> set[str]:
        """The question's words that any sum of money stands for, where one is told."""
        words = LANGUAGES[question.language].words_of("sums") & question.words
        told = words and any(self._holds(place, "money") for place in range(len(self.texts)))
        return words if told else set()

    def similarities(self, question: Question) -> Tensor:
        """(sentences,) cosines with the question."""
        asked = self._meaning(question.text)
        alone, together = self.meanings @ asked, NEXT * (self.with_the_one_before @ asked)
        return torch.maximum(alone, together)

    def ranked(self, question: Question) -> list[Match]:
        """All sentences, those that fit best first."""
        asked = {self.found(word) for word in question.words} - {None}
        weights = {stem: log(1 + len(self.texts) / self._count(stem)) for stem in asked if stem}
        if not weights.keys() <= self.names:  # who is named is spoken of in many ways
            weights |= {stem: NAMED * weights[stem] for stem in weights.keys() & self.names}
        total = sum(weights.values()) or 1.0
        shared = [sum(weights[stem] for stem in weights if stem in said) for said in self.stems]
        alike = self.similarities(question).tolist()
        matches = [
            Match(place, cosine + SHARED * weight / total)
            for place, (cosine, weight) in enumerate(zip(alike, shared, strict=True))
        ]
        return sorted(matches, key=lambda match: -match.score)

    def holds(self, place: int, question: Question) -> bool:
        """Whether a sentence has the sort of answer that is wanted: an amount, a time.

        An amount of something is told where that is named, or right after; of what nobody names it
        may be told in other words.
        """
        sort, thing = question.wanted.sort, question.wanted.thing
        if sort is None:
            return True
        stem = self.found(thing) if thing else None
        near = set().union(*self.stems[max(0, place - 1) : place + 1])
        return self._holds(place, sort) and (stem is None or stem in near)

    def _holds(self, place: int, sort: Sort) -> bool:
        """Whether a sentence has an answer of a sort; of a language that isn't known all may."""
        language = LANGUAGES.get(self.languages[place])
        before = self.texts[place - 1] if place else ""
        return language is None or holds(self.texts[place], sort, language, before)

    def answers(self, question: Question) -> bool:
        """Whether anything that was said can be an answer."""
        if not self.texts:
            return False
        if question.about and question.about <= set(self.missing(question)):
            return False  # what is said "about wasps" names them
        found = self._share(question)
        level = "most" if found >= MOST_WORDS else "some" if found else "none"
        return float((self.meanings @ self._meaning(question.text)).max()) >= LEAST[level]

    def _meaning(self, text: str) -> Tensor:
        """(width,) of a question, which is compared more than once."""
        if text not in self._asked:
            (self._asked[text],) = self.encode([text])
        return self._asked[text]

    def _count(self, stem: str) -> int:
        return sum(stem in said for said in self.stems)

    def has_most(self, question: Question) -> bool:
        """Whether most of a question's words were said."""
        return self._share(question) >= MOST_WORDS

    def _share(self, question: Question) -> float:
        """Of a question's words, how many were said; names count only where all are such.

        Who is named is spoken of, which says nothing about "the salary of Maria".
        """
        missing = set(self.missing(question))
        said = question.words - missing
        names = {word for word in said if self.found(word) in self.names}
        counted = question.words - names or question.words
        return 1 - len(missing) / max(1, len(counted))

    @cached_property
    def names(self) -> set[str]:
        """Stems of what is written with a capital wherever it doesn't begin a sentence."""
        written: dict[bool, set[str]] = {True: set(), False: set()}
        for text, code in zip(self.texts, self.languages, strict=True):
            for word in text.split()[1:]:
                written[word[:1].isupper() and code not in CAPITALS] |= stems(word, code)
        return written[True] - written[False]

    def found(self, word: str) -> str | None:
        """The stem of a word, or of one that means the same, as it was said; None without one."""
        return self.as_said(word) or self._as_meant(word)

    def _as_meant(self, word: str) -> str | None:
        """That of the word that means the same: "grandmother" of "grandma"; None without one.

        Of English, which the encoder knows. Days and numbers are alike and not the same.
        """
        if word not in self._meant:
            self._meant[word] = self._same(word)
        return self._meant[word]

    def _same(self, word: str) -> str | None:
        said, unlike = list(self._words), LANGUAGES["en"].words_of("time") | set(NUMBERS)
        if not said or word in unlike:
            return None
        meanings = self.encode([word, *said])
        alike = meanings[1:] @ meanings[0]
        best = said[int(alike.argmax())]
        return self._words[best] if float(alike.max()) >= SAME and best not in unlike else None

    @cached_property
    def _words(self) -> dict[str, str]:
        """The content words said in English, and the stem of each."""
        english = [t for t, code in zip(self.texts, self.languages, strict=True) if code == "en"]
        return {word: forms(word, "en")[0] for word in sorted(content_words(" ".join(english)))}

    def as_said(self, word: str) -> str | None:
        """The stem of a word as it was said; None where it was not."""
        found = (as_said(word, self.all_stems, code) for code in dict.fromkeys(self.languages))
        return next(filter(None, found), None)
