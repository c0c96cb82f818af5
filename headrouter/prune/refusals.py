"""Under what pruning would be wrong, and is refused by name."""

from collections.abc import Mapping, Sequence
from typing import Any

from headrouter.errors import RouterRefusal


def refuse_cache(cache: Any, layer: int) -> None:
    """Raises RouterRefusal for a cache that can't hold fewer tokens from ``layer`` on."""
    from transformers import DynamicCache  # here, so that importing headrouter stays light

    if not isinstance(cache, DynamicCache):
        raise RouterRefusal(
            f"cache_implementation ({type(cache).__name__}): only a dynamic cache can be pruned; "
            "leave cache_implementation unset"
        )
    if not set(cache.is_sliding[layer:]) <= set(cache.is_sliding[:layer]):
        raise RouterRefusal(
            f"layer={layer}: transformers sizes each kind of attention mask by the first layer of "
            "that kind, full or sliding, and one kind has none below; choose a higher layer"
        )
    for held in cache.layers[layer:]:
        window = getattr(held, "sliding_window", None)
        if window is not None and cache.get_seq_length(layer - 1) > window:
            raise RouterRefusal(
                f"sliding_window={window}: the sequence is longer than the attention window, "
                "which counts positions that pruning removes; shorten the recording"
            )


def refuse_generation(given: Mapping[str, Any], configs: Sequence[Any]) -> None:
    """Raises RouterRefusal for a setting of ``generate`` under which pruning would be wrong.

    given: what the call names; configs: where transformers looks for the rest, in this order.
    """
    harmless: dict[str, tuple[Any, ...]] = {
        "num_beams": (None, 1),
        "use_cache": (None, True),
        "cache_implementation": (None, "dynamic"),
        "prefill_chunk_size": (None,),
        "assistant_model": (None,),
        "assistant_early_exit": (None,),
        "prompt_lookup_num_tokens": (None,),
        "use_mtp": (None, False),
    }
    for name, values in harmless.items():
        found = (getattr(config, name, None) for config in configs)
        value = given[name] if name in given else next((v for v in found if v is not None), None)
        if value not in values:
            raise RouterRefusal(
                f"{name} can't be combined with pruning: leave it out of the call to generate and "
                "of the generation config"
            )
