"""A model in memory, and the prompts that it is asked with."""

import threading
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Self

import torch
from torch import Tensor

from headrouter.backends import Backend
from headrouter.backends.prompts import Turns
from headrouter.hear.cost import ModelCost
from headrouter.hear.letters import LetterReader
from headrouter.hear.sounds import SoundReader
from headrouter.hear.spotting import (
    Lexicon,
)
from headrouter.models import ModelCard
from headrouter.prune.families import family_of
from headrouter.prune.profiles import Profile


@dataclass
class Loaded:
    """A model, what belongs to it, and its prompts; a lock lets one caller in at a time."""

    backend: Backend
    card: ModelCard
    model_id: str  # changes with all that changes what is heard: weights and pruning layer
    profile: Profile
    letters: LetterReader | None = None  # off its audio tokens
    sounds: SoundReader | None = None  # off its encoder's layers
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def model(self) -> Any:
        """The transformers model."""
        return self.backend.model

    @property
    def tokenizer(self) -> Any:
        """Its tokenizer."""
        return self.backend.tokenizer

    @property
    def ear(self) -> Self:
        """What locates sounds by their names: this."""
        return self

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.backend.device

    @property
    def token_seconds(self) -> float:
        """Seconds of sound in one audio token."""
        return 1.0 / self.card.tokens_per_second

    @cached_property
    def cost(self) -> ModelCost:
        """What a run costs."""
        cost = ModelCost.of(self.model, self.profile.layer)
        return replace(cost, offload=self.backend.offload)

    @cached_property
    def _lexicon(self) -> Lexicon | None:
        if self.card.spotting is None:
            return None
        words = self.model.get_input_embeddings().weight.detach()
        return Lexicon(words, self.tokenizer, self.card.spotting)

    def read(self, embeddings: Tensor) -> Tensor | None:
        """(FRAMES x tokens, classes) log-probabilities of letters; None where none are read."""
        return None if self.letters is None else self.letters.read(embeddings)

    def question_tokens(self, question: str, words: str | None = None) -> int:
        """How many text tokens the prompt has around the audio."""
        return len(self.backend.prompts.prefix()) + len(self._ask(question, words))

    def prompt(
        self, question: str, words: str | None = None, turns: Turns = ()
    ) -> tuple[Tensor, Tensor]:
        """(tokens, width) embeddings of the text before the audio, and of that after it."""
        before, after = self._asked(question, words, turns)
        return self._embed(before), self._embed(after)

    def _asked(
        self, question: str, words: str | None = None, turns: Turns = ()
    ) -> tuple[list[int], list[int]]:
        """The tokens before the audio, and those after it."""
        return self.backend.prompts.prefix(turns), self._ask(question, words, turns)

    def _ask(self, question: str, words: str | None = None, turns: Turns = ()) -> list[int]:
        """The tokens after the audio; what users and recordings say has no control tokens."""
        text = f'The words are: "{words}"\n{question}' if words else question
        return self.backend.prompts.suffix(text, turns)

    def _embed(self, ids: list[int]) -> Tensor:
        embedded: Tensor = self.model.get_input_embeddings()(torch.tensor(ids, device=self.device))
        return embedded

    def answer_ids(self, answer: str) -> Tensor:
        """(tokens,) ids of an answer with its end."""
        prompts = self.backend.prompts
        return torch.tensor(prompts.written(answer) + prompts.end, device=self.device)

    def _attention(self) -> Any:
        return family_of(self.model).layers(self.model)[self.profile.layer - 1].self_attn
