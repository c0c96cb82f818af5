"""What a run comes to: its events folded into an answer and what it rests on, for every door."""

from collections.abc import Generator, Iterable
from contextlib import closing
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from assistant.ask.events import (
    Again,
    Citation,
    Cited,
    Done,
    Event,
    Failed,
    Heard,
    HeardReport,
    Part,
    Token,
)

# Of a brief report.
LEFT_OUT = ("kept_bins", "weight_bins", "predicted_bytes", "measured_bytes", "unpruned_bytes")


@dataclass
class Outcome:
    """Of one question; complete once ``done`` or ``error`` is there."""

    answer: str = ""  # as far as it was told
    report: HeardReport | None = None
    citations: list[Citation] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    done: Done | None = None
    error: Exception | None = None

    @classmethod
    def of(cls, events: Generator[Event, None, None]) -> Self:
        """All of a run's events, folded; the run is let go of, whatever happens."""
        outcome = cls()
        with closing(events):
            for event in events:
                outcome.take(event)
        return outcome

    def taking(self, events: Iterable[Event]) -> Iterable[Event]:
        """The events as they come, each taken before it is handed on."""
        for event in events:
            self.take(event)
            yield event

    def take(self, event: Event) -> None:
        """Brings it up to date with an event."""
        match event:
            case Token(text):
                self.answer += text
            case Again():
                self.answer = ""
            case Part():
                self.parts.append(event)
            case Heard(report):
                self.report = report
            case Cited(citations):
                self.citations = citations
            case Done(answer):
                self.done, self.answer = event, answer
            case Failed(error):
                self.error = error

    @property
    def heard(self) -> HeardReport:
        """The heard report of an answer: there is none without one."""
        assert self.report is not None
        return self.report

    def answered(self) -> Done:
        """How a finished run ended. Raises what was refused on purpose."""
        if self.error is not None:
            raise self.error
        assert self.done is not None  # a run ends with Done or Failed
        return self.done

    def evidence(self, *, brief: bool = False) -> dict[str, Any]:
        """The report and the cited moments as plain JSON values.

        brief: without the report's timeline and sizes, for agents that read it.
        """
        heard = self.heard.as_dict()
        if brief:
            heard = {name: value for name, value in heard.items() if name not in LEFT_OUT}
        return {"heard": heard, "citations": [asdict(citation) for citation in self.citations]}

    def place(self) -> dict[str, Any]:
        """Where a finished run's answer is kept."""
        done = self.answered()
        return {"recording": done.recording, "session": done.session, "turn": done.turn}
