"""What a run will cost on this machine: fitted to what earlier runs of the same model did cost.

Pure arithmetic. The model's configuration says how many operations and bytes a run has; least
squares over the measured runs says what they cost here, in seconds and in bytes of peak memory.
Until there are enough runs, and never below a floor, what is counted holds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Self

import numpy as np
from numpy.typing import NDArray

from headrouter.hear.cost import ModelCost
from memory import BudgetRun

ENOUGH = 5  # measured runs from which on they are fitted
FIRST_OPERATIONS = 3e10  # multiply-adds a second of two CPU cores, until there is history
FIRST_BANDWIDTH = 1.3e10  # bytes of weights that they read in a second of decoding
FIRST_MOVING = 1e9  # bytes a second of layers that are offloaded: of a solid-state disk
LEAST_MEMORY = 0.5  # of what is counted: runs that took less found memory freed by earlier ones
OUTLIER = 4.0  # times the median deviation, beyond which a run says nothing about the others
USUAL = 0.8  # share of the earlier answers that are not longer than what is expected

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Line:
    """``fixed + slope * x``; neither is below zero."""

    fixed: float
    slope: float

    def at(self, x: float) -> float:
        """Its value."""
        return self.fixed + self.slope * x


def fit_line(x: Numbers, y: Numbers) -> Line:
    """The line nearest to (n,) points by least squares, then again without the outliers."""
    line = _least_squares(x, y)
    off = np.abs(line.fixed + line.slope * x - y)
    near = off <= OUTLIER * np.median(off)
    return _least_squares(x[near], y[near])


def _least_squares(x: Numbers, y: Numbers) -> Line:
    scale = float(x.max())  # operations and bytes are large numbers
    both = np.column_stack([np.ones_like(x), x / scale])
    (fixed, slope), *_ = np.linalg.lstsq(both, y)
    if fixed >= 0 and slope >= 0:
        return Line(float(fixed), float(slope) / scale)
    through_zero = max(0.0, float(x @ y / (x @ x)))
    return Line(0.0, through_zero) if fixed < 0 else Line(float(y.mean()), 0.0)


@dataclass(frozen=True)
class CostModel:
    """Seconds and bytes of a run of one model on one device."""

    cost: ModelCost
    prefill: Line  # seconds, by multiply-adds
    decode: Line  # seconds, by tokens of the answer
    memory: Line  # bytes beyond the loaded model at the peak, by bytes counted
    usual_answer: int | None  # tokens; None until there is history

    @classmethod
    def fitted(cls, cost: ModelCost, history: Sequence[BudgetRun]) -> Self:
        """From earlier runs, all of them of this model on this device."""
        whole = [run for run in history if run.outcome == "ok"]
        timed = [r for r in whole if r.prefill_seconds and r.decode_seconds and r.new_tokens]
        lengths = sorted(run.new_tokens or 0 for run in timed)
        return cls(
            cost,
            _prefill(cost, timed),
            _decode(cost, timed),
            _memory(whole),
            lengths[int(USUAL * (len(lengths) - 1))] if len(timed) >= ENOUGH else None,
        )

    def prefill_seconds(self, audio: int, text: int, keep: float) -> float:
        """Until the first token of the answer."""
        return self.prefill.at(self.cost.operations(audio, text, keep))

    def seconds(self, audio: int, text: int, keep: float, new: int) -> float:
        """Until the end of an answer of usual length, ``new`` tokens at most."""
        expected = new if self.usual_answer is None else min(new, self.usual_answer)
        return self.prefill_seconds(audio, text, keep) + self.decode.at(expected)

    def run_bytes(
        self, audio: int, text: int, keep: float, new: int, piece: int | None = None
    ) -> int:
        """Peak beyond the loaded model."""
        counted = self.cost.run_bytes(audio, text, keep, new, piece)
        return int(max(LEAST_MEMORY * counted, self.memory.at(counted)))


def _prefill(cost: ModelCost, timed: Sequence[BudgetRun]) -> Line:
    if len(timed) < ENOUGH:
        return Line(cost.offload.moved / FIRST_MOVING, 1 / FIRST_OPERATIONS)
    counted = [cost.operations(run.audio_tokens, run.prompt_tokens, run.keep) for run in timed]
    return fit_line(np.array(counted, float), np.array([run.prefill_seconds for run in timed]))


def _decode(cost: ModelCost, timed: Sequence[BudgetRun]) -> Line:
    if len(timed) < ENOUGH:
        moving = cost.offload.moved / FIRST_MOVING
        return Line(0.0, cost.weight_bytes / FIRST_BANDWIDTH + moving)
    tokens = np.array([run.new_tokens for run in timed], float)
    return fit_line(tokens, np.array([run.decode_seconds for run in timed]))


def _memory(whole: Sequence[BudgetRun]) -> Line:
    """Of few runs their median, where it is more than what is counted."""
    pairs = [(r.predicted_bytes, r.measured_bytes) for r in whole if r.predicted_bytes > 0]
    measured = [(counted, found) for counted, found in pairs if found]
    if len(measured) >= ENOUGH:
        counted, found = np.array(measured, float).T
        return fit_line(counted, found)
    ratio = median(found / counted for counted, found in measured) if measured else 1.0
    return Line(0.0, max(1.0, ratio))
