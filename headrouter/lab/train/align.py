"""Stage A: teaches encoder and projector to place sound where the language model has its words.

Connectionist temporal classification (Graves et al. 2006) whose classes are rows of the language
model's own embedding table: an audio token comes to lie where the word piece would that is spoken
in it. Every other token is a word as well, so that the language model reads a caption: in speech
the blank is the word man or woman, in a sound its name, in a pause the background's name or
"silence". The same tokens are read as letters too, which generalise to words that training lacks.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from transformers import WhisperFeatureExtractor

from headrouter.hear.letters import FILE as LETTER_FILE
from headrouter.hear.letters import LetterReader, greedy
from headrouter.lab.corpus.composing import Composer
from headrouter.lab.corpus.scapes import Scape
from headrouter.lab.train.classes import Classes, Reader, classes_of, plain, reader_of
from headrouter.lab.train.losses import Losses, pauses, said, token_span
from headrouter.lab.train.training import (
    Checkpoint,
    Descent,
    Nano,
    Pace,
    batches,
    without_samples,
    write_adapter,
)

READER = "reader.safetensors"  # beside what was aligned, for training that goes on with both
ENCODER_RATE, FRONT_RATE = 2e-4, 1e-3
MASKS, MASK_FRAMES = 12, 30  # stretches of encoder input blanked in each window, and their length


def blank_stretches(states: Tensor, rng: random.Random) -> Tensor:
    """Encoder input with a few short stretches of each window set to zero (SpecAugment)."""
    states = states.clone()
    for row in states:
        for _ in range(MASKS):
            start = rng.randrange(len(row) - MASK_FRAMES)
            row[start : start + rng.randint(1, MASK_FRAMES)] = 0.0
    return states


def from_pool(
    nano: Nano,
    composer: Composer,
    features: Any,
    pool: int,
    size: int,
    seed: int,
    first: int,
    last: int,
) -> Iterator[tuple[Tensor, list[Scape]]]:
    """Steps `first` to `last` from `pool` windows: what the lower layers made of them, and what
    is in them. Each pass has its own order; a window stays in memory with 1.5 MB.
    """
    lows: list[Tensor] = []
    scapes: list[Scape] = []
    for mel, composed in batches(composer, features, 1, 0, pool, without_samples):
        lows.append(nano.hear_low(mel)[0].half())
        scapes += composed
    for step in range(first, last):
        chosen = [
            _shuffled(seed, n // pool, pool)[n % pool]
            for n in range(step * size, (step + 1) * size)
        ]
        yield torch.stack([lows[i] for i in chosen]).float(), [scapes[i] for i in chosen]


@lru_cache(2)
def _shuffled(seed: int, turn: int, count: int) -> list[int]:
    return random.Random(f"{seed}/turn/{turn}").sample(range(count), count)


def level_out(nano: Nano, states: Tensor) -> None:
    """Fold each dimension's mean and deviation of the encoder's output into its final norm."""
    with torch.no_grad():
        frames = nano.hear_high(states).flatten(0, 1)
        mean, deviation = frames.mean(0), frames.std(0) + 1e-3
        norm = nano.encoder.layer_norm
        norm.bias.copy_((norm.bias - mean) / deviation)
        norm.weight.div_(deviation)


@torch.inference_mode()
def measure(
    nano: Nano, classes: Classes, reader: Reader, composer: Composer, features: Any, windows: int
) -> dict[str, float]:
    """Greedy word error rates of pieces and of letters; how often sound and voice are right."""
    errors = misspelt = words = 0
    right: dict[str, list[bool]] = {"sound": [], "gender": [], "pause": []}
    names = list(classes.labels)
    columns = list(classes.labels.values())
    genders = list(classes.genders)
    for mel, scapes in batches(composer, features, 1, 0, windows, without_samples):
        heard_tokens = nano.hear(mel)[0]
        letters = greedy(reader.letters.read(heard_tokens))
        misspelt += word_errors(said(scapes[0]).split(), letters.split())
        best = reader(heard_tokens[pauses(scapes[0]).to(nano.device)]).argmax(-1)
        right["pause"] += (best == classes.pause(scapes[0])).tolist()
        for segment in scapes[0].segments:
            tokens = heard_tokens[slice(*token_span(segment))]
            pooled = reader(tokens.mean(0))
            if segment.kind != "speech":
                named = names[int(pooled[columns].argmax())]
                right["sound"].append(named == segment.label)
                continue
            heard = classes.decode(reader(tokens).argmax(-1).tolist()).split()
            right_words = plain(segment.text or "").split()
            errors += word_errors(right_words, heard)
            words += len(right_words)
            if segment.gender:
                voice = int(pooled[list(classes.genders.values())].argmax())
                right["gender"].append(genders[voice] == segment.gender)
    found = {name: round(sum(rows) / len(rows), 3) for name, rows in right.items() if rows}
    wer, letter_wer = (round(count / max(words, 1), 4) for count in (errors, misspelt))
    return {"wer": wer, "letter_wer": letter_wer, "words": words, **found}


def word_errors(said: Sequence[str], heard: Sequence[str]) -> int:
    """Levenshtein distance in words."""
    row = list(range(len(heard) + 1))
    for i, word in enumerate(said, 1):
        corner, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            step = min(row[j] + 1, row[j - 1] + 1, corner + (word != other))
            corner, row[j] = row[j], step
    return row[-1]


def align(
    nano: Nano,
    train: Composer,
    dev: Composer,
    out: Path,
    *,
    steps: int,
    size: int,
    seed: int,
    fresh: bool,
    letters: Path | None = None,
    pool: int = 0,
    workers: int = 1,
    minutes: float | None = None,
    dev_windows: int = 40,
    every: int = 300,
    report: Callable[[int, dict[str, float]], None] = lambda step, losses: None,
) -> Path:
    """Train for `steps` steps of `size` windows; returns the adapter's path in `out`.

    Resumes from `out`, where the readers come to lie as well. `fresh` says that encoder and
    projector hold nothing learned yet. `letters` is a reader of letters to begin with. `pool`
    windows are heard by the lower layers once and then drawn again and again; 0 makes every window
    a new one, composed in `workers` processes. After `minutes` it ends whatever its steps, the
    learning rates fallen by then.
    """
    features = WhisperFeatureExtractor(feature_size=nano.encoder.conv1.in_channels)
    classes = classes_of(nano, train, dev)
    reader = reader_of(nano, classes)
    if letters:
        reader.letters.load_state_dict(LetterReader.load(letters).state_dict())
    losses_of = Losses(nano, classes, reader)
    top = nano.top_layers().requires_grad_(True)
    front = [*nano.projector.requires_grad_(True).parameters(), *reader.parameters()]
    pace = Pace(steps, minutes)
    descent = Descent([(list(top.parameters()), ENCODER_RATE), (front, FRONT_RATE)], pace)
    settings = {"stage": "align", "steps": steps, "size": size, "seed": seed, "fresh": fresh}
    settings["pool"] = pool
    checkpoint = Checkpoint(out, settings)
    trained = nn.ModuleDict({"top": top, "projector": nano.projector, "reader": reader})
    first = 0
    if state := checkpoint.load():
        first = state["step"]
        trained.load_state_dict(state["weights"])
        descent.load(state)

    if pool:
        heard = from_pool(nano, train, features, pool, size, seed, first, steps)
    else:
        drawn = batches(train, features, size, first, steps, without_samples, workers)
        heard = ((nano.hear_low(mel), scapes) for mel, scapes in drawn)
    for step, (low, scapes) in enumerate(heard, first):
        if fresh and step == 0:
            level_out(nano, low)
        if step == 0 and not letters:
            with torch.no_grad():
                reader.letters.level(nano.project(nano.hear_high(low)).flatten(0, 1))
        low = blank_stretches(low, random.Random(f"{seed}/mask/{step}"))
        losses = losses_of(nano.hear_high(low), scapes)
        torch.autograd.backward(list(losses.values()))
        descent.step()
        values = {name: round(float(loss.detach()), 4) for name, loss in losses.items()}
        report(step + 1, values)
        done = pace(step + 1) == 1
        if (step + 1) % every == 0 or done:
            measured = measure(nano, classes, reader, dev, features, dev_windows)
            checkpoint.note(step + 1, **values, dev=measured)
            checkpoint.save(step + 1, {"weights": trained.state_dict(), **descent.state()})
            report(step + 1, {f"dev_{name}": value for name, value in measured.items()})
        if done:
            break
    path = out / "aligned.safetensors"
    write_adapter(nano.front(), path)
    save_file(reader.state_dict(), out / READER)
    reader.letters.save(out / LETTER_FILE)
    return path
