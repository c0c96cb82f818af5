"""What is left of an index when it is made small: the letters that were read, and where.

The letters that a reader has off audio tokens (``headrouter.hear.letters``) are nearly what was
said, some of them wrong, at 50 kB an hour. Texts are looked for among those of all recordings at
once, by the trigrams that they share, and the likeliest by how many letters have to be changed;
what is left is then looked at in the index itself.
A scan of this size beats an inverted index: nothing has to be merged when a recording comes or
goes. Pure maths; it knows no file and no model.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import max_pool1d

from headrouter.hear.index import AudioIndex
from headrouter.hear.letters import CLASSES, FRAMES, letters_of

BLOCK = 16  # letters that are found, or not, together: about a second of speech
AT_ONCE = 20_000  # audio tokens whose letters are read at once
COUNTED = 1 << 22  # trigrams at once
REACH = 5  # blocks that a text may lie in, at most; as many less one part two sketches
OWN = 0.01  # of a trigram's weight: of two blocks with a text, that in which it begins is taken
MOST_TRIGRAMS = 10  # of a text, the rarest, that are looked for
COMPARED = 20_000  # blocks with most of a text's trigrams, whose letters are compared with its own
LETTER_TOKENS = 1.2  # audio tokens of a letter, in slow speech more, in fast speech fewer
MARGIN = 8  # audio tokens on either side of where a text may be


@dataclass(frozen=True, eq=False)
class Sketch:
    """The letters of a recording."""

    letters: NDArray[np.uint8]  # (letters,) classes from 1, doubled ones and rests left out
    places: NDArray[np.int32]  # (blocks,) the audio token at which each BLOCK of letters begins


def sketched(index: AudioIndex) -> Sketch:
    """The sketch of an index; empty where its model reads no letters."""
    tokens, found = index.meta.tokens, []
    for first in range(0, tokens, AT_ONCE) if index.meta.letters else ():
        rows = np.asarray(index.letters[first : first + AT_ONCE]).reshape(-1, CLASSES)
        found.append(rows.argmax(axis=1).astype(np.uint8))
    best = np.concatenate(found) if found else np.zeros(0, np.uint8)
    new = np.diff(best, prepend=np.uint8(0)) != 0
    kept = np.flatnonzero(new & (best > 0))
    places = (kept[::BLOCK] // FRAMES).astype(np.int32)
    return Sketch(best[kept], places)


@dataclass(frozen=True)
class Place:
    """Where a text may be: audio tokens of one of the sketches."""

    sketch: int  # its number
    first: int
    last: int
    score: float  # 1 for the text itself, less for each letter that has to be changed


class Letters:
    """The sketches of many recordings, to look for texts in."""

    def __init__(self, sketches: Sequence[Sketch]) -> None:
        blocks = [len(sketch.places) + REACH - 1 for sketch in sketches]
        self._begins = np.concatenate([[0], np.cumsum(blocks)])  # blocks, of each sketch
        text = np.zeros(int(self._begins[-1]) * BLOCK + 2, np.uint8)
        places = [np.pad(sketch.places, (0, REACH - 1)) for sketch in sketches]
        for first, sketch in zip(self._begins[:-1] * BLOCK, sketches, strict=True):
            text[first : first + len(sketch.letters)] = sketch.letters
        self._places = np.concatenate([np.zeros(0, np.int32), *places])
        self._text = text
        self._trigrams = torch.from_numpy(_codes(text.astype(np.int16)))

    @cached_property
    def _counts(self) -> NDArray[np.int64]:
        """How often each trigram is there."""
        parts = torch.split(self._trigrams, COUNTED)  # NumPy makes each number eight bytes
        return sum(
            (np.bincount(part.numpy(), minlength=CLASSES**3) for part in parts),
            np.zeros(CLASSES**3, np.int64),
        )

    def find(self, text: str, most: int, among: Sequence[int] | None = None) -> list[Place]:
        """Up to ``most`` places where a text may be said, the likeliest first.

        text: one word or several; signs other than letters are left out. among: the numbers of
        the sketches in which it is looked for; in all of them if left out.
        """
        if not len(self._places) or not (letters := letters_of(f" {text.strip()} "))[2:]:
            return []
        wanted = np.unique(_codes(np.array(letters, np.int16)))
        there = [code for code in wanted.tolist() if self._counts[code]]
        rarest = sorted(there, key=lambda code: int(self._counts[code]))[:MOST_TRIGRAMS]
        if not rarest:
            return []
        weights = np.log1p(len(self._places) / (1 + self._counts[rarest]))
        reach = min(REACH, 1 + -(-len(letters) // BLOCK))
        scores = torch.zeros(len(self._places))
        for code, weight in zip(rarest, weights / weights.sum(), strict=True):
            scores += float(weight) * self._holding(code, reach)
        if among is not None:
            scores *= self._of(among)
        return self._best(letters, scores, reach, most)

    def _holding(self, code: int, reach: int) -> Tensor:
        """(blocks,) about one where a trigram is in a block or those after it, else zero."""
        there = (self._trigrams == code).view(torch.int64).view(-1, BLOCK // 8)
        each = (there != 0).any(dim=1).float()
        padded = torch.nn.functional.pad(each, (0, reach - 1))
        return max_pool1d(padded[None], reach, stride=1)[0] + OWN * each

    def _of(self, among: Sequence[int]) -> Tensor:
        """(blocks,) one in these sketches, else zero."""
        wanted = np.zeros(len(self._begins) - 1, np.float32)
        wanted[list(among)] = 1.0
        return torch.from_numpy(np.repeat(wanted, np.diff(self._begins)))

    def _best(self, letters: Sequence[int], scores: Tensor, reach: int, most: int) -> list[Place]:
        """The likeliest blocks that are not near each other. scores: (blocks,) by trigrams."""
        ranked = scores.topk(min(len(scores), max(COMPARED, (1 + 2 * reach) * most)))
        there = ranked.values > 0
        blocks, shared = ranked.indices[there].numpy(), ranked.values[there].numpy()
        alike = 1 - edits(letters, self._letters(blocks, reach)) / len(letters)
        length = round(len(letters) * LETTER_TOKENS)
        taken: set[int] = set()
        found: list[Place] = []
        for place in np.lexsort((blocks, -shared, -alike)):
            block = int(blocks[place])
            if len(found) == most:
                break
            if taken.isdisjoint(range(block - reach + 1, block + reach)):
                taken.add(block)
                found.append(self._place(block, reach, length, float(alike[place])))
        return found

    def _letters(self, blocks: NDArray[np.int64], reach: int) -> NDArray[np.uint8]:
        """(blocks, reach x BLOCK) letters of blocks and those behind them, spaces at the end."""
        found = self._text[blocks[:, None] * BLOCK + np.arange(reach * BLOCK)]
        spaced: NDArray[np.uint8] = np.maximum(found, np.uint8(letters_of(" ")[0]))
        return spaced

    def _place(self, block: int, reach: int, length: int, score: float) -> Place:
        sketch = int(np.searchsorted(self._begins, block, side="right")) - 1
        last = min(block + reach, int(self._begins[sketch + 1]) - REACH + 1) - 1
        first = int(self._places[block])
        end = max(int(self._places[last]), first) + round(BLOCK * LETTER_TOKENS) + MARGIN
        most = 2 * reach * round(BLOCK * LETTER_TOKENS) + length  # silence may lie between two
        return Place(sketch, max(0, first - MARGIN), min(end, first + most), score)


def _codes(letters: NDArray[np.int16]) -> NDArray[np.int16]:
    """(n - 2,) each letter with the two after it as a number; zero where one of them is none."""
    one, two, three = letters[:-2], letters[1:-1], letters[2:]
    codes = (one * np.int16(CLASSES) + two) * np.int16(CLASSES) + three
    return np.where((one > 0) & (two > 0) & (three > 0), codes, 0).astype(np.int16)


def edits(wanted: Sequence[int], texts: NDArray[np.uint8]) -> NDArray[np.int16]:
    """(texts,) letters put in, left out or changed between ``wanted`` and the likest part of each.

    texts: (texts, letters). Sellers' algorithm (1980), a letter of all texts at a time.
    """
    steps, letters = np.arange(len(wanted) + 1, dtype=np.int16), np.array(wanted, np.int16)
    row = np.tile(steps, (len(texts), 1))
    least = row[:, -1].copy()
    for column in texts.T:
        changed = row[:, :-1] + (column[:, None] != letters)
        row[:, 1:] = np.minimum(changed, row[:, 1:] + 1)
        row[:, 0] = 0
        row = np.minimum.accumulate(row - steps, axis=1) + steps
        least = np.minimum(least, row[:, -1])
    return least
