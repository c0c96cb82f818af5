"""Questions about the turn before: what they ask, in full.

"And when was that?", "who said it?" and "what about the second one?" are answered from the moments
of the answer before; "what about the printer?" asks the question before about something else.
"""

from collections.abc import Sequence

from headrouter.question.reading import Question, read
from memory import Turn


def resolved(question: Question, turns: Sequence[Turn]) -> Question:
    """The question in full, given the turns before it, oldest first."""
    if question.follow == "about":
        return about(question.terms[0], last_in_full(turns))
    return question


def last_in_full(turns: Sequence[Turn]) -> Question:
    """The latest question that stands by itself; an open one where there is none."""
    asked = (read(turn.question) for turn in reversed(turns))
    return next((question for question in asked if question.kind != "follow"), Question(""))


def about(thing: str, before: Question) -> Question:
    """The question before, asked about something else."""
    if before.kind == "when" and before.by_ear:
        return read(f"When can {thing} be heard?")
    if before.kind == "count":
        return read(f"How often is {thing} {'heard' if before.by_ear else 'mentioned'}?")
    if before.kind == "whether" and before.by_ear:
        return read(f"Is there the sound of {thing}?")
    if before.kind == "order":
        return read(f"What {'is said' if before.said else 'comes'} {before.side} {thing}?")
    return read(f"What was said about {thing}?")
