"""Scorers: each gives every audio token a number; choosing the top k happens elsewhere, once.

A new method is one small function here and one row in the test matrix.
"""

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from headrouter.errors import UnknownScorer
from headrouter.probe import Sample
from headrouter.profiles import Profile
from headrouter.routing import route, stride_index, thin

Scorer = Callable[[Sample, Profile, int], Tensor]
"""(sample, profile, how many will be kept) -> (audio,) scores; higher is kept first."""


def headrouter(sample: Sample, profile: Profile, count: int) -> Tensor:
    """The method: routed head weights over the frame pre-filter (Eq 8)."""
    return thin(route(sample.attention, profile).importance, profile.frame_keep, count)


def unfiltered(sample: Sample, profile: Profile, count: int) -> Tensor:
    """The method without the frame pre-filter."""
    return route(sample.attention, profile).importance


def hard(sample: Sample, profile: Profile, count: int) -> Tensor:
    """The nearest route alone instead of a soft mix."""
    return headrouter(sample, replace(profile, sigma=1e-6), count)


def heads_mean(sample: Sample, profile: Profile, count: int) -> Tensor:
    """All heads alike, no routing."""
    return thin(sample.attention.mean(dim=0), profile.frame_keep, count)


def semantic(sample: Sample, profile: Profile, count: int) -> Tensor:
    """The semantic head weights alone."""
    return _one_route(0, sample, profile, count)


def acoustic(sample: Sample, profile: Profile, count: int) -> Tensor:
    """The acoustic head weights alone."""
    return _one_route(2, sample, profile, count)


def _one_route(row: int, sample: Sample, profile: Profile, count: int) -> Tensor:
    weights = profile.head_table()[row].to(sample.attention.device)
    return thin(weights @ sample.attention, profile.frame_keep, count)


def frame(sample: Sample, profile: Profile, count: int) -> Tensor:
    """Uniform stride, the baseline to beat (AudioMarathon, arXiv 2510.07293)."""
    scores = torch.zeros(sample.audio_tokens, device=sample.keys.device)
    scores[stride_index(sample.audio_tokens, count).to(scores.device)] = 1.0
    return scores


def random(sample: Sample, profile: Profile, count: int) -> Tensor:
    """Uniform without replacement, by the sample's seed."""
    generator = torch.Generator().manual_seed(sample.seed)
    return torch.rand(sample.audio_tokens, generator=generator).to(sample.keys.device)


SCORERS: dict[str, Scorer] = {
    "headrouter": headrouter,
    "unfiltered": unfiltered,
    "hard": hard,
    "heads_mean": heads_mean,
    "semantic": semantic,
    "acoustic": acoustic,
    "frame": frame,
    "random": random,
}


def find_scorer(name: str) -> Scorer:
    """The scorer of that name. Raises UnknownScorer, listing the known ones."""
    try:
        return SCORERS[name]
    except KeyError:
        raise UnknownScorer(f"no scorer {name!r}; known: {', '.join(SCORERS)}") from None
