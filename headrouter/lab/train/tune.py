"""Stage B: teaches the language model to answer questions about what the encoder heard.

Low-rank updates (Hu et al. 2021, by peft) on every linear layer of the language model; the loss is
on answers only. Several questions share one stretch of audio, each blind to the others: all are
answered from the audio alone. Most stretches lose a part of their audio tokens, at their original
positions, so that pruned input is nothing new to the model.

Where there is a GPU the encoder's upper layers and the projector learn with it (`together`): the
answers' loss goes on into them, beside the loss of stage A, which keeps the audio tokens readable.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from transformers import WhisperFeatureExtractor

from headrouter.hear.letters import FILE as LETTER_FILE
from headrouter.lab.corpus.annotations import world_of
from headrouter.lab.corpus.composing import Composer
from headrouter.lab.corpus.scapes import Scape
from headrouter.lab.train.align import READER, blank_stretches
from headrouter.lab.train.classes import classes_of, reader_of
from headrouter.lab.train.examples import IGNORED, Assembler, Example, batch_of, parts_of
from headrouter.lab.train.lora import add_lora, load_lora, lora_tensors
from headrouter.lab.train.losses import Losses
from headrouter.lab.train.training import (
    Checkpoint,
    Descent,
    Nano,
    Pace,
    batches,
    lora_of,
    native_bfloat16,
    without_samples,
    write_adapter,
)
from headrouter.nano.build import Tensors

LORA_RATE = 4e-4
FRONT_RATES = {"top": 1e-4, "projector": 2e-4, "reader": 2e-4}
CAPTION_WEIGHT = 0.3  # of the loss of stage A beside that of the answers
AT_ONCE = {"cpu": 2_500, "cuda": 60_000}  # padded tokens: a GPU's time goes by launches, not length


class Language:
    """Losses of the language model over sequences."""

    def __init__(self, nano: Nano, language: nn.Module) -> None:
        self.nano, self.language = nano, language

    def logits(self, sequences: Sequence[Example], tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Logits and targets where something is to be said, sequence after sequence."""
        batch = batch_of(sequences, tokens, self.nano.embedding)
        with native_bfloat16(tokens.device):
            states = self.language(**batch, use_cache=False).last_hidden_state
        pad = nn.utils.rnn.pad_sequence
        targets = pad([s.targets for s in sequences], batch_first=True, padding_value=IGNORED)
        spoken = targets != IGNORED
        logits = self.nano.model.lm_head(states[spoken.to(states.device)].float())
        return logits, targets[spoken].to(logits.device)

    def loss(self, sequences: Sequence[Example], tokens: Tensor) -> Tensor:
        """The weighted sum of what it costs to say the answers."""
        logits, targets = self.logits(sequences, tokens)
        weights = torch.cat([s.weights[s.targets != IGNORED] for s in sequences])
        return weights.to(logits.device) @ cross_entropy(logits, targets, reduction="none")

    @torch.inference_mode()
    def right(self, sequences: Sequence[Example], tokens: Tensor) -> list[tuple[str, float]]:
        """For each question its task, and 1 if greedy decoding would say just the answer, else 0.

        Of a transcript the share of its tokens.
        """
        logits, targets = self.logits(sequences, tokens)
        hits = (logits.argmax(-1) == targets).tolist()
        found = []
        for sequence in sequences:
            for number, task in enumerate(sequence.tasks, 1):
                own = sequence.branches[sequence.targets != IGNORED] == number
                count = int(own.sum())
                answer, hits = hits[:count], hits[count:]
                share = sum(answer) / count if task == "transcribe" else float(all(answer))
                found.append((task, share))
        return found


class Tuning:
    """What learns in stage B, and one step of it."""

    def __init__(
        self,
        nano: Nano,
        train: Composer,
        dev: Composer,
        pace: Pace,
        seed: int,
        together: Path | None,
    ) -> None:
        """`together` is the folder of stage A whose reader keeps the encoder's tokens readable."""
        self.nano, self.language = nano, add_lora(nano, seed)
        self.model = Language(nano, self.language)
        self.captions = None
        self.front = nn.ModuleDict()
        if together:
            reader = reader_of(nano, classes := classes_of(nano, train, dev))
            reader.load_state_dict(load_file(together / READER))
            self.captions = Losses(nano, classes, reader)
            top, projector = nano.top_layers(), nano.projector
            self.front.update({"top": top, "projector": projector, "reader": reader})
            self.front.requires_grad_(True)
        front = [(list(m.parameters()), FRONT_RATES[name]) for name, m in self.front.items()]
        lora = [p for name, p in self.language.named_parameters() if ".lora_" in name]
        self.descent = Descent([(lora, LORA_RATE), *front], pace)

    def state(self) -> dict[str, Any]:
        """For a checkpoint."""
        weights = {"lora": lora_tensors(self.language), "front": self.front.state_dict()}
        return weights | self.descent.state()

    def load(self, state: dict[str, Any]) -> None:
        """Go on from a checkpoint's state."""
        load_lora(self.language, state["lora"])
        self.front.load_state_dict(state["front"])
        self.descent.load(state)

    def step(
        self, mel: Tensor, sequences: Sequence[Example], scapes: Sequence[Scape], rng: random.Random
    ) -> float:
        """Learn from one batch; the loss of an answer's token before it."""
        low = self.nano.hear_low(mel)
        low = blank_stretches(low, rng) if self.captions else low
        with torch.set_grad_enabled(self.captions is not None):
            frames = self.nano.hear_high(low)
            tokens = self.nano.project(frames).flatten(0, 1)
        heard = tokens.detach()
        heard.requires_grad_(self.captions is not None)  # one way back for all parts of the step
        weight = sum(float(s.weights[s.targets != IGNORED].sum()) for s in sequences)
        total = 0.0
        for part in parts_of(sequences, AT_ONCE[heard.device.type]):
            loss = self.model.loss(part, heard) / weight
            torch.autograd.backward(loss)
            total += float(loss.detach())
        if self.captions:
            beside = self.captions(frames, scapes).values()
            ends = [tokens, *(CAPTION_WEIGHT * loss for loss in beside)]
            torch.autograd.backward(ends, [heard.grad, *[None] * len(beside)])
        self.descent.step()
        return total

    @torch.no_grad()
    def rehearse(self, drawn: Iterable[tuple[Tensor, Sequence[Example]]]) -> dict[str, list[float]]:
        """For each task the share that the model would say rightly now, and of how many."""
        scores: dict[str, list[float]] = defaultdict(list)
        for mel, sequences in drawn:
            tokens = self.nano.hear(mel).flatten(0, 1)
            for sequence in sequences:
                for task, share in self.model.right([sequence], tokens):
                    scores[task].append(share)
        return {task: [round(sum(v) / len(v), 3), len(v)] for task, v in sorted(scores.items())}


def tune(
    nano: Nano,
    train: Composer,
    dev: Composer,
    out: Path,
    *,
    steps: int,
    size: int,
    seed: int,
    start: Tensors | None = None,
    together: Path | None = None,
    workers: int = 1,
    minutes: float | None = None,
    dev_windows: int = 24,
    every: int = 150,
    report: Callable[[int, dict[str, Any]], None] = lambda step, values: None,
) -> Path:
    """Train for `steps` steps of `size` windows; returns the adapter's path in `out`.

    Resumes from `out`. `start` are low-rank tensors to begin with. `together` is the folder that
    stage A wrote: encoder, projector and the readers go on learning; without it only low-rank
    updates do. Windows are composed in `workers` processes. After `minutes` it ends whatever its
    steps, the learning rates fallen by then.
    """
    features = WhisperFeatureExtractor(feature_size=nano.encoder.conv1.in_channels)
    assemble = Assembler(nano, world_of(train))
    pace = Pace(steps, minutes)
    tuning = Tuning(nano, train, dev, pace, seed, together)
    if start:
        load_lora(tuning.language, lora_of(start))
    settings = {"stage": "tune", "steps": steps, "size": size, "seed": seed}
    checkpoint = Checkpoint(out, settings | {"together": together is not None})
    first = 0
    if state := checkpoint.load():
        first = state["step"]
        tuning.load(state)

    def asked(step: int, scapes: list[Scape]) -> tuple[list[Example], list[Scape]]:
        sequences = assemble.batch(scapes, random.Random(f"{seed}/ask/{step}"))
        return sequences, without_samples(step, scapes)

    def rehearsed(number: int, scapes: list[Scape]) -> list[Example]:
        return assemble.batch(scapes, random.Random(f"dev/{number}"))

    drawn = batches(train, features, size, first, steps, asked, workers)
    for step, (mel, (sequences, scapes)) in enumerate(drawn, first):
        loss = tuning.step(mel, sequences, scapes, random.Random(f"{seed}/mask/{step}"))
        report(step + 1, {"loss": loss, "tokens": sum(map(len, sequences))})
        done = pace(step + 1) == 1
        if (step + 1) % every == 0 or done:
            measured = tuning.rehearse(batches(dev, features, 1, 0, dev_windows, rehearsed))
            checkpoint.note(step + 1, loss=round(loss, 4), dev=measured)
            checkpoint.save(step + 1, tuning.state())
            export(nano, tuning.language, out / "adapter.safetensors")
            if tuning.captions:
                tuning.captions.reader.letters.save(out / LETTER_FILE)
            report(step + 1, {"dev": measured})
        if done:
            break
    return out / "adapter.safetensors"


def export(nano: Nano, language: nn.Module, path: Path) -> None:
    """Write the adapter, float16: encoder, projector and low-rank updates."""
    write_adapter(nano.front() | lora_tensors(language), path)
