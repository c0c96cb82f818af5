"""Decoding: what a language model says after a prompt that was embedded already."""

import math
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers import (
    LogitsProcessor,
    LogitsProcessorList,
    StoppingCriteria,
    StoppingCriteriaList,
    TextStreamer,
)


@dataclass(frozen=True)
class Said:
    """What the language model said, and what that took."""

    text: str
    stopped: bool
    tokens: int
    log_probability: float
    prefill_seconds: float
    decode_seconds: float


def generate(
    model: Any,
    tokenizer: Any,
    inputs: Mapping[str, Tensor],
    most: int,
    on_text: Callable[[str], None],
    stop: Callable[[], bool],
) -> Said:
    """Up to ``most`` greedy tokens after a prompt.

    inputs: "inputs_embeds", (1, tokens, width), and what the model takes besides. on_text gets
    each piece of text as it comes; ``stop`` is asked at every token.
    """
    states = inputs["inputs_embeds"]
    monitor, streamer = _Monitor(stop), _Stream(tokenizer, on_text)
    with repeats_in_answers_only(), last_logits_only(model):
        model.generate(
            **inputs,
            attention_mask=torch.ones(states.shape[:2], dtype=torch.long, device=states.device),
            max_new_tokens=most,
            do_sample=False,
            streamer=streamer,
            logits_processor=LogitsProcessorList([monitor.confidence]),
            stopping_criteria=StoppingCriteriaList([monitor]),
        )
    return Said(
        "".join(streamer.pieces).strip(),
        monitor.stopped,
        len(monitor.confidence.values),
        monitor.confidence.mean,
        monitor.first - monitor.begun,
        monitor.last - monitor.first,
    )


@contextmanager
def last_logits_only(model: Any) -> Iterator[None]:
    """Inside, a pass scores the vocabulary for its last token alone.

    Some models know no ``logits_to_keep`` and would score it for every token of a prompt: for an
    hour of audio more memory than the weights take.
    """

    def cut(_: nn.Module, args: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        states, *rest = args
        return (states[:, -1:], *rest)

    handle = model.get_output_embeddings().register_forward_pre_hook(cut)
    try:
        yield
    finally:
        handle.remove()


@contextmanager
def repeats_in_answers_only() -> Iterator[None]:
    """Inside, transformers does not warn that runs which are said once are those of the answer."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Passing `no_repeat_ngram_size`")
        yield


class _Confidence(LogitsProcessor):
    """Notes the log-probability of each greedy choice; leaves the scores as they are."""

    def __init__(self) -> None:
        self.values: list[float] = []

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        self.values.append(float(scores.float().log_softmax(dim=-1).max()))
        return scores

    @property
    def mean(self) -> float:
        return sum(self.values) / len(self.values) if self.values else -math.inf


class _Monitor(StoppingCriteria):
    """Asks at every token whether to stop, and keeps the times."""

    def __init__(self, stop: Callable[[], bool]) -> None:
        self.stop, self.stopped = stop, False
        self.confidence = _Confidence()
        self.begun = self.first = self.last = time.perf_counter()

    def __call__(self, input_ids: Tensor, scores: Any, **kwargs: Any) -> Tensor:
        self.last = time.perf_counter()
        if self.first == self.begun:
            self.first = self.last
        self.stopped = self.stop()
        return torch.full((len(input_ids),), self.stopped, device=input_ids.device)


class _Stream(TextStreamer):
    """Hands text on as soon as no later token can change it."""

    def __init__(self, tokenizer: Any, on_text: Callable[[str], None]) -> None:
        super().__init__(tokenizer, skip_prompt=False, skip_special_tokens=True)
        self.on_text = on_text
        self.pieces: list[str] = []

    def on_finalized_text(self, text: str, stream_end: bool = False) -> None:
        if text:
            self.pieces.append(text)
            self.on_text(text)
