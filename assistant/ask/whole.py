"""Questions about a whole recording: how they are recognised, and how answers are put together.

A recording that the budget doesn't take at once is gone over part by part; what each part gave is
made one answer here. Pure text. A question of another kind is answered from the most relevant
stretches, unless it is asked with the scope ``whole``.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from assistant.ask.request import Scope as Scope
from headrouter.question.language import Kind
from headrouter.question.reading import Question

Making = Literal["count", "list", "summary"]

MADE: Mapping[Kind, Making] = {
    "count": "count",
    "sounds": "list",
    "list": "list",
    "tasks": "list",
    "summary": "summary",
    "profile": "summary",
}
NOTHING = re.compile(r"^\W*(none|no|nothing|never|i can't tell)\b", re.I)
NUMBERS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen twenty"
).split()
TIMES = {"once": 1, "twice": 2, "thrice": 3}
NUMBER = re.compile(rf"\b(\d{{1,9}}|{'|'.join(NUMBERS)}|{'|'.join(TIMES)})\b", re.I)
BETWEEN_ITEMS = re.compile(r"[,;\n]|\s[-*•]\s|\b\d+[.)]\s|\band\b|\bor\b", re.I)
ARTICLE = re.compile(r"^(an?|the|some)\s+", re.I)


def making_of(question: Question, scope: Scope = "auto") -> Making | None:
    """How the answers about parts are put together; None for a question about some place in it.

    ``whole`` makes any question one about the whole, ``stretches`` none. Letters chosen for parts
    can't be put together, so a lettered choice is one about the whole only if that is asked for.
    """
    if scope == "stretches" or (scope == "auto" and question.options):
        return None
    return MADE.get(question.kind) or ("summary" if scope == "whole" else None)


def items(answer: str) -> list[str]:
    """What an answer lists: none where it says that there is nothing."""
    if NOTHING.match(answer):
        return []
    pieces = (piece.strip(" \t.:!\"'-*•") for piece in BETWEEN_ITEMS.split(answer))
    return [ARTICLE.sub("", piece) for piece in pieces if piece]


def merged(lists: Iterable[Sequence[str]]) -> list[list[str]]:
    """The lists without what an earlier one, or the same one, had already, whatever its case."""
    seen: set[str] = set()
    new: list[list[str]] = []
    for found in lists:
        new.append([])
        for item in found:
            if item.casefold() not in seen:
                seen.add(item.casefold())
                new[-1].append(item)
    return new


def number_in(answer: str) -> int | None:
    """The first number of an answer, in digits or words up to twenty; None without one."""
    if found := NUMBER.search(answer):
        word = found[1].lower()
        if word.isdigit():
            return int(word)
        return TIMES[word] if word in TIMES else NUMBERS.index(word)
    return 0 if NOTHING.match(answer) else None


def listing(found: Iterable[str]) -> str:
    """Items as a sentence."""
    text = ", ".join(found)
    return f"{text[:1].upper()}{text[1:]}." if text else "None."


def reduction(question: str, parts: Sequence[str]) -> str:
    """What the model is asked, to make one answer of those about parts."""
    told = "\n".join(parts)
    return f"These are notes on one recording, in order:\n{told}\n{question} Answer from the notes."


def grouped(sizes: Sequence[int], most: int) -> Iterator[slice]:
    """Neighbours whose sizes come to ``most`` at most; one that is larger stays alone."""
    first = total = 0
    for place, size in enumerate(sizes):
        if place > first and total + size > most:
            yield slice(first, place)
            first, total = place, 0
        total += size
    yield slice(first, len(sizes))
