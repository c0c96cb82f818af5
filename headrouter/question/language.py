"""What a language brings to the reading of a question: word lists and phrases, nothing else.

One file a language (`en.py`) fills in a `Language`. Phrases are plain lower-case words, separated
by single spaces; they are looked for as whole words. A ``|`` separates alternatives for one word:
``how many|often times``. No regular expressions: reading takes time in proportion to the text.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import Literal

Kind = Literal[
    "said",  # what is said, why, how much, where, who will: answered by what was said
    "when",  # when something is heard or spoken of
    "count",  # how many times
    "whether",  # is something heard or said
    "sounds",  # which sounds there are
    "order",  # what comes before or after something
    "people",  # how many people, men or women, how long each
    "place",  # what kind of place or recording it is
    "language",  # which language is spoken
    "list",  # all of some other kind of thing: topics, animals
    "tasks",  # action items, decisions
    "summary",
    "profile",  # what this is, anything interesting
    "quote",  # the exact words about something
    "transcript",  # all words
    "open",  # anything else: the model answers by itself
]

Phrases = tuple[str, ...]


@dataclass(frozen=True)
class Sound:
    """A kind of sound: the name a model may know it by, and how people speak of it."""

    name: str  # in English, as sound collections name it
    words: Phrases  # forms that name it, or the act of making it, without another word
    also: Phrases = ()  # forms that name it only where the question asks about sounds
    near: Phrases = ()  # names of other sounds that count for it ("animal": dog, cat)


@dataclass(frozen=True)
class Language:
    """How questions are asked in one language."""

    code: str  # ISO 639-1
    name: str  # in English
    function_words: frozenset[str]  # "the", "of", "is": they tell the language, and no content
    asking_words: frozenset[str]  # "please", "tell", "hear": they only ask
    phrases: Mapping[str, Phrases]  # by the name of a rule, see `reading.RULES`
    numbers: Mapping[str, int]  # words for small numbers, articles and "twice" included
    units: Mapping[str, float]  # words for units of time, in seconds
    sounds: tuple[Sound, ...]
    contractions: Mapping[str, str] = field(default_factory=dict)  # "what's": "what is"

    @cached_property
    def idle(self) -> frozenset[str]:
        """Words that say nothing about what a question is about."""
        return self.function_words | self.asking_words

    @cached_property
    def table(self) -> Mapping[str, frozenset[tuple[str, ...]]]:
        """The phrases as tuples of words, alternatives multiplied out."""
        return {
            rule: frozenset(way for phrase in phrases for way in ways(phrase))
            for rule, phrases in self.phrases.items()
        }

    @cached_property
    def sound_words(self) -> Mapping[tuple[str, ...], Sound]:
        """Each form that names a sound by itself."""
        return {way: sound for sound in self.sounds for form in sound.words for way in ways(form)}

    @cached_property
    def sound_names(self) -> Mapping[tuple[str, ...], Sound]:
        """Each form that names a sound where sounds are asked about."""
        named = {way: sound for sound in self.sounds for form in sound.also for way in ways(form)}
        return named | dict(self.sound_words)


def ways(phrase: str) -> list[tuple[str, ...]]:
    """Every way to say a phrase: "a|the dog" as ("a", "dog") and ("the", "dog")."""
    return list(product(*(word.split("|") for word in phrase.split())))
