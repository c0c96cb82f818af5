"""Ranges of time that a question names: "in the first ten minutes", "after 12:30"."""

import re
from collections.abc import Sequence

from headrouter.question.language import Language

CLOCK = re.compile(r"\d{1,3}:\d{2}(?::\d{2})?")
TOKEN = re.compile(rf"{CLOCK.pattern}|\w+(?:['-]\w+)*")  # a clock, or a word

Range = tuple[float, float | None]
"""Seconds from the beginning, or where negative before the end; None is the end."""


def number(word: str, language: Language) -> int | None:
    """A small number in digits or words."""
    if word.isdecimal() and len(word) < 7:
        return int(word)
    return language.numbers.get(word)


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
        table = language.table.get(rule, frozenset())
        for place in range(len(words)):
            for way in sorted(table, key=len, reverse=True):
                end = place + len(way)
                if (
                    tuple(words[place:end]) != way
                    or (length := _length(words, end, language)) is None
                ):
                    continue
                seconds, after = length
                return place, after, ((0.0, seconds) if rule == "first part" else (-seconds, None))
    return None


def _length(words: Sequence[str], place: int, language: Language) -> tuple[float, int] | None:
    """Seconds of "ten minutes" or "minute" at a place, and where that ends."""
    unit = language.units.get(words[place]) if place < len(words) else None
    if unit is not None:
        return unit, place + 1
    if place + 1 >= len(words) or (count := number(words[place], language)) is None:
        return None
    unit = language.units.get(words[place + 1])
    return None if unit is None else (count * unit, place + 2)


def _clocks(words: Sequence[str], language: Language) -> tuple[int, int, Range] | None:
    """Where "after 12:30", or "from 1:00 to 2:00", begins and ends, and what it means."""
    starts = {word for way in language.table["from clock"] for word in way}
    ends = {word for way in language.table["to clock"] for word in way}
    clocks = [place for place, word in enumerate(words) if CLOCK.fullmatch(word)]
    if not clocks or not clocks[0]:
        return None
    first, before = clocks[0], words[clocks[0] - 1]
    begins = first - 1
    if before in starts and len(clocks) > 1 and clocks[1] == first + 2 and words[first + 1] in ends:
        return begins, first + 3, (seconds_of(words[first]), seconds_of(words[clocks[1]]))
    if before in starts:
        return begins, first + 1, (seconds_of(words[first]), None)
    if before in ends:
        return begins, first + 1, (0.0, seconds_of(words[first]))
    return None


def seconds_of(clock: str) -> float:
    """Seconds of "1:02:03" or "2:03"."""
    total = 0.0
    for part in clock.split(":"):
        total = total * 60 + int(part)
    return total
