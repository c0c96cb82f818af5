"""What a run of a model costs, counted from its configuration: layer-tokens and bytes."""

from dataclasses import dataclass
from typing import Any, Self

from headrouter.backends.offloading import NOTHING, Offload
from headrouter.prune.routing import kept_count


@dataclass(frozen=True)
class ModelCost:
    """What one model's run costs, read from its configuration."""

    layers: int
    layer: int  # M: layers from here on see kept tokens only
    width: int
    inner: int  # of the MLP; of experts, of those that a token is given to
    heads: int
    kv_token_layer: int  # bytes of KV cache, a token and layer; their mean where layers differ
    vocabulary: int
    bytes_a_number: int = 4
    head_dim: int | None = None  # None: the heads share the width among them
    offload: Offload = NOTHING  # layers that come to the device for each pass

    @classmethod
    def of(cls, model: Any, layer: int) -> Self:
        """From a transformers model and the layer M it is pruned at."""
        number = model.get_input_embeddings().weight.element_size()  # quantised ones are no numbers
        return cls.of_config(model.config, layer, number)

    @classmethod
    def of_config(cls, config: Any, layer: int, number: int) -> Self:
        """From a transformers configuration and the bytes of a number that is computed with."""
        config = config.get_text_config()
        layers = _layers(config)
        cached = sum(count * dim for count, dim, own in layers if own)
        return cls(
            layers=len(layers),
            layer=layer,
            width=config.hidden_size,
            inner=_inner(config),
            heads=config.num_attention_heads,
            kv_token_layer=-(-2 * cached * number // len(layers)),
            vocabulary=config.vocab_size,
            bytes_a_number=number,
            head_dim=max(dim for _, dim, _ in layers),
        )

    def layer_tokens(self, audio: int, text: int, keep: float) -> int:
        """Tokens that the prefill computes, summed over the layers."""
        kept = (kept_count(audio, keep) if audio else 0) + text
        return self.layer * (audio + text) + (self.layers - self.layer) * kept

    def operations(self, audio: int, text: int, keep: float) -> float:
        """Multiply-adds of a prefill: projections and MLP by token, causal attention by pair."""
        kept = (kept_count(audio, keep) if audio else 0) + text

        def layer(tokens: int) -> float:
            return tokens * self._token_weights + tokens * (tokens + 1) * self._query_width

        return self.layer * layer(audio + text) + (self.layers - self.layer) * layer(kept)

    @property
    def weight_bytes(self) -> int:
        """What is read of the language model for each token of an answer."""
        numbers = self.layers * self._token_weights + self.vocabulary * self.width
        return numbers * self.bytes_a_number

    @property
    def _token_weights(self) -> int:
        """Weights of a layer that every token is multiplied with."""
        return self.width * (2 * self._query_width + 2 * self._key_width + 3 * self.inner)

    @property
    def _key_width(self) -> int:
        """Numbers in the keys of a token."""
        return self.kv_token_layer // (2 * self.bytes_a_number)

    def _beside(self, piece: int, sequence: int) -> int:
        """Numbers that attention of a piece makes for the whole sequence.

        The cache is copied as it grows, grouped keys and values are repeated for each query head,
        and there is a mask.
        """
        repeated = 2 * self._query_width if self._query_width > self._key_width else 0
        return sequence * (2 * self._key_width + repeated + 2 * piece)

    @property
    def _query_width(self) -> int:
        """Numbers in the queries of a token."""
        return self.heads * self.head_dim if self.head_dim else self.width

    def run_bytes(
        self, audio: int, text: int, keep: float, new: int, piece: int | None = None
    ) -> int:
        """Memory that a run needs beyond the loaded model, at its peak.

        piece: tokens that a layer takes at once; None takes the whole prompt.
        """
        cached = self.layer_tokens(audio, text, keep) + self.layers * new
        sequence = audio + text
        embedded = 4 * sequence * self.width  # prompt, its parts and the residual stream
        layer = 6 * self.width + 3 * self.inner  # of a token
        probe = 2 * self.heads * text * audio
        if piece is None or piece >= sequence:
            largest = sequence * layer + probe
        else:  # the layer that is read, or what is then made of it
            embedded += sequence * self.width  # the layer's states are put together
            read = sequence * (self._query_width + self._key_width)
            largest = max(self._beside(piece, sequence) + piece * layer + read, 2 * read + probe)
        numbers = embedded + largest + 4 * self.vocabulary
        run = cached * self.kv_token_layer + numbers * self.bytes_a_number
        return run + self.offload.passing


def key_shape(config: Any, layer: int) -> tuple[int, int]:
    """How many key heads a decoder layer has, and the dimension of each."""
    heads, dim, _ = _layers(config.get_text_config())[layer]
    return heads, dim


def _inner(config: Any) -> int:
    """Width of what a token goes through between the attention layers."""
    experts = getattr(config, "num_experts_per_tok", None)
    if experts and getattr(config, "moe_intermediate_size", None):
        return int(experts * config.moe_intermediate_size)
    return int(config.intermediate_size)


def _layers(config: Any) -> list[tuple[int, int, bool]]:
    """Of each layer its key heads, their dimension, and whether it caches keys of its own."""
    count = config.num_hidden_layers
    unlike = getattr(config, "is_heterogeneous", False)
    each = [config.per_layer_config[at] for at in range(count)] if unlike else [config] * count
    shared = getattr(config, "kv_sharing_modes", None) or [None] * count
    whole = config.hidden_size // config.num_attention_heads
    return [
        (one.num_key_value_heads, getattr(one, "head_dim", None) or whole, mode != "reuse")
        for one, mode in zip(each, shared, strict=True)
    ]
