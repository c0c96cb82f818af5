"""Spans: which stretches of a long recording are worth listening to, for one question.

Pure maths over the importance of audio tokens. Times are counted in tokens.
"""

import math
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

QUIET = 0.35  # of the way from the quietest to the loudest
Span = tuple[int, int]  # first token, one past the last


def choose_spans(importance: Tensor, budget: int, length: int) -> list[Span]:
    """The ``heaviest_stretches`` in time order, neighbours joined.

    importance: (tokens,). A recording within the budget is one span.
    """
    if len(importance) <= budget:
        return [(0, len(importance))]
    return join(sorted(heaviest_stretches(importance, budget, length)), gap=0)


def heaviest_stretches(importance: Tensor, budget: int, length: int) -> Iterator[Span]:
    """Stretches of ``length`` tokens around the peaks of importance, ``budget`` tokens in all.

    importance: (tokens,). Greedy: the heaviest stretch around the highest free peak first, for
    the sum of a stretch alone would drown what is short.
    """
    room = min(budget, len(importance))
    taken = torch.zeros(len(importance), dtype=torch.bool)
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
        yield begin, begin + size


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
    positions: Tensor,
    weights: Tensor,
    levels: Tensor,
    spans: Sequence[Span],
    *,
    longest: int,
    pause: int,
    most: int = 3,
) -> list[tuple[Span, float]]:
    """The phrases around the highest peaks of the kept tokens, with their share of the weight.

    positions: (kept,) ascending tokens of the recording; weights: (kept,), their importance;
    levels: (tokens,) dBFS of the recording; spans: what was listened to. A phrase ends at pauses of
    ``pause`` tokens, or after ``longest``. Up to ``most``, the highest peak first.
    """
    total, left = float(weights.sum()) or 1.0, weights.clone()
    found: list[tuple[Span, float]] = []
    while len(found) < most and bool((left >= 0).any()):
        peak = int(positions[left.argmax()])
        heard = next(span for span in spans if span[0] <= peak < span[1])
        taken = [(first, last) for (first, last), _ in found]
        first, last = _between(phrase_around(peak, levels, heard, longest, pause), peak, taken)
        inside = (positions >= first) & (positions < last)
        found.append(((first, last), float(weights[inside].sum()) / total))
        left[inside] = -1.0
    return found


def phrase_around(peak: int, levels: Tensor, heard: Span, longest: int, pause: int) -> Span:
    """The tokens between the pauses before and after ``peak``, at most ``longest``, about it.

    levels: (tokens,) dBFS. Quiet is what is nearer to the quietest than to the loudest tenth of
    what lies about the peak.
    """
    low, high = max(heard[0], peak - longest), min(heard[1], peak + longest + 1)
    near = levels[low:high]
    floor, top = near.quantile(0.1), near.quantile(0.9)
    pauses = [
        (low + first, low + last)
        for first, last in runs(near < floor + QUIET * (top - floor))
        if last - first >= pause
    ]
    begin = max((last for _, last in pauses if last <= peak), default=low)
    end = min((first for first, _ in pauses if first > peak), default=high)
    over = end - begin - longest
    if over > 0:  # the peak stays about where it was in it
        cut = round(over * (peak - begin) / (end - begin))
        begin, end = begin + cut, end - (over - cut)
    return begin, end


def _between(span: Span, peak: int, taken: Sequence[Span]) -> Span:
    """The span without what others have taken on either side of its peak."""
    first = max([span[0], *(last for _, last in taken if last <= peak)])
    return first, min([span[1], *(first for first, _ in taken if first > peak)])
