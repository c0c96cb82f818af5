"""From head distributions to kept tokens: selectivity, routing, importance, top k.

Pure tensor maths after He et al., "HeadRouter" (arXiv 2604.23717); equation numbers are the
paper's. Nothing here knows of models.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from headrouter.errors import InvalidKeep, RouterRefusal
from headrouter.prune.profiles import Profile

ROUTES = ("semantic", "uniform", "acoustic")


def check_keep(keep: float) -> float:
    """Returns ``keep``; raises InvalidKeep unless 0 < keep <= 1."""
    if not 0.0 < keep <= 1.0:
        raise InvalidKeep(f"keep ratio {keep:g} is outside (0, 1]: choose for instance 0.4")
    return keep


def kept_count(audio_tokens: int, keep: float) -> int:
    """How many of ``audio_tokens`` stay (Eq 4, 5): the floor of the product, at least one."""
    return min(audio_tokens, max(1, math.floor(audio_tokens * check_keep(keep) + 1e-9)))


def selectivity(attention: Tensor) -> Tensor:
    """How concentrated each head is (Eq 10): 0 is flat, 1 is a single token.

    attention: (heads, audio), rows summing to one. Returns (heads,).
    """
    audio = attention.shape[-1]
    if audio < 2:
        return attention.new_zeros(attention.shape[:-1])
    entropy: Tensor = torch.special.entr(attention).sum(dim=-1)
    return (1.0 - entropy / math.log(audio)).clamp(0.0, 1.0)


def spread(selectivities: Tensor) -> float:
    """The routing signal (Eq 11): the standard deviation of selectivity over the heads."""
    return float(selectivities.std(correction=0))


def question_vector(queries: Tensor) -> Tensor:
    """(heads x dim,) of a question: the mean of its (heads, text, dim) queries over the text."""
    return queries.float().mean(dim=1).flatten()


def routing_signal(attention: Tensor, profile: Profile, asked: Tensor | None) -> float:
    """Where a question lies between semantic and acoustic ones.

    How far its queries go along the profile's direction; where that has none, the spread of what
    its heads attend to (Eq 11).
    """
    if not profile.direction:
        return spread(selectivity(attention))
    if asked is None:
        raise RouterRefusal(
            "this profile routes by what is asked, whatever is heard: pass hints={'asked': [...]} "
            "to HeadRouter, for each row the queries that layer M-1 has for the question without "
            "audio, (heads, text, dim), or take a profile that was calibrated by answers"
        )
    return float(question_vector(asked).cpu() @ torch.tensor(profile.direction))


def route_weights(signal: float, profile: Profile) -> Tensor:
    """How much each route counts (Eq 13): (semantic, uniform, acoustic), summing to one."""
    centres = torch.tensor([profile.mu_semantic, profile.mu_uniform, profile.mu_acoustic])
    return torch.softmax(-((signal - centres) ** 2) / (2 * profile.sigma**2), dim=0)


def head_weights(routes: Tensor, profile: Profile) -> Tensor:
    """(heads,): the profiles of the three routes mixed and L1-normalised (Eq 7, 14)."""
    mixed = routes @ profile.head_table()
    return mixed / mixed.sum()


@dataclass(frozen=True, eq=False)
class Route:
    """One question's routing over one recording."""

    signal: float  # on which the routes have their centres
    routes: Tensor  # (3,), in the order of ROUTES
    heads: Tensor  # (heads,), the mixed head weights
    importance: Tensor  # (audio,), summing to one

    def as_dict(self) -> dict[str, float]:
        """The route weights by name, for reports."""
        return {name: float(w) for name, w in zip(ROUTES, self.routes, strict=True)}


def route(attention: Tensor, profile: Profile, asked: Tensor | None = None) -> Route:
    """Routes a probe of shape (heads, audio) and scores every audio token (Eq 8-14).

    asked: (heads, text, dim) queries of the question, read without audio; a profile with a
    direction needs them, and RouterRefusal says so.
    """
    signal = routing_signal(attention, profile, asked)
    routes = route_weights(signal, profile)
    heads = head_weights(routes, profile)
    return Route(signal, routes, heads, heads.to(attention.device) @ attention)


def stride_index(audio_tokens: int, count: int) -> Tensor:
    """``count`` positions at a uniform stride: int(i * audio_tokens / count)."""
    return torch.arange(count) * audio_tokens // count


def thin(scores: Tensor, frame_keep: float, count: int) -> Tensor:
    """The frame pre-filter: only a uniform stride of ``frame_keep`` may be chosen.

    scores: (audio,). Tokens off the stride become -inf. The stride never leaves fewer than
    ``count`` tokens to choose from.
    """
    if frame_keep >= 1.0:
        return scores
    stride = stride_index(len(scores), max(count, kept_count(len(scores), frame_keep)))
    thinned = torch.full_like(scores, -torch.inf)
    stride = stride.to(scores.device)
    thinned[stride] = scores[stride]
    return thinned


def top_tokens(scores: Tensor, count: int) -> Tensor:
    """The ``count`` best positions of (audio,) scores, in time order."""
    return scores.topk(count).indices.sort().values
