"""Spans: which stretches of a long recording are worth listening to, for one question.

Pure maths over the importance of audio tokens. Times are counted in tokens.
"""

import torch
from torch import Tensor

Span = tuple[int, int]  # first token, one past the last


def choose_spans(importance: Tensor, budget: int, length: int) -> list[Span]:
    """The stretches of ``length`` tokens with the most importance, at most ``budget`` in all.

    importance: (tokens,). Stretches lie on a fixed grid; neighbours are joined; the result is
    in time order. A recording within the budget is one span.
    """
    total = len(importance)
    if total <= budget:
        return [(0, total)]
    length = min(length, budget)
    starts = list(range(0, total, length))
    mass = torch.stack([importance[start : start + length].sum() for start in starts])
    chosen: list[Span] = []
    for block in mass.argsort(descending=True).tolist():
        room = budget - sum(last - first for first, last in chosen)
        if room <= 0:
            break
        first = starts[block]
        chosen.append((first, min(first + min(length, room), total)))
    return join(sorted(chosen), gap=0)


def join(spans: list[Span], gap: int) -> list[Span]:
    """Spans in time order, those at most ``gap`` tokens apart made one."""
    joined: list[Span] = []
    for first, last in spans:
        if joined and first - joined[-1][1] <= gap:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined


def cited_spans(
    positions: Tensor, weights: Tensor, gap: int, most: int = 3
) -> list[tuple[Span, float]]:
    """Where the weight of the kept tokens lies: up to ``most`` spans with their share of it.

    positions: (kept,) ascending tokens of the recording; weights: (kept,), their importance.
    Kept tokens at most ``gap`` apart belong together. The heaviest come first.
    """
    total = float(weights.sum()) or 1.0
    spans = join([(int(p), int(p) + 1) for p in positions], gap)
    shares = [
        float(weights[(positions >= first) & (positions < last)].sum()) / total
        for first, last in spans
    ]
    ranked = sorted(zip(spans, shares, strict=True), key=lambda pair: -pair[1])
    return ranked[:most]
