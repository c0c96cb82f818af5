"""Ranges of time that a question names: "in the first ten minutes", "after 12:30"."""

import re
from collections.abc import Sequence

from headrouter.question.language import Language

CLOCK = re.compile(r"\d{1,3}:\d{2}(?::\d{2})?")
TOKEN = re.compile(rf"{CLOCK.pattern}|\w+(?:['-]\w+)*")  # a clock, or a word

COUNT = "#"  # in a phrase: any number

Range = tuple[float, float | None]
"""Seconds from the beginning, or where negative before the end; None is the end."""


def number(word: str, language: Language) -> int | None:
    """A small number in digits or words."""
    if word.isdecimal() and len(word) < 7:
        return int(word)
    return language.counts.get(word)


def without_range(text: str, language: Language) -> tuple[str, Range | None]:
    """A text without the range of time that it names, and that range: "after 12:30"."""
    marks = list(TOKEN.finditer(text.lower()))
    words = [mark[0] for mark in marks]
    found = _part(words, language) or _clocks(words, language)
    if found is None:
        return text, None
    first, last, span = found
    return f"{text[: marks[first].start()].rstrip()} {text[marks[last - 1].end() :].lstrip()}", span


def _part(words: Sequence[str], language: Language) -> tuple[int, int, Range] | None:
    """Where "in the first ten minutes" begins and ends, and what it means."""
    for rule in ("first part", "last part"):
        table = sorted(language.ways_of(rule), key=lambda way: (-len(way), way))
        for place in range(len(words)):
            for way in table:
                if (length := _length(words, place, way, language)) is None:
                    continue
                seconds, end = length
                return place, end, ((0.0, seconds) if rule == "first part" else (-seconds, None))
    return None


def _length(
    words: Sequence[str], place: int, way: Sequence[str], language: Language
) -> tuple[float, int] | None:
    """Seconds of "first ten minutes", "dix premières minutes" at a place, and where that ends.

    A number stands where the way has COUNT, else between the way and the unit, or is one.
    """
    end, count = place + len(way), None
    if end >= len(words):
        return None
    for said, wanted in zip(words[place:end], way, strict=True):
        if wanted == COUNT:
            count = number(said, language)
        if count is None if wanted == COUNT else said != wanted:
            return None
    unit = language.units.get(words[end])
    if unit is not None:
        return (count or 1) * unit, end + 1
    if count is not None or end + 1 >= len(words):
        return None
    count, unit = number(words[end], language), language.units.get(words[end + 1])
    return None if count is None or unit is None else (count * unit, end + 2)


def _clocks(words: Sequence[str], language: Language) -> tuple[int, int, Range] | None:
    """Where "after 12:30", or "from 1:00 to 2:00", begins and ends, and what it means."""
    clocks = [place for place, word in enumerate(words) if CLOCK.fullmatch(word)]
    if not clocks:
        return None
    first = clocks[0]
    starts, ends = (_before(words, first, rule, language) for rule in ("from clock", "to clock"))
    opens = starts or _before(words, first, "between clocks", language)
    if (
        opens
        and len(clocks) > 1
        and tuple(words[first + 1 : clocks[1]]) in language.ways_of("to clock")
    ):
        span = seconds_of(words[first]), seconds_of(words[clocks[1]])
        return first - opens, clocks[1] + 1, span
    if starts:
        return first - starts, first + 1, (seconds_of(words[first]), None)
    if ends:
        return first - ends, first + 1, (0.0, seconds_of(words[first]))
    return None


def _before(words: Sequence[str], place: int, rule: str, language: Language) -> int:
    """How many words the rule's longest phrase has that stands before a place; 0: none does."""
    fits = (way for way in language.ways_of(rule) if len(way) <= place)
    return max((len(w) for w in fits if tuple(words[place - len(w) : place]) == w), default=0)


def seconds_of(clock: str) -> float:
    """Seconds of "1:02:03" or "2:03"."""
    total = 0.0
    for part in clock.split(":"):
        total = total * 60 + int(part)
    return total
