"""Model families: where a transformers audio LLM keeps its decoder, and how its heads are read.

An adapter states only what differs from the common case: separate ``q_proj`` and ``k_proj``,
``get_decoder().layers`` and ``config.audio_token_id``.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import get_ident
from typing import Any

from torch import Tensor, nn

from headrouter.errors import RouterRefusal, UnsupportedModel

Model = Any
"""A transformers model or one of its modules: nn.Module types their attributes as tensors."""

Reader = Callable[[Tensor], dict[str, Tensor]]
"""A hooked module's output -> its part of the probe: "queries" and/or "keys"."""


class Family:
    """The common seam. Heads come out as (batch, heads, tokens, dim), before rotary embedding."""

    def layers(self, model: Model) -> nn.ModuleList:
        """The decoder layers of the language model."""
        layers: nn.ModuleList = model.get_decoder().layers
        return layers

    def audio_token_id(self, model: Model) -> int:
        """The placeholder that audio embeddings replace."""
        return int(model.config.audio_token_id)

    def readers(self, attention: Model) -> Iterator[tuple[nn.Module, Reader]]:
        """The modules of one attention layer to hook, each with what to make of its output."""
        for name, part in (("q", "queries"), ("k", "keys")):
            norm = getattr(attention, f"{name}_norm", None)  # Qwen3: after the projection
            module = norm or getattr(attention, f"{name}_proj")
            yield module, _split(part, attention.head_dim)

    def rotate(
        self, attention: Model, queries: Tensor, keys: Tensor, rotary: tuple[Tensor, Tensor]
    ) -> tuple[Tensor, Tensor]:
        """Queries and keys of one attention layer with rotary embedding, as that layer makes it."""
        home: Any = sys.modules[type(attention).__module__]  # the transformers file of its class
        rotated: tuple[Tensor, Tensor] = home.apply_rotary_pos_emb(queries, keys, *rotary)
        return rotated

    def refuse(self, inputs: Mapping[str, Any], audio_mask: Tensor) -> None:
        """Raises RouterRefusal for inputs whose audio tokens can't be located."""

    def highest(self, model: Model) -> int:
        """The highest layer from which tokens can be left out."""
        return len(self.layers(model)) - 1

    def borrows_keys(self, attention: Model) -> bool:
        """Whether an attention layer attends to the keys of another."""
        return False

    def cache(self) -> Any:
        """What ``generate`` has to cache in for pruning to be right; None: what it takes itself."""
        return None


@contextmanager
def heads_read(family: Family, attention: Model) -> Iterator[dict[str, Tensor]]:
    """Inside, each pass leaves the attention layer's "queries" and "keys" in the dictionary.

    Each (batch, heads, tokens, dim), before rotary embedding. Passes of other threads leave none.
    """
    found: dict[str, Tensor] = {}
    own = get_ident()

    def hook(read: Reader) -> Callable[[nn.Module, Any, Tensor], None]:
        def keep(module: nn.Module, args: Any, output: Tensor) -> None:
            if get_ident() == own:
                found.update(read(output))

        return keep

    handles = [
        module.register_forward_hook(hook(read)) for module, read in family.readers(attention)
    ]
    try:
        yield found
    finally:
        for handle in handles:
            handle.remove()


def _split(part: str, head_dim: int) -> Reader:
    def read(states: Tensor) -> dict[str, Tensor]:
        batch, tokens = states.shape[:2]
        return {part: states.reshape(batch, tokens, -1, head_dim).transpose(1, 2)}

    return read


class Qwen2Audio(Family):
    """Refuses its legacy merge, which makes one placeholder into many tokens inside forward."""

    def refuse(self, inputs: Mapping[str, Any], audio_mask: Tensor) -> None:
        """Raises RouterRefusal when one placeholder stands for a whole clip."""
        has_features = inputs.get("input_features") is not None
        if has_features and not (audio_mask[:, :-1] & audio_mask[:, 1:]).any():
            raise RouterRefusal(
                "Qwen2-Audio's legacy merge (one audio placeholder a clip) can't be pruned: "
                "prepare the inputs with the current Qwen2AudioProcessor, which expands it"
            )


class Phi4(Family):
    """A fused ``qkv_proj``, and the audio token id in the audio config."""

    def audio_token_id(self, model: Model) -> int:
        """The placeholder that audio embeddings replace."""
        return int(model.config.audio_config.audio_token_id)

    def readers(self, attention: Model) -> Iterator[tuple[nn.Module, Reader]]:
        """One module: queries and keys are slices of its output."""
        dim = attention.head_dim
        query_width = attention.config.num_attention_heads * dim
        key_width = attention.num_key_value_heads * dim

        def read(states: Tensor) -> dict[str, Tensor]:
            queries, keys = states[..., : query_width + key_width].tensor_split([query_width], -1)
            return _split("queries", dim)(queries) | _split("keys", dim)(keys)

        yield attention.qkv_proj, read


class Gemma4(Family):
    """Layers that slide or share the keys of others, and an input of its own for each layer."""

    def rotate(
        self, attention: Model, queries: Tensor, keys: Tensor, rotary: tuple[Tensor, Tensor]
    ) -> tuple[Tensor, Tensor]:
        """Queries and keys, which its file rotates one at a time."""
        home: Any = sys.modules[type(attention).__module__]
        return tuple(home.apply_rotary_pos_emb(part, *rotary) for part in (queries, keys))

    def highest(self, model: Model) -> int:
        """The first layer whose keys others share: what they share has to be pruned."""
        modes = model.config.get_text_config().kv_sharing_modes
        return next((at for at, mode in enumerate(modes) if mode == "store"), len(modes) - 1)

    def borrows_keys(self, attention: Model) -> bool:
        """Whether it is one of the upper layers."""
        return bool(attention.is_kv_shared_layer)

    def cache(self) -> Any:
        """One that slides nowhere: which positions a token sees is for the masks to say."""
        from transformers import DynamicCache

        return DynamicCache()


FAMILIES: dict[str, Family] = {
    "voxtral": Family(),
    "audioflamingo3": Family(),
    "qwen2_audio": Qwen2Audio(),
    "qwen2_5_omni_thinker": Family(),
    "qwen3_omni_moe_thinker": Family(),
    "phi4_multimodal": Phi4(),
    "gemma4": Gemma4(),
    # Pruned as exactly; the assistant does not offer them (headrouter.backends.REFUSED).
    "musicflamingo": Family(),
    "glmasr": Family(),
    "granite_speech": Family(),
    "gemma4_unified": Gemma4(),
}

_HOLDS_A_THINKER = ("qwen2_5_omni", "qwen3_omni_moe")


def family_of(model: Model) -> Family:
    """The adapter for a transformers model. Raises UnsupportedModel, naming the known ones."""
    kind = getattr(getattr(model, "config", None), "model_type", type(model).__name__)
    if kind in _HOLDS_A_THINKER:
        raise UnsupportedModel(f"{kind} listens with its thinker: hand over model.thinker instead")
    if kind not in FAMILIES:
        raise UnsupportedModel(f"no seam for a {kind} model; supported: {', '.join(FAMILIES)}")
    return FAMILIES[kind]
