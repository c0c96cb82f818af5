"""The words of a question: those that say what it is about, apart from those that only ask."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, takewhile

from headrouter.question.en import ENGLISH
from headrouter.question.language import Language

WORD = r"\w+(?:'\w+)*"
QUOTED = r"[\"“„«]([^\"“”„«»]+)[\"”»]"
NAME_WORDS = 3  # at most, in the name of a thing
MOST_TERMS = 128  # that a question is taken to ask for, and words of them: the first ones


@dataclass(frozen=True)
class Spotting:
    """How words are spotted among a model's audio tokens (see ``headrouter.hear.spotting``)."""

    sharpness: float  # of cosines, in a softmax over the vocabulary
    merges: int | None  # of the tokenizer, in the shorter pieces of rare words; None: no others


def content_words(text: str, language: Language = ENGLISH) -> set[str]:
    """The words that say what a text is about, in lower case, "Tom's" as "tom"."""
    return {word for word in _words(text, language) if not _is_one(word, language.telling)}


def asked_words(question: str, language: Language = ENGLISH) -> set[str]:
    """The words of what a question asks for, as ``content_words``; whatever is quoted is.

    Of one that would be about nothing, what is said "about the letter" is asked for. The first
    MOST_TERMS, for each is looked for among all words of a recording.
    """
    quoted = {word for text in re.findall(QUOTED, question) for word in _words(text, language)}
    words = _words(question, language)
    asked = [
        word
        for word in dict.fromkeys(words)
        if word in quoted or (len(word) > 1 and not _is_one(word, language.idle))
    ]
    return set(islice(asked or _about(words, language), MOST_TERMS))


def _about(words: list[str], language: Language) -> Iterator[str]:
    """What something is said about: words that only ask elsewhere, such as "letter" or "list"."""
    rules = ("said", "spoken of", "recording", "by ear")
    only_ask = {word for rule in rules for word in language.words_of(rule)}
    for first in range(len(words)):
        for way in language.ways_of("about what"):
            begin = first + len(way)
            if tuple(words[first:begin]) == way:
                yield from takewhile(
                    lambda word: word not in only_ask and not _is_one(word, language.telling),
                    words[begin:],
                )


def asked_terms(question: str, language: Language = ENGLISH) -> list[str]:
    """What a question asks for: each of its words, and each run that may be the name of a thing.

    "Is there the sound of glass breaking?": glass, glass breaking, breaking. In lower case, in the
    order of the question, each once, MOST_TERMS at most.
    """
    wanted = asked_words(question, language)
    return list(dict.fromkeys(_runs(question, wanted, language)))[:MOST_TERMS]


def _words(text: str, language: Language) -> list[str]:
    """In lower case, without the "'s" of an owner."""
    found = re.findall(WORD, text.lower().replace("’", "'"))
    full = [word for token in found for word in language.contractions.get(token, token).split()]
    return [word.removesuffix("'s") for token in full for word in language.apart(token)]


def _is_one(word: str, words: frozenset[str]) -> bool:
    """Whether a word is one of these, or made with one: "it'll"."""
    return word in words or word.split("'")[0] in words


def _runs(text: str, wanted: set[str], language: Language) -> Iterator[str]:
    for clause in re.split(r"[^\w'’ ]", text):
        words = _words(clause, language)
        for first, word in enumerate(words):
            if word not in wanted:
                continue
            for last in range(first, min(first + NAME_WORDS, len(words))):
                if words[last] in wanted:
                    yield " ".join(words[first : last + 1])
