"""The nodes of the graph: each takes the state and returns what it changes.

Arrays and loaded models stay in the context; events go out by the stream writer.
"""

import os
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.ask.answers.known import known
from assistant.ask.budgeting import (
    earlier_turns,
    is_out_of_memory,
    memory_now,
    record_run,
    settle,
    text_tokens,
    wanted,
)
from assistant.ask.context import Context
from assistant.ask.conversation import resolved
from assistant.ask.elsewhere import sound_of, thinking
from assistant.ask.events import (
    Again,
    Progress,
    Token,
)
from assistant.ask.planning import span_seconds
from assistant.ask.prompt_words import words_for_prompt
from assistant.ask.quoting import (
    NO_WORDS,
    Quoting,
    as_quotes,
    heaviest,
    intent_of,
    quoted_of_all,
    quoting_of,
)
from assistant.ask.reporting import agreement, cite, cite_parts, timeline, weighed
from assistant.ask.stages import Run, Update, hearing, stage, took
from assistant.ask.state import Request, State
from assistant.budget.devices import give_back
from assistant.budget.peak import PeakMemory
from assistant.budget.plan import Plan
from assistant.errors import BadRequest, BudgetRefused, Misused
from headrouter.hear.answer import Answer, Listening, found_by
from headrouter.hear.index import AudioIndex
from headrouter.question.ranges import Range
from headrouter.question.reading import read
from memory import NotFound, Outcome, Recording, Store, Word, as_text
from tools.context import Listener
from tools.errors import Stopped
from tools.ingest import add_recording, ingest, on_track
from tools.silence import FAINT_DBFS, is_audible
from tools.times import clock
from tools.transcript import words_between

MOST_CHARACTERS = 10_000  # of a question to any model
CHARACTERS_PER_TOKEN = 4  # of English
FAILURES = 3  # attempts that may run out of memory before the run is refused


def resolve(state: State, runtime: Run) -> Update:
    """Which recording, and whether words, some of them, or listening are wanted."""
    request, store = state.request, runtime.context.store
    check_question(request.question)
    question, turns = read(request.question), []
    if request.session is not None:
        store.session(request.session)
    recording = find_recording(store, request.recording, request.track)
    if request.session is not None:
        turns = store.turns(request.session, recording.id)
    if (full := resolved(question, turns)).text != question.text:  # "what about the printer?"
        runtime.context.asked = request.question
        request = replace(request, question=full.text)
    question = runtime.context.question = full
    intent = intent_of(question, request.scope)
    if intent == "quote":
        request = replace(request, words="on")
    return {"recording": recording.id, "intent": intent, "request": request}


def find_recording(store: Store, key: str, track: int | None = None) -> Recording:
    """A known recording by id, prefix or path, or a new one by path.

    track: of the file's audio tracks, from 1; each is a recording of its own. Raises MediaError
    for a file that can't be listened to or has no such track, NotFound for an unknown id.
    """
    check_text(key)
    path = Path(key)
    with suppress(RuntimeError):  # "~name" of nobody here: then it may be a file's own name
        path = path.expanduser()
    if os.path.exists(path):  # noqa: PTH110  (Path.exists raises for a name that is too long)
        return add_recording(store, path, track=track)
    try:
        found = store.recording(key)
    except NotFound:
        if path.suffix or len(path.parts) > 1:
            return add_recording(store, path)  # says what is wrong with the path
        raise
    return found if track is None else on_track(store, found, track)


def check_question(question: str) -> None:
    """Raises Misused for an empty question or one of a book's length, BadRequest for no text."""
    if not question.strip():
        raise Misused("the question is empty: say what you want to know about the recording")
    check_text(question)
    if len(question) > MOST_CHARACTERS:
        raise BadRequest(
            f"the question has {len(question)} characters, and {MOST_CHARACTERS} are the most: "
            "shorten it"
        )


def check_length(question: str, listener: Listener) -> None:
    """Raises BadRequest for a question that is longer than the model can use."""
    tokens, most = listener.question_tokens(question), listener.card.longest_question
    if tokens > most:
        raise BadRequest(
            f"the question has {tokens} tokens in {len(question)} characters, and the model "
            f"{listener.card.name} takes {most}, some {CHARACTERS_PER_TOKEN * most} characters: "
            "shorten it"
        )


def check_text(text: str) -> None:
    """Raises BadRequest for what came in as bytes that are no text: it can't be stored."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise BadRequest(f"{text!a} is not valid UTF-8: type or name it in UTF-8") from None


def listen_once(state: State, runtime: Run) -> Update:
    """Ingest: hears the recording unless it was heard before, and looks for silence."""
    context = runtime.context
    runtime.stream_writer(Progress(" ".join(["loading the model", context.why]).strip()))
    listener, begun = context.models.listener(), time.perf_counter()
    check_length(state.request.question, listener)
    told = hearing(runtime, "listening to the recording")
    context.index = index = ingest(
        context.store,
        listener,
        context.settings.features,
        context.store.recording(state.recording),
        on_fraction=told.fraction,
        on_size=told.size,
        stop=context.stop,
        room=context.settings.index_limit,
        limits=context.settings.limits,
    )
    request = within(state.request, context.question.range, index.meta.seconds)
    first, last = scope_tokens(index, request)
    levels = np.asarray(index.levels[first:last])
    scope = (index.seconds_at(first), index.seconds_at(last))
    return {
        "scope": scope,
        "audible": is_audible(levels) or is_spoken(state, context, scope, levels),
        "seconds": took(state, "ingest", begun),
    }


def within(request: Request, named: Range | None, total: float) -> Request:
    """The request with the range of time that its question names, unless one was chosen for it."""
    if named is None or request.start is not None or request.end is not None:
        return request
    start, end = named
    return replace(request, start=start if start >= 0 else max(0.0, total + start), end=end)


def is_spoken(
    state: State, context: Context, scope: tuple[float, float], levels: npt.NDArray[np.float32]
) -> bool:
    """Whether words are recognised in a range that is too faint to be listened to."""
    if levels.max() <= FAINT_DBFS:
        return False
    recording = context.store.recording(state.recording)
    recogniser = context.models.recogniser
    return bool(words_between(context.store, recogniser, recording, *scope, stop=context.stop))


def scope_tokens(index: AudioIndex, request: Request) -> tuple[int, int]:
    """Tokens of the range asked about. Raises BadRequest if it holds nothing."""
    total = index.meta.seconds
    start = request.start or 0.0
    end = total if request.end is None else min(request.end, total)
    if not 0 <= start < end:
        asked = clock(total if request.end is None else request.end)
        raise BadRequest(
            f"the range {clock(start)} to {asked} holds nothing: choose one between 0:00 and "
            f"{clock(total)}, the length of the recording"
        )
    return index.tokens_between(start, end)


def listen(state: State, runtime: Run) -> Update:
    """The audio LLM listens to the planned stretches, pruned, and answers."""
    context = runtime.context
    request, index, listener = state.request, context.heard, context.models.listener()
    planned, begun = state.planned, time.perf_counter()
    try:
        words, note = words_for_prompt(state, runtime)
        found, how = known(state, runtime, words=words is not None)
    except Stopped:
        if not state.partials:
            raise
        return {"stopped": True}  # the parts before this one are answered
    seconds = took(state, "recognise", begun) if words is not None else state.seconds
    quoting = quoting_now(state, context, words)
    if words is not None and quoting is not None:
        return quoted(state, runtime, words, quoting) | {"seconds": seconds}
    listening = Listening(
        spans=tuple((a, b) for a, b in state.spans),
        keep=planned.keep,
        piece=planned.piece,
        max_new_tokens=context.settings.max_new_tokens,
        words=as_text(words) if words else None,
        turns=earlier_turns(state, context),
        sound=None if quoting else sound_of(state, context),
        known=found,
    )
    memory = memory_now(context)
    plan = settle(planned, context, memory, request.question, listening)
    if plan.predicted_bytes > memory.allowed:
        text = text_tokens(request.question, listening, listener)
        again = "planned anew, now that the words are known"
        return attempt(state, plan, plan.keep, again) | {"text_tokens": text}
    answer: Answer | None = None
    runtime.stream_writer(
        Progress(stage(state, "thinking" if quoting else thinking(state, listener)))
    )
    try:
        with PeakMemory(listener.device) as peak:
            answer = listener.answer(
                index,
                request.question,
                listening,
                on_text=(lambda text: runtime.stream_writer(Token(text)))
                if len(state.parts) == 1
                else lambda text: None,  # the answer is made of those about all parts
                stop=context.stop,
            )
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
    if answer is None:  # only here is the error gone, with all that its traceback held
        return step_down(state, runtime)
    outcome: Outcome = "stopped" if answer.stopped else "ok"
    record_run(
        context,
        wanted(state, context, answer.heard_tokens),
        plan,
        outcome,
        answer,
        peak.bytes - memory.used,
    )
    weights = weighed(context, answer, state, words)
    return {
        "answer": answer.text,
        "words": "off" if words is None else "on",
        "citations": cite(index, answer, weights, state.spans, span_seconds(state), words),
        "stopped": answer.stopped,
        "plan": plan,
        "run": replace(
            timeline(answer.kept, answer.importance, *index.tokens_between(*state.scope)),
            measured_bytes=peak.bytes,
            note=note or how,
            confidence=answer.log_probability,
            agreement=agreement(answer.text, as_text(words)) if words else None,
        ),
        "seconds": seconds | {"prefill": answer.prefill_seconds, "decode": answer.decode_seconds},
    }


def quoting_now(state: State, context: Context, words: list[Word] | None) -> Quoting | None:
    """Which of the words are the answer, rather than what the model makes of them."""
    if words is None:
        return None
    if state.intent == "quote":
        return "some"
    if not context.models.listener().card.quotes:
        return None
    request = state.request
    return quoting_of(context.question, request.scope, words, state.routes)


def quoted(state: State, runtime: Run, words: list[Word], quoting: Quoting) -> Update:
    """An answer in the words recognised: which of them, the scan tells, so no model is run."""
    context, index = runtime.context, runtime.context.heard
    assert context.scan is not None  # route ran
    found = found_by(context.scan, [(a, b) for a, b in state.spans], state.planned.keep)
    weights = weighed(context, found, state, words)
    if quoting == "all":
        parts = quoted_of_all(context.question, words)
    else:
        parts = heaviest(words, weights, index.meta.token_seconds)
    answer = replace(found, text=as_quotes(parts) or NO_WORDS)
    if len(state.parts) == 1:
        runtime.stream_writer(Token(answer.text))
    if parts and quoting == "all":
        citations = cite_parts(index, parts, weights)
    else:
        citations = cite(index, answer, weights, state.spans, span_seconds(state), words)
    return {
        "answer": answer.text,
        "words": "quoted",
        "citations": citations,
        "run": timeline(answer.kept, answer.importance, *index.tokens_between(*state.scope)),
    }


def step_down(state: State, runtime: Run) -> Update:
    """After running out of memory: freed, recorded, and once more with half the tokens."""
    context, plan = runtime.context, state.planned
    give_back(context.models.listener().device)
    record_run(context, wanted(state, context, plan.audio_tokens), plan, "oom")
    update = attempt(state, plan, plan.keep / 2, "less than planned, because memory ran out")
    runtime.stream_writer(Again("memory ran out; listening again to less"))
    return update


def attempt(state: State, plan: Plan, keep: float, reason: str) -> Update:
    """Another attempt after one that did not fit. Raises BudgetRefused after a few."""
    failures = state.failures + 1
    if failures >= FAILURES:
        raise BudgetRefused(
            f"memory ran out {failures} times, the last at keep {plan.keep:.2g}: close other "
            "programs, or ask about a shorter range with --from and --to"
        )
    return {"failures": failures, "next_keep": keep, "again": reason}
