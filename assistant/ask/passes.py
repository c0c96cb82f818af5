"""The nodes that go over a long recording part by part, for questions about the whole of it.

A part is listened to like a recording of its own; its weight for the question is weighed within
it. What the parts gave is added up, merged or summed up by the model, over several levels where
the texts don't fit at once.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from statistics import fmean

import numpy as np
import torch

from assistant.ask.budgeting import SLACK_SECONDS, memory_now, planned_for, wanted
from assistant.ask.context import Context
from assistant.ask.events import Citation, Part, Progress, Token
from assistant.ask.quoting import NO_WORDS, as_quotes, quoted_of_all
from assistant.ask.reporting import cite_parts
from assistant.ask.resuming import finished_before, keep_part
from assistant.ask.stages import Run, Update, here
from assistant.ask.state import Account, Partial, State
from assistant.ask.whole import (
    NOTHING,
    grouped,
    items,
    listing,
    making_of,
    merged,
    number_in,
    reduction,
)
from assistant.errors import BudgetRefused
from headrouter.hear.spans import parts_at_pauses
from tools.silence import is_audible
from tools.times import clock
from tools.transcript import RECOGNISER, words_in

Made = tuple[str, list[int], str]
"""An answer, the partials that it comes from, and a note, empty where there is none."""


def divide(state: State, runtime: Run) -> Update:
    """The parts to go over: one, unless all of more than fits is asked about."""
    context, request = runtime.context, state.request
    first, last = context.heard.tokens_between(*state.scope)
    if making_of(context.question, request.scope) is None:
        return {"parts": [(first, last)]}
    demand = replace(wanted(state, context, last - first), seconds=None)  # more parts take longer
    try:
        most = planned_for(demand, context).audio_tokens
    except BudgetRefused:  # the budget refuses it again, and notes that
        most = last - first
    finished = finished_before(state, context)
    behind = finished[-1].tokens[1] if finished else first
    rest = in_parts(context, behind, last, most) if behind < last else []
    loud = [(a, b) for a, b in rest if is_audible(np.array(context.heard.levels[a:b]))]
    parts = [*(partial.tokens for partial in finished), *loud] or rest
    for number, partial in enumerate(finished, start=1):
        runtime.stream_writer(told_of(partial, number, len(parts)))
    return {"parts": parts, "partials": finished, "resumed": len(finished)}


def in_parts(context: Context, first: int, last: int, most: int) -> list[tuple[int, int]]:
    """Tokens ``first`` to ``last`` in parts of up to ``most``, cut at pauses."""
    levels = np.array(context.heard.levels[first:last])
    slack = round(SLACK_SECONDS / context.models.listener().token_seconds)
    parts = parts_at_pauses(torch.from_numpy(levels), most, slack)
    return [(first + a, first + b) for a, b in parts]


def told_of(partial: Partial, number: int, of: int) -> Part:
    """A part, for whoever shows it."""
    return Part(number, of, partial.start, partial.end, partial.answer)


def collect(state: State, runtime: Run) -> Update:
    """Puts a part's answer aside, and makes ready for the next."""
    stopped = state.stopped or runtime.context.stop()
    if state.run is None:  # stopped before the model was asked about this part
        return {"stopped": stopped}
    first, last = here(state)
    ((start, end),) = runtime.context.heard.times([(first, last)])
    partial = Partial(
        tokens=(first, last),
        start=start,
        end=end,
        answer=state.answer,
        citations=state.citations,
        spans=state.spans,
        plan=state.planned,
        run=state.run,
        routes=state.routes,
        words=state.words,
        seconds=state.seconds,
    )
    runtime.stream_writer(told_of(partial, len(state.partials) + 1, len(state.parts)))
    if not state.stopped:  # in the middle of its answer
        keep_part(state, runtime.context, partial)
    return {
        "partials": [*state.partials, partial],
        "next_keep": state.planned.keep if state.again else None,  # what did fit
        "failures": 0,
        "text_tokens": 0,
        "run": None,
        "seconds": {},
        "stopped": stopped,
    }


def reduce(state: State, runtime: Run) -> Update:
    """One answer, one account and one list of moments from those of all parts."""
    partials = state.partials
    runtime.stream_writer(Progress(f"putting {len(partials)} parts together"))
    if all(partial.words == "quoted" for partial in partials):
        made, note = quoted_again(state, runtime), ""
    else:
        made, note = put_together(state, runtime)
    return (
        added_up(state)
        | made
        | {
            "run": accounts([partial.run for partial in partials], note),
            "stopped": state.stopped or runtime.context.stop(),
            "next_keep": None,
        }
    )


def put_together(state: State, runtime: Run) -> tuple[Update, str]:
    """The parts' answers added, merged or summed up, with a note where that was not whole."""
    partials, request = state.partials, state.request
    kind = making_of(runtime.context.question, request.scope)
    assert kind is not None  # or it had not been divided
    if not runtime.context.models.listener().card.quotes:  # it makes one answer of several itself
        kind = "summary"
    making: dict[str, Callable[[State, Run], Made]] = {
        "count": counted,
        "list": listed,
        "summary": summed_up,
    }
    answer, sources, note = making[kind](state, runtime)
    citations = [moment(partials[place], len(sources)) for place in sources]
    return {"answer": answer, "citations": citations}, note


def quoted_again(state: State, runtime: Run) -> Update:
    """What is worth quoting of the words of all parts, by the same rule as of each."""
    context = runtime.context
    heard = [(partial.start, partial.end) for partial in state.partials]
    words = words_in(context.store.words(state.recording, RECOGNISER, *state.scope), heard)
    parts = quoted_of_all(context.question, words)
    answer = as_quotes(parts) or NO_WORDS
    runtime.stream_writer(Token(answer))
    even = torch.ones(context.heard.meta.tokens)
    return {
        "answer": answer,
        "words": "quoted",
        "citations": cite_parts(context.heard, parts, even),
    }


def counted(state: State, runtime: Run) -> Made:
    """The sum of the parts' numbers."""
    partials = state.partials
    numbers = [number_in(partial.answer) for partial in partials]
    sources = [place for place, number in enumerate(numbers) if number]
    where = ", ".join(f"{numbers[place]} in {times(partials[place])}" for place in sources)
    answer = f"{sum(number or 0 for number in numbers)} in all{': ' if where else ''}{where}."
    unclear = [times(p) for p, number in zip(partials, numbers, strict=True) if number is None]
    note = f"no number was given for {', '.join(unclear)}" if unclear else ""
    runtime.stream_writer(Token(answer))
    return answer, sources, note


def listed(state: State, runtime: Run) -> Made:
    """What the parts list, each thing once."""
    new = merged(items(partial.answer) for partial in state.partials)
    answer = listing(item for found in new for item in found)
    runtime.stream_writer(Token(answer))
    return answer, [place for place, found in enumerate(new) if found], ""


def summed_up(state: State, runtime: Run) -> Made:
    """What the model makes of the parts' answers; of a run that was stopped, these themselves."""
    partials, context = state.partials, runtime.context
    told = [n for n, partial in enumerate(partials) if not NOTHING.match(partial.answer)]
    sources = told or [0]
    texts = [f"{times(partials[n])}: {partials[n].answer}" for n in sources]
    if len(texts) == 1:
        texts = [partials[sources[0]].answer]
    note = ""
    while len(texts) > 1 and not (state.stopped or context.stop()):
        groups = in_groups(texts, state.request.question, context)
        if len(groups) == len(texts):
            note = "the parts' answers stand one by one: the model can't read two of them at once"
            break
        written = [summary(group, state.request.question, context) for group in groups]
        texts = texts if context.stop() else written
    answer = "\n".join(texts)
    runtime.stream_writer(Token(answer))
    return answer, sources, note


def in_groups(texts: Sequence[str], question: str, context: Context) -> list[Sequence[str]]:
    """Neighbouring texts, as many together as the model reads at once."""
    listener, memory = context.models.listener(), memory_now(context)
    room, new = listener.card.whole_tokens, context.settings.max_new_tokens
    while room > 1 and memory.used + listener.cost.run_bytes(0, room, 1.0, new) > memory.allowed:
        room //= 2
    sizes = [listener.question_tokens(f"{text}\n") for text in texts]
    room -= listener.question_tokens(reduction(question, ()))
    return [texts[part] for part in grouped(sizes, room)]


def summary(texts: Sequence[str], question: str, context: Context) -> str:
    """One text from several, by the model; a single one stays as it is."""
    if len(texts) == 1:
        return texts[0]
    return context.models.listener().write(
        reduction(question, texts),
        max_new_tokens=context.settings.max_new_tokens,
        stop=context.stop,
    )


def added_up(state: State) -> Update:
    """Stretches, times, routes and plan of all parts together."""
    partials = state.partials
    plans = [partial.plan for partial in partials]
    stages = dict.fromkeys(name for partial in partials for name in partial.seconds)
    return {
        "spans": [span for partial in partials for span in partial.spans],
        "words": "on" if any(partial.words == "on" for partial in partials) else "off",
        "routes": {name: fmean(p.routes[name] for p in partials) for name in state.routes},
        "seconds": {
            name: sum(partial.seconds.get(name, 0.0) for partial in partials) for name in stages
        },
        "plan": replace(
            plans[-1],
            keep=fmean(plan.keep for plan in plans),
            predicted_bytes=max(plan.predicted_bytes for plan in plans),
            unpruned_bytes=sum(plan.unpruned_bytes for plan in plans),
            reason=why(state),
        ),
    }


def why(state: State) -> str:
    """How the recording was gone over, in one sentence."""
    partials, of = state.partials, len(state.parts)
    done = f"stopped after {len(partials)} of {of} passes" if len(partials) < of else f"{of} passes"
    if state.resumed:
        done += f", {state.resumed} of them before it was interrupted"
    start, end = state.scope
    listened = sum(partial.end - partial.start for partial in partials)
    silent = end - start - listened if len(partials) == of else 0.0
    left_out = f", {clock(silent)} of silence left out" if silent >= 1.0 else ""
    longest = clock(max(partial.end - partial.start for partial in partials))
    reasons = "; ".join(dict.fromkeys(partial.plan.reason for partial in partials))
    return f"the whole recording in parts of up to {longest}, {done}{left_out}; {reasons}"


def accounts(runs: Sequence[Account], note: str) -> Account:
    """What the parts cost in all, and how far their answers can be trusted on average."""
    notes = dict.fromkeys([*(run.note for run in runs), note])
    return Account(
        kept=sum(run.kept for run in runs),
        measured_bytes=max(run.measured_bytes for run in runs),
        confidence=mean_of_known(run.confidence for run in runs),
        agreement=mean_of_known(run.agreement for run in runs),
        kept_bins=np.sum([run.kept_bins for run in runs], axis=0).tolist(),
        weight_bins=np.mean([run.weight_bins for run in runs], axis=0).round(5).tolist(),
        note="; ".join(filter(None, notes)),
    )


def mean_of_known(values: Iterable[float | None]) -> float | None:
    """The mean of those that are known; None where none is."""
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


def moment(partial: Partial, parts: int) -> Citation:
    """The heaviest moment of a part, which has its share of the answer."""
    heaviest = partial.citations[0]
    return replace(heaviest, share=heaviest.share / parts)


def times(partial: Partial) -> str:
    """Where a part lies, for people."""
    return f"{clock(partial.start)}-{clock(partial.end)}"
