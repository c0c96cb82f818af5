"""How composed answers are worded: times, counts and lists in plain English."""

from collections.abc import Sequence

from assistant.ask.answers.ear import Occurrence
from assistant.ask.whole import NUMBERS
from tools.times import clock

CANNOT = "Can’t tell"
MOST_TIMES = 12  # that are written out
MOST_IN_WORDS = 12  # of numbers


def number(count: int) -> str:
    """A small number in words."""
    return NUMBERS[count] if count <= MOST_IN_WORDS else str(count)


def times(count: int) -> str:
    """How often, in words."""
    return {0: "not once", 1: "once", 2: "twice"}.get(count, f"{number(count)} times")


def listed(items: Sequence[str], joined: str = "and") -> str:
    """ "a, b and c"."""
    return f" {joined} ".join(filter(None, [", ".join(items[:-1]), *items[-1:]]))


def at(occurrences: Sequence[Occurrence]) -> str:
    """ "at 0:40, 1:36 and 2:50", where there are many of them with how many more."""
    told = [clock(one.start) for one in occurrences[:MOST_TIMES]]
    more = len(occurrences) - len(told)
    return f"at {listed(told + ([f'{more} more'] if more else []))}"


def span(occurrence: Occurrence) -> str:
    """ "2:08-2:18"."""
    return f"{clock(occurrence.start)}-{clock(occurrence.end)}"


def seconds(length: float) -> str:
    """A length of time for people."""
    whole = max(1, round(length))
    return f"{whole} second{'s' * (whole != 1)}" if whole < 120 else clock(length)


def capital(text: str) -> str:
    """With a capital letter in front."""
    return text[:1].upper() + text[1:]


def article(name: str) -> str:
    """ "a dog", "an engine"; what can't be counted stands alone."""
    if name.endswith(("ing", "s")) or name in UNCOUNTED:
        return name
    return f"{'an' if name[:1] in 'aeiou' else 'a'} {name}"


UNCOUNTED = {"rain", "wind", "music", "speech", "street traffic", "glass breaking"}
