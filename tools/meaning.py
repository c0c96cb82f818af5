"""How alike two texts are in what they mean."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import normalize
from transformers import AutoModel, AutoTokenizer

from headrouter.quiet import quiet

AT_ONCE = 64  # texts
KEPT = 20_000  # texts whose meaning is kept: 31 MB, a working day of speech
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


class Remembering:
    """An encoder that keeps what texts mean, so that each question adds only its own words.

    The texts that were longest not asked for are forgotten first. Threads may share one.
    """

    def __init__(self, encode: Encode, most: int = KEPT) -> None:
        """most: texts that are kept."""
        self.encode, self.most = encode, most
        self._known: OrderedDict[str, Tensor] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, texts: Sequence[str]) -> Tensor:
        """(texts, width) as ``Encode``."""
        with self._lock:
            found = {text: self._known[text] for text in texts if text in self._known}
        new = [text for text in dict.fromkeys(texts) if text not in found]
        if new or not texts:
            meanings = self.encode(new)
            if not texts:
                return meanings
            # Copies: a row of a table keeps all of the table in memory.
            found |= {text: row.clone() for text, row in zip(new, meanings, strict=True)}
        with self._lock:
            for text in dict.fromkeys(texts):
                self._known[text] = found[text]
                self._known.move_to_end(text)
            while len(self._known) > self.most:
                self._known.popitem(last=False)
        return torch.stack([found[text] for text in texts])
