"""The token budget: how many audio tokens the machine can afford, decided before the prefill.

Pure arithmetic over what it is told: the model's cost, the memory there is and the history of
earlier runs. Sizes are bytes, times seconds. When memory or time is short the ladder is: a long
prompt in pieces, a lower keep ratio, then less of the recording; where even that doesn't fit the
memory, a refusal that names what would fit.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.budget.costs import CostModel
from assistant.errors import BudgetRefused
from headrouter.hear.cost import ModelCost
from headrouter.prune.pieces import PIECE
from memory import BudgetRun
from tools.showing import gigabytes as gigabytes

LOWEST_KEEP = 0.1
SHORTEST_TOKENS = 125  # ten seconds of sound for most models: less is hardly an answer
LONG = 2  # pieces, from which on a prompt is worth reading in pieces
RESERVE = 0.05  # share of the free memory that is never planned with


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
    seconds: float | None = None  # within which the answer is wanted


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
    run_bytes: int  # that are counted, before history corrects them
    predicted_bytes: int  # peak of the process, or of the device
    predicted_seconds: float
    reason: str  # one sentence
    piece: int | None = None  # tokens that a layer takes at once; None: the whole prompt
    unpruned_bytes: int = 0  # that a run over all that is asked about would take, nothing pruned

    @property
    def peak_unpruned(self) -> int:
        """Peak of the process, or of the device, of such a run."""
        return self.predicted_bytes - self.run_bytes + self.unpruned_bytes


def make_plan(
    demand: Demand, cost: ModelCost, memory: Memory, history: Sequence[BudgetRun] = ()
) -> Plan:
    """The best plan that fits. Raises BudgetRefused, naming what would."""
    costs = CostModel.fitted(cost, history)
    most = min(demand.audio_tokens, demand.whole_tokens)
    steps = [
        _step(demand, costs, memory, audio, keep, piece)
        for audio, keep in ladder(most, demand)
        for piece in _pieces(audio + demand.text_tokens)
    ]
    fitting = [plan for plan in steps if plan.predicted_bytes <= memory.allowed]
    if not fitting:
        raise _refusal(steps[-1], memory)
    within = demand.seconds or float("inf")
    chosen = next((plan for plan in fitting if plan.predicted_seconds <= within), fitting[-1])
    causes = ["for memory"] if fitting[0] is not steps[0] else []
    causes += [f"to answer within {within:g} s"] if chosen is not fitting[0] else []
    whole = cost.run_bytes(demand.audio_tokens, demand.text_tokens, 1.0, demand.new_tokens)
    reason = _reason(demand, chosen, " and ".join(causes))
    return replace(chosen, reason=reason, unpruned_bytes=whole)


def _pieces(prompt: int) -> tuple[int | None, ...]:
    """How a prompt of so many tokens may be read: at once, or else in pieces if it is long."""
    return (None, PIECE) if prompt >= LONG * PIECE else (None,)


def _step(
    demand: Demand, costs: CostModel, memory: Memory, audio: int, keep: float, piece: int | None
) -> Plan:
    """What that many audio tokens at that keep ratio would cost."""
    run = audio, demand.text_tokens, keep, demand.new_tokens
    peak = memory.used + costs.run_bytes(*run, piece)
    counted = costs.cost.run_bytes(*run, piece)
    return Plan(keep, audio, counted, peak, costs.seconds(*run), "", piece)


def _refusal(plan: Plan, memory: Memory) -> BudgetRefused:
    """Names what would be enough for the last step of the ladder."""
    run = plan.predicted_bytes - memory.used
    enough = int(run / (1 - RESERVE)) + 10_000_000  # to be free; the rest is for rounding
    limit, remedy = "the free memory", f"close other programs until {gigabytes(enough)} are free"
    if memory.limited:
        total = gigabytes(memory.used + enough)
        limit, remedy = "the memory limit", f"set --memory-limit to {total} or more"
    return BudgetRefused(
        f"even {plan.audio_tokens} audio tokens at keep {plan.keep:.2g} need "
        f"{gigabytes(plan.predicted_bytes)} and {limit} allows {gigabytes(memory.allowed)}: "
        f"{remedy}"
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


def _reason(demand: Demand, plan: Plan, cause: str) -> str:
    parts = [f"keep {plan.keep:.2g}: {demand.keep_reason}"]
    if plan.keep < demand.keep:
        parts = [f"keep {plan.keep:.2g} instead of {demand.keep:.2g}, {cause}"]
    if plan.piece is not None:
        parts.append("the prompt is read in pieces, for memory")
    if plan.audio_tokens < min(demand.audio_tokens, demand.whole_tokens):
        parts.append(f"less of the recording, {cause}")
    elif plan.audio_tokens < demand.audio_tokens:
        parts.append("the most relevant stretches, because the model takes no more at once")
    if demand.seconds and plan.predicted_seconds > demand.seconds:
        parts.append(f"about {plan.predicted_seconds:.0f} s, because less would be no answer")
    return "; ".join(parts)
