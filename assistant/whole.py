"""Questions about a whole recording: how they are recognised, and how answers are put together.

A recording that the budget doesn't take at once is gone over part by part; what each part gave is
made one answer here. Pure text. English patterns only: a question put otherwise is answered from
the most relevant stretches, unless it is asked with the scope ``whole``.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from headrouter.choices import find_choice

Kind = Literal["count", "list", "summary"]
Scope = Literal["auto", "whole", "stretches"]

TASKS = re.compile(
    r"\b(action (items|points)|to-?dos|next steps)\b"
    r"|\b(which|what|all|the) (the )?(tasks|decisions|commitments)\b",
    re.I,
)
PATTERNS: dict[Kind, re.Pattern[str]] = {  # the first that is found tells the kind
    "count": re.compile(r"\bhow (many times|often)\b|\bcount (the|how|all|every)\b", re.I),
    "list": re.compile(
        r"\b(list|name|enumerate) (all|every|each|the)\b"
        r"|\b(which|what|all) (the )?(kinds? of )?(sounds|noises|instruments|topics)\b"
        rf"|{TASKS.pattern}",
        re.I,
    ),
    "summary": re.compile(
        r"\bsummar(y|i[sz]e)\b|\boverview\b|\boutline\b|\bbullet(s\b|[ -]?points?\b)"
        r"|\b(main|key) (points?|topics?|ideas?|themes?)\b"
        r"|\bwhat(['’]s| is| was) (this|that|it|(the|this) (whole )?"
        r"(recording|meeting|podcast|talk|conversation|audio|call|episode|interview|lecture))"
        r"( all| mostly| mainly)? about\b|\b(whole|entire) "
        r"(recording|meeting|podcast|talk|conversation|audio|call|episode|interview|lecture)\b",
        re.I,
    ),
}
NOTHING = re.compile(r"^\W*(none|no|nothing|never|i can't tell)\b", re.I)
NUMBERS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen twenty"
).split()
TIMES = {"once": 1, "twice": 2, "thrice": 3}
NUMBER = re.compile(rf"\b(\d{{1,9}}|{'|'.join(NUMBERS)}|{'|'.join(TIMES)})\b", re.I)
WANTED = re.compile(
    rf"{NUMBER.pattern}( (most|main|key|important|short|bullet|action)){{0,3}}"
    r"[ -](bullets|points?|sentences?|lines?|items?|ideas|topics|things|takeaways|tasks"
    r"|decisions)\b",
    re.I,
)
BETWEEN_ITEMS = re.compile(r"[,;\n]|\s[-*•]\s|\b\d+[.)]\s|\band\b|\bor\b", re.I)
ARTICLE = re.compile(r"^(an?|the|some)\s+", re.I)


def kind_of(question: str, scope: Scope = "auto") -> Kind | None:
    """How the answers about parts are put together; None for a question about some place in it.

    ``whole`` makes any question one about the whole, ``stretches`` none. Letters chosen for parts
    can't be put together, so a lettered choice is one about the whole only if that is asked for.
    """
    if scope == "stretches" or (scope == "auto" and find_choice(question)):
        return None
    found = next((kind for kind, pattern in PATTERNS.items() if pattern.search(question)), None)
    return found or ("summary" if scope == "whole" else None)


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


def number_wanted(question: str) -> int | None:
    """How many sentences or points a question asks for; None where it leaves that open."""
    found = WANTED.search(question)
    return number_in(found[0]) if found else None


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
