"""Which tokens go on, as rectangles of positions, and the masks and states cut down to them."""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from headrouter.errors import RouterRefusal


@dataclass
class Kept:
    """Which positions the layers from M on still hold, for one cache."""

    positions: Tensor  # (batch, kept) absolute, ascending
    real: Tensor  # (batch, kept) bool; False marks filler that evens out a ragged batch
    length: int  # length of the whole sequence so far

    @property
    def pruned(self) -> bool:
        """Whether they hold fewer than there are."""
        return self.positions.shape[1] < self.length

    @cached_property
    def even(self) -> bool:
        """Whether there is no filler. Asked once a pass: on a GPU the answer is waited for."""
        return bool(self.real.all())

    def extend(self, positions: Tensor, real: Tensor, tokens: int) -> "Kept":
        """With a pass of so many tokens, of which these (batch, kept) are held."""
        positions = torch.cat([self.positions, positions + self.length], dim=1)
        return Kept(positions, torch.cat([self.real, real], dim=1), self.length + tokens)


def real_tokens(audio_mask: Tensor, attention_mask: Tensor | None) -> Tensor:
    """(batch, tokens) bool: False for the padding that a mask of padding alone tells of."""
    if attention_mask is None or attention_mask.dim() != 2:
        return torch.ones_like(audio_mask)
    return attention_mask[:, -audio_mask.shape[1] :].bool()


def asking_rows(audio_mask: Tensor) -> Tensor:
    """(batch, tokens) bool: what stands after each row's last audio token."""
    audio_to_come = audio_mask.int().flip(1).cummax(dim=1).values.flip(1).bool()
    return ~audio_to_come


def even_out(keep_mask: Tensor) -> tuple[Tensor, Tensor]:
    """Positions of the True entries, as one rectangle.

    keep_mask: (batch, tokens). Rows that keep fewer tokens are filled up with dropped ones;
    the second tensor is False there, so that the filler can be masked.
    """
    counts = keep_mask.sum(dim=1)
    most = int(counts.max())
    first = keep_mask.int().argsort(dim=1, descending=True, stable=True)[:, :most]
    positions = first.sort(dim=1).values
    return positions, keep_mask.gather(1, positions)


def gather_tokens(states: Tensor, index: Tensor) -> Tensor:
    """(..., batch or 1, tokens, dim) -> (..., batch, kept, dim) by index (batch, kept)."""
    return torch.take_along_dim(states, index[..., None], dim=-2)


def prune_mask(mask: object, kept: Kept, rows: int) -> Tensor | None:
    """The attention mask of the last rows for the positions that layers from M on hold.

    A mask of None stays None while causality says it all: sdpa and flash take it so.
    """
    if mask is not None and not isinstance(mask, Tensor):
        raise RouterRefusal(
            f"attn_implementation={type(mask).__name__}: only tensor masks can be pruned; load "
            "the model with attn_implementation='sdpa'"
        )
    columns, even = kept.positions, kept.even
    queries = columns[:, -rows:]
    if mask is None:
        causal = columns[:, None, None, :] <= queries[:, None, :, None]
        return None if even else causal & _visible(kept, queries)
    if mask.dim() == 2:  # flash attention: padding alone
        return torch.take_along_dim(mask, columns, dim=-1) * kept.real
    mask = torch.take_along_dim(mask, columns[:, None, None, :], dim=-1)
    if even:
        return mask
    visible = _visible(kept, queries)
    if mask.dtype == torch.bool:
        return mask & visible
    return mask.masked_fill(~visible, torch.finfo(mask.dtype).min)


def _visible(kept: Kept, queries: Tensor) -> Tensor:
    """(batch, 1, rows, columns): filler is seen by nobody but itself, so that no row is empty."""
    itself = kept.positions[:, None, None, :] == queries[:, None, :, None]
    return kept.real[:, None, None, :] | itself
