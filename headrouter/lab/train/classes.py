"""What an audio token can mean, and a reader that reads it off."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from headrouter.hear.letters import LetterReader
from headrouter.hear.spotting import cut_tokenizer
from headrouter.lab.corpus.composing import Composer
from headrouter.lab.corpus.scapes import Scape
from headrouter.lab.train.training import Nano
from headrouter.nano import MERGES

COMMON = 12  # occurrences in the training texts that make a piece a class
GENDERS = {"M": " man", "F": " woman"}
SILENCE = " silence"


def plain(text: str) -> str:
    """Lower-case words and apostrophes only: what is spoken, not how it is written."""
    return re.sub(r"\s+", " ", re.sub(r"[^a-z' ]+", " ", text.lower())).strip()


class Spelling:
    """Word pieces: the language model's own for common words, shorter ones for the others.

    Its own are longest and easiest to read, but 15% of those in unheard speech are too rare to be
    learned; of the mixture, under 1%.
    """

    def __init__(self, nano: Nano, texts: Iterable[str]) -> None:
        words = Counter(word for text in texts for word in plain(text).split())
        self.own = {word: nano.ids(" " + word) for word in words}
        self.tokenizer = cut_tokenizer(nano.tokenizer, MERGES)
        counts: Counter[int] = Counter()
        for word, ids in self.own.items():
            counts.update(dict.fromkeys(ids, words[word]))
        self.common = {piece for piece, count in counts.items() if count >= COMMON}

    def __call__(self, text: str) -> list[int]:
        """The tokens of a text."""
        return [piece for word in plain(text).split() for piece in self._pieces(word)]

    def _pieces(self, word: str) -> list[int]:
        own = self.own.get(word)
        if own and self.common.issuperset(own):
            return own
        ids: list[int] = self.tokenizer.encode(" " + word).ids
        return ids


@dataclass
class Classes:
    """What an audio token can mean: 0 for nothing, then word pieces, then names of sounds."""

    rows: Tensor  # (classes - 1, width) unit vectors
    pieces: list[int]  # token ids of classes 1, 2, ...
    labels: dict[str, int]  # class of each sound
    genders: dict[str, int]  # classes of man and woman, by M and F
    silence: int  # class of what holds nothing
    spelling: Spelling

    @classmethod
    def of(cls, nano: Nano, texts: Iterable[str], labels: Sequence[str]) -> "Classes":
        """All pieces that `texts` need, and `labels`."""
        texts = list(texts)
        spelling = Spelling(nano, texts)
        used = {i for text in texts for i in spelling(text)}
        used |= {nano.ids(name)[0] for name in (*GENDERS.values(), SILENCE)}
        pieces = sorted(used)
        centred = nano.embedding - nano.embedding.mean(0)
        rows = [centred[pieces]]
        found: dict[str, int] = {}
        for label in labels:
            ids = nano.ids(" " + label)
            if len(ids) == 1 and ids[0] in used:
                found[label] = pieces.index(ids[0]) + 1
            else:
                found[label] = 1 + sum(map(len, rows))
                rows.append(centred[ids].mean(0, keepdim=True))
        genders = {g: pieces.index(nano.ids(name)[0]) + 1 for g, name in GENDERS.items()}
        silence = pieces.index(nano.ids(SILENCE)[0]) + 1
        unit_rows = normalize(torch.cat(rows), dim=1)
        return cls(unit_rows, pieces, found, genders, silence, spelling)

    def encode(self, text: str) -> list[int]:
        """The classes of a text's pieces; pieces without a class are left out."""
        return [self.index[i] for i in self.spelling(text) if i in self.index]

    def pause(self, scape: Scape) -> int:
        """The class of what is heard between the segments of a window."""
        return self.labels[scape.background] if scape.background else self.silence

    @cached_property
    def index(self) -> dict[int, int]:
        """The class of each piece."""
        return {piece: number for number, piece in enumerate(self.pieces, 1)}

    def decode(self, classes: Iterable[int]) -> str:
        """The text of the best class of each token, repeats, voices and blanks taken out."""
        ids, last = [], 0
        empty = {0, self.silence, *self.genders.values()}
        for number in classes:
            if number != last and number <= len(self.pieces) and number not in empty:
                ids.append(self.pieces[number - 1])
            last = number
        return self.spelling.tokenizer.decode(ids).strip()


class Reader(nn.Module):
    """Reads classes off audio tokens, by cosines to their centred embeddings; and letters."""

    rows: Tensor
    centre: Tensor

    def __init__(self, classes: Classes, centre: Tensor) -> None:
        super().__init__()
        self.register_buffer("rows", classes.rows, persistent=False)
        self.register_buffer("centre", centre, persistent=False)
        self.blank = nn.Parameter(torch.randn(centre.shape))
        self.bias = nn.Parameter(torch.zeros(len(classes.rows) + 1))
        self.log_scale = nn.Parameter(torch.tensor(3.0))
        self.letters = LetterReader(len(centre))
        with torch.no_grad():
            self.bias[0] = 2.0

    def forward(self, tokens: Tensor) -> Tensor:
        """(..., width) -> (..., classes) logits."""
        rows = torch.cat([normalize(self.blank, dim=0)[None], self.rows])
        cosines = normalize(tokens - self.centre, dim=-1) @ rows.T
        return cosines * self.log_scale.exp() + self.bias


def classes_of(nano: Nano, train: Composer, dev: Composer) -> Classes:
    """All that can be read off audio tokens of these soundscapes."""
    texts = [c.text or "" for clips in train.speakers.values() for c in clips]
    return Classes.of(nano, texts, sorted({*train.labels, *dev.labels}))


def reader_of(nano: Nano, classes: Classes) -> Reader:
    """An untrained reader of the model's audio tokens."""
    return Reader(classes, nano.embedding.mean(0)).to(nano.device)
