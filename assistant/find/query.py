"""Reads what is looked for: sounds by their names, words, and how near they are to each other.

glass breaking                       a sound that a model may know by name, in any known language
budget meeting                       words, said one after the other or near each other
"siren"                              in quotes: words that are said, never a sound
sound:typewriter                     a sound, whether the model knows its name or not
speaker:Anna                         somebody whose name is known speaks
siren within a minute of "budget"    both, with no more than that between them
siren and speaker:Anna               the same, within NEAR
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from assistant.errors import Misused
from headrouter.hear.letters import letters_of
from headrouter.question.language import Sound
from headrouter.question.naming import sound_named
from headrouter.question.reading import LANGUAGES
from tools.times import clock

NEAR = 60.0  # seconds that "and" allows between two things
MOST_CHARACTERS = 300
TOKEN = re.compile(r"\"[^\"]{0,300}\"|“[^”]{0,300}”|'[^']{0,300}'|\S+")
QUOTES = "\"“”'"
AND = frozenset({"and", "near", "&"})
Kind = Literal["sound", "words", "speaker"]


@dataclass(frozen=True)
class Part:
    """One thing that is looked for."""

    kind: Kind
    text: str  # words, or a name
    names: tuple[str, ...] = ()  # of a sound: those that count for it, its own first


@dataclass(frozen=True)
class Wanted:
    """What is looked for: all of it, no two more than ``within`` seconds apart."""

    parts: tuple[Part, ...]
    within: float = NEAR

    def __str__(self) -> str:
        names = [f"“{p.text}”" if p.kind == "words" else p.text for p in self.parts]
        return names[0] if len(names) == 1 else f"{' and '.join(names)} ({clock(self.within)})"


def read_query(text: str) -> Wanted:
    """What a query looks for. Raises Misused for one without anything to look for."""
    if len(text) > MOST_CHARACTERS:
        raise Misused(f"the query has more than {MOST_CHARACTERS} characters: look for less")
    groups: list[list[str]] = [[]]
    within, tokens = NEAR, TOKEN.findall(text)
    place = 0
    while place < len(tokens):
        token = tokens[place]
        span = _within(tokens[place:])
        if span is not None:
            within, used = span
            place += used
            groups.append([])
            continue
        if token.lower() in AND:
            groups.append([])
        else:
            groups[-1].append(token)
        place += 1
    parts = tuple(_part(group) for group in groups if group)
    if not parts:
        raise Misused("the query is empty: give a sound, words, or both: siren and “budget”")
    return Wanted(parts, within)


def _within(tokens: Sequence[str]) -> tuple[float, int] | None:
    """The seconds of "within two minutes of", and how many tokens say so."""
    if tokens[0].lower() != "within" or "of" not in tokens[:4]:
        return None
    used = tokens.index("of") + 1
    known = LANGUAGES["en"]
    number, *unit = [token.lower() for token in tokens[1 : used - 1]]
    digits = number.removesuffix("s") if not unit else number
    count = float(digits) if re.fullmatch(r"\d{1,6}(\.\d{1,3})?", digits) else None
    count = known.counts.get(number) if count is None else count
    seconds = known.units.get(unit[0]) if unit else 1.0
    if count is None or seconds is None:
        raise Misused(
            f"{' '.join(tokens[:used])!r} is no length of time: write within 30 seconds of, or "
            "within a minute of"
        )
    return count * seconds, used


def _part(tokens: Sequence[str]) -> Part:
    text = " ".join(tokens)
    if text[:1] in QUOTES and len(tokens) == 1:
        return _words(text.strip(QUOTES))
    prefix, colon, rest = text.partition(":")
    name = rest.strip().strip(QUOTES)
    if colon and prefix.lower() in ("sound", "speaker", "said", "words"):
        if not name:
            raise Misused(f"{text!r} names nothing: write {prefix}:NAME")
        if prefix.lower() == "speaker":
            return Part("speaker", name)
        if prefix.lower() == "sound":
            sound = sound_named(name)
            return _sound(sound) if sound else Part("sound", name.lower(), (name.lower(),))
        return _words(name)
    sound = sound_named(text)
    return _sound(sound) if sound else _words(text)


def _sound(sound: Sound) -> Part:
    return Part("sound", sound.name, (sound.name, *sound.near))


def _words(text: str) -> Part:
    """Words as they are; those of other scripts can be found where words were recognised only."""
    words = " ".join(text.split())
    if not any(character.isalnum() for character in words):
        raise Misused(f"{text!r} has no word to look for: give at least one")
    return Part("words", words)


def can_be_read(words: str) -> bool:
    """Whether words can be looked for by ear, in letters: three of them at least."""
    return len(letters_of(words)) >= 3
