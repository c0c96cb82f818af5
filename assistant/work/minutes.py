"""Minutes of a recording: a summary and action items, each with the moment it rests on.

The recording is gone over section by section, each a question of its own in one conversation, so
that every item has a heard report and citations like any other answer.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from assistant.app import Assistant
from assistant.ask.outcome import Outcome
from assistant.ask.state import Request
from assistant.ask.whole import NOTHING
from assistant.budget.disk import HearingStage
from headrouter.hear.spans import equal_parts
from memory import Recording
from tools.context import Stop
from tools.errors import Stopped
from tools.showing import in_markdown
from tools.speakers import speaker_turns, who_said
from tools.times import clock

SECTION = 60.0  # seconds at most
SUMMARY = "Summarise what is said here in one sentence."
PROMISES = re.compile(
    r"[“\"]?(?:(?:yes|yeah|ok|okay|sure|right|well|fine|good|great|and|so|then)[,.]? ){0,3}"
    r"I(?: will|['’]ll| shall| must| have to| need to| am going to|['’]m going to) (?!not\b)(.+)",
    re.I,
)
OTHERS = re.compile(r"\b(I|me|my|mine|myself|we|us|our|you|your|yours)\b", re.I)
ACTIONS = "Which tasks or decisions are agreed on here? Name each, or answer None."


@dataclass(frozen=True)
class Item:
    """One sentence of the minutes, and where it comes from."""

    text: str
    start: float  # of its heaviest moment, seconds
    end: float
    speakers: tuple[str, ...] = ()  # who speaks then, as far as that is known

    @property
    def line(self) -> str:
        """For a list: who speaks, what it is, and when."""
        return f"- {self._told} ({clock(self.start)}–{clock(self.end)})"

    @property
    def _told(self) -> str:
        """Who says it, or promises it: "I'll call them" of Ben is "Ben will call them".

        A promise about the speaker or the listener stays as it was said.
        """
        promise = PROMISES.match(self.text) if len(self.speakers) == 1 else None
        if promise and not OTHERS.search(promise[1]):
            return f"{self.speakers[0]} will {promise[1].rstrip('”')}"
        who = f"{' and '.join(self.speakers)}: " if self.speakers else ""
        return f"{who}{self.text}"


@dataclass(frozen=True)
class Minutes:
    """What was said, and what is to be done, in order."""

    summary: list[Item]
    actions: list[Item]
    session: int | None  # the conversation it came from

    def markdown(self, title: str) -> str:
        """As a document."""
        lines = [f"# {in_markdown(title)}", "", "## Summary", "", *_lines(self.summary)]
        return "\n".join([*lines, "", "## Action items", "", *_lines(self.actions), ""])


def take_minutes(
    assistant: Assistant,
    recording: Recording,
    tell: Callable[[str, float | None], object] = lambda stage, fraction: None,
    stop: Stop = lambda: False,
) -> Minutes:
    """Goes over a recording, telling how far. Raises what a question raises, and Stopped."""
    told = HearingStage("listening to the recording", tell)
    recording = assistant.ingest(recording, told.fraction, stop, on_size=told.size)
    sections = list(equal_parts(recording.seconds or 0.0, SECTION))
    found: dict[str, list[Item]] = {SUMMARY: [], ACTIONS: []}
    session = None
    for number, (start, end) in enumerate(sections):
        for question, items in found.items():
            request = Request(
                recording.id, question, start, end, session=session, scope="stretches"
            )
            session, made = _answer(assistant, request, stop)
            items += made
        tell("taking minutes", (number + 1) / len(sections))
    if session is not None:
        assistant.store.rename_session(session, f"Minutes of {recording.name}")
    turns = speaker_turns(assistant.store, recording)
    summary, actions = (
        [replace(item, speakers=tuple(who_said(turns, item.start, item.end))) for item in items]
        for items in found.values()
    )
    return Minutes(summary, actions, session)


def _answer(assistant: Assistant, request: Request, stop: Stop) -> tuple[int, list[Item]]:
    """The conversation, and what the answer has for the minutes: what it quotes, or itself."""
    outcome = Outcome.of(assistant.ask(request, stop))
    done, citations, text = outcome.answered(), outcome.citations, outcome.answer.strip()
    if done.stopped:
        raise Stopped
    if not (citations and text) or NOTHING.match(text):
        return done.session, []
    if outcome.heard.words == "quoted":
        return done.session, [Item(f"“{c.text}”", c.start, c.end) for c in citations]
    return done.session, [Item(text, citations[0].start, citations[0].end)]


def _lines(items: list[Item]) -> list[str]:
    return [item.line for item in items] or ["- None found."]
