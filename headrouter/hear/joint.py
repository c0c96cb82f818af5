"""Stretches of several recordings as one: what is heard of them is looked at, or asked about, once.

A joint index is an ordinary AudioIndex whose arrays lie in memory, so that everything that takes an
index takes it; `Joint` tells of which recording each of its tokens is, and where.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path

import numpy as np

from headrouter.errors import IndexUnusable
from headrouter.hear.index import ARRAYS, AudioIndex
from headrouter.hear.spans import Span


@dataclass(frozen=True, eq=False)
class Joint:
    """Stretches one after the other."""

    index: AudioIndex
    sources: tuple[AudioIndex, ...]  # of each stretch
    spans: tuple[Span, ...]  # tokens of its source
    begins: tuple[int, ...]  # token of ``index`` at which each begins

    def stretch(self, token: int) -> int:
        """The number of the stretch that a token of the joint index is in."""
        return int(np.searchsorted(self.begins, token, side="right")) - 1

    def at(self, token: int) -> tuple[int, int]:
        """The stretch of a token of the joint index, and the token of its source."""
        number = self.stretch(token)
        return number, self.spans[number][0] + token - self.begins[number]


def joined(stretches: Sequence[tuple[AudioIndex, Span]]) -> Joint:
    """Stretches of indexes that one model made. Raises IndexUnusable for none of them, or others'.

    Reads all of what is in them into memory.
    """
    whole = [(index, span) for index, span in stretches if span[1] > span[0]]
    if not whole:
        raise IndexUnusable("there is nothing to join: choose at least one stretch")
    meta = whole[0][0].meta
    for index, _ in whole:
        if (index.meta.model, index.meta.width) != (meta.model, meta.width):
            raise IndexUnusable(f"{index.folder} was made by {index.meta.model}, not {meta.model}")
    arrays = {
        name: np.concatenate([getattr(index, name)[first:last] for index, (first, last) in whole])
        for name in ARRAYS
    }
    lengths = [last - first for _, (first, last) in whole]
    tokens = sum(lengths)
    joint = replace(meta, tokens=tokens, seconds=tokens * meta.token_seconds, sums={})
    return Joint(
        AudioIndex(joint, Path(), **arrays),
        tuple(index for index, _ in whole),
        tuple(span for _, span in whole),
        tuple(accumulate(lengths[:-1], initial=0)),
    )
