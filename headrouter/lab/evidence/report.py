"""What a benchmark's results say: tables with intervals, beside uniform stride."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from headrouter.lab.evidence.quality import UNPRUNED, Condition, Result
from headrouter.lab.evidence.suite import ACOUSTIC, SEMANTIC

RESAMPLES = 2000
Scores = Mapping[str, Mapping[str, float]]
"""task -> item -> score"""


@dataclass(frozen=True)
class Line:
    """One condition over all tasks; shares of 1, intervals of 95%."""

    condition: Condition
    n: int
    mean: float  # over tasks
    of_unpruned: float
    above_frame: float  # mean minus that of uniform stride at the same keep ratio
    low: float
    high: float
    tasks: dict[str, float]


def table(results: Sequence[Result], seed: int = 0) -> list[Line]:
    """A line a condition, over the items that all conditions have answered."""
    by: dict[Condition, dict[str, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    for result in complete(results):
        by[result.condition][result.task][result.item] = result.score
    whole = mean_over_tasks(by[UNPRUNED]) if UNPRUNED in by else float("nan")
    lines = []
    for condition, scores in by.items():
        frame = by.get(Condition("frame", condition.keep), by[UNPRUNED])
        mean = mean_over_tasks(scores)
        low, high = paired_interval(scores, frame, seed)
        lines.append(
            Line(
                condition,
                sum(map(len, scores.values())),
                mean,
                mean / whole if whole else float("nan"),
                mean - mean_over_tasks(frame),
                low,
                high,
                {task: float(np.mean(list(own.values()))) for task, own in scores.items()},
            )
        )
    return sorted(lines, key=lambda line: (-line.condition.keep, -line.mean))


def complete(results: Sequence[Result]) -> list[Result]:
    """Those of items that were answered under every condition: only they can be compared."""
    conditions = {result.condition for result in results}
    seen: dict[str, set[Condition]] = defaultdict(set)
    for result in results:
        seen[result.item].add(result.condition)
    return [result for result in results if seen[result.item] == conditions]


def mean_over_tasks(scores: Scores) -> float:
    """The mean of the tasks' means."""
    return float(np.mean([np.mean(list(own.values())) for own in scores.values()]))


def paired_interval(one: Scores, other: Scores, seed: int) -> tuple[float, float]:
    """The 95% bootstrap interval of the difference of their means over tasks.

    Items are drawn again within each task, the same for both.
    """
    rng = np.random.default_rng(seed)
    means: NDArray[np.float64] = np.zeros(RESAMPLES)
    for task, own in one.items():
        gains = np.array([score - other[task][item] for item, score in own.items()])
        means += gains[rng.integers(len(gains), size=(RESAMPLES, len(gains)))].mean(axis=1)
    low, high = np.quantile(means / len(one), [0.025, 0.975])
    return float(low), float(high)


def routing_auc(results: Sequence[Result]) -> tuple[float, int]:
    """How well the routing signal alone tells acoustic from semantic questions, and of how many.

    The area under the curve: 0.5 is chance. Nan where a category is missing.
    """
    from sklearn.metrics import roc_auc_score

    first = {r.item: r for r in results if r.category in (SEMANTIC, ACOUSTIC)}.values()
    truth = [result.category == ACOUSTIC for result in first]
    if len(set(truth)) < 2:
        return float("nan"), len(truth)
    return float(roc_auc_score(truth, [result.signal for result in first])), len(truth)


def macro_f1(results: Sequence[Result]) -> float:
    """Over the letters that are right answers; what can't be read is none of them."""
    from sklearn.metrics import f1_score

    lettered = [result for result in results if len(result.answer) == 1]
    said = [r.answer if r.score else f"not {r.answer}" for r in lettered]
    letters = sorted({result.answer for result in lettered})
    truth = [result.answer for result in lettered]
    return float(f1_score(truth, said, labels=letters, average="macro", zero_division=0.0))


def markdown(lines: Sequence[Line]) -> str:
    """The table, for a document."""
    tasks = sorted({task for line in lines for task in line.tasks})
    head = ["keep", "scorer", "n", "mean", "of unpruned", "above uniform stride (95%)", *tasks]
    rows = [head, ["---"] * len(head)]
    for line in lines:
        gain = f"{line.above_frame:+.1%} ({line.low:+.1%} to {line.high:+.1%})"
        row = [
            f"{line.condition.keep:.0%}",
            "unpruned" if line.condition == UNPRUNED else line.condition.name,
            str(line.n),
            f"{line.mean:.1%}",
            f"{line.of_unpruned:.1%}",
            "" if line.condition.scorer == "frame" else gain,
        ]
        rows.append([*row, *(f"{line.tasks.get(task, float('nan')):.1%}" for task in tasks)])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows) + "\n"
