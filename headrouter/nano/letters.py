"""Stage C: letters are read off the audio tokens, which stay as they are.

Whole windows with all that is said in them, so that sounds and pauses are read as no letter. Every
window is heard once and then drawn again and again: a step costs a quarter of a second.
"""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor
from transformers import WhisperFeatureExtractor

from headrouter.letters import FILE, LetterReader, greedy, letters_of
from headrouter.nano.align import ctc_per_class, plain, word_errors
from headrouter.nano.questions import transcript
from headrouter.nano.scapes import Composer, Scape
from headrouter.nano.training import Checkpoint, Descent, Nano, batches, without_samples

RATE = 1e-3
NOISE = 0.1  # of the deviation, added to the tokens
Heard = list[tuple[Tensor, str]]  # (tokens, width) of a window in half precision, and what is said


def learn(
    nano: Nano,
    train: Composer,
    dev: Composer,
    out: Path,
    *,
    pool: int,
    steps: int,
    size: int,
    seed: int,
    workers: int = 1,
    dev_windows: int = 40,
    every: int = 300,
    report: Callable[[int, dict[str, Any]], None] = lambda step, values: None,
) -> Path:
    """Train for `steps` steps of `size` windows of `pool`; returns the reader's path in `out`.

    Resumes from `out`, but hears the windows again.
    """
    settings = {"stage": "letters", "pool": pool, "steps": steps, "size": size, "seed": seed}
    checkpoint = Checkpoint(out, settings)
    torch.manual_seed(seed)
    reader = LetterReader(nano.embedding.shape[1])
    descent = Descent([(list(reader.parameters()), RATE)], steps)
    heard, held_out = hear(nano, train, pool, workers), hear(nano, dev, dev_windows, 1)
    tokens = torch.cat([window for window, _ in heard[:200]]).float()
    reader.mean.copy_(tokens.mean(0))
    reader.deviation.copy_(tokens.std(0))
    first = 0
    if state := checkpoint.load():
        first = state["step"]
        reader.load_state_dict(state["weights"])
        descent.load(state)
    for step in range(first, steps):
        rng = random.Random(f"{seed}/letters/{step}")
        loss = _loss(reader, rng.sample(heard, size), torch.Generator().manual_seed(step))
        torch.autograd.backward(loss)
        descent.step()
        values = {"loss": round(float(loss.detach()), 4)}
        report(step + 1, values)
        if (step + 1) % every == 0 or step + 1 == steps:
            measured = measure(reader, held_out)
            checkpoint.note(step + 1, **values, dev=measured)
            checkpoint.save(step + 1, {"weights": reader.state_dict(), **descent.state()})
            report(step + 1, {"dev": measured})
    half = {name: tensor.half().contiguous() for name, tensor in reader.state_dict().items()}
    save_file(half, out / FILE)
    return out / FILE


@torch.inference_mode()
def hear(nano: Nano, composer: Composer, windows: int, workers: int) -> Heard:
    """The audio tokens of windows, and what is said in them."""
    features = WhisperFeatureExtractor(feature_size=nano.encoder.conv1.in_channels)
    drawn = batches(composer, features, 1, 0, windows, without_samples, workers)
    return [(nano.hear(mel)[0].half(), said(scapes[0])) for mel, scapes in drawn]


def said(scape: Scape) -> str:
    """All that is said in a window."""
    return plain(transcript(scape))


def _loss(reader: LetterReader, windows: Heard, generator: torch.Generator) -> Tensor:
    """Mean loss a letter of the batch; where nothing is said, each frame read as one costs."""
    tokens = torch.stack([window for window, _ in windows]).float()
    noise = torch.randn(tokens.shape, generator=generator)
    logits = reader(tokens + NOISE * reader.deviation * noise)
    targets = [letters_of(text) for _, text in windows]
    return ctc_per_class(logits, [logits.shape[1]] * len(windows), targets)


@torch.inference_mode()
def measure(reader: LetterReader, heard: Heard) -> dict[str, float]:
    """The word error rate of the letters by themselves."""
    errors = words = 0
    for tokens, text in heard:
        errors += word_errors(text.split(), greedy(reader.read(tokens)).split())
        words += len(text.split())
    return {"wer": round(errors / max(words, 1), 4), "words": words}
