"""The words of a question: those that say what it is about, apart from those that only ask."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from headrouter.question.en import ASKING_WORDS, FUNCTION_WORDS

IDLE_WORDS = FUNCTION_WORDS | ASKING_WORDS
WORD = r"\w+(?:'\w+)*"
QUOTED = r"[\"“„«]([^\"“”„«»]+)[\"”»]"
NAME_WORDS = 3  # at most, in the name of a thing
MOST_TERMS = 128  # that a question is taken to ask for, and words of them: the first ones


@dataclass(frozen=True)
class Spotting:
    """How words are spotted among a model's audio tokens (see ``headrouter.spotting``)."""

    sharpness: float  # of cosines, in a softmax over the vocabulary
    merges: int | None  # of the tokenizer, in the shorter pieces of rare words; None: no others


def content_words(text: str) -> set[str]:
    """The words that say what a text is about, in lower case, "Tom's" as "tom"."""
    return {word for word in _words(text) if word.split("'")[0] not in FUNCTION_WORDS}


def asked_words(question: str) -> set[str]:
    """The words of what a question asks for, as ``content_words``; whatever is quoted is.

    The first MOST_TERMS, for each is looked for among all words of a recording.
    """
    quoted = {word for text in re.findall(QUOTED, question) for word in _words(text)}
    asked = (
        word
        for word in dict.fromkeys(_words(question))
        if word in quoted or (len(word) > 1 and word.split("'")[0] not in IDLE_WORDS)
    )
    return set(islice(asked, MOST_TERMS))


def asked_terms(question: str) -> list[str]:
    """What a question asks for: each of its words, and each run that may be the name of a thing.

    "Is there the sound of glass breaking?": glass, glass breaking, breaking. In lower case, in the
    order of the question, each once, MOST_TERMS at most.
    """
    wanted = asked_words(question)
    return list(dict.fromkeys(_runs(question, wanted)))[:MOST_TERMS]


def _words(text: str) -> list[str]:
    """In lower case, without the "'s" of an owner."""
    return [word.removesuffix("'s") for word in re.findall(WORD, text.lower().replace("’", "'"))]


def _runs(text: str, wanted: set[str]) -> Iterator[str]:
    for clause in re.split(r"[^\w'’ ]", text):
        words = _words(clause)
        for first, word in enumerate(words):
            if word not in wanted:
                continue
            for last in range(first, min(first + NAME_WORDS, len(words))):
                if words[last] in wanted:
                    yield " ".join(words[first : last + 1])
