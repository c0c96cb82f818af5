"""How alike two texts are in what they mean."""

from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import normalize
from transformers import AutoModel, AutoTokenizer

from headrouter.backends.weights import quiet

AT_ONCE = 64  # texts
MOST_TOKENS = 256  # of a text, as the model was trained

Encode = Callable[[Sequence[str]], Tensor]
"""Texts -> (texts, width), of length one: their products are cosines of what they mean."""


class SentenceEncoder:
    """A sentence-transformers model that takes the mean of its tokens (all-MiniLM-L6-v2)."""

    def __init__(self, folder: Path) -> None:
        with quiet():
            self.tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            self.model = AutoModel.from_pretrained(folder, local_files_only=True).eval()

    @torch.inference_mode()
    def __call__(self, texts: Sequence[str]) -> Tensor:
        """(texts, width) as ``Encode``."""
        parts = [self._encode(texts[n : n + AT_ONCE]) for n in range(0, len(texts), AT_ONCE)]
        return torch.cat(parts) if parts else torch.zeros(0, self.model.config.hidden_size)

    def _encode(self, texts: Sequence[str]) -> Tensor:
        inputs = self.tokenizer(
            list(texts), padding=True, truncation=True, max_length=MOST_TOKENS, return_tensors="pt"
        )
        there = inputs["attention_mask"][..., None]
        states = self.model(**inputs).last_hidden_state
        return normalize((states * there).sum(1) / there.sum(1), dim=-1)
