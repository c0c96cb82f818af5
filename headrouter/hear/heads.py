"""What the attention heads of one layer ask and offer, read by running a model up to there."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn

from headrouter.prune.families import family_of, heads_read


def read_heads(
    model: nn.Module, states: Tensor, layer: int, besides: dict[str, Tensor] | None = None
) -> dict[str, Tensor]:
    """Queries and keys of layer ``layer`` - 1, running the model no further than that.

    states: (batch, tokens, width) input embeddings; besides: what else the decoder takes.
    Returns "queries" (batch, heads, tokens, dim) and "keys" (batch, key heads, tokens, dim), before
    rotary embedding.
    """
    family = family_of(model)
    decoder = model.get_decoder()  # type: ignore[operator]
    attention = family.layers(model)[layer - 1].self_attn
    with heads_read(family, attention) as found, first_layers(decoder, layer):
        decoder(inputs_embeds=states, use_cache=False, **(besides or {}))
    return found


@contextmanager
def first_layers(decoder: Any, count: int) -> Iterator[None]:
    """Inside, the decoder has its first ``count`` layers only."""
    layers = decoder.layers
    decoder.layers = layers[:count]
    try:
        yield
    finally:
        decoder.layers = layers
