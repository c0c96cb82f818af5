"""A conversation as the messages of a Gradio chatbot, from stored turns and from events.

Each answer is one message: its text, then what it rests on.
"""

from collections.abc import Callable, Iterable, Iterator
from html import escape
from typing import Any

import gradio as gr

from assistant.ask.events import Again, Event, Planned, Progress, Token
from assistant.ask.outcome import Outcome
from memory import Turn
from tools.times import clock

Message = dict[str, Any]
Card = Callable[[Turn], str]
"""Draws the evidence of a turn as HTML."""

MESSAGES = 2  # that a stored turn has: question, answer


def question(text: str) -> Message:
    """What the user asked."""
    return {"role": "user", "content": text}


def answer(text: str, below: str) -> Message:
    """What was answered, as one bubble; ``below``: HTML under it."""
    return {"role": "assistant", "content": [text, gr.HTML(below)] if text else [gr.HTML(below)]}


def told(turns: Iterable[Turn], card: Card) -> list[Message]:
    """Stored turns."""
    return [message for turn in turns for message in _turn(turn, card)]


def _turn(turn: Turn, card: Card) -> Iterator[Message]:
    yield question(turn.question)
    yield answer(turn.answer or "(no answer)", card(turn))


def turn_at(turns: list[Turn], message: int) -> Turn | None:
    """The turn that a message of `told` belongs to."""
    place = message // MESSAGES
    return turns[place] if place < len(turns) else None


def ratings(turns: Iterable[Turn]) -> list[str | None]:
    """What the buttons under each answer show."""
    names = {1: "Like", -1: "Dislike", None: None}
    return [names[turn.rating] for turn in turns]


class Asking:
    """One question under way: takes events, gives the messages that stand for them so far."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.outcome = Outcome()
        self.now = "begins"
        self.fraction: float | None = None
        self.left: float | None = None

    def take(self, event: Event) -> None:
        """Brings the messages up to date with an event."""
        self.outcome.take(event)
        match event:
            case Progress():
                self.now, self.fraction, self.left = event.stage, event.fraction, event.seconds_left
            case Planned():
                self.now, self.fraction = "thinking", None
                self.left = event.predicted_seconds or None
            case Token():
                self.now, self.fraction, self.left = "answering", None, None
            case Again(reason):
                self.now, self.fraction, self.left = f"listening again: {reason}", None, None

    def messages(self) -> list[Message]:
        """The question and what there is of an answer."""
        asked, outcome = question(self.text), self.outcome
        if outcome.error:
            told = f"**Not answered:** {outcome.error}"
            return [asked, {"role": "assistant", "content": told}]
        return [asked, answer(outcome.answer, "" if outcome.done else self._working())]

    def _working(self) -> str:
        """What is being done, and how far it is."""
        parts = "".join(
            f"<li>Part {part.number} of {part.of}, {clock(part.start)}-{clock(part.end)}: "
            f"{escape(part.answer)}</li>"
            for part in self.outcome.parts
        )
        value = "" if self.fraction is None else f' value="{self.fraction:.3f}"'
        return (
            f'<div class="working"><p>{escape(self.progress())}</p>'
            f'<progress max="1"{value} aria-label="How far the answer is"></progress>'
            + (f"<ul>{parts}</ul></div>" if parts else "</div>")
        )

    def progress(self) -> str:
        """What is being done, how far it is and how long it will still take."""
        text = self.now if self.fraction is None else f"{self.now}, {self.fraction:.0%}"
        return text if self.left is None else f"{text}, {clock(self.left)} left"
