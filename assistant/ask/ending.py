"""The nodes that end a run: is the answer good enough, what does it rest on, remember it."""

from dataclasses import asdict, replace

from assistant.ask.budgeting import (
    chosen_keep,
    planned_for,
    wanted,
)
from assistant.ask.context import Context
from assistant.ask.events import (
    Again,
    Cited,
    Done,
    Heard,
    Token,
)
from assistant.ask.reporting import report
from assistant.ask.resuming import forget_parts
from assistant.ask.stages import Run, Update, here
from assistant.ask.state import State
from assistant.errors import BudgetRefused


def check(state: State, runtime: Run) -> Update:
    """The silence gate, and one more listen where the model was unsure."""
    if not state.audible:
        answer = "Nothing audible: this stretch of the recording is silent."
        runtime.stream_writer(Token(answer))
        return {"answer": answer}
    confidence = state.run.confidence if state.run else None
    keep = state.plan.keep if state.plan else 1.0
    least = runtime.context.models.listener().card.unsure  # on the model's own scale
    sure = confidence is None or least is None or confidence >= least
    fixed = chosen_keep(state.request, runtime.context) is not None
    tried = state.escalations or state.failures  # more ran out of memory already
    one_of_several = len(state.parts) > 1  # each of which would take twice as long
    if sure or fixed or tried or one_of_several or state.stopped or keep >= 1.0:
        return {"next_keep": None}
    again = "more, because the first answer was unsure"
    update: Update = {"next_keep": min(1.0, 2 * keep), "again": again, "escalations": 1}
    if not to_spare(replace(state, **update), runtime.context):
        return {"next_keep": None}
    runtime.stream_writer(Again("not sure of that; listening again, more closely"))
    return update


def to_spare(state: State, context: Context) -> bool:
    """Whether the memory there is allows the next attempt at its whole keep ratio."""
    first, last = here(state)
    demand = wanted(state, context, last - first)
    try:
        return planned_for(demand, context).keep == demand.keep
    except BudgetRefused:
        return False


def respond(state: State, runtime: Run) -> Update:
    """The heard report and the moments behind the answer."""
    runtime.stream_writer(Heard(report(state, runtime.context)))
    runtime.stream_writer(Cited(state.citations))
    return {}


def remember(state: State, runtime: Run) -> Update:
    """Writes the turn, in a new session where none was given."""
    store, request = runtime.context.store, state.request
    session = request.session
    if session is None:
        session = store.start_session(request.question[:80], runtime.context.model).id
    elif runtime.context.model is not None:
        store.set_session_model(session, runtime.context.model)
    heard = report(state, runtime.context).as_dict()
    heard["citations"] = [asdict(citation) for citation in state.citations]
    turn = store.add_turn(
        session,
        state.recording,
        runtime.context.asked or request.question,
        state.answer,
        heard,
        state.escalations,
    )
    if len(state.parts) > 1 and not state.stopped:
        forget_parts(state, runtime.context)
    runtime.stream_writer(Done(state.answer, state.recording, session, turn.id, state.stopped))
    return {}
