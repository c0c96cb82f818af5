"""How a model is asked in calibration and benchmark: what it hears, and what it is given to say.

A subject hears a recording once; questions about it then share what was heard.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
import torch
from torch import Tensor
from transformers import AutoProcessor

from headrouter import backends
from headrouter.backends import SAMPLE_RATE, Samples
from headrouter.hear import spotting
from headrouter.hear.decode import repeats_in_answers_only
from headrouter.hear.listener import AudioLM, Window
from headrouter.prune.families import Family, checkpoint_name, heads_read
from headrouter.prune.probe import position_free_attention
from headrouter.prune.router import HeadRouter
from headrouter.prune.routing import Route
from headrouter.question.choices import Choice, log_probabilities, option_scores

Hints = Mapping[str, Sequence[Tensor]]
QUIET = -100.0  # dBFS of digital silence


@dataclass(frozen=True, eq=False)
class Heard:
    """A recording as a subject knows it; ``own`` is for the subject alone."""

    own: Any
    hints: Hints = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Prompt:
    """A recording and a question, ready for the model: one row."""

    inputs: dict[str, Any]  # of ``forward`` and of ``generate``
    audio_mask: Tensor | None = None  # (1, tokens), where inputs are embeddings
    hints: Hints = field(default_factory=dict)
    choice: Choice | None = None  # to be decided by the likelihood of its options
    route: Route | None = None  # where the subject routes questions itself


class Subject(Protocol):
    """A model that can be asked about recordings."""

    @property
    def model(self) -> Any:
        """The transformers model."""

    @property
    def model_id(self) -> str:
        """What its profile must be made for."""

    @property
    def prompt_format(self) -> str:
        """What its profile must have been calibrated with."""

    def hear(self, samples: Samples) -> Heard:
        """Listens, once for all questions."""

    def prompt(self, heard: Heard, question: str) -> Prompt:
        """What the model is given for a question."""

    def encode(self, answer: str) -> Tensor:
        """(tokens,) ids of an answer."""

    def decode(self, ids: Tensor) -> str:
        """The text of (tokens,) ids that were generated."""


@dataclass(frozen=True, eq=False)
class Tokens:
    """What AudioLM makes of a recording."""

    audio: Tensor  # (tokens, width)
    keys: list[Tensor]  # of each window (key heads, tokens, dim)
    mass: Tensor | None  # (tokens,), None where they are no words
    letters: Tensor | None  # (frames, classes), None where none are read
    sounds: Tensor | None  # (tokens, names) log-odds, None where none are read

    @classmethod
    def of(cls, windows: Sequence[Window]) -> Self:
        """Those of all windows of a recording."""
        return cls(
            torch.cat([window.embeddings for window in windows]),
            [window.keys for window in windows],
            _known([window.mass for window in windows]),
            _known([window.letters for window in windows]),
            _known([window.sounds for window in windows]),
        )


@dataclass
class ListenerSubject:
    """A checkpoint that AudioLM loads, such as nano. Hears windows apart, as an index does."""

    listener: AudioLM

    @property
    def model(self) -> Any:
        """The transformers model."""
        return self.listener.model

    @property
    def model_id(self) -> str:
        """What its profile must be made for."""
        return self.listener.profile.model

    @property
    def prompt_format(self) -> str:
        """What its profile must have been calibrated with."""
        return self.listener.card.prompt_format

    @torch.inference_mode()
    def hear(self, samples: Samples) -> Heard:
        """Embeddings of all windows, and per token its loudness and the attention it received."""
        size = round(self.listener.card.window_seconds * SAMPLE_RATE)
        windows, received = [], []
        for start in range(0, len(samples), size):
            window = samples[start : start + size]
            with attention_received(self.model.model.audio_tower.layers[-1].self_attn) as found:
                windows += self.listener.hear([window])
            stacked = found[0].reshape(-1, STACK).sum(dim=1)
            received.append(stacked[: len(windows[-1].embeddings)])
        own = Tokens.of(windows)
        levels = loudness(samples, self.listener.token_seconds, len(own.audio))
        hints = {"levels": [levels], "received": [torch.cat(received)]}
        return Heard(own, hints)

    @torch.inference_mode()
    def prompt(self, heard: Heard, question: str) -> Prompt:
        """Prefix, audio and question as embeddings; a choice without its options."""
        choice = self.listener.choice(question)
        prefix, suffix = self.listener.prompt(choice.question if choice else question)
        audio = heard.own.audio
        states = torch.cat([prefix, audio, suffix])[None]
        mask = torch.zeros(states.shape[:2], dtype=torch.bool)
        mask[0, len(prefix) : len(prefix) + len(audio)] = True
        inputs = {"inputs_embeds": states, "attention_mask": torch.ones_like(mask).long()}
        asked = self.listener.queries([question])
        contrast, weighed = self.weigh(heard, question, asked)
        own = {"contrast": [contrast.importance], "spotting": [weighed.importance]}
        hints = {**heard.hints, **own, "asked": [asked]}
        return Prompt(inputs, mask, hints, choice, weighed)

    def weigh(self, heard: Heard, question: str, asked: Tensor) -> tuple[Route, Route]:
        """What the listener makes of a question about all of a recording.

        By attention alone, and as it does for users. asked: the question's queries.
        """
        own: Tokens = heard.own
        contrast = self.listener.weigh(asked, lambda: own.keys)
        if own.mass is None:
            return contrast, contrast
        blocks = [(own.audio, own.mass)]
        tokens = spotting.Heard(lambda: blocks, lambda: own.letters, partial(self._sounds, own))
        return contrast, self.listener.point(contrast, question, tokens)

    def _sounds(self, own: Tokens, names: Sequence[str]) -> dict[str, Tensor]:
        """(tokens,) log-odds of those of these names that are read."""
        if self.listener.sounds is None or own.sounds is None:
            return {}
        columns = self.listener.sounds.columns(names)
        return {name: own.sounds[:, column] for name, column in columns.items()}

    def encode(self, answer: str) -> Tensor:
        """(tokens,) ids of an answer."""
        return self.listener.answer_ids(answer)

    def decode(self, ids: Tensor) -> str:
        """The text of (tokens,) ids that were generated."""
        text: str = self.listener.tokenizer.decode(ids, skip_special_tokens=True)
        return text.strip()


def _known(parts: Sequence[Tensor | None]) -> Tensor | None:
    there = [part for part in parts if part is not None]
    return torch.cat(there) if there else None


STACK = 4  # encoder frames in an audio token of the Voxtral architecture


@contextmanager
def attention_received(attention: Any) -> Iterator[list[Tensor]]:
    """After it, (frames,): what each encoder frame got of all frames' attention in the last pass.

    Mean over heads and queries, from the layer's own projections.
    """
    received: list[Tensor] = []
    with heads_read(Family(), attention) as read:
        yield received
    queries, keys = read["queries"][0], read["keys"][0]
    weights = position_free_attention(queries, keys, attention.head_dim**-0.5)
    received.append(weights.mean(dim=0))


def loudness(samples: Samples, hop_seconds: float, count: int) -> Tensor:
    """(count,) dBFS of each hop."""
    hop = round(hop_seconds * SAMPLE_RATE)
    padded = np.zeros(count * hop, np.float32)
    padded[: min(len(samples), len(padded))] = samples[: len(padded)]
    power = torch.from_numpy(padded.reshape(count, hop)).square().mean(dim=1)
    return (10 * power.log10()).clamp(min=QUIET)


def router(subject: Subject, prompt: Prompt, keep: float, **settings: Any) -> HeadRouter:
    """A HeadRouter for one prompt; settings are HeadRouter's own."""
    return HeadRouter(
        subject.model,
        keep=keep,
        audio_mask=prompt.audio_mask,
        model_id=subject.model_id,
        hints=prompt.hints,
        **settings,
    )


@torch.inference_mode()
def log_probability(
    subject: Subject, prompt: Prompt, answer: str, keep: float, **settings: Any
) -> tuple[float, HeadRouter]:
    """Mean log-probability of an answer's tokens after the pruned prompt, and the router.

    Of a choice the log-probability of the answer's letter among its options. The question alone
    is what the probe reads: answers follow in a second pass on the same cache.
    """
    with router(subject, prompt, keep, **settings) as routed:
        if prompt.choice is not None:
            return weigh(subject, prompt, prompt.choice)[answer], routed
        (found,) = log_probabilities(subject.model, prompt.inputs, [subject.encode(answer)])
    return float(found.mean()), routed


@torch.inference_mode()
def generate(
    subject: Subject, prompt: Prompt, keep: float, max_new_tokens: int, **settings: Any
) -> tuple[str, HeadRouter]:
    """The greedy answer to a pruned prompt, or the letter of a choice; and the router."""
    with router(subject, prompt, keep, **settings) as routed:
        if prompt.choice is not None:
            scores = weigh(subject, prompt, prompt.choice)
            return max(scores, key=scores.__getitem__), routed
        with repeats_in_answers_only():
            ids = subject.model.generate(
                **prompt.inputs, max_new_tokens=max_new_tokens, do_sample=False
            )[0]
    asked = prompt.inputs.get("input_ids")
    return subject.decode(ids if asked is None else ids[asked.shape[1] :]), routed


def weigh(subject: Subject, prompt: Prompt, choice: Choice) -> dict[str, float]:
    """By letter, the log-probability of an option, if it is one of them."""
    return option_scores(subject.model, prompt.inputs, choice, subject.encode)


class ProcessorSubject:
    """Any supported checkpoint with its own processor, from a local folder. Hears anew each time.

    Knows no hints: the scorers ``contrast``, ``energy`` and ``segment`` refuse.
    """

    def __init__(self, model: Any, processor: Any, model_id: str) -> None:
        self.model, self.processor, self.model_id = model, processor, model_id
        self.prompt_format = f"{type(processor).__name__}'s own"

    @classmethod
    def load(cls, folder: Path, device: str = "cpu") -> Self:
        """Raises ModelUnreadable for a folder without a checkpoint, UnsupportedModel for a family
        that can't be loaded.
        """
        model = backends.load_model(folder, device=device)
        processor = AutoProcessor.from_pretrained(folder, local_files_only=True)
        return cls(model, processor, checkpoint_name(model))

    def hear(self, samples: Samples) -> Heard:
        """Keeps the samples: the model listens with each question."""
        return Heard(samples)

    def prompt(self, heard: Heard, question: str) -> Prompt:
        """The recording and the question in the checkpoint's own chat format."""
        content = [{"type": "audio", "audio": heard.own}, {"type": "text", "text": question}]
        inputs = self.processor.apply_chat_template(
            [{"role": "user", "content": content}],
            tokenize=True,
            return_dict=True,
            return_tensors="pt",
            add_generation_prompt=True,
        )
        return Prompt(dict(inputs.to(self.model.device)))

    def encode(self, answer: str) -> Tensor:
        """(tokens,) ids of an answer."""
        ids = self.processor.tokenizer(answer, add_special_tokens=False).input_ids
        return torch.tensor(ids, device=self.model.device)

    def decode(self, ids: Tensor) -> str:
        """The text of (tokens,) ids that were generated."""
        text: str = self.processor.tokenizer.decode(ids, skip_special_tokens=True)
        return text.strip()
