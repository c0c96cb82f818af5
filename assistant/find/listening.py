"""Listening to stretches of several recordings at once: one prefill, under the usual budget."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from assistant.ask.budgeting import planned_for
from assistant.ask.context import Context
from assistant.budget.plan import Demand, Plan
from assistant.errors import BadRequest
from assistant.find.finding import Finder
from assistant.find.found import Moment
from headrouter.hear.index import AudioIndex
from headrouter.hear.joint import Joint, joined
from headrouter.hear.listener import Answer, Listening
from headrouter.hear.spans import Span
from headrouter.question.reading import Question
from memory import Recording
from tools.context import Listener, Stop
from tools.errors import Stopped

STRETCH = 12.0  # seconds on either side of a moment that are heard, or quoted from
CITED = 3  # moments
Stretch = tuple[str, AudioIndex, Span]
"""The id of a recording, what was heard of it, and the tokens of a stretch."""


def listen(
    finder: Finder,
    question: Question,
    likely: Sequence[Moment],
    ready: Sequence[Recording],
    stop: Stop,
) -> tuple[str, list[Moment], str]:
    """The model's answer, the moments that it rests on, and how it was made.

    likely: where what is asked for may be; ready: all recordings that may be listened to. Raises
    BudgetRefused, BadRequest, Stopped.
    """
    listener, settings = finder.models.listener(), finder.settings
    stretches = chosen_stretches(finder, question, likely, ready, stop)
    demand = Demand(
        audio_tokens=sum(last - first for _, _, (first, last) in stretches),
        text_tokens=listener.question_tokens(question.text),
        new_tokens=settings.max_new_tokens,
        whole_tokens=listener.card.whole_tokens,
        keep=settings.keep or settings.default_keep,
        keep_reason="the usual ratio",
        keep_fixed=settings.keep is not None,
        seconds=settings.within,
    )
    with Context(settings, finder.store, finder.models, stop) as context:
        plan = planned_for(demand, context)
    kept = within(stretches, plan.audio_tokens)
    joint = joined([(index, span) for _, index, span in kept])
    whole = ((0, joint.index.meta.tokens),)
    most = settings.max_new_tokens
    listening = Listening(whole, plan.keep, max_new_tokens=most, piece=plan.piece)
    answer = listener.answer(joint.index, question.text, listening, stop=stop)
    if stop():
        raise Stopped
    moments = cited(answer, joint, [id for id, _, _ in kept], question.topic)
    return answer.text, moments, how(kept, plan)


def chosen_stretches(
    finder: Finder,
    question: Question,
    likely: Sequence[Moment],
    ready: Sequence[Recording],
    stop: Stop,
) -> list[Stretch]:
    """As many as the model takes: the likeliest moment of each recording, then what weighs most
    in each of the others.
    """
    listener = finder.models.listener()
    first = {moment.recording: moment for moment in reversed(likely)}
    order = {moment.recording: None for moment in likely} | {r.id: None for r in ready}
    by_id = {recording.id: recording for recording in ready}
    found: list[Stretch] = []
    for id in order:
        if (index := finder.index(by_id[id], listener)) is None:
            continue
        if id in first:
            start, end = first[id].start - STRETCH / 2, first[id].end + STRETCH
            span = index.tokens_between(max(0.0, start), end)
        else:
            span = heaviest(question, listener, index, stop)
        found.append((id, index, span))
        if sum(last - begin for _, _, (begin, last) in found) >= listener.card.whole_tokens:
            break
    if not found:
        raise BadRequest("what was heard of these went to make room: run `headrouter ingest`")
    return found


def heaviest(question: Question, listener: Listener, index: AudioIndex, stop: Stop) -> Span:
    """The stretch of a recording that weighs most for a question."""
    scan = listener.scan(index, question.text, 0, index.meta.tokens, stop=stop)
    if scan is None:
        raise Stopped
    length = min(round(2 * STRETCH / index.meta.token_seconds), index.meta.tokens)
    sums = scan.importance.float().cpu().unfold(0, length, 1).sum(dim=1)
    first = int(sums.argmax())
    return first, first + length


def within(stretches: Sequence[Stretch], tokens: int) -> list[Stretch]:
    """The first stretches that are so many tokens in all, the last one cut."""
    kept = []
    for id, index, (first, last) in stretches:
        last = min(last, first + tokens)
        if last > first:
            kept.append((id, index, (first, last)))
        tokens -= last - first
    return kept


def cited(answer: Answer, joint: Joint, ids: Sequence[str], topic: str) -> list[Moment]:
    """The stretches that weigh most in an answer, at their heaviest moment."""
    weights: dict[int, float] = defaultdict(float)
    peaks: dict[int, tuple[float, int]] = {}
    for token, weight in zip(answer.kept.tolist(), answer.importance.tolist(), strict=True):
        number, place = joint.at(token)
        weights[number] += weight
        peaks[number] = max(peaks.get(number, (0.0, place)), (weight, place))
    total, moments = sum(weights.values()) or 1.0, []
    for number in sorted(weights, key=lambda number: -weights[number])[:CITED]:
        source, (_, place) = joint.sources[number], peaks[number]
        first, last = joint.spans[number]
        half = round(STRETCH / 4 / source.meta.token_seconds)
        ((start, end),) = source.times([(max(first, place - half), min(last, place + half + 1))])
        moments.append(Moment(ids[number], "", start, end, weights[number] / total, topic, "ear"))
    return moments


def how(kept: Sequence[Any], plan: Plan) -> str:
    """Of how many recordings, in one prefill."""
    recordings = len({id for id, *_ in kept})
    return f"Listened to stretches of {recordings} recordings at once; {plan.reason}."
