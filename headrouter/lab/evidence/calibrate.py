"""Calibration: which heads a model's questions need, after HeadRouter (Eq 9, 12).

The score of a question is the mean log-probability of its right answer's tokens after pruning, or
that of the right option: finer than right or wrong, which ten questions could not tell apart.
"""

import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from torch import Tensor, nn

from headrouter.errors import EvidenceError
from headrouter.lab.evidence.subjects import Prompt, Subject, log_probability
from headrouter.lab.evidence.suite import ACOUSTIC, MIXED, SEMANTIC, Item
from headrouter.prune.families import family_of
from headrouter.prune.profiles import Profile, uniform_profile

Method = Literal["scoring", "masking", "planted"]
SIGMAS = (0.25, 0.5, 1.0, 2.0, 4.0)  # times the deviation of the routing signal
FRAME_KEEPS = (1.0, 0.85, 0.7, 0.55)  # of these, the ones above the keep ratio
Report = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Case:
    """A question that a model is calibrated with."""

    category: str
    prompt: Prompt
    answer: str  # of a choice its letter


@dataclass(frozen=True)
class Layer:
    """What calibration found for one pruning layer."""

    profile: Profile
    scores: list[float]  # for each case the right answer's log-probability, or the share kept
    uniform: list[float]  # the same with all heads alike
    drops: dict[str, list[float]]  # category -> for each head, the loss without it


@dataclass(frozen=True)
class Calibration:
    """The chosen profile, and all that was measured on the way."""

    profile: Profile
    method: Method
    keep: float
    cases: dict[str, int]  # category -> how many
    layers: list[Layer]

    def as_dict(self) -> dict[str, Any]:
        """For a record beside the profile."""
        return asdict(self)


def cases_of(subject: Subject, items: Sequence[Item]) -> list[Case]:
    """Hears the items; those of other categories than the three are left out."""
    return [
        Case(
            item.category,
            subject.prompt(subject.hear(item.samples), item.question),
            item.answer,
        )
        for item in items
        if item.category in (SEMANTIC, MIXED, ACOUSTIC)
    ]


def calibrate(
    subject: Subject,
    cases: Sequence[Case],
    *,
    layers: Sequence[int],
    keep: float = 0.4,
    method: Method = "scoring",
    prompt_format: str = "",
    report: Report = lambda line: None,
) -> Calibration:
    """The profile under which the right answers are most probable, of one for each layer M.

    Of layers less than a standard error below the best the lowest wins: it prunes more.
    Raises EvidenceError without semantic or acoustic cases.
    """
    counts = {name: sum(case.category == name for case in cases) for name in _CATEGORIES}
    for name in (SEMANTIC, ACOUSTIC):
        if not counts[name]:
            raise EvidenceError(f"calibration needs {name} questions, and there are none")
    found = []
    for layer in sorted(layers):
        found.append(_Bench(subject, cases, layer, keep, method, prompt_format, report).layer())
    return Calibration(chosen(found), method, keep, counts, found)


_CATEGORIES = (SEMANTIC, MIXED, ACOUSTIC)


def chosen(found: Sequence[Layer]) -> Profile:
    """The profile of the lowest layer that is as good as the best."""
    best = max(found, key=lambda layer: statistics.mean(layer.scores))
    return next(layer.profile for layer in found if as_good(layer.scores, best.scores))


def as_good(scores: Sequence[float], best: Sequence[float]) -> bool:
    """Whether scores are less than a standard error below those of the best, case by case."""
    behind = [b - a for a, b in zip(scores, best, strict=True)]
    error = statistics.stdev(behind) / len(behind) ** 0.5
    return bool(statistics.mean(behind) <= error)


class _Bench:
    """Measures one pruning layer."""

    def __init__(
        self,
        subject: Subject,
        cases: Sequence[Case],
        layer: int,
        keep: float,
        method: Method,
        prompt_format: str,
        report: Report,
    ) -> None:
        self.subject, self.cases, self.keep = subject, cases, keep
        self.method, self.report = method, report
        attention: Any = family_of(subject.model).layers(subject.model)[layer - 1].self_attn
        self.attention = attention
        self.heads = int(attention.config.num_attention_heads)
        flat = uniform_profile(subject.model_id, layer, self.heads)
        self.flat = replace(flat, prompt=prompt_format, calibrated=True)

    def layer(self) -> Layer:
        """Head weights, centres, width and pre-filter, one after the other."""
        uniform, signals = self.scores(self.flat)
        drops = self.drops(uniform)
        semantic, middle, acoustic = self.centres(signals)
        profile = replace(
            self.flat,
            semantic=weights_of(self.mean_of(drops, SEMANTIC)),
            acoustic=weights_of(self.mean_of(drops, ACOUSTIC)),
            mu_semantic=semantic,
            mu_uniform=middle,
            mu_acoustic=acoustic,
        )
        deviation = statistics.pstdev(signals) or 1e-3
        profile, _ = self.best([replace(profile, sigma=factor * deviation) for factor in SIGMAS])
        shares = [share for share in FRAME_KEEPS if share >= self.keep]
        profile, scores = self.best([replace(profile, frame_keep=share) for share in shares])
        gain = f"{statistics.mean(uniform):.3f} -> {statistics.mean(scores):.3f}"
        self.report(f"layer {profile.layer}: log-probability of the answers {gain}")
        table = {name: self.mean_of(drops, name) for name in (SEMANTIC, ACOUSTIC)}
        return Layer(profile, scores, uniform, table)

    def scores(
        self, profile: Profile, scorer: str = "headrouter", keep: float | None = None
    ) -> tuple[list[float], list[float]]:
        """For each case the score, and the routing signal."""
        scores, signals = [], []
        for case in self.cases:
            settings: dict[str, Any] = {"profile": profile, "scorer": scorer}
            score, router = log_probability(
                self.subject, case.prompt, case.answer, keep or self.keep, **settings
            )
            scores.append(score)
            signals.append(router.pruned[0].route.signal)
        return scores, signals

    def drops(self, uniform: Sequence[float]) -> list[list[float]]:
        """[head][case]: what is lost without the head."""
        whole = uniform if self.method == "scoring" else self.scores(self.flat, keep=1.0)[0]
        lost = []
        for head in range(self.heads):
            without = self.without(head)
            lost.append([a - b for a, b in zip(whole, without, strict=True)])
            self.report(f"layer {self.flat.layer}: head {head + 1} of {self.heads}")
        return lost

    def without(self, head: int) -> list[float]:
        """Scores with a head left out of the scoring mix, or of the model itself."""
        if self.method == "masking":
            with silenced(self.attention, head):
                return self.scores(self.flat, keep=1.0)[0]
        others = tuple(float(other != head) for other in range(self.heads))
        return self.scores(replace(self.flat, semantic=others), "semantic")[0]

    def mean_of(self, drops: Sequence[Sequence[float]], category: str) -> list[float]:
        """For each head the mean loss over a category's cases."""
        chosen = [i for i, case in enumerate(self.cases) if case.category == category]
        return [statistics.mean(head[i] for i in chosen) for head in drops]

    def centres(self, signals: Sequence[float]) -> tuple[float, float, float]:
        """Class means of the routing signal: semantic, mixed, acoustic.

        Between the two where nothing is mixed.
        """

        def mean(category: str) -> float | None:
            own = [s for s, c in zip(signals, self.cases, strict=True) if c.category == category]
            return statistics.mean(own) if own else None

        semantic, acoustic = mean(SEMANTIC) or 0.0, mean(ACOUSTIC) or 0.0
        middle = mean(MIXED)
        return semantic, (semantic + acoustic) / 2 if middle is None else middle, acoustic

    def best(self, profiles: Sequence[Profile]) -> tuple[Profile, list[float]]:
        """The one with the best scores, and these; of equals the first."""
        measured = [(profile, self.scores(profile)[0]) for profile in profiles]
        return max(measured, key=lambda pair: statistics.mean(pair[1]))


def weights_of(drops: Sequence[float]) -> tuple[float, ...]:
    """Head weights from losses (Eq 9): what is lost, never below zero, summing to one.

    Uniform where no head is missed.
    """
    lost = [max(drop, 0.0) for drop in drops]
    total = sum(lost)
    return tuple(drop / total for drop in lost) if total else (1.0 / len(lost),) * len(lost)


@contextmanager
def silenced(attention: Any, head: int) -> Iterator[None]:
    """Inside, one head of an attention layer adds nothing to the model."""

    def silence(module: nn.Module, args: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        states = args[0].clone()
        dim = attention.head_dim
        states[..., head * dim : (head + 1) * dim] = 0.0
        return (states, *args[1:])

    handle = attention.o_proj.register_forward_pre_hook(silence)
    try:
        yield
    finally:
        handle.remove()
