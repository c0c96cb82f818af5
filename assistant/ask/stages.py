"""What the nodes share: which part they are at, and how they tell how far they are."""

import time
from typing import Any

from langgraph.runtime import Runtime

from assistant.ask.context import Context
from assistant.ask.events import Progress
from assistant.ask.state import State
from assistant.budget.disk import HearingStage
from tools.context import OnFraction
from tools.times import TimeLeft

Update = dict[str, Any]
Run = Runtime[Context]


def here(state: State) -> tuple[int, int]:
    """The tokens of the part that is being listened to."""
    return state.parts[len(state.partials)]


def stage(state: State, name: str) -> str:
    """A stage's name for people, with the part that it is about where there are several."""
    if len(state.parts) <= 1:
        return name
    return f"part {len(state.partials) + 1} of {len(state.parts)}: {name}"


def progress(runtime: Run, name: str) -> OnFraction:
    """A callback that turns fractions into events."""
    left = TimeLeft()

    def tell(fraction: float | None) -> None:
        runtime.stream_writer(Progress(name, fraction, left.at(fraction)))

    return tell


def hearing(runtime: Run, name: str) -> HearingStage:
    """As `progress`, of hearing a recording: with the size of its index."""
    left = TimeLeft()
    return HearingStage(
        name,
        lambda stage, done: runtime.stream_writer(Progress(stage, done, left.at(done))),
    )


def took(state: State, stage: str, begun: float) -> dict[str, float]:
    """The times by stage, with that of a stage that began at ``begun``."""
    return state.seconds | {stage: time.perf_counter() - begun}
