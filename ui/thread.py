"""A conversation as the messages of a Gradio chatbot, from stored turns and from events."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import gradio as gr

from assistant.ask.events import (
    Again,
    Cited,
    Event,
    Heard,
    Part,
    Planned,
    Progress,
    Routed,
    Token,
)
from assistant.ask.outcome import Outcome
from memory import Turn
from tools.times import clock

Message = dict[str, Any]
Card = Callable[[Turn], str]
"""Draws the evidence of a turn as HTML."""


def question(text: str) -> Message:
    """What the user asked."""
    return {"role": "user", "content": text}


def told(turns: Iterable[Turn], card: Card) -> list[Message]:
    """Stored turns."""
    return [message for turn in turns for message in _turn(turn, card)]


def _turn(turn: Turn, card: Card) -> Iterator[Message]:
    yield question(turn.question)
    yield _steps(stored_steps(turn.heard), "done")
    yield from _answer(turn, card)


def _answer(turn: Turn, card: Card) -> Iterator[Message]:
    yield {"role": "assistant", "content": turn.answer or "(no answer)"}
    yield {"role": "assistant", "content": gr.HTML(card(turn))}


def turn_at(turns: list[Turn], message: int) -> Turn | None:
    """The turn that a message of `told` belongs to."""
    place = message // MESSAGES
    return turns[place] if place < len(turns) else None


def ratings(turns: Iterable[Turn]) -> list[str | None]:
    """What the buttons under each answer show."""
    names = {1: "Like", -1: "Dislike", None: None}
    return [names[turn.rating] for turn in turns]


MESSAGES = 4  # that a stored turn has: question, steps, answer, evidence


def stored_steps(heard: dict[str, Any]) -> list[str]:
    """The agent's steps, as its report tells them afterwards."""
    steps = []
    if heard.get("routes"):
        steps.append(_routed(heard["routes"]))
    steps.append(f"Planned: {heard['reason']}")
    steps.append(f"Listened to {clock(heard['seconds_heard'])} of {clock(heard['seconds_total'])}")
    if heard.get("escalations"):
        steps.append("Checked: unsure, so it listened again more closely")
    elif heard.get("confidence") is not None:
        steps.append(f"Checked: confidence {heard['confidence']:.2f}")
    return steps


class Asking:
    """One question under way: takes events, gives the messages that stand for them so far."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.outcome = Outcome()
        self.steps: list[str] = []
        self.now = "begins"
        self.fraction: float | None = None
        self.left: float | None = None

    def take(self, event: Event) -> None:
        """Brings the messages up to date with an event."""
        self.outcome.take(event)
        match event:
            case Progress():
                self.now, self.fraction, self.left = event.stage, event.fraction, event.seconds_left
            case Routed(routes):
                self.steps.append(_routed(routes))
            case Planned():
                self.steps.append(f"Planned: {event.reason}; about {event.predicted_seconds:.0f} s")
            case Token():
                self.now, self.fraction = "answering", None
            case Again(reason):
                self.steps.append(f"Checked: {reason}")
            case Part():
                times = f"{clock(event.start)}-{clock(event.end)}"
                self.steps.append(f"Part {event.number} of {event.of}, {times}: {event.answer}")
            case Heard(report):
                seconds = clock(report.seconds_heard), clock(report.seconds_total)
                self.steps.append("Listened to {} of {}".format(*seconds))
            case Cited(citations):
                self.steps.append(f"Cited {len(citations)} moments" if citations else "Cited none")

    def messages(self) -> list[Message]:
        """The question and what there is of an answer."""
        shown = [question(self.text)]
        if error := self.outcome.error:
            shown.append({"role": "assistant", "content": f"**Not answered:** {error}"})
            return shown
        pending = self.outcome.done is None
        log = self._progress() if pending else ""
        shown.append(_steps(self.steps, "pending" if pending else "done", log))
        if self.outcome.answer:
            shown.append({"role": "assistant", "content": self.outcome.answer})
        return shown

    def _progress(self) -> str:
        if self.fraction is None:
            return self.now
        text = f"{self.now}, {self.fraction:.0%}"
        if self.left is not None:
            text += f", {clock(self.left)} left"
        return text


def _routed(routes: dict[str, float]) -> str:
    if len(set(routes.values())) == 1:
        return "Routed: evenly"
    return "Routed: " + ", ".join(f"{name} {share:.0%}" for name, share in routes.items())


def _steps(steps: list[str], status: str, log: str = "") -> Message:
    return {
        "role": "assistant",
        "content": "\n".join(f"- {step}" for step in steps),
        "metadata": {"title": "Steps", "status": status, "log": log},
    }
