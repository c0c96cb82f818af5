"""Whether a model fits a device, and in which precision: counted, before it is loaded or fetched.

Counted are its weights, and a run with ten minutes of sound at the usual keep ratio: KV cache and
activations, by `headrouter.hear.cost`. Of a model that isn't here sizes come from the catalogue.
"""

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from assistant.budget.devices import memory_on
from assistant.budget.machine import free_memory_bytes
from assistant.budget.plan import RESERVE, gigabytes
from headrouter.backends import layer_size, waiting_places, weigh
from headrouter.backends import whole_config as config_of
from headrouter.backends.offloading import NOTHING, Offload, most_layers
from headrouter.backends.weights import PRECISIONS, QUANTISED, precision_for
from headrouter.hear.cost import ModelCost
from headrouter.models import Listed, Shape
from headrouter.prune.router import DEFAULT_LAYER

STORED = "stored"  # of a checkpoint that is quantised already
SECONDS, KEEP, TEXT, NEW = 600.0, 0.4, 100, 200  # of the run that is counted


@dataclass(frozen=True)
class Size:
    """What is known of a model before it is loaded."""

    weights: Mapping[str, int]  # bytes, by precision
    cost: ModelCost  # in numbers of two bytes
    tokens_per_second: float
    layer: int = 0  # numbers in a decoder layer
    waits: tuple[str, ...] = ()  # where decoder layers may: in "memory", on "disk"

    def needed(self, precision: str, seconds: float = SECONDS) -> int:
        """Bytes of the weights, and of a run over so much sound."""
        cost, audio = self.cost, round(seconds * self.tokens_per_second)
        if precision == "fp32":
            cost = replace(cost, bytes_a_number=4, kv_token_layer=2 * cost.kv_token_layer)
        return self.weights[precision] + cost.run_bytes(audio, TEXT, KEEP, NEW)


@dataclass(frozen=True)
class Fit:
    """How a model fits a device."""

    precision: str | None  # the best that fits; None: none does
    needed: int  # bytes, in that precision, or in the smallest
    smallest: str  # precision
    free: int  # bytes
    offload: Offload = NOTHING  # with which the smallest would fit where none does as it is

    def told(self, *, known: bool = True) -> str:
        """In words. known: the model's sizes were read off its files."""
        needed = gigabytes(self.needed) if known else f"about {gigabytes(self.needed)}"
        if self.precision is not None:
            return f"{self.precision}, {needed}"
        if self.offload.layers:
            slowly = f"slowly, with {self.offload.layers} decoder layers offloaded"
            return f"{self.smallest}, {needed}, {slowly}"
        return f"no: {needed} in {self.smallest}, {gigabytes(self.free)} free"


def cost_of(shape: Shape) -> ModelCost:
    """What a run of a model costs that has this shape, in numbers of two bytes."""
    return ModelCost(
        layers=shape.layers,
        layer=min(DEFAULT_LAYER, shape.layers - 1),
        width=shape.width,
        inner=shape.inner,
        heads=shape.heads,
        kv_token_layer=2 * shape.key_heads * shape.head_dim * 2,
        vocabulary=shape.vocabulary,
        bytes_a_number=2,
        head_dim=shape.head_dim,
    )


def size_of(listed: Listed) -> Size:
    """Of a model of the catalogue."""
    weights = {name: listed.parameters * dtype.itemsize for name, dtype in PRECISIONS.items()}
    small = listed.parameters - listed.kept_whole
    for name, width in QUANTISED.items():
        weights[name] = round(small * width) + 2 * listed.kept_whole
    layer = (listed.parameters - listed.kept_whole) // listed.shape.layers
    return Size(weights, cost_of(listed.shape), listed.tokens_per_second, layer, listed.waits)


def size_in(folder: Path, tokens_per_second: float) -> Size:
    """Of a checkpoint in a folder. Raises ModelUnreadable, UnsupportedModel."""
    config = config_of(folder)
    layer = min(DEFAULT_LAYER, config.get_text_config().num_hidden_layers - 1)
    cost = ModelCost.of_config(config, layer, 2)
    waits = waiting_places(folder)
    return Size(weigh(folder), cost, tokens_per_second, layer_size(folder), waits)


def automatic(device: str) -> list[str]:
    """The precisions that ``auto`` may take on a device, best first.

    None in which weights are quantised: what that costs has to be measured first.
    """
    best = precision_for("auto", device)
    return [best, "bf16"] if best == "fp32" else [best]


def possible(device: str) -> list[str]:
    """All precisions that a model can be loaded in on a device, best first."""
    quantised = [] if torch.device(device).type == "cpu" else list(QUANTISED)
    return automatic(device) + quantised


def can_quantise() -> bool:
    """Whether bitsandbytes is installed."""
    return importlib.util.find_spec("bitsandbytes") is not None


def fit_on(size: Size, device: str, limit: int | None = None) -> Fit:
    """Whether a model fits what is free on a device now, in the best precision in which it does.

    limit: the most bytes that this process may use, by the user's will.
    """
    used, free = memory_on(torch.device(device))
    if limit is not None:
        free = max(0, min(free, limit - used))
    allowed = int(free * (1 - RESERVE))
    ways = [way for way in possible(device) if way in size.weights] or list(size.weights)
    needed = {precision: size.needed(precision) for precision in ways}
    fitting = [precision for precision in ways if needed[precision] <= allowed]
    smallest = min(ways, key=needed.__getitem__)
    if fitting:
        return Fit(fitting[0], needed[fitting[0]], smallest, free)
    offload = offload_for(size, wholly(ways), device, allowed)
    if offload.layers:
        smallest = wholly(ways)
    kept = needed[smallest] - offload.moved + offload.passing
    return Fit(None, kept, smallest, free, offload)


def wholly(ways: list[str]) -> str:
    """The smallest of precisions in which weights are not quantised: those can be offloaded."""
    whole = [way for way in ways if way in PRECISIONS]
    return min(whole, key=lambda way: PRECISIONS[way].itemsize, default="")


def offload_for(
    size: Size, precision: str, device: str, allowed: int, *, most: bool = False
) -> Offload:
    """The fewest layers that have to be offloaded for a model to fit; none where that won't do.

    allowed: bytes on the device; most: all layers that can be, whatever fits.
    """
    if precision not in PRECISIONS or not size.layer or not size.waits:
        return NOTHING
    layer, can = size.layer * PRECISIONS[precision].itemsize, most_layers(size.cost.layers)
    over = size.needed(precision) + layer - allowed  # one of them is always there
    layers = can if most else -(-over // layer)
    in_memory = 0
    if "memory" in size.waits and torch.device(device).type == "cuda":  # elsewhere it is the same
        in_memory = min(layers, int(free_memory_bytes() * (1 - RESERVE)) // layer)
    on_disk = layers - in_memory
    if layers > can or (on_disk and "disk" not in size.waits):
        return NOTHING
    return Offload(in_memory, on_disk, layer)
