"""Questions about the turn before: what they ask, in full.

"And when was that?", "who said it?" and "what about the second one?" are answered from the moments
of the answer before; "what about the printer?", "and the second room?" and "how long?" ask the
question before about something else, or more of it (``headrouter.question.continuing``).
"""

from collections.abc import Sequence

from headrouter.question.continuing import continued
from headrouter.question.language import Kind
from headrouter.question.reading import Question, read, spoken_in
from memory import Turn

OF_ALL: tuple[Kind, ...] = ("summary", "tasks", "profile", "language", "place", "people", "sounds")
LOOKED_BACK = 8  # turns at most through which a conversation is followed


def resolved(question: Question, turns: Sequence[Turn]) -> Question:
    """The question in full, given the turns before it, oldest first."""
    before = ""
    for turn in turns[-LOOKED_BACK:]:
        before = in_full(read(turn.question), before) or before
    full = in_full(question, before)
    return question if full is None or full == question.text else read(full)


def in_full(question: Question, before: str) -> str | None:
    """A question given the one before it in full; None of one that is about that one's answer."""
    if question.follow not in (None, "about"):
        return None
    goes_on = question.kind not in OF_ALL and question.options is None
    full = continued(question.text, before, spoken_in(before)) if before and goes_on else None
    if full is None and question.follow == "about":
        return f"What was said about {question.terms[0]}?"
    return full or question.text
