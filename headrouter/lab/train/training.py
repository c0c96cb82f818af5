"""What both training stages share: the untrained model, batches, checkpoints and their record."""

import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from transformers import PreTrainedTokenizerBase, VoxtralForConditionalGeneration

from headrouter.lab.corpus.clips import SAMPLE_RATE
from headrouter.lab.corpus.composing import Composer
from headrouter.lab.corpus.scapes import SECONDS, TOKEN_SECONDS, Scape
from headrouter.nano.build import LORA_A, LORA_B, Tensors, read_parts
from headrouter.quiet import quiet

T = TypeVar("T")
AUDIO_TOKEN_ID = 4
TUNED_LAYERS = 4  # of the encoder, from the top; those below stay whisper-base's
STACK = 4  # encoder frames in an audio token
TOKENS_PER_SECOND = 1 / TOKEN_SECONDS
WINDOW_TOKENS = round(SECONDS * TOKENS_PER_SECOND)


@dataclass
class Nano:
    """The model in training, in float32."""

    model: VoxtralForConditionalGeneration
    tokenizer: PreTrainedTokenizerBase

    @classmethod
    def untrained(cls, sources: Path, seed: int) -> "Nano":
        """Joined from the unpacked parts in `sources`; its projector is random."""
        torch.manual_seed(seed)
        with quiet():
            parts = read_parts(sources, AUDIO_TOKEN_ID)
        model = VoxtralForConditionalGeneration(parts.config).eval()
        absent, strange = model.load_state_dict(parts.weights, strict=False)
        if strange or any("projector" not in name for name in absent):
            raise ValueError(f"the parts do not make the model: {[*absent, *strange]}")
        model.requires_grad_(False)
        nn.init.normal_(model.model.multi_modal_projector.linear_1.weight, std=0.03)
        nn.init.normal_(model.model.multi_modal_projector.linear_2.weight, std=0.0057)
        return cls(model, parts.tokenizer)

    @property
    def encoder(self) -> Any:
        """The audio encoder."""
        return self.model.model.audio_tower

    @property
    def projector(self) -> nn.Module:
        """From four encoder frames to one audio token."""
        projector: nn.Module = self.model.model.multi_modal_projector
        return projector

    @property
    def embedding(self) -> Tensor:
        """(vocabulary, width) of the language model."""
        embedding: Any = self.model.get_input_embeddings()
        weight: Tensor = embedding.weight
        return weight

    @property
    def device(self) -> torch.device:
        """Where its weights are."""
        return self.embedding.device

    def ids(self, text: str) -> list[int]:
        """The tokens of a text, nothing added."""
        ids: list[int] = self.tokenizer(text, add_special_tokens=False).input_ids
        return ids

    def top_layers(self) -> nn.ModuleList:
        """The encoder's layers that are tuned, and its final norm."""
        return nn.ModuleList([*self.encoder.layers[-TUNED_LAYERS:], self.encoder.layer_norm])

    def hear_low(self, mel: Tensor) -> Tensor:
        """(windows, mels, 3000) log-mel -> (windows, 1500, width) below the tuned layers."""
        encoder = self.encoder
        with torch.no_grad(), native_bfloat16(self.device):
            states = nn.functional.gelu(encoder.conv1(mel.to(self.device)))
            states = nn.functional.gelu(encoder.conv2(states)).permute(0, 2, 1)
            states = states + encoder.embed_positions.weight
            return self._through(encoder.layers[:-TUNED_LAYERS], states).float()

    def hear_high(self, states: Tensor) -> Tensor:
        """(windows, 1500, width) through the tuned layers and the final norm."""
        with native_bfloat16(self.device):
            top = self._through(self.encoder.layers[-TUNED_LAYERS:], states)
        normed: Tensor = self.encoder.layer_norm(top.float())
        return normed

    def project(self, frames: Tensor) -> Tensor:
        """(windows, 1500, width) -> (windows, 375, language width)."""
        stacked = frames.reshape(len(frames), -1, STACK * frames.shape[-1])
        tokens: Tensor = self.projector(stacked)
        return tokens

    def hear(self, mel: Tensor) -> Tensor:
        """(windows, mels, 3000) log-mel -> (windows, 375, language width), all the way."""
        return self.project(self.hear_high(self.hear_low(mel)))

    @staticmethod
    def _through(layers: Any, states: Tensor) -> Tensor:
        for layer in layers:
            out = layer(states, None)
            states = out[0] if isinstance(out, tuple) else out
        return states

    def load_front(self, tensors: Tensors) -> None:
        """Put the encoder's and the projector's weights of an adapter in place."""
        front = {f"model.{k}": v.float() for k, v in tensors.items() if ".lora_" not in k}
        _, strange = self.model.load_state_dict(front, strict=False)
        if strange:
            raise ValueError(f"not an adapter of this model: it has {strange[0]}")

    def front(self) -> Tensors:
        """The encoder's and the projector's trained weights, by their names in an adapter."""
        state = self.model.model.state_dict()
        first = len(self.encoder.layers) - TUNED_LAYERS
        tuned = tuple(f"audio_tower.layers.{first + i}." for i in range(TUNED_LAYERS))
        wanted = (*tuned, "audio_tower.layer_norm.", "multi_modal_projector.")
        return {name: tensor for name, tensor in state.items() if name.startswith(wanted)}


def multiplies_bfloat16(device: torch.device) -> bool:
    """Whether the processor multiplies bfloat16 natively."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return bool(torch.cpu.get_capabilities().get("avx512_bf16", False))


def native_bfloat16(device: torch.device) -> torch.autocast:
    """Inside, products and attention are in bfloat16 where the processor multiplies it natively.

    With matrix tiles (AMX) twice as fast as lower precision of products alone, for attention too.
    """
    return torch.autocast(device.type, torch.bfloat16, enabled=multiplies_bfloat16(device))


def lora_of(tensors: Tensors) -> Tensors:
    """The low-rank tensors of an adapter."""
    return {name: tensor.float() for name, tensor in tensors.items() if ".lora_" in name}


def read_adapter(path: Path) -> Tensors:
    """The tensors of an adapter file; raises ValueError if it is none."""
    tensors = load_file(path)
    if not any("projector" in name or name.endswith(LORA_A) for name in tensors):
        raise ValueError(f"{path} holds no adapter")
    return tensors


def write_adapter(tensors: Tensors, path: Path) -> None:
    """Write the tensors in float16."""
    save_file({name: t.detach().half().contiguous() for name, t in tensors.items()}, path)


def averaged(first: Tensors, second: Tensors, share: float) -> Tensors:
    """``1 - share`` of the first adapter and ``share`` of the second, which began as one.

    Of low-rank updates the product is averaged, and brought back to its rank: the halves of two
    products don't add up. Raises ValueError where they are not of one model.
    """
    shapes = [{name: tensor.shape for name, tensor in part.items()} for part in (first, second)]
    if shapes[0] != shapes[1]:
        raise ValueError("these adapters can't be averaged: they have other tensors")
    parts = (1 - share, first), (share, second)
    found = {name: torch.lerp(first[name].float(), second[name].float(), share) for name in first}
    for name in first:
        if name.endswith(LORA_A):
            rank, up_name = len(first[name]), name.removesuffix(LORA_A) + LORA_B
            down = torch.cat([part * ours[name].float() for part, ours in parts])
            up = torch.cat([ours[up_name].float() for _, ours in parts], dim=1)
            (q_up, r_up), (q_down, r_down) = torch.linalg.qr(up), torch.linalg.qr(down.T)
            left, sizes, right = torch.linalg.svd(r_up @ r_down.T)
            roots = sizes[:rank].sqrt()
            found[up_name] = q_up @ left[:, :rank] * roots
            found[name] = roots[:, None] * (right[:rank] @ q_down.T)
    return found


def without_samples(step: int, scapes: list[Scape]) -> list[Scape]:
    """What is in the windows of a batch, without their sound."""
    return [replace(scape, samples=scape.samples[:0]) for scape in scapes]


class Batches(Dataset[tuple[Tensor, T]], Generic[T]):
    """Batches of a composer's windows: log-mel spectrograms, and what `prepare` makes of them."""

    def __init__(
        self,
        composer: Composer,
        features: Any,
        size: int,
        steps: range,
        prepare: Callable[[int, list[Scape]], T],
    ) -> None:
        self.composer, self.features, self.size = composer, features, size
        self.steps, self.prepare = steps, prepare

    def __len__(self) -> int:
        return len(self.steps)

    def __getitem__(self, index: int) -> tuple[Tensor, T]:
        step = self.steps[index]
        numbers = range(step * self.size, (step + 1) * self.size)
        scapes = [self.composer.window(number) for number in numbers]
        mels = [
            self.features(s.samples, sampling_rate=SAMPLE_RATE, return_tensors="pt").input_features
            for s in scapes
        ]
        return torch.cat(mels), self.prepare(step, scapes)


def batches(
    composer: Composer,
    features: Any,
    size: int,
    first: int,
    last: int,
    prepare: Callable[[int, list[Scape]], T],
    workers: int = 1,
) -> Iterator[tuple[Tensor, T]]:
    """Batches `first` to `last` of `size` windows, composed and prepared in processes beside."""
    steps = Batches(composer, features, size, range(first, last), prepare)
    yield from DataLoader(steps, None, num_workers=workers, prefetch_factor=4)


class Pace:
    """How far a run has come, 0 to 1: by its steps, or by the clock where that is further."""

    def __init__(self, steps: int, minutes: float | None = None) -> None:
        self.steps, self.seconds = steps, 60 * minutes if minutes else math.inf
        self.began = time.monotonic()

    def __call__(self, step: int) -> float:
        """After so many steps."""
        return min(1.0, max(step / self.steps, (time.monotonic() - self.began) / self.seconds))


def schedule(step: float, steps: int, warm: float = 0.05, floor: float = 0.04) -> float:
    """The share of the peak learning rate at a step: a linear rise, then half a cosine."""
    rise = max(1.0, warm * steps)
    if step < rise:
        return (step + 1) / rise
    return floor + (1 - floor) * 0.5 * (
        1 + math.cos(math.pi * (step - rise) / max(1.0, steps - rise))
    )


class Descent:
    """AdamW over groups of parameters, each with its peak rate and its own clipping."""

    def __init__(self, groups: Sequence[tuple[list[nn.Parameter], float]], pace: Pace) -> None:
        self.groups = [parameters for parameters, _ in groups]
        rates = [{"params": parameters, "lr": rate} for parameters, rate in groups]
        self.optimiser = torch.optim.AdamW(rates, weight_decay=0.01)
        self.rates = torch.optim.lr_scheduler.LambdaLR(
            self.optimiser, lambda step: schedule(pace(step) * pace.steps, pace.steps)
        )

    def step(self) -> None:
        """Go down the gradients that are there, and clear them."""
        for parameters in self.groups:
            nn.utils.clip_grad_norm_(parameters, 1.0)
        self.optimiser.step()
        self.rates.step()
        self.optimiser.zero_grad()

    def state(self) -> dict[str, Any]:
        """For a checkpoint."""
        return {"optimiser": self.optimiser.state_dict(), "rates": self.rates.state_dict()}

    def load(self, state: dict[str, Any]) -> None:
        """Go on from a checkpoint's state."""
        self.optimiser.load_state_dict(state["optimiser"])
        self.rates.load_state_dict(state["rates"])


class Checkpoint:
    """The state of a training run, in a folder that it can go on from."""

    def __init__(self, folder: Path, settings: dict[str, Any]) -> None:
        """Raises ValueError if the folder holds a run of other settings."""
        self.folder, self.settings = folder, settings
        self.log: list[dict[str, Any]] = []
        folder.mkdir(parents=True, exist_ok=True)
        if self.record.exists():
            found = json.loads(self.record.read_text(encoding="utf-8"))
            if found["settings"] != settings:
                raise ValueError(f"{folder} holds a run of other settings; choose another --out")
            self.log = found["log"]

    @property
    def record(self) -> Path:
        """What was done, for people to read."""
        return self.folder / "record.json"

    @property
    def state(self) -> Path:
        """Weights and optimiser."""
        return self.folder / "state.pt"

    def save(self, step: int, state: dict[str, Any]) -> None:
        """Write the state after `step` steps, whole or not at all."""
        _whole(self.state, lambda path: torch.save({"step": step, **state}, path))
        record = {"settings": self.settings, "steps": step, "log": self.log}
        _whole(
            self.record,
            lambda path: path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8"),
        )

    def load(self) -> dict[str, Any] | None:
        """The last saved state, or None."""
        if not self.state.exists():
            return None
        state: dict[str, Any] = torch.load(self.state, weights_only=True)
        return state

    def note(self, step: int, **values: Any) -> None:
        """Add a line to the record, with the time."""
        self.log.append({"step": step, "time": time.strftime("%Y-%m-%d %H:%M:%S"), **values})


def _whole(path: Path, write: Callable[[Path], object]) -> None:
    partial = path.with_name(path.name + ".partial")
    write(partial)
    partial.replace(path)
