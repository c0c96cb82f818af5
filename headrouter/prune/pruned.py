"""What pruning did to a row, and what kept tokens can take in of those beside them."""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from headrouter.prune.probe import Sample
from headrouter.prune.profiles import Profile
from headrouter.prune.routing import Route, route


@dataclass(frozen=True, eq=False)
class Pruned:
    """What happened to the audio of one row of a prefill."""

    sample: Sample
    profile: Profile
    audio: Tensor  # (audio,), where the audio tokens stand in the sequence
    kept: Tensor  # (kept,), which of them stay: indices into ``audio``, in time order

    @cached_property
    def route(self) -> Route:
        """The routing of this row, whatever scorer chose the tokens."""
        return route(self.sample.attention, self.profile, self.sample.asked)


def merged(states: Tensor, pruned: Pruned) -> Tensor:
    """(tokens, width) states in which kept audio tokens have taken in the dropped ones.

    Each dropped token goes to the more similar of the kept ones before and after it, with its
    cosine to that one as its weight (none if that is negative); a kept token weighs 1.
    """
    audio, kept = states[pruned.audio], pruned.kept
    places = torch.arange(len(audio), device=kept.device)
    after = torch.searchsorted(kept, places).clamp(max=len(kept) - 1)
    before = (torch.searchsorted(kept, places, right=True) - 1).clamp(min=0)
    units = torch.nn.functional.normalize(audio.float(), dim=-1)
    cosines = torch.stack([(units * units[kept[near]]).sum(-1) for near in (before, after)])
    best = cosines.max(dim=0)
    home = torch.where(best.indices == 0, before, after)
    weights = best.values.clamp(min=0.0)[:, None]
    sums = torch.zeros(len(kept), audio.shape[1], device=audio.device)
    sums.index_add_(0, home, weights * audio.float())
    totals = torch.zeros(len(kept), 1, device=audio.device).index_add_(0, home, weights)
    result = states.clone()
    result[pruned.audio[kept]] = (sums / totals).to(states.dtype)
    return result
