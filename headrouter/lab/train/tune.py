"""Stage B: teaches the language model to answer questions about what the encoder heard.

Low-rank updates (Hu et al. 2021, by peft) on every linear layer of the language model; the loss is
on answers only. Several questions share one stretch of audio, each blind to the others: all are
answered from the audio alone. Most stretches lose a part of their audio tokens, at their original
positions, so that pruned input is nothing new to the model.

Where there is a GPU the encoder's upper layers and the projector learn with it (`together`): the
answers' loss goes on into them, beside the loss of stage A, which keeps the audio tokens readable.
"""

import random
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn.functional import avg_pool1d, cross_entropy
from transformers import WhisperFeatureExtractor

from headrouter.hear.letters import FILE as LETTER_FILE
from headrouter.hear.spans import Span
from headrouter.lab.corpus.clips import SAMPLE_RATE
from headrouter.lab.corpus.questions import World, ask, transcript, with_words, world_of
from headrouter.lab.corpus.scapes import TOKEN_SECONDS, Composer, Scape, cut, join
from headrouter.lab.train.align import READER, Losses, blank_stretches, classes_of, reader_of
from headrouter.lab.train.training import (
    AUDIO_TOKEN_ID,
    WINDOW_TOKENS,
    Checkpoint,
    Descent,
    Nano,
    Pace,
    batches,
    lora_of,
    multiplies_bfloat16,
    native_bfloat16,
    without_samples,
    write_adapter,
)
from headrouter.nano.build import Tensors

RANK, ALPHA = 16, 32
LORA_RATE = 4e-4
FRONT_RATES = {"top": 1e-4, "projector": 2e-4, "reader": 2e-4}
CAPTION_WEIGHT = 0.3  # of the loss of stage A beside that of the answers
LINEAR = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
PREFIX, TURN, END = "<|im_start|>user\n", "<|im_end|>\n<|im_start|>assistant\n", "<|im_end|>"
STRETCHES = 3  # cut from each window
QUESTIONS = 10  # about each stretch
STRETCH_SECONDS = (6.0, 8.0, 10.0, 12.0, 16.0, 30.0)  # at most
WHOLE, JOINED = 0.15, 0.06  # share of whole windows, and of several joined
JOINED_WINDOWS = 3  # at most
KEEP = (0.3, 0.8)  # of the audio tokens, where any are dropped
SHARE_DROPPED = 0.35
NEEDS_ALL = {"transcribe", "after and before"}  # of what is dropped these could only guess
RUNS = (1, 3, 9)  # tokens over which chance is smoothed: what is kept comes in such runs
SHARE_WITH_WORDS = 0.25  # of the stretches of speech; the listener gives them with most questions
LENGTH_POWER = (
    -0.5
)  # of an answer, in the weight of its tokens: one letter counts, a text not for all
MANY, MOST = 400, 260  # audio tokens; of a stretch of more than so many, at most so many stay
AT_ONCE = {"cpu": 2_500, "cuda": 60_000}  # padded tokens: a GPU's time goes by launches, not length
IGNORED = -100


@dataclass(frozen=True)
class Example:
    """One stretch of audio and its questions, as the language model sees them."""

    ids: Tensor  # (tokens,) of text, and AUDIO_TOKEN_ID for what is heard
    heard: Tensor  # (audio tokens,) which ones, of all in the batch
    targets: Tensor  # (tokens,) the token to be said at each, or IGNORED
    weights: Tensor  # (tokens,) of each target in the loss
    positions: Tensor  # (tokens,)
    branches: Tensor  # (tokens,) 0 for what all questions share, else the question's number
    tasks: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.targets)


def add_lora(nano: Nano, seed: int) -> nn.Module:
    """Low-rank updates on all linear layers of the language model, in place.

    What stays as it is is kept as it is multiplied: autocast would convert it anew at each step.
    """
    if multiplies_bfloat16(nano.device):
        for module in nano.model.model.language_model.layers.modules():
            if isinstance(module, nn.Linear):
                module.bfloat16()
    torch.manual_seed(seed)
    config = LoraConfig(r=RANK, lora_alpha=ALPHA, target_modules=LINEAR)
    with warnings.catch_warnings():  # it asks for an attribute that transformers renamed
        warnings.simplefilter("ignore", FutureWarning)
        return get_peft_model(nano.model.model.language_model, config)


def lora_tensors(language: nn.Module) -> Tensors:
    """The low-rank tensors by their names in an adapter."""
    return {_adapter_name(n): p.data for n, p in language.named_parameters() if ".lora_" in n}


def load_lora(language: nn.Module, tensors: Tensors) -> None:
    """Put the low-rank tensors of an adapter in place."""
    for name, parameter in language.named_parameters():
        if ".lora_" in name:
            parameter.data.copy_(tensors[_adapter_name(name)])


def _adapter_name(name: str) -> str:
    return "language_model." + name.removeprefix("base_model.model.").replace(".default.", ".")


def stretches(scapes: Sequence[Scape], rng: random.Random) -> list[tuple[Span, Scape]]:
    """Pieces of the windows: which audio tokens, of the windows end to end, and what is in them."""
    pieces = []
    for first in range(0, len(scapes), JOINED_WINDOWS):
        group = scapes[first : first + JOINED_WINDOWS]
        if rng.random() < JOINED * STRETCHES * len(group):
            span = first * WINDOW_TOKENS, (first + len(group)) * WINDOW_TOKENS
            pieces.append((span, join(group)))
    for number, scape in enumerate(scapes):
        for _ in range(STRETCHES):
            if not scape.segments or rng.random() < WHOLE:
                seconds = rng.choice(STRETCH_SECONDS) if not scape.segments else 30.0
                samples = scape.samples[: int(seconds * SAMPLE_RATE)]
                start, piece = 0.0, Scape(samples, scape.segments, scape.background)
                length = int(seconds / TOKEN_SECONDS)
            else:
                start, piece = cut(scape, *_choose(scape, rng))
                length = round(len(piece.samples) / SAMPLE_RATE / TOKEN_SECONDS)
            first = number * WINDOW_TOKENS + round(start / TOKEN_SECONDS)
            last = min(first + length, (number + 1) * WINDOW_TOKENS)
            pieces.append(((first, last), piece))
    return pieces


def _choose(scape: Scape, rng: random.Random) -> tuple[int, int]:
    """A run of segments of at most a drawn length, or one segment."""
    limit = rng.choice(STRETCH_SECONDS)
    first = last = rng.randrange(len(scape.segments))
    segments = scape.segments
    while last + 1 < len(segments) and segments[last + 1].end - segments[first].start <= limit:
        last += 1
    while first > 0 and segments[last].end - segments[first - 1].start <= limit:
        first -= 1
    return first, last


class Assembler:
    """Makes sequences of audio and questions."""

    def __init__(self, nano: Nano, world: World) -> None:
        self.nano, self.world = nano, world
        self.prefix = nano.ids(PREFIX)

    def batch(self, scapes: Sequence[Scape], rng: random.Random) -> list[Example]:
        """Sequences about stretches of the windows of a batch, by length."""
        made = [
            self(span, piece, rng, span[1] - span[0] > MANY or rng.random() < SHARE_DROPPED)
            for span, piece in stretches(scapes, rng)
        ]
        return sorted((sequence for sequence in made if sequence.tasks), key=len)

    def __call__(self, span: Span, scape: Scape, rng: random.Random, drop: bool) -> Example:
        """One stretch with up to QUESTIONS questions."""
        count = span[1] - span[0]
        kept = self._kept(count, rng) if drop else torch.arange(count)
        words = transcript(scape) if rng.random() < SHARE_WITH_WORDS else ""
        opening = self.nano.ids("\n" + (with_words("", words) if words else ""))
        first = len(self.prefix) + count
        asked = first + len(opening)
        positions = [
            torch.arange(len(self.prefix)),
            len(self.prefix) + kept,
            torch.arange(first, asked),
        ]
        head = sum(map(len, positions))
        ids = [*self.prefix, *[AUDIO_TOKEN_ID] * len(kept), *opening]
        targets, weights, branches = [IGNORED] * head, [0.0] * head, [0] * head
        tasks = []
        questions = ask(scape, self.world, rng, QUESTIONS)
        unasked = {"transcribe"} if words else NEEDS_ALL if drop else set()  # words can be read off
        questions = [question for question in questions if question.task not in unasked]
        for number, question in enumerate(questions, 1):
            text, said = self.nano.ids(question.text + TURN), self.nano.ids(question.answer + END)
            length = len(text) + len(said)
            ids += text + said
            targets += [IGNORED] * (len(text) - 1) + said + [IGNORED]
            weights += [len(said) ** LENGTH_POWER] * length
            branches += [number] * length
            positions.append(torch.arange(asked, asked + length))
            tasks.append(question.task)
        return Example(
            torch.tensor(ids),
            span[0] + kept,
            torch.tensor(targets),
            torch.tensor(weights),
            torch.cat(positions),
            torch.tensor(branches),
            tuple(tasks),
        )

    def _kept(self, count: int, rng: random.Random) -> Tensor:
        """Ascending indices of those of `count` tokens that stay: scattered, or in longer runs."""
        noise = torch.rand(count, generator=torch.Generator().manual_seed(rng.getrandbits(32)))
        run = rng.choice(RUNS)
        smooth = avg_pool1d(noise[None], run, 1, run // 2, count_include_pad=False)[0]
        stay = max(4, int(count * rng.uniform(*KEEP)))
        if count > MANY:
            stay = min(stay, MOST)
        return smooth.topk(min(stay, count)).indices.sort().values


def batch_of(sequences: Sequence[Example], tokens: Tensor, embedding: Tensor) -> dict[str, Tensor]:
    """Padded inputs of the language model; questions see the audio and themselves.

    tokens (audio tokens of the batch, width), embedding (vocabulary, width).
    """
    pad, device = nn.utils.rnn.pad_sequence, tokens.device
    branches = pad([s.branches for s in sequences], batch_first=True, padding_value=-1).to(device)
    length = branches.shape[1]
    same = (branches[:, None, :] == branches[:, :, None]) | (branches[:, None, :] == 0)
    seen = same & torch.ones(length, length, dtype=torch.bool, device=device).tril()
    seen |= torch.eye(length, dtype=torch.bool, device=device)  # padding must attend to something
    ids = pad([s.ids for s in sequences], batch_first=True).to(device)
    heard = torch.cat([s.heard for s in sequences]).to(device)
    audio = (ids == AUDIO_TOKEN_ID)[..., None]
    return {
        "inputs_embeds": embedding[ids].masked_scatter(audio, tokens[heard]),
        "position_ids": pad([s.positions for s in sequences], batch_first=True).to(device),
        "attention_mask": seen[:, None],
    }


def parts_of(sequences: Sequence[Example], at_once: int) -> Iterator[list[Example]]:
    """Runs of sequences, shortest first, of at most so many tokens when padded to the longest."""
    part: list[Example] = []
    for sequence in sequences:
        if part and (len(part) + 1) * len(sequence) > at_once:
            yield part
            part = []
        part.append(sequence)
    if part:
        yield part


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
