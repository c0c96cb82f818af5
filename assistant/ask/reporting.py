"""What an answer rests on: the heard report and the cited moments."""

import re
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from assistant.ask.context import Context
from assistant.ask.elsewhere import sent
from assistant.ask.events import Citation, HeardReport
from assistant.ask.quoting import tokens_of
from assistant.ask.said import by_words, where_said
from assistant.ask.state import Account, State
from headrouter.hear.index import AudioIndex
from headrouter.hear.listener import Answer
from headrouter.hear.spans import Span, cited_spans
from memory import Word, as_text
from tools.transcript import RECOGNISER, words_in

BINS = 240  # of the timeline: as many as can be told apart in a picture
PAUSE_SECONDS = 0.6  # between two moments, at least


def report(state: State, context: Context) -> HeardReport:
    """The heard report of a finished run."""
    index, listener = context.heard, context.models.listener()
    start, end = state.scope
    first, last = index.tokens_between(start, end)
    run, plan = state.run or Account(), state.plan
    understood = f"understood as “{context.question.text}”" if context.asked else ""
    notes = [context.store.recording(state.recording).note, run.note, understood]
    notes.append(sent(index.times(state.spans), state.words, listener))
    if listener.card.measured is None:
        notes.append(f"{listener.card.name} is not measured: what it loses by pruning is not known")
    spans, reason = index.times(state.spans), plan.reason if plan else ""
    if not state.audible:
        reason = "nothing audible, so the model was not asked"
    elif state.words == "transcript":
        spans = recognised(context, state.recording, start, end)
        reason = "a request for words: the recogniser answered"
    elif state.made:
        reason = state.made
    return HeardReport(
        seconds_heard=sum(b - a for a, b in spans),
        seconds_total=end - start,
        tokens_kept=run.kept,
        tokens_total=last - first,
        keep=plan.keep if plan else float(bool(state.made)),
        reason=reason,
        words=state.words,
        routes=state.routes,
        spans=spans,
        model=listener.model_id if listener.card.sent_to is None else listener.card.name,
        calibrated=listener.profile.calibrated,
        seconds=state.seconds,
        predicted_bytes=plan.predicted_bytes if plan else 0,
        measured_bytes=run.measured_bytes,
        confidence=run.confidence,
        agreement=run.agreement,
        escalations=state.escalations,
        passes=max(1, len(state.partials)),
        notes=[note for note in notes if note],
        scope=list(state.scope),
        kept_bins=run.kept_bins,
        weight_bins=run.weight_bins,
        unpruned_bytes=plan.peak_unpruned if plan else 0,
    )


def recognised(
    context: Context, recording: str, start: float, end: float
) -> list[tuple[float, float]]:
    """The stretches from ``start`` to ``end`` whose words are known: all, unless it was stopped."""
    ranges = context.store.heard_ranges(recording, RECOGNISER)
    return [(max(a, start), min(b, end)) for a, b in ranges if a < end and b > start]


def weighed(context: Context, answer: Answer, state: State, words: list[Word] | None) -> Tensor:
    """(tokens,) weights over the recording: the importance of what was kept, moved to words.

    words: recognised in what was listened to, None where that is off: weight moves to where the
    question's words were said.
    """
    hop, count = context.heard.meta.token_seconds, context.heard.meta.tokens
    importance = torch.zeros(count).index_copy(0, answer.kept, answer.importance.float())
    return by_words(
        importance, where_said(context.question, words or [], 0.0, hop, count), state.routes
    )


def cite(
    index: AudioIndex,
    answer: Answer,
    weights: Tensor,
    spans: Sequence[Span],
    longest: float,
    words: list[Word] | None,
) -> list[Citation]:
    """The phrases where the weight of the kept tokens peaks, the highest first.

    weights: (tokens,); longest: seconds of a phrase. words: recognised in what was listened to,
    None where that is off: a moment carries its own words, and how much of the answer they bear
    out. Times come from tokens, never from the answer.
    """
    hop = index.meta.token_seconds
    found = cited_spans(
        answer.kept,
        weights[answer.kept],
        torch.from_numpy(np.array(index.levels)),
        spans,
        longest=round(longest / hop),
        pause=round(PAUSE_SECONDS / hop),
    )
    seconds = index.times([span for span, _ in found])
    texts = [as_text(words_in(words or [], [moment])) for moment in seconds]
    return [
        Citation(start, end, share, text, None if words is None else agreement(answer.text, text))
        for (start, end), (_, share), text in zip(seconds, found, texts, strict=True)
    ]


def cite_parts(
    index: AudioIndex, parts: Sequence[Sequence[Word]], weights: Tensor
) -> list[Citation]:
    """What an answer quotes as its moments; weights: (tokens,)."""
    total, hop = float(weights.sum()) or 1.0, index.meta.token_seconds
    return [
        Citation(
            part[0].start,
            part[-1].end,
            float(weights[tokens_of(part, hop)].sum()) / total,
            as_text(part),
            1.0,
        )
        for part in parts
    ]


def timeline(tokens: Tensor, importance: Tensor, first: int, last: int) -> Account:
    """How many tokens were kept, and their importance, in bins of equal length over a range.

    tokens, importance: (kept,).
    """
    bins = min(BINS, last - first)
    kept = tokens.cpu().numpy()
    weight = importance.float().cpu().numpy()
    counts, _ = np.histogram(kept, bins, (first, last))
    weights, _ = np.histogram(kept, bins, (first, last), weights=weight / (weight.sum() or 1.0))
    return Account(kept=len(kept), kept_bins=counts.tolist(), weight_bins=weights.round(5).tolist())


def agreement(answer: str, heard: str) -> float | None:
    """Share of the answer's longer words that were recognised; None if it has none."""
    said = {word for word in re.findall(r"\w+", answer.lower()) if len(word) > 3}
    known = set(re.findall(r"\w+", heard.lower()))
    return len(said & known) / len(said) if said else None
