"""The token budget: how many audio tokens the machine can afford, decided before the prefill.

Pure arithmetic over what it is told: the model's cost, the memory there is and the history of
earlier runs. Sizes are bytes, times seconds. When memory is short the ladder is: a lower keep
ratio, then less of the recording, then a refusal that names what would fit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from assistant.errors import BudgetRefused
from headrouter.cost import ModelCost
from memory import BudgetRun

LOWEST_KEEP = 0.1
SHORTEST_TOKENS = 125  # ten seconds of sound for most models: less is hardly an answer
RESERVE = 0.05  # share of the free memory that is never planned with
FIRST_RATE = 9_000.0  # layer-tokens a second on two CPU cores, until there is history


@dataclass(frozen=True)
class Demand:
    """What is asked for."""

    audio_tokens: int  # in the range that the question is about
    text_tokens: int
    new_tokens: int  # the longest answer
    whole_tokens: int  # the most audio that this model takes at once
    keep: float  # to begin with
    keep_reason: str
    keep_fixed: bool = False  # by the user: it is not lowered


@dataclass(frozen=True)
class Memory:
    """What there is."""

    used: int  # by this process, or on the device, with the model loaded
    free: int  # what may still be taken
    limited: bool = False  # by the user's own limit rather than by the machine

    @property
    def allowed(self) -> int:
        """The highest peak that a plan may predict."""
        return self.used + int(self.free * (1 - RESERVE))


@dataclass(frozen=True)
class Plan:
    """What will be spent, and why."""

    keep: float
    audio_tokens: int  # at most this many are listened to
    run_bytes: int  # that the cost model gives, before history corrects it
    predicted_bytes: int  # peak of the process, or of the device
    predicted_seconds: float
    reason: str  # one sentence


def make_plan(
    demand: Demand, cost: ModelCost, memory: Memory, history: Sequence[BudgetRun] = ()
) -> Plan:
    """The best plan that fits. Raises BudgetRefused, naming what would."""
    most = min(demand.audio_tokens, demand.whole_tokens)
    correction = peak_correction(history)
    for audio, keep in ladder(most, demand):
        raw = cost.run_bytes(audio, demand.text_tokens, keep, demand.new_tokens)
        run = int(raw * correction)
        peak = memory.used + run
        if peak <= memory.allowed:
            seconds = predict_seconds(cost, audio, demand.text_tokens, keep, history)
            return Plan(keep, audio, raw, peak, seconds, _reason(demand, audio, keep))
    enough = int(run / (1 - RESERVE)) + 10_000_000  # to be free; the rest is for rounding
    limit, remedy = "the free memory", f"close other programs until {gigabytes(enough)} are free"
    if memory.limited:
        total = gigabytes(memory.used + enough)
        limit, remedy = "the memory limit", f"set --memory-limit to {total} or more"
    raise BudgetRefused(
        f"even {audio} audio tokens at keep {keep:.2g} need {gigabytes(peak)} and {limit} allows "
        f"{gigabytes(memory.allowed)}: {remedy}"
    )


def ladder(most: int, demand: Demand) -> list[tuple[int, float]]:
    """(audio tokens, keep ratio) to try in order: keep first, then less of the recording."""
    keeps = [demand.keep]
    while not demand.keep_fixed and keeps[-1] > LOWEST_KEEP:
        keeps.append(max(LOWEST_KEEP, keeps[-1] * 0.75))
    shorter = [most]
    while shorter[-1] > SHORTEST_TOKENS:
        shorter.append(max(SHORTEST_TOKENS, shorter[-1] // 2))
    return [(most, keep) for keep in keeps] + [(audio, keeps[-1]) for audio in shorter[1:]]


def peak_correction(history: Sequence[BudgetRun]) -> float:
    """Measured over predicted growth of earlier runs: their median, within [0.5, 2]."""
    ratios = [
        run.measured_bytes / run.predicted_bytes
        for run in history
        if run.outcome == "ok" and run.measured_bytes and run.predicted_bytes
    ]
    return min(2.0, max(0.5, median(ratios))) if ratios else 1.0


def predict_seconds(
    cost: ModelCost, audio: int, text: int, keep: float, history: Sequence[BudgetRun]
) -> float:
    """Time for prefill and answer, by the median rate of earlier runs."""
    rates = [
        cost.layer_tokens(run.audio_tokens, run.prompt_tokens, run.keep) / run.measured_seconds
        for run in history
        if run.outcome == "ok" and run.measured_seconds
    ]
    return cost.layer_tokens(audio, text, keep) / (median(rates) if rates else FIRST_RATE)


def _reason(demand: Demand, audio: int, keep: float) -> str:
    parts = [f"keep {keep:.2g}: {demand.keep_reason}"]
    if keep < demand.keep:
        parts = [f"keep {keep:.2g} instead of {demand.keep:.2g}, for memory"]
    if audio < min(demand.audio_tokens, demand.whole_tokens):
        parts.append("less of the recording, for memory")
    elif audio < demand.audio_tokens:
        parts.append("the most relevant stretches, because the model takes no more at once")
    return "; ".join(parts)


def gigabytes(size: float) -> str:
    """A size for people, in decimal gigabytes."""
    return f"{size / 1e9:.2f} GB"
