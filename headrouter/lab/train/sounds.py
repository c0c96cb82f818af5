"""Teaches the reader of sounds: names off the layers of a model's encoder, which stays as it is.

Windows (``headrouter.lab.corpus.under``) are heard once, and means of all layers kept on disk; the
reader itself learns from these in minutes. Clips are in PARTS parts that share no recording, and
each window is drawn from one of them, so that one can be held out.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from headrouter.hear.listener import AudioLM
from headrouter.hear.sounds import SoundReader, means
from headrouter.hear.threads import side_by_side
from headrouter.lab.corpus.clips import Clip
from headrouter.lab.corpus.under import FRAMES, Mixer
from headrouter.lab.train.training import Descent, Pace

PARTS = 3
SHARD = 30  # windows in a file
LAYERS = (1, 2)  # that were not taught to read: under speech they hear most
INNER, DROP = 192, 0.3
BATCH, EPOCHS, RATE = 24, 15, 1.5e-3
MIXED, MIXTURE = 0.5, 0.4  # share of the steps whose windows are mixed (mixup), and of Beta(.., ..)
RARE = -4.0  # log-odds of a name before anything is learned


def part_of(clip: Clip) -> int:
    """Which part a clip is in; pieces of one recording are in one, and so is what a voice says.

    ESC-50's files are called by fold, recording, piece and class.
    """
    names = clip.source.split("-")
    of_esc50 = len(names) == 4 and names[0].isdigit()
    source = names[1] if of_esc50 else clip.speaker or clip.source
    return crc32(source.encode()) % PARTS


@dataclass(frozen=True)
class Windows:
    """Windows that were heard."""

    frames: NDArray[np.float16]  # (windows, FRAMES, layers, width)
    there: NDArray[np.int8]  # (windows, FRAMES, names), as `Mixture.there`
    parts: NDArray[np.int8]  # (windows,)

    def of(self, parts: Sequence[int]) -> "Windows":
        """Those of some parts."""
        chosen = np.isin(self.parts, parts)
        return Windows(self.frames[chosen], self.there[chosen], self.parts[chosen])


def listen(
    listener: AudioLM,
    clips: Sequence[Clip],
    names: Sequence[str],
    count: int,
    out: Path,
    *,
    seed: int,
    threads: int,
    report: Callable[[int], None] = lambda windows: None,
) -> Windows:
    """So many windows as all layers hear them; what lies in ``out`` is not heard again."""
    out.mkdir(parents=True, exist_ok=True)
    mixers = [Mixer([c for c in clips if part_of(c) == n], names, seed) for n in range(PARTS)]
    layers = range(listener.model.config.audio_config.num_hidden_layers + 1)

    def one(number: int) -> tuple[NDArray[np.float16], NDArray[np.int8]]:
        mixture = mixers[number % PARTS].window(number)
        _, (states,) = listener.backend.embed_and_states([mixture.samples], layers)
        heard = means(states).reshape(FRAMES, len(layers), -1)
        return heard.half().numpy(), mixture.there

    with side_by_side(threads) as pool:
        for first in range(0, count, SHARD):
            path = out / f"{first:06d}.npz"
            if not path.exists():
                found = list(pool.map(one, range(first, min(first + SHARD, count))))
                partial = path.with_suffix(".partial.npz")
                np.savez(partial, frames=[f for f, _ in found], there=[t for _, t in found])
                partial.replace(path)
            report(min(first + SHARD, count))
    shards = [np.load(out / f"{first:06d}.npz") for first in range(0, count, SHARD)]
    frames, there = (
        np.concatenate([s[name] for s in shards])[:count] for name in ("frames", "there")
    )
    return Windows(frames, there, (np.arange(count) % PARTS).astype(np.int8))


def learn(
    heard: Windows,
    names: Sequence[str],
    layers: Sequence[int],
    *,
    seed: int,
    epochs: int = EPOCHS,
    report: Callable[[int, float], None] = lambda epoch, loss: None,
) -> SoundReader:
    """A reader that has learned from these windows."""
    torch.manual_seed(seed)
    frames = torch.from_numpy(heard.frames[:, :, list(layers)]).flatten(2)
    there = torch.from_numpy(heard.there)
    reader = SoundReader(names, layers, heard.frames.shape[-1], INNER, DROP)
    with torch.no_grad():
        reader.level(frames.flatten(0, 1).float())
        reader.out.bias.fill_(RARE)
    steps = len(frames) // BATCH
    pace = Pace(epochs * steps)
    descent = Descent([(list(reader.parameters()), RATE)], pace)
    rng = random.Random(seed)
    for epoch in range(epochs):
        order, total = torch.randperm(len(frames)), 0.0
        for step in range(steps):
            rows = order[step * BATCH : (step + 1) * BATCH]
            loss = loss_of(reader, *mixed(frames[rows].float(), there[rows].float(), rng))
            torch.autograd.backward(loss)
            descent.step()
            total += float(loss.detach())
        report(epoch + 1, total / steps)
    return reader.eval()


def mixed(frames: Tensor, there: Tensor, rng: random.Random) -> tuple[Tensor, Tensor]:
    """Each window of a batch with some of another (Zhang et al. 2018, "mixup"), or as it is."""
    if rng.random() >= MIXED:
        return frames, there
    share = rng.betavariate(MIXTURE, MIXTURE)
    share = max(share, 1 - share)
    others = torch.randperm(len(frames))
    both = share * there + (1 - share) * there[others]
    unknown = (there < 0) | (there[others] < 0)
    return torch.lerp(frames, frames[others], 1 - share), both.masked_fill(unknown, -1.0)


def loss_of(reader: SoundReader, frames: Tensor, there: Tensor) -> Tensor:
    """Mean cross-entropy of a frame, over all names; what is unknown, -1, counts nothing."""
    known = (there >= 0).float()
    each = binary_cross_entropy_with_logits(reader(frames), there.clamp(min=0), reduction="none")
    return (each * known).sum() / known.sum() * there.shape[-1]
