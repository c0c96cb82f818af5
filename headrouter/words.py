"""The words of a question: those that say what it is about, apart from those that only ask."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

FUNCTION_WORDS = frozenset(
    "a against an and any are at be been being by can could did do does else for from had has "
    "have he her his how i if in is it its many me might much must of on or shall she "
    "should so some tell than that the their them then there these they this those to was were "
    "what when where which who whom whose why will with would you your".split()
)
ASKING_WORDS = frozenset(
    "about after all answer anybody anyone anything audible before begin begins choose clip come "
    "comes correct during either end ever everything exactly few find first follow following "
    "follows give happen happens hear heard hears just kind last letter list listen long mention "
    "mentioned mentions name no noise none not occur occurs often only option options other out "
    "play played playing plays please quote recorded recording right roughly said say saying says "
    "sentence sentences somebody someone something sort sound sounds speak speaks spoken summarise "
    "summarize talk talked talking talks time times transcribe transcript type up us we word words "
    "write yes".split()
)
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
