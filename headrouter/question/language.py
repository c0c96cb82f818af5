"""What a language brings to the reading of a question: word lists and phrases, nothing else.

One file a language (`en.py`) fills in a `Language`. Phrases are plain lower-case words, separated
by single spaces; they are looked for as whole words. A ``|`` separates alternatives for one word:
``how many|often times``. Accents are written as they should be; a question may leave them out. No
regular expressions: reading takes time in proportion to the text.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import Literal

Kind = Literal[
    "follow",  # about the turn before: when was that, who said it, what about the second one
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
LONG = 5  # letters at least, of a sound's word that may end a compound: "Polizeisirene"

ANIMALS = ("dog", "cat", "cow", "sheep", "pig", "hen", "rooster", "frog", "crow", "chirping birds")
VEHICLES = ("train", "airplane", "helicopter", "engine", "car horn", "siren", "street traffic")
MUSIC = (
    "guitar", "flute", "cello", "saxophone", "banjo", "trombone", "clarinet", "oboe", "bassoon",
    "double bass", "french horn", "mandolin",
)  # fmt: skip
FAMILIES = {
    "animal": ANIMALS,
    "car": ("engine", "car horn"),
    "vehicle": VEHICLES,
    "music": MUSIC,
}


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
    phrases: Mapping[str, Phrases]  # by the name of a rule; a rule that is left out has none
    numbers: Mapping[str, int]  # words for small numbers, articles and "twice" included
    units: Mapping[str, float]  # words for units of time, in seconds
    sounds: tuple[Sound, ...]
    contractions: Mapping[str, str] = field(default_factory=dict)  # "what's": "what is"
    elisions: Mapping[str, str] = field(default_factory=dict)  # before an apostrophe, "l": "le"
    clitics: Mapping[str, str] = field(default_factory=dict)  # after a hyphen, "il": "il", "t": ""
    ordinals: tuple[str, ...] = ()  # "first", "second", ...
    compounds: bool = False  # "Motorengeräusch", "Polizeisirene": things are named in one word

    @cached_property
    def idle(self) -> frozenset[str]:
        """Words that say nothing about what a question is about."""
        return _spelt(self.function_words | self.asking_words)

    @cached_property
    def telling(self) -> frozenset[str]:
        """Function words, with or without their accents: they tell the language best."""
        return _spelt(self.function_words)

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """All words that reading knows."""
        phrases = (way for ways_of_rule in self.table.values() for way in ways_of_rule)
        return (
            self.idle
            | self.counts.keys()
            | {word for way in (*phrases, *self.sound_names) for word in way}
        )

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """Words for small numbers, with or without their accents."""
        return {way: number for word, number in self.numbers.items() for way in _spellings(word)}

    @cached_property
    def table(self) -> Mapping[str, frozenset[tuple[str, ...]]]:
        """The phrases as tuples of words, alternatives multiplied out."""
        return {
            rule: frozenset(way for phrase in phrases for way in ways(phrase))
            for rule, phrases in self.phrases.items()
        }

    def ways_of(self, rule: str) -> frozenset[tuple[str, ...]]:
        """The phrases of a rule as tuples of words; none where the language has no such rule."""
        return self.table.get(rule, frozenset())

    def words_of(self, rule: str) -> set[str]:
        """All words of a rule's phrases."""
        return {word for way in self.ways_of(rule) for word in way}

    @cached_property
    def sound_words(self) -> Mapping[tuple[str, ...], Sound]:
        """Each form that names a sound by itself."""
        return {way: sound for sound in self.sounds for form in sound.words for way in ways(form)}

    @cached_property
    def sound_names(self) -> Mapping[tuple[str, ...], Sound]:
        """Each form that names a sound where sounds are asked about."""
        named = {way: sound for sound in self.sounds for form in sound.also for way in ways(form)}
        return named | dict(self.sound_words)

    @cached_property
    def heads(self) -> frozenset[str]:
        """Words for a sound that may end a compound: the "geräusch" of "Motorengeräusch"."""
        return frozenset(self.words_of("heads"))

    def apart(self, word: str) -> list[str]:
        """The words that are written as one: "l'eau" as "le", "eau", "a-t-il" as "a", "il"."""
        parts = re.split(r"(['-])", word)
        first, last = 0, len(parts)
        while first + 2 < last and parts[first + 1] == "'" and parts[first] in self.elisions:
            first += 2
        while first + 2 < last and parts[last - 2] == "-" and parts[last - 1] in self.clitics:
            last -= 2
        before = [self.elisions[part] for part in parts[:first:2]]
        after = [self.clitics[part] for part in parts[last + 1 :: 2]]
        return [found for found in (*before, "".join(parts[first:last]), *after) if found]

    def of_compound(self, word: str) -> list[str]:
        """A word for the sound of something, as the thing and the sound."""
        for head in ending(word, self.heads) if self.compounds else ():
            return [word.removesuffix(head), head]
        return [word]

    def ending_sound(self, word: str) -> Sound | None:
        """The sound that a compound ends in: the siren of "Polizeisirene"."""
        for end in ending(word, self.sound_endings) if self.compounds else ():
            return self.sound_words[(end,)]
        return None

    @cached_property
    def sound_endings(self) -> frozenset[str]:
        """Words for a sound that may end a compound."""
        return frozenset(way[0] for way in self.sound_words if len(way) == 1 < LONG <= len(way[0]))


def ending(word: str, ends: frozenset[str]) -> Iterable[str]:
    """The longest of some words that another one ends in, with three letters at least before it."""
    longest = max(map(len, ends), default=0)
    for first in range(max(3, len(word) - longest), len(word)):
        if word[first:] in ends:
            yield word[first:]
            return


def ways(phrase: str) -> list[tuple[str, ...]]:
    """Every way to say a phrase: "a|the dog" as ("a", "dog") and ("the", "dog")."""
    return list(product(*(sorted(_spelt(word.split("|"))) for word in phrase.split())))


def named(table: str) -> tuple[Sound, ...]:
    """Sounds of a table: "name: forms", or "name: forms / also", a comma between two forms.

    See `Sound`. A line that begins with a space goes on with the one before.
    """
    joined = "|".join(piece.strip() for piece in table.strip().split("|"))
    entries = re.split(r"\n(?! )", joined)
    return tuple(_sound(*entry.split(":")) for entry in entries)


def _sound(name: str, forms: str) -> Sound:
    words, _, also = forms.partition("/")
    return Sound(name, _forms(words), _forms(also), FAMILIES.get(name, ()))


def _forms(text: str) -> Phrases:
    return tuple(form.strip() for form in text.split(",") if form.strip())


def _spelt(words: Iterable[str]) -> frozenset[str]:
    """Words, and how they are written on a keyboard that has no accents."""
    return frozenset(spelling for word in words for spelling in _spellings(word))


def _spellings(word: str) -> Iterable[str]:
    yield word
    if not word.isascii():
        sharp = word.replace("ß", "ss")
        bare = "".join(
            c for c in unicodedata.normalize("NFD", sharp) if not unicodedata.combining(c)
        )
        yield from (sharp, bare, sharp.translate(DIGRAPHS))


DIGRAPHS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
