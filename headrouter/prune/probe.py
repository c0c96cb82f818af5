"""The position-free QK probe: what each head would attend to if position did not count.

Pure tensor maths. Queries and keys are read before rotary embedding, so a score speaks of
content alone and scores of windows encoded apart can be compared.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import torch
from torch import Tensor

from headrouter.errors import RouterRefusal


def position_free_attention(queries: Tensor, keys: Tensor, scaling: float) -> Tensor:
    """One distribution over the audio tokens for each query head (HeadRouter, Eq 15-17).

    Args:
        queries: (heads, text, dim), of the text tokens that ask.
        keys: (key heads, audio, dim); key heads are repeated to match the query heads.
        scaling: the attention layer's own factor, usually ``dim ** -0.5``.

    Returns:
        (heads, audio) float32, each row summing to one: softmax over audio, mean over text.
    """
    heads, text, _ = queries.shape
    return _logits(queries, keys, scaling).softmax(dim=-1).reshape(heads, text, -1).mean(dim=1)


FLOOR = 0.01  # of a uniform share: what nobody attends to must not stand out


def contrasted(attention: Tensor, neutral: Tensor) -> Tensor:
    """What a question attends to beyond what every question does.

    attention, neutral: (heads, audio), rows summing to one; the second is that of questions which
    ask for nothing in particular. Returns their ratio, rows summing to one: in logarithms the
    pointwise mutual information of the question and each token.
    """
    floor = FLOOR / attention.shape[-1]
    ratio = (attention + floor) / (neutral + floor)
    return ratio / ratio.sum(dim=-1, keepdim=True)


def streamed_attention(
    queries: Tensor, blocks: Callable[[], Iterable[Tensor]], scaling: float
) -> Tensor:
    """``position_free_attention`` over keys that come block by block, of any length in all.

    The softmax is over all of them: a first pass finds its denominators, a second its values, so
    only one block is held at a time.

    Args:
        queries: (heads, text, dim).
        blocks: gives the key blocks, each (key heads, audio, dim), from the first on, twice.
        scaling: the attention layer's own factor.

    Returns:
        (heads, audio) float32, each row summing to one.
    """
    heads, text, _ = queries.shape
    total = queries.new_full((heads * text,), -torch.inf, dtype=torch.float64)
    for keys in blocks():
        here = _logits(queries, keys, scaling).logsumexp(dim=-1)
        total = torch.logaddexp(total, here.double())
    parts = [
        _logits(queries, keys, scaling)
        .sub_(total[:, None].float())
        .exp_()
        .reshape(heads, text, -1)
        .mean(dim=1)
        for keys in blocks()
    ]
    return torch.cat(parts, dim=-1)


def _logits(queries: Tensor, keys: Tensor, scaling: float) -> Tensor:
    """(heads x text, audio); key heads are shared by the query heads of a group."""
    grouped = queries.float().reshape(keys.shape[0], -1, queries.shape[-1])
    return (grouped @ keys.float().transpose(1, 2) * scaling).flatten(0, 1)


@dataclass(frozen=True, eq=False)
class Row:
    """A whole row of the batch where it would be pruned: what baselines look at besides."""

    states: Tensor  # (tokens, width) that layer M is given
    rotated: Callable[[], tuple[Tensor, Tensor]]
    """Queries (heads, tokens, dim) and keys (key heads, tokens, dim) of layer M-1, with rotary."""
    audio: Tensor  # (audio,), where the audio tokens stand
    asking: Tensor  # (text,), where the text that asks stands
    real: Tensor  # (tokens,) bool, False for padding


@dataclass(eq=False)
class Sample:
    """What a scorer may look at: one recording and one question at layer M-1.

    queries: (heads, text, dim); keys: (key heads, audio, dim), both before rotary embedding.
    """

    queries: Tensor
    keys: Tensor
    scaling: float
    seed: int = 0  # for scorers that draw at random
    hints: Mapping[str, Tensor] = field(default_factory=dict)  # from the caller, by name
    row: Row | None = None  # only while tokens are chosen: it is large

    @property
    def audio_tokens(self) -> int:
        """How many audio tokens there are to choose from."""
        return self.keys.shape[1]

    @cached_property
    def attention(self) -> Tensor:
        """(heads, audio): the probe, computed once."""
        return position_free_attention(self.queries, self.keys, self.scaling)

    @property
    def asked(self) -> Tensor | None:
        """(heads, text, dim) queries of the question read without audio, if the caller knows."""
        return self.hints.get("asked")

    @property
    def whole(self) -> Row:
        """The row, for baselines. Raises RouterRefusal once the tokens are chosen."""
        if self.row is None:
            raise RouterRefusal("this scorer looks at the whole row, which is not kept")
        return self.row

    def hint(self, name: str) -> Tensor:
        """(audio,) float32 that the caller knows. Raises RouterRefusal, naming what is missing."""
        found = self.hints.get(name)
        if found is None or found.shape != (self.audio_tokens,):
            raise RouterRefusal(
                f"this scorer needs one number an audio token: pass hints={{{name!r}: [...]}} to "
                f"HeadRouter, for each row a tensor of shape ({self.audio_tokens},)"
            )
        return found.float().to(self.keys.device)
