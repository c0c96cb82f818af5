"""Events as a person at a terminal, or a program, reads them.

The answer goes to standard output and everything else to standard error. A terminal sees the
answer as it comes; a pipe gets it whole, because an answer may be withdrawn once.
"""

import sys
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Self

from rich.console import Console
from rich.progress import BarColumn, TaskID, TextColumn
from rich.progress import Progress as Bars

from assistant.ask.events import (
    Again,
    Citation,
    Done,
    Event,
    HeardReport,
    Part,
    Progress,
    Token,
)
from assistant.ask.outcome import Outcome
from assistant.doors.cli.output import print_json
from tools.showing import gigabytes, printable, printable_lines
from tools.times import TimeLeft, clock

if TYPE_CHECKING:
    from assistant.doors.planner import Conclusion
    from assistant.find.found import AcrossAnswer

SLOW = 1.0  # seconds after which a stage gets a bar


class Stages:
    """Progress bars on standard error for stages that take longer than a moment."""

    def __init__(self, console: Console) -> None:
        self.bars = Bars(
            TextColumn("{task.description}", markup=False),  # it may hold a file's name
            BarColumn(),
            TextColumn("{task.fields[left]}"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self.stage, self.since, self.left = "", 0.0, TimeLeft()
        self.task: TaskID | None = None

    def show(self, stage: str, fraction: float | None) -> None:
        """Updates the bar of ``stage``; a new stage takes the place of the one before."""
        if stage != self.stage:
            self.clear()
            self.stage, self.since, self.left = stage, time.monotonic(), TimeLeft()
        seconds = self.left.at(fraction)
        left = "" if seconds is None else f"{clock(seconds)} left"
        if self.task is None and (time.monotonic() - self.since > SLOW or fraction is None):
            self.bars.start()
            self.task = self.bars.add_task(
                printable(stage), total=1.0 if fraction is not None else None, left=left
            )
        if self.task is not None:
            total = 1.0 if fraction else None
            self.bars.update(self.task, completed=fraction, total=total, left=left)

    def clear(self) -> None:
        """Takes the bar away."""
        if self.task is not None:
            self.bars.remove_task(self.task)
            self.bars.stop()
        self.stage, self.task = "", None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.clear()


class Terminal:
    """Renders one question's events; afterwards ``outcome`` holds what they come to."""

    def __init__(self, *, as_json: bool = False) -> None:
        self.out = Console(soft_wrap=True, emoji=False)
        self.err = Console(stderr=True, soft_wrap=True, emoji=False)
        self.as_json = as_json
        self.streams = self.out.is_terminal and not as_json
        self.outcome = Outcome()

    def show(self, events: Any) -> None:
        """Consumes the stream to its end."""
        with Stages(self.err) as stages:
            for event in self.outcome.taking(events):
                if isinstance(event, Progress):
                    stages.show(event.stage, event.fraction)
                else:
                    stages.clear()
                    self.event(event)
        if self.as_json and self.outcome.error is None:
            print_json(self.result())

    def event(self, event: Event) -> None:
        """Renders one event."""
        match event:
            case Token(text) if self.streams:
                self.out.print(printable_lines(text), end="", markup=False, highlight=False)
            case Again(reason):
                self.err.print(f"\n({reason})", style="dim", markup=False)
            case Part():
                if not self.as_json:
                    self.aside(part_line(event))
            case Done() if not self.as_json:
                self._done(event)

    def result(self) -> dict[str, Any]:
        """The answer and what it rests on, as plain JSON values."""
        outcome = self.outcome
        parts = {"parts": [asdict(part) for part in outcome.parts]} if outcome.parts else {}
        ended = {**outcome.place(), "stopped": outcome.answered().stopped}
        return {"answer": outcome.answer, **parts, **outcome.evidence(), **ended}

    def aside(self, line: str) -> None:
        """A line on standard error."""
        self.err.print(printable_lines(line), style="dim", markup=False, highlight=False)

    def _done(self, event: Done) -> None:
        if self.streams:
            self.out.print()
        else:
            print(printable_lines(event.answer))
        sys.stdout.flush()
        for line in heard_lines(self.outcome.heard, self.outcome.citations):
            self.aside(line)


def print_conclusion(conclusion: "Conclusion", as_json: bool) -> None:
    """A planner's answer, and what each of its steps rests on."""
    if as_json:
        print_json(conclusion.as_dict())
        return
    print(printable_lines(conclusion.answer))
    sys.stdout.flush()
    err = Console(stderr=True, soft_wrap=True, emoji=False)
    lines = [] if conclusion.steps else ["  note: the planner had nothing listened to"]
    for step in conclusion.steps:
        lines += [f"  asked {step.recording}: {step.question}"]
        lines += heard_lines(step.heard, step.citations)
    for line in lines:
        err.print(printable_lines(line), style="dim", markup=False, highlight=False)


def print_across(found: "AcrossAnswer", as_json: bool) -> None:
    """An answer about several recordings, and the moments that it rests on."""
    if as_json:
        print_json(found.as_dict())
        return
    print(printable_lines(found.answer))
    sys.stdout.flush()
    err = Console(stderr=True, soft_wrap=True, emoji=False)
    lines = [f"  {m.name} {clock(m.start)}-{clock(m.end)} ({m.score:.2f})" for m in found.moments]
    lines.append(f"  {found.how}")
    if found.unheard:
        lines.append(
            f"  note: {found.unheard} of {found.searched} recordings were not heard yet: run "
            "`headrouter ingest` with them"
        )
    for line in lines:
        err.print(printable_lines(line), style="dim", markup=False, highlight=False)


def part_line(part: Part) -> str:
    """A part's answer, and which it is."""
    times = f"{clock(part.start)}-{clock(part.end)}"
    return f"  part {part.number} of {part.of}, {times}: {part.answer}"


def heard_lines(report: HeardReport, citations: list[Citation]) -> list[str]:
    """The heard report in a few lines."""
    lines = [
        f"  heard {clock(report.seconds_heard)} of {clock(report.seconds_total)}, "
        f"{report.tokens_kept} of {report.tokens_total} audio tokens ({report.reason})"
    ]
    if report.routes and report.calibrated:
        routes = ", ".join(f"{name} {share:.0%}" for name, share in report.routes.items())
        lines.append(f"  routed {routes}")
    elif report.routes:
        lines.append("  routed evenly: this model is not calibrated yet")
    if citations:
        lines.append(f"  moments {', '.join(map(_moment, citations))}")
    lines.append(f"  {report.model}, words {report.words}, {_cost(report)}")
    lines += [f"  note: {note}" for note in report.notes]
    return lines


def _moment(cited: Citation) -> str:
    heard = f", {cited.agreement:.0%} of the answer's words" if cited.agreement else ""
    return f"{clock(cited.start)}-{clock(cited.end)} ({cited.share:.0%}{heard})"


def _cost(report: HeardReport) -> str:
    took = f"{sum(report.seconds.values()):.1f} s"
    if not report.measured_bytes:
        return took
    predicted, measured = gigabytes(report.predicted_bytes), gigabytes(report.measured_bytes)
    whole = (
        f", {gigabytes(report.unpruned_bytes)} for all of it at once, unpruned"
        if report.unpruned_bytes > report.predicted_bytes
        else ""
    )
    return f"{took}, memory {predicted} predicted, {measured} measured{whole}"
