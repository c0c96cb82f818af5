"""Calibration by what is found: which heads keep the tokens of what was asked for.

Sounds and sentences are planted in recordings at known times, and a head is worth the share of
their tokens that is lost when it is left out of the scoring (HeadRouter, Eq 9, with that share as
the quality). No answer is needed, so it says something also of a model whose answers are often
wrong. The routing signal is learnt from wordings alone.
"""

import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from headrouter.backends import Samples
from headrouter.hear.listener import AudioLM
from headrouter.lab.corpus.clips import Clip
from headrouter.lab.evidence.calibrate import Calibration, Layer, Report, chosen, weights_of
from headrouter.lab.evidence.planted import SENTENCE, SOUND, Planted, recordings
from headrouter.lab.evidence.subjects import ListenerSubject, Tokens
from headrouter.lab.evidence.suite import ACOUSTIC as ACOUSTIC_KIND
from headrouter.lab.evidence.suite import SEMANTIC as SEMANTIC_KIND
from headrouter.lab.evidence.wordings import ACOUSTIC, SEMANTIC
from headrouter.prune.profiles import Profile
from headrouter.prune.routing import kept_count, question_vector, top_tokens

CATEGORIES = {SENTENCE: SEMANTIC_KIND, SOUND: ACOUSTIC_KIND}
OF_THE_KEEP = (1.0, 0.5, 0.25)  # quality is the mean over these shares of the keep ratio
SECONDS, EACH = 120.0, 4  # of a recording, and planted of each kind in it


@dataclass(frozen=True, eq=False)
class Sought:
    """One planted moment, and what each head attends to when it is asked for."""

    kind: str
    attended: Tensor  # (heads, audio)
    target: Tensor  # (audio,) bool, the tokens of the moment

    def found(self, weights: Tensor, keep: float) -> float:
        """Share of the moment's tokens that stay under (heads,) weights."""
        scores = weights @ self.attended
        ratios = [keep * share for share in OF_THE_KEEP]
        return statistics.mean(share_kept(scores, self.target, ratio) for ratio in ratios)


def share_kept(scores: Tensor, target: Tensor, keep: float) -> float:
    """Which share of the target's tokens is among the best.

    scores: (audio,); target: (audio,) bool.
    """
    best = top_tokens(scores, kept_count(len(scores), keep))
    return float(target[best].sum() / target.sum())


def target_of(planted: Planted, hop: float, count: int) -> Tensor:
    """(count,) bool: the tokens of ``hop`` seconds that a planted moment lies in."""
    target = torch.zeros(count, dtype=torch.bool)
    target[int(planted.start / hop) : int(planted.end / hop) + 1] = True
    return target


def calibrate_by_finding(
    listener: AudioLM,
    clips: Sequence[Clip],
    *,
    samples: int,
    layers: Sequence[int],
    keep: float,
    seed: int,
    report: Report = lambda line: None,
) -> Calibration:
    """The profile under which most is kept of what is asked for, of one for each layer M.

    samples: sounds, and sentences, at least. Raises EvidenceError for clips without them.
    """
    made = list(recordings(clips, -(-samples // EACH), SECONDS, EACH, seed))
    flat = listener.with_profile(None).profile
    found = []
    for layer in sorted(layers):
        lm = listener.with_profile(replace(flat, layer=layer))
        sought = [one for samples, planted in made for one in seek(lm, samples, planted)]
        found.append(weigh_heads(lm, sought, keep))
        report(told(found[-1]))
    planted = [item.kind for _, items in made for item in items]
    counts = {category: planted.count(kind) for kind, category in CATEGORIES.items()}
    return Calibration(chosen(found), "planted", keep, counts, found)


def weigh_heads(listener: AudioLM, sought: Sequence[Sought], keep: float) -> Layer:
    """Head weights by what was sought with all alike, and where the two kinds of questions lie."""
    flat = listener.profile
    even = flat.head_table()[1]
    uniform = [one.found(even, keep) for one in sought]
    drops: dict[str, list[float]] = {category: [] for category in CATEGORIES.values()}
    for head in range(flat.heads):
        others = even.clone()
        others[head] = 0.0
        for kind, category in CATEGORIES.items():
            lost = [
                whole - one.found(others, keep)
                for whole, one in zip(uniform, sought, strict=True)
                if one.kind == kind
            ]
            drops[category].append(statistics.mean(lost))
    profile = with_signal(
        replace(
            flat,
            semantic=weights_of(drops[SEMANTIC_KIND]),
            acoustic=weights_of(drops[ACOUSTIC_KIND]),
            calibrated=True,
        ),
        *(question_vectors(listener, texts) for texts in (SEMANTIC, ACOUSTIC)),
    )
    table = profile.head_table()
    rows = {SENTENCE: table[0], SOUND: table[2]}
    scores = [one.found(rows[one.kind], keep) for one in sought]
    return Layer(profile, scores, uniform, drops)


def told(found: Layer) -> str:
    """What weighing the heads of a layer gained, for a person."""
    gain = f"{statistics.mean(found.uniform):.3f} -> {statistics.mean(found.scores):.3f}"
    return f"layer {found.profile.layer}: share kept of what was asked for {gain}"


def seek(listener: AudioLM, samples: Samples, planted: Iterable[Planted]) -> Iterator[Sought]:
    """Asks for each planted moment of a recording."""
    return seek_in(listener, ListenerSubject(listener).hear(samples).own, planted)


@torch.inference_mode()
def seek_in(listener: AudioLM, heard: Tokens, planted: Iterable[Planted]) -> Iterator[Sought]:
    """Asks for each planted moment of a recording that was heard."""
    for item in planted:
        attended = listener.attended(listener.queries([item.question]), lambda: heard.keys)
        target = target_of(item, listener.token_seconds, len(heard.audio))
        yield Sought(item.kind, attended.cpu(), target)


def question_vectors(listener: AudioLM, texts: Sequence[str]) -> Tensor:
    """(questions, heads x dim) float64."""
    return torch.stack([question_vector(listener.queries([text])) for text in texts]).double()


def with_signal(profile: Profile, semantic: Tensor, acoustic: Tensor) -> Profile:
    """The profile with a direction of questions, and the routes' centres and width along it.

    semantic, acoustic: (questions, heads x dim). The width is how far questions lie from their own
    centre that the direction has not seen: each is left out in turn.
    """
    direction = discriminant(semantic, acoustic)
    centre = float(semantic.mean(dim=0) @ direction)
    off = [*_left_out(semantic, acoustic, 1), *_left_out(acoustic, semantic, -1)]
    return replace(
        profile,
        direction=tuple(round(value, 6) for value in direction.tolist()),
        mu_semantic=round(centre, 6),
        mu_uniform=round(centre + 0.5, 6),
        mu_acoustic=round(centre + 1.0, 6),
        sigma=round(statistics.mean(value**2 for value in off) ** 0.5, 6),
    )


def _left_out(own: Tensor, others: Tensor, sign: int) -> Iterator[float]:
    for number in range(len(own)):
        rest = torch.cat([own[:number], own[number + 1 :]])
        direction = sign * discriminant(rest, others)
        yield float((own[number] - rest.mean(dim=0)) @ direction)


def discriminant(one: Tensor, other: Tensor) -> Tensor:
    """(features,) along which two kinds differ most for how much each varies (Fisher).

    one, other: (questions, features). The covariance is shrunk halfway to a multiple of the
    identity, since there are fewer questions than features. The means of the kinds are 1 apart.
    """
    within = torch.cat([one - one.mean(dim=0), other - other.mean(dim=0)]).T.cov()
    shrunk = (within + within.diagonal().mean() * torch.eye(len(within)).to(within)) / 2
    apart = other.mean(dim=0) - one.mean(dim=0)
    direction: Tensor = torch.linalg.solve(shrunk, apart)
    return direction / (apart @ direction)
