"""Scorers: each gives every audio token a number; choosing the top k happens elsewhere, once.

A new method is one small function here and one row in the test matrix.
"""

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from headrouter.errors import UnknownScorer
from headrouter.prune.probe import Sample, position_free_attention
from headrouter.prune.profiles import Profile
from headrouter.prune.routing import route, stride_index, thin

STANDS_OUT = 2.0  # times the mean
PHRASE_SECONDS = 2.0  # what is asked for is a phrase rather than a token

Scorer = Callable[[Sample, Profile, int], Tensor]
"""(sample, profile, how many will be kept) -> (audio,) scores; higher is kept first."""


def routed(sample: Sample, profile: Profile) -> Tensor:
    """(audio,) importance of the probe under routed head weights."""
    return route(sample.attention, profile, sample.asked).importance


def headrouter(sample: Sample, profile: Profile, count: int) -> Tensor:
    """The method: routed head weights over the frame pre-filter (Eq 8)."""
    return thin(routed(sample, profile), profile.frame_keep, count)


def contrast(sample: Sample, profile: Profile, count: int) -> Tensor:
    """What the question asks for beyond neutral ones, as the caller found (``AudioLM.weigh``)."""
    return sample.hint("contrast")


def spotting(sample: Sample, profile: Profile, count: int) -> Tensor:
    """The same, with its weight moved to where the question's words are heard."""
    return sample.hint("spotting")


def peaks(sample: Sample, profile: Profile, count: int) -> Tensor:
    """What stands out by spotting, up to half of what is kept, and the rest at a uniform stride.

    Where nothing stands out, as for who speaks or in silence, it is uniform stride.
    """
    scores = sample.hint("spotting")
    standing = int((scores > STANDS_OUT * scores.mean()).sum())
    everywhere = stride_index(sample.audio_tokens, count - min(count // 2, standing))
    raised = (scores.max() + 1.0).expand(len(everywhere))
    return scores.index_add(0, everywhere.to(scores.device), raised)


def unfiltered(sample: Sample, profile: Profile, count: int) -> Tensor:
    """The method without the frame pre-filter."""
    return routed(sample, profile)


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


def rotary(sample: Sample, profile: Profile, count: int) -> Tensor:
    """The method with a probe that knows positions."""
    row = sample.whole
    queries, keys = row.rotated()
    asked, heard = queries[:, row.asking], keys[:, row.audio]
    attention = position_free_attention(asked, heard, sample.scaling)
    return thin(route(attention, profile, sample.asked).importance, profile.frame_keep, count)


def smooth(sample: Sample, profile: Profile, count: int) -> Tensor:
    """The method's importance, averaged over five tokens in time."""
    importance = routed(sample, profile)
    return thin(moving_average(importance, 5), profile.frame_keep, count)


def floors(sample: Sample, profile: Profile, count: int) -> Tensor:
    """The method with half of what is kept spread evenly over ten stretches of the recording."""
    scores = headrouter(sample, profile, count)
    return with_quotas(scores, count // 2)


def frame(sample: Sample, profile: Profile, count: int) -> Tensor:
    """Uniform stride, the baseline to beat (AudioMarathon, arXiv 2510.07293)."""
    scores = torch.zeros(sample.audio_tokens, device=sample.keys.device)
    scores[stride_index(sample.audio_tokens, count).to(scores.device)] = 1.0
    return scores


def random(sample: Sample, profile: Profile, count: int) -> Tensor:
    """Uniform without replacement, by the sample's seed."""
    generator = torch.Generator().manual_seed(sample.seed)
    return torch.rand(sample.audio_tokens, generator=generator).to(sample.keys.device)


def fastv(sample: Sample, profile: Profile, count: int) -> Tensor:
    """What the last token of the prompt attends to, mean over heads (FastV, arXiv 2403.06764)."""
    row = sample.whole
    last = int(row.asking[-1])
    queries, keys = row.rotated()
    seen = row.real.nonzero().flatten()
    seen = seen[seen <= last]
    attention = position_free_attention(queries[:, last : last + 1], keys[:, seen], sample.scaling)
    received = torch.zeros(len(row.real), device=keys.device)
    received[seen] = attention.mean(dim=0)
    return received[row.audio]


def dart(sample: Sample, profile: Profile, count: int) -> Tensor:
    """The tokens least like a few pivots (DART, arXiv 2502.11494).

    Pivots are the audio and the text tokens whose keys are largest; each in turn takes its share
    of those least similar to it. Scores are the order of being taken.
    """
    row = sample.whole
    size = row.rotated()[1].float().abs().sum(dim=(0, 2))
    states = torch.nn.functional.normalize(row.states.float(), dim=-1)
    heard = states[row.audio]
    own = min(PIVOTS, count)
    pivots = size[row.audio].topk(own).indices
    asked = row.asking[size[row.asking].topk(min(PIVOTS, len(row.asking))).indices]
    judges = torch.cat([heard[pivots], states[asked]])
    order = torch.zeros(len(heard), device=heard.device)  # 0: not taken
    order[pivots] = float(len(heard))
    left = count - own
    for number, judge in enumerate(judges):
        share = -(-left // (len(judges) - number))  # rounded up, so that all are given out
        likeness = (heard @ judge).masked_fill(order > 0, torch.inf)
        order[likeness.topk(share, largest=False).indices] = float(len(judges) - number)
        left -= share
    return order


def segment(sample: Sample, profile: Profile, count: int) -> Tensor:
    """In each of ten stretches those that get most attention in the encoder (arXiv 2511.14293)."""
    return with_quotas(sample.hint("received"), count)


def energy(sample: Sample, profile: Profile, count: int) -> Tensor:
    """The loudest tokens."""
    return sample.hint("levels")


def merge(sample: Sample, profile: Profile, count: int) -> Tensor:
    """The tokens least like the one before them; the others are merged into their neighbours.

    After A-ToMe (arXiv 2306.16009), which merges the most similar adjacent pairs.
    """
    row = sample.whole
    heard = torch.nn.functional.normalize(row.states[row.audio].float(), dim=-1)
    scores = torch.ones(len(heard), device=heard.device)
    scores[1:] = -(heard[1:] * heard[:-1]).sum(dim=-1)
    return scores


def moving_average(scores: Tensor, width: int) -> Tensor:
    """(..., audio) scores averaged over ``width`` tokens around each, fewer at the ends."""
    return torch.nn.functional.avg_pool1d(
        scores.reshape(-1, scores.shape[-1]),
        width,
        stride=1,
        padding=width // 2,
        count_include_pad=False,
    ).reshape(scores.shape)


def phrase_tokens(token_seconds: float) -> int:
    """How many tokens a phrase has, an odd number."""
    return 2 * round(PHRASE_SECONDS / 2 / token_seconds) + 1


def over_a_phrase(weights: Tensor, token_seconds: float) -> Tensor:
    """(..., audio) weights averaged over two seconds around each, rows summing to one."""
    averaged = moving_average(weights, phrase_tokens(token_seconds))
    return averaged / averaged.sum(dim=-1, keepdim=True)


def with_quotas(scores: Tensor, count: int, stretches: int = 10) -> Tensor:
    """Scores under which ``count`` of the tokens kept are spread over equal stretches.

    The best of each stretch, up to its share, come before all others.
    """
    ranks = scores.argsort().argsort().float() / len(scores)
    ranks[scores.isneginf()] = -torch.inf
    parts = torch.arange(len(scores), device=scores.device).tensor_split(stretches)
    shares = torch.arange(count).tensor_split(stretches)
    for part, share in zip(parts, shares, strict=True):
        best = ranks[part].topk(min(len(share), len(part))).indices
        ranks[part[best]] += 1.0
    return ranks


PIVOTS = 4  # of the audio, and of the text
MERGING = frozenset({"merge"})

SCORERS: dict[str, Scorer] = {
    "headrouter": headrouter,
    "contrast": contrast,
    "spotting": spotting,
    "peaks": peaks,
    "unfiltered": unfiltered,
    "hard": hard,
    "heads_mean": heads_mean,
    "semantic": semantic,
    "acoustic": acoustic,
    "rotary": rotary,
    "smooth": smooth,
    "floors": floors,
    "frame": frame,
    "random": random,
    "fastv": fastv,
    "dart": dart,
    "segment": segment,
    "energy": energy,
    "merge": merge,
}


def find_scorer(name: str) -> Scorer:
    """The scorer of that name. Raises UnknownScorer, listing the known ones."""
    try:
        return SCORERS[name]
    except KeyError:
        raise UnknownScorer(f"no scorer {name!r}; known: {', '.join(SCORERS)}") from None
