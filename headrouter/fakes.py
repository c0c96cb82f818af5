"""A listener without a model, for tests of what is built on one: it obeys AudioLM's contract.

What it hears is loudness; what it answers is what it was told to.
"""

import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Self

import numpy as np
import torch

from headrouter.backends import SAMPLE_RATE, Samples
from headrouter.hear.cost import ModelCost
from headrouter.hear.index import AudioIndex, IndexWriter, bytes_for
from headrouter.hear.listener import Answer, Listening, Scan
from headrouter.models import MODELS, ModelCard
from headrouter.prune.profiles import Profile, uniform_profile
from headrouter.prune.routing import Route, kept_count, top_tokens

HEADS = 4
WIDTH, HEAD_DIM = 8, 2  # of its indexes
NANO_COST = ModelCost(30, 2, 576, 1536, 9, 1536, 49_152)


@dataclass
class FakeListener:
    """Answers ``reply`` to everything, as sure of it as ``confidence`` says."""

    reply: Callable[[str, Listening], str] = lambda question, plan: f"I heard: {question}"
    confidence: Callable[[Listening], float] = lambda plan: -0.1
    card: ModelCard = field(default_factory=lambda: replace(MODELS["nano"], name="fake", sounds=()))
    model_id: str = "fake"
    profile: Profile = field(default_factory=lambda: uniform_profile("fake", 2, HEADS))
    cost: ModelCost = NANO_COST
    asked: list[tuple[str, Listening]] = field(default_factory=list)
    written: list[str] = field(default_factory=list)  # texts that were answered without audio
    ingested: int = 0  # windows
    sounds: dict[str, list[tuple[float, float]]] = field(default_factory=dict)  # seconds, by name

    @property
    def ear(self) -> Self:
        """Itself."""
        return self

    @property
    def device(self) -> torch.device:
        """The CPU."""
        return torch.device("cpu")

    @property
    def token_seconds(self) -> float:
        """Seconds of sound in one audio token."""
        return 1.0 / self.card.tokens_per_second

    def index_bytes(self, seconds: float) -> int:
        """What the index of so many seconds of sound will take on disk."""
        return bytes_for(round(seconds / self.token_seconds), WIDTH, HEADS, HEAD_DIM)

    def ingest(
        self,
        windows: Iterable[Samples],
        folder: Path,
        *,
        levels: Callable[[Samples, float], np.ndarray],
        silent_dbfs: float = -math.inf,
        on_progress: Callable[[float], None] = lambda seconds: None,
        stop: Callable[[], bool] = lambda: False,
        grow: bool = False,
    ) -> AudioIndex | None:
        """Writes a real index of empty embeddings and true levels."""
        window = round(self.card.window_seconds * self.card.tokens_per_second)
        with IndexWriter(
            folder, self.model_id, self.token_seconds, group=window, grow=grow
        ) as writer:
            done = writer.tokens // window
            heard = done * self.card.window_seconds
            for samples in islice(windows, done, None):
                loudness = levels(samples, self.token_seconds)
                count = len(loudness)
                writer.append(
                    torch.zeros(count, WIDTH), torch.zeros(HEADS, count, HEAD_DIM), loudness
                )
                heard += len(samples) / SAMPLE_RATE
                self.ingested += 1
                on_progress(heard)
                if stop():
                    return None
            return writer.finish(heard)

    def scan(
        self,
        index: AudioIndex,
        question: str,
        first: int,
        last: int,
        *,
        stop: Callable[[], bool] = lambda: False,
    ) -> Scan | None:
        """Importance is loudness."""
        if stop():
            return None
        return self._loudness(index, first, last)

    def _loudness(self, index: AudioIndex, first: int, last: int) -> Scan:
        power = torch.from_numpy(10.0 ** (index.levels[first:last] / 10.0)).float()
        thirds = torch.full((3,), 1 / 3)
        return Scan(Route(0.0, thirds, torch.full((HEADS,), 1 / HEADS), power / power.sum()), first)

    def spot(
        self, index: AudioIndex, names: Sequence[str], first: int, last: int, *, said: bool = False
    ) -> torch.Tensor:
        """(names, tokens): one within each of ``sounds``, zero elsewhere."""
        found = torch.zeros(len(names), index.meta.tokens)
        for row, name in zip(found, names, strict=True):
            for start, end in self.sounds.get(name, ()):
                row[slice(*index.tokens_between(start, end))] = 1.0
        return found[:, first:last]

    def answer(
        self,
        index: AudioIndex,
        question: str,
        plan: Listening,
        *,
        on_text: Callable[[str], None] = lambda text: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> Answer:
        """The reply, word by word, until it is stopped."""
        self.asked.append((question, plan))
        positions = torch.cat([torch.arange(first, last) for first, last in plan.spans])
        scan = self._loudness(index, 0, index.meta.tokens)
        weights = scan.importance[positions]
        kept = top_tokens(weights, kept_count(len(positions), plan.keep))
        begun, said = time.perf_counter(), ""
        for word in self.reply(question, plan).split():
            if stop():
                break
            piece = f" {word}" if said else word
            said += piece
            on_text(piece)
        return Answer(
            text=said,
            stopped=stop(),
            route=scan.route,
            kept=positions[kept],
            importance=weights[kept],
            heard_tokens=len(positions),
            prompt_tokens=self.question_tokens(plan.asked(question), plan.words),
            new_tokens=len(said.split()),
            log_probability=self.confidence(plan),
            prefill_seconds=time.perf_counter() - begun,
            decode_seconds=0.0,
        )

    def write(
        self,
        text: str,
        *,
        max_new_tokens: int = 200,
        on_text: Callable[[str], None] = lambda text: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> str:
        """The number of the text, counted from one."""
        self.written.append(text)
        said = "" if stop() else f"Text {len(self.written)}."
        on_text(said)
        return said

    def question_tokens(self, question: str, words: str | None = None) -> int:
        """One token a word."""
        return len(question.split()) + len((words or "").split())
