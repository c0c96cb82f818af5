"""Offloading: decoder layers that are not kept on the device, and come to it for each pass.

They wait in main memory beside a GPU, or in the checkpoint's own files. What is computed is the
same; every token of an answer waits for them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import torch

from headrouter.errors import ModelUnreadable
from headrouter.prune.families import family_of
from headrouter.prune.router import DEFAULT_LAYER

STAY = DEFAULT_LAYER  # decoder layers that are never offloaded: hearing runs them for each window
_LAYER = re.compile(r"(?:(?:thinker|model|language_model)\.)*layers\.(\d+)\.")


@dataclass(frozen=True)
class Offload:
    """How many decoder layers, from the last down, are not kept on the device."""

    in_memory: int = 0  # wait in main memory; the device is a GPU then
    on_disk: int = 0  # the last ones of all: are read from the checkpoint's files
    layer_bytes: int = 0  # of one of them, in the precision that is loaded

    @property
    def layers(self) -> int:
        """How many there are."""
        return self.in_memory + self.on_disk

    @property
    def places(self) -> set[str]:
        """Where they wait."""
        found = {"memory": self.in_memory, "disk": self.on_disk}
        return {place for place, layers in found.items() if layers}

    @property
    def moved(self) -> int:
        """Bytes that come to the device in each pass."""
        return self.layers * self.layer_bytes

    @property
    def passing(self) -> int:
        """Bytes that the device needs for the layer that is there just now."""
        return self.layer_bytes if self.layers else 0

    def told(self, layers: int, size: str) -> str:
        """What it costs, of a decoder with so many layers; ``size``: ``moved`` in words."""
        waiting = f"{self.in_memory} of {layers} decoder layers wait in main memory"
        read = f"{self.on_disk} of {layers} decoder layers are read from disk"
        both = [told for told, count in ((waiting, self.in_memory), (read, self.on_disk)) if count]
        return f"{' and '.join(both)}, {size} for each token of the answer"

    def of_model(self, model: Any) -> Self:
        """The same, with the bytes that the layers of a model really have."""
        layers = list(family_of(model).layers(model))[-self.layers :] if self.layers else []
        sizes = [sum(p.numel() * p.element_size() for p in layer.parameters()) for layer in layers]
        return type(self)(self.in_memory, self.on_disk, max(sizes, default=0))


NOTHING = Offload()


def layer_numbers(sizes: Mapping[str, int]) -> int:
    """Numbers in the largest decoder layer, by the numbers in each tensor of a checkpoint."""
    layers: dict[str, int] = {}
    for name, numbers in sizes.items():
        if found := _LAYER.match(name):
            layers[found[1]] = layers.get(found[1], 0) + numbers
    return max(layers.values(), default=0)


def most_layers(layers: int) -> int:
    """How many of so many decoder layers may be offloaded."""
    return max(0, layers - STAY)


def device_map(cls: Any, folder: Path, config: Any, device: str, offload: Offload) -> Any:
    """Where each part of a model goes, as transformers takes it. Raises ModelUnreadable."""
    config = config or cls.config_class.from_pretrained(folder, local_files_only=True)
    with torch.device("meta"):
        model = cls._from_config(config)
    layers = family_of(model).layers(model)
    most = most_layers(len(layers))
    if offload.layers > most:
        raise ModelUnreadable(f"{folder}: {offload.layers} layers can't be offloaded, but {most}")
    names = {module: name for name, module in model.named_modules()}
    gone = list(layers)[len(layers) - offload.layers :]
    places = ["cpu"] * offload.in_memory + ["disk"] * offload.on_disk
    return _mapped(
        model, "", dict(zip((names[each] for each in gone), places, strict=True)), device
    )


def _mapped(module: Any, name: str, elsewhere: Mapping[str, str], device: str) -> dict[str, str]:
    """Places of all that is in a module: by the largest parts that are in one place."""
    if name in elsewhere:
        return {name: elsewhere[name]}
    if not any(other.startswith(f"{name}." if name else "") for other in elsewhere):
        return {name: device}
    own = [*module.named_parameters(name, False), *module.named_buffers(name, False)]
    found = {part: device for part, _ in own}
    for part, child in module.named_children():
        found |= _mapped(child, f"{name}.{part}" if name else part, elsewhere, device)
    return found
