"""Spans: which stretches of a long recording are worth listening to, for one question.

Pure maths over the importance of audio tokens. Times are counted in tokens.
"""

import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn

Span = tuple[int, int]  # first token, one past the last


def choose_spans(importance: Tensor, budget: int, length: int) -> list[Span]:
    """Stretches of ``length`` tokens around the peaks of importance, ``budget`` tokens in all.

    importance: (tokens,). Greedy: the heaviest stretch around the highest free peak first, for
    the sum of a stretch alone would drown what is short; neighbours are joined; the result is in
    time order. A recording within the budget is one span.
    """
    total, room = len(importance), budget
    if total <= budget:
        return [(0, total)]
    taken = torch.zeros(total, dtype=torch.bool)
    while room > 0:
        free = runs(~taken)
        size = min(length, room, max(last - first for first, last in free))
        wide = [(first, last) for first, last in free if last - first >= size]
        first, last = max(wide, key=lambda run: float(importance[slice(*run)].max()))
        peak = first + int(importance[first:last].argmax())
        low = max(first, peak - size + 1)
        begin = low + _heaviest(importance[low : min(last, peak + size)], size)
        taken[begin : begin + size] = True
        room -= size
    return runs(taken)


def _heaviest(importance: Tensor, size: int) -> int:
    """Where the heaviest stretch of ``size`` tokens begins, centred on what makes it heavy."""
    half = (size + 1) // 2
    tent = _sums(_sums(importance.double(), half), size - half + 1) / half
    return int((_sums(importance.double(), size) + tent).argmax())


def _sums(values: Tensor, size: int) -> Tensor:
    """The sum of every ``size`` values in a row: (n - size + 1,)."""
    total = nn.functional.pad(values.cumsum(0), (1, 0))
    return total[size:] - total[:-size]


def runs(mask: Tensor) -> list[Span]:
    """Where a (tokens,) mask is True, in order."""
    edges = nn.functional.pad(mask.int(), (1, 1)).diff()
    starts, ends = (edges == 1).nonzero().flatten(), (edges == -1).nonzero().flatten()
    return list(zip(starts.tolist(), ends.tolist(), strict=True))


def to_pauses(spans: list[Span], levels: Tensor, slack: int, budget: int) -> list[Span]:
    """Spans whose ends lie where it is quietest, at most ``slack`` tokens from where they were.

    levels: (tokens,) dBFS. So that no word is cut in two. At most ``budget`` tokens in all: if
    there are more, the latest span is shortened.
    """
    found: list[Span] = []
    for first, last in spans:
        begin, end = _quietest(levels, first, slack), _quietest(levels, last, slack)
        found.append((begin, end) if begin < end else (first, last))
    found = join(found, gap=0)
    over = sum(last - first for first, last in found) - budget
    while over > 0:
        first, last = found.pop()
        if last - over > first:
            found.append((first, last - over))
        over -= last - first
    return found


def _quietest(levels: Tensor, edge: int, slack: int) -> int:
    """The edge near ``edge`` with the quietest token behind it; the ends of all are quiet."""
    if edge in (0, len(levels)):
        return edge
    begin = max(0, edge - slack)
    near = levels[begin : edge + slack + 1]
    nearness = -0.5 * (torch.arange(len(near)) - (edge - begin)).abs()  # dB a token further away
    return begin + int((nearness - near).argmax())


def equal_parts(total: float, most: float) -> Iterator[tuple[float, float]]:
    """As few equal ranges of 0 to ``total`` as there can be, each of ``most`` at most."""
    count = max(1, math.ceil(total / most - 1e-9))
    for number in range(count):
        yield total * number / count, total * (number + 1) / count


def parts_at_pauses(levels: Tensor, most: int, slack: int) -> list[Span]:
    """All tokens as neighbouring parts of ``most`` at most, about equal, cut where it is quiet.

    levels: (tokens,) dBFS. A cut moves by ``slack`` tokens at most; ``most`` is above 2 ``slack``.
    """
    total = len(levels)
    if total <= most:
        return [(0, total)]
    edges = [round(end) for _, end in equal_parts(total, most - 2 * slack)]
    edges = [_quietest(levels, edge, slack) for edge in edges]
    return list(zip([0, *edges[:-1]], edges, strict=True))


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
    """Where the weight of the kept tokens peaks: up to ``most`` spans with their share of it.

    positions: (kept,) ascending tokens of the recording; weights: (kept,), their importance.
    Kept tokens at most ``gap`` apart belong together. The highest peaks come first, however much
    was kept around them.
    """
    total = float(weights.sum()) or 1.0
    spans = join([(int(p), int(p) + 1) for p in positions], gap)
    inside = [weights[(positions >= first) & (positions < last)] for first, last in spans]
    ranked = sorted(zip(spans, inside, strict=True), key=lambda pair: -float(pair[1].max()))
    return [(span, float(own.sum()) / total) for span, own in ranked[:most]]
