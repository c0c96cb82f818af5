"""The nodes that weigh a recording for a question and plan what of it is listened to."""

import time

import numpy as np
import torch

from assistant.ask.budgeting import (
    SLACK_SECONDS,
    planned_for,
    record_run,
    wanted,
)
from assistant.ask.events import (
    Planned,
    Routed,
)
from assistant.ask.seeking import looked_for
from assistant.ask.stages import Run, Update, here, stage, took
from assistant.ask.state import State
from assistant.errors import BudgetRefused
from headrouter.hear.spans import choose_spans, to_pauses
from tools.errors import Stopped

# Seconds of a stretch when a recording is too long to take whole, and of a moment that is cited at
# most, by route: speech is understood in contiguous pieces, sounds are short.
SPAN_SECONDS = {"semantic": 20.0, "uniform": 10.0, "acoustic": 6.0}


def route(state: State, runtime: Run) -> Update:
    """Weighs every token of the range for the question."""
    context, begun = runtime.context, time.perf_counter()
    first, last = here(state)
    listener, question = context.models.listener(), state.request.question
    scan = listener.scan(context.heard, question, first, last, stop=context.stop)
    if scan is None and state.partials:
        return {"stopped": True}  # the parts before this one are answered
    if scan is None:
        raise Stopped
    context.scan = scan
    runtime.stream_writer(Routed(scan.route.as_dict(), scan.route.signal))
    return {"routes": scan.route.as_dict(), "seconds": took(state, "route", begun)}


def budget(state: State, runtime: Run) -> Update:
    """Decides what the machine can afford, and which stretches that is."""
    context = runtime.context
    index, listener = context.heard, context.models.listener()
    first, last = here(state)
    demand = wanted(state, context, last - first)
    try:
        plan = planned_for(demand, context)
    except BudgetRefused:
        record_run(context, demand, None, "refused")
        raise
    length = round(span_seconds(state) / listener.token_seconds)
    chosen = choose_spans(looked_for(state, context), plan.audio_tokens, length)
    levels = torch.from_numpy(np.array(index.levels[first:last]))
    slack = round(SLACK_SECONDS / listener.token_seconds)
    chosen = to_pauses(chosen, levels, slack, plan.audio_tokens)
    spans = [(first + a, first + b) for a, b in chosen]
    runtime.stream_writer(
        Planned(
            plan.keep,
            index.times(spans),
            stage(state, plan.reason),
            plan.predicted_bytes,
            plan.predicted_seconds,
        )
    )
    return {"plan": plan, "spans": spans, "next_keep": None}


def span_seconds(state: State) -> float:
    """How long a stretch is that a question like this needs."""
    return sum(SPAN_SECONDS[name] * share for name, share in state.routes.items())
