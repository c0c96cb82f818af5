"""Sounds read off the layers of a model's encoder: which of the names that it knows, and when.

What reads speech forgets on its way up what else is heard; lower layers of Whisper's encoder still
hold it (Gong et al. 2023, "Whisper-AT"). A second reader beside that of letters looks at them, in
the pass that is made anyway: means over FRAME_TOKENS audio tokens of several layers, and a few
frames around. Several names may be there at once.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn.functional import gelu

from headrouter.prune.scorers import moving_average

FILE = "sounds.safetensors"  # in the folder of a checkpoint that has one
FRAME_TOKENS = 5  # that are heard together: 0.4 s of nano's
FRAME_STEPS = 4 * FRAME_TOKENS  # of the encoder
MOST = 12.0  # log-odds that an index can hold, and their negative
READ = 0.7  # share of what is read in the log-odds of a sound; the rest is of what is spotted
LEAST = 1e-5  # likelihood that nothing spotted is below
LASTS = 1.0  # seconds over which what is spotted is averaged before both are added


class SoundReader(nn.Module):
    """(batch, frames, layers x width) means of an encoder's layers -> (.., .., names) log-odds."""

    mean: Tensor
    deviation: Tensor

    def __init__(
        self, names: Sequence[str], layers: Sequence[int], width: int, inner: int, drop: float = 0.0
    ) -> None:
        """layers: numbers of encoder layers, of which what goes in is read; 0 is the first."""
        super().__init__()
        self.names, self.layers = tuple(names), tuple(layers)
        self.near = nn.Linear(width * len(layers), inner)
        self.wide = nn.ModuleList(nn.Conv1d(inner, inner, 3, padding=1) for _ in range(2))
        self.out = nn.Linear(inner, len(names))
        self.drop = nn.Dropout(drop)
        self.register_buffer("mean", torch.zeros(width * len(layers)))
        self.register_buffer("deviation", torch.ones(width * len(layers)))

    def forward(self, frames: Tensor) -> Tensor:
        """As the class says."""
        states = self.drop((frames - self.mean) / self.deviation)
        states = self.drop(gelu(self.near(states))).transpose(1, 2)
        for layer in self.wide:
            states = states + self.drop(gelu(layer(states)))
        logits: Tensor = self.out(states.transpose(1, 2))
        return logits

    def columns(self, names: Sequence[str]) -> dict[str, int]:
        """The numbers of those of these names that it was taught."""
        return {name: self.names.index(name) for name in names if name in self.names}

    def level(self, frames: Tensor) -> None:
        """Take the mean and the deviation of (frames, layers x width) for those of all frames."""
        self.mean.copy_(frames.mean(0))
        self.deviation.copy_(frames.std(0) + 1e-3)

    @torch.inference_mode()
    def read(self, states: Sequence[Tensor], tokens: int) -> Tensor:
        """(tokens, names) log-odds, on the CPU, of a window that has so many audio tokens.

        states: of each of ``layers`` (steps, width), padding included.
        """
        logits: Tensor = self(means(states)[None])[0]
        each = logits.repeat_interleave(FRAME_TOKENS, dim=0)[:tokens]
        return each.clamp(-MOST, MOST).cpu()

    def save(self, path: Path) -> None:
        """Write a file of safetensors, in half precision."""
        half = {name: tensor.half().contiguous() for name, tensor in self.state_dict().items()}
        known = {"names": json.dumps(self.names), "layers": json.dumps(self.layers)}
        save_file(half, path, metadata=known)

    @classmethod
    def load(cls, path: Path) -> Self:
        """From a file of safetensors."""
        tensors = {name: tensor.float() for name, tensor in load_file(path).items()}
        with safe_open(path, "pt") as file:
            known = {name: json.loads(value) for name, value in file.metadata().items()}
        inner, both = tensors["near.weight"].shape
        layers = known["layers"]
        reader = cls(known["names"], layers, both // len(layers), inner)
        reader.load_state_dict(tensors)
        return reader.eval()


def means(states: Sequence[Tensor]) -> Tensor:
    """(frames, layers x width) of layers' (steps, width), the steps of a whole window."""
    together = torch.cat([layer.float() for layer in states], dim=-1)
    return together.reshape(-1, FRAME_STEPS, together.shape[-1]).mean(dim=1)


def both(spotted: Tensor, read: Tensor, token_seconds: float) -> Tensor:
    """(tokens,) how likely a sound is by its name among the tokens and by the reader, in [0, 1].

    spotted: (tokens,) likelihoods; read: (tokens,) log-odds. Under speech only the reader hears it;
    alone its name is the surer sign, and for a short one the only (docs/experiments.md).
    """
    window = max(1, round(LASTS / token_seconds)) | 1
    named = moving_average(spotted, window).clamp(LEAST, 1 - LEAST).logit()
    return torch.maximum(spotted, (READ * read + (1 - READ) * named).sigmoid())


def packed(logits: Tensor) -> Tensor:
    """Log-odds as an index holds them, a byte each."""
    return ((logits.clamp(-MOST, MOST) + MOST) * (255 / (2 * MOST))).round().to(torch.uint8)


def unpacked(rows: Tensor) -> Tensor:
    """The log-odds of bytes."""
    return rows.float() * (2 * MOST / 255) - MOST
