"""Letters read off audio tokens, and transcripts on which they and the language model agree.

A language model that writes down what it hears writes fluent words that sound alike. A second
reader knows nothing of words: connectionist temporal classification over letters (Graves et al.
2006), four frames an audio token. Decoded together (Watanabe et al. 2017, "Hybrid CTC/attention",
eq 28 to 31) each beam counts by what both say. Words that are looked for are found by both, too.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple, Self

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn.functional import gelu

from headrouter.question.choices import added_mask

FILE = "letters.safetensors"  # in the folder of a checkpoint that has one
LETTERS = " 'abcdefghijklmnopqrstuvwxyz"  # classes 1, 2, ...; 0 is none
CLASSES = len(LETTERS) + 1
FRAMES = 4  # that are read off an audio token
WIDTH = 256
BEAMS, CANDIDATES = 4, 12  # and tokens by which each may go on
WEIGHT = 0.3  # of the letters' log-probability beside the language model's
NEVER = -1e30


class LetterReader(nn.Module):
    """(batch, tokens, width) audio tokens -> (batch, FRAMES x tokens, classes) logits."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.near = nn.Conv1d(width, WIDTH, 3, padding=1)
        self.wide = nn.Conv1d(WIDTH, WIDTH, 3, padding=1)
        self.out = nn.Linear(WIDTH, FRAMES * CLASSES)
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("deviation", torch.ones(width))

    def forward(self, tokens: Tensor) -> Tensor:
        """As the class says."""
        states = ((tokens - self.mean) / self.deviation).transpose(1, 2)
        states = gelu(self.near(states))
        states = states + gelu(self.wide(states))
        logits: Tensor = self.out(states.transpose(1, 2))
        return logits.reshape(len(tokens), -1, CLASSES)

    def level(self, tokens: Tensor) -> None:
        """Take the mean and the deviation of (tokens, width) for those of all tokens."""
        self.mean.copy_(tokens.mean(0))
        self.deviation.copy_(tokens.std(0))

    def save(self, path: Path) -> None:
        """Write a file of safetensors, in half precision."""
        half = {name: tensor.half().contiguous() for name, tensor in self.state_dict().items()}
        save_file(half, path)

    @classmethod
    def load(cls, path: Path) -> Self:
        """From a file of safetensors."""
        tensors = {name: tensor.float() for name, tensor in load_file(path).items()}
        reader = cls(len(tensors["mean"]))
        reader.load_state_dict(tensors)
        return reader.eval()

    @torch.inference_mode()
    def read(self, tokens: Tensor) -> Tensor:
        """(frames, classes) log-probabilities of (tokens, width): double, on the CPU."""
        logits: Tensor = self(tokens[None].float())[0]
        return logits.cpu().double().log_softmax(dim=-1)


def spelling(text: str) -> list[int] | None:
    """The classes of a text's letters; None where it has signs that are spoken but not read."""
    silent = all(c in LETTERS or (c.isascii() and not c.isalnum()) for c in _plain(text))
    return letters_of(text) if silent else None


def letters_of(text: str) -> list[int]:
    """The classes of a text's letters; what is no letter is left out."""
    return [LETTERS.index(letter) + 1 for letter in _plain(text) if letter in LETTERS]


def _plain(text: str) -> str:
    return text.lower().replace("’", "'")


def spelled_out(read: Tensor, letters: Sequence[int]) -> Tensor:
    """(frames,) how surely each frame ends a word of these letters, in (0, 1].

    read: (frames, classes). The geometric mean, over the letters, of what the word's best alignment
    has against the best of all that might be said instead: as keywords are spotted by CTC.
    """
    best = read.amax(dim=1)
    sums = {k: (read[:, k] - best).double().cumsum(dim=0) for k in {0, *letters}}
    entering = ended = rested = torch.zeros_like(sums[0])  # before it anything may be said
    for place, letter in enumerate(letters):
        if place:
            again = letter == letters[place - 1]
            entering = _later(rested if again else torch.maximum(ended, rested))
        ended = _carried(entering, sums[letter], _highest)
        rested = _carried(_later(ended), sums[0], _highest)
    return (torch.maximum(ended, rested) / len(letters)).exp().float()


def greedy(read: Tensor) -> str:
    """The text of the best class of each frame of (frames, classes)."""
    best = torch.unique_consecutive(read.argmax(dim=-1)).tolist()
    return "".join(LETTERS[number - 1] for number in best if number)


class Prefix(NamedTuple):
    """How well (k,) texts begin what is read."""

    ended: Tensor  # (k, frames) log-probability of having said all of it by a frame, on a letter
    rested: Tensor  # (k, frames) the same, on none
    score: Tensor  # (k,) log-probability of all that begins so
    last: Tensor  # (k,) class of the last letter, 0 for an empty text

    def rows(self, places: Tensor | slice) -> "Prefix":
        """Some of the texts."""
        return Prefix(*(part[places] for part in self))

    @property
    def whole(self) -> Tensor:
        """(k,) log-probability that it is all that is said."""
        return torch.logaddexp(self.ended[:, -1], self.rested[:, -1])


class LetterScorer:
    """Scores texts against (frames, classes) log-probabilities."""

    def __init__(self, read: Tensor) -> None:
        self.read, self.sums = read, read.cumsum(dim=0)

    def empty(self) -> Prefix:
        """The empty text."""
        none = self.sums[None, :, 0]
        zero = torch.zeros(1, dtype=none.dtype)
        return Prefix(torch.full_like(none, NEVER), none, zero, torch.zeros(1, dtype=torch.long))

    def extend(self, prefix: Prefix, texts: Sequence[Sequence[int]]) -> Prefix:
        """The prefixes, (k,), gone on with by a text each; a space never follows another."""
        ways = Prefix(*(part.clone() for part in prefix))
        rests = [
            text[1:] if text[:1] == [1] and last in (0, 1) else text
            for text, last in zip(texts, prefix.last.tolist(), strict=True)
        ]
        for place in range(max(map(len, rests), default=0)):
            rows = torch.tensor([row for row, rest in enumerate(rests) if len(rest) > place])
            letter = torch.tensor([rests[row][place] for row in rows])
            for part, new in zip(ways, self._by_letter(ways.rows(rows), letter), strict=True):
                part[rows] = new
        return ways

    def _by_letter(self, prefix: Prefix, letter: Tensor) -> Prefix:
        """Each recurrence over frames is linear, so it is a cumulative sum (of logarithms)."""
        ready = torch.where(
            (letter == prefix.last)[:, None],
            prefix.rested,
            torch.logaddexp(prefix.ended, prefix.rested),
        )
        begun = torch.where(prefix.last == 0, 0.0, NEVER).to(ready)
        before = torch.cat([begun[:, None], ready[:, :-1]], dim=1)
        ended = _carried(before, self.sums[:, letter].T)
        rested = _carried(_later(ended), self.sums[:, 0].expand_as(ended))
        score = (before + self.read[:, letter].T).logsumexp(dim=1)
        return Prefix(ended, rested, score, letter)


def _later(scores: Tensor) -> Tensor:
    """(..., frames) a frame later."""
    return torch.cat([torch.full_like(scores[..., :1], NEVER), scores[..., :-1]], dim=-1)


def _highest(entered: Tensor) -> Tensor:
    return entered.cummax(dim=-1).values


def _either(entered: Tensor) -> Tensor:
    return entered.logcumsumexp(dim=-1)


def _carried(
    entering: Tensor, sums: Tensor, gathered: Callable[[Tensor], Tensor] = _either
) -> Tensor:
    """(..., frames): x[t] = (x[t-1] or what enters at t) + the step of ``sums``, in logarithms.

    gathered: what of all that has entered counts.
    """
    earlier = torch.cat([torch.zeros_like(sums[..., :1]), sums[..., :-1]], dim=-1)
    return sums + gathered(entering - earlier)


@dataclass(frozen=True)
class Beam:
    """A text so far."""

    ids: tuple[int, ...]
    places: tuple[int, ...]  # of its tokens among those that followed the prompt
    score: float  # of both readers
    said: float  # the language model's log-probability
    prefix: Prefix  # (1,)
    ended: bool = False


def transcribe(
    model: Any,
    inputs: dict[str, Tensor],
    read: Tensor,
    spelled: Callable[[int], list[int] | None],
    end: int,
    most: int,
    stop: Callable[[], bool] = lambda: False,
) -> tuple[tuple[int, ...], float]:
    """The tokens on which model and letters agree best, and their mean log-probability.

    inputs: of the model's ``forward`` for the prompt, one row, with its attention mask; read:
    (frames, classes); spelled: gives the letters of a token, None for one that is never said; end:
    the token that ends an answer. All beams are a tree in one cache, each blind to the others;
    inside a HeadRouter the prompt is pruned.
    """
    scorer, device = LetterScorer(read), inputs["attention_mask"].device
    out = model(**inputs, use_cache=True)
    beams = [Beam((), (), 0.0, 0.0, scorer.empty())]
    logits, followed, best = out.logits[:, -1:], 0, Beam((), (), NEVER, 0.0, scorer.empty())
    for _ in range(most):
        going = []
        for beam, chances in zip(beams, logits[0].float().log_softmax(dim=-1), strict=True):
            done, ways = _ways(scorer, beam, chances, spelled, end)
            best = max(best, done, key=lambda found: found.score)
            going += ways
        beams = sorted(going, key=lambda found: found.score, reverse=True)[:BEAMS]
        if stop() or not beams or best.score > beams[0].score:
            break
        beams = [
            replace(beam, places=(*beam.places, followed + row)) for row, beam in enumerate(beams)
        ]
        followed += len(beams)
        out = model(
            input_ids=torch.tensor([[beam.ids[-1] for beam in beams]], device=device),
            attention_mask=_tree(inputs["attention_mask"], beams, followed, logits.dtype),
            position_ids=torch.full((1, len(beams)), _position(inputs, beams), device=device),
            cache=out.cache,
            use_cache=True,
        )
        logits = out.logits
    best = max(best, *beams, key=lambda found: found.score)  # too long, or stopped: not at its end
    return best.ids, best.said / (len(best.ids) + best.ended)


def _ways(
    scorer: LetterScorer,
    beam: Beam,
    chances: Tensor,
    spelled: Callable[[int], list[int] | None],
    end: int,
) -> tuple[Beam, list[Beam]]:
    """The beam at its end, and its likeliest ways to go on. chances: (vocabulary,)."""
    before = float(beam.prefix.score[0])

    def gone(ids: tuple[int, ...], chance: float, letters: float, prefix: Prefix) -> Beam:
        score = beam.score + chance + WEIGHT * (letters - before)
        return Beam(ids, beam.places, score, beam.said + chance, prefix, ids == beam.ids)

    done = gone(beam.ids, float(chances[end]), float(beam.prefix.whole[0]), beam.prefix)
    likely = {
        token: letters
        for token in chances.topk(CANDIDATES).indices.tolist()
        if token != end and (letters := spelled(token)) is not None
    }
    many = beam.prefix.rows(torch.zeros(len(likely), dtype=torch.long))
    longer = scorer.extend(many, list(likely.values()))
    ways = [
        gone(
            (*beam.ids, token),
            float(chances[token]),
            float(longer.score[row]),
            longer.rows(slice(row, row + 1)),
        )
        for row, token in enumerate(likely)
    ]
    return done, ways


def _position(inputs: dict[str, Tensor], beams: Sequence[Beam]) -> int:
    return inputs["attention_mask"].shape[1] + len(beams[0].ids) - 1


def _tree(seen: Tensor, beams: Sequence[Beam], followed: int, dtype: torch.dtype) -> Tensor:
    """(1, 1, beams, all tokens) mask that is added: each sees the prompt and its own tokens.

    seen: (1, tokens) mask of the prompt.
    """
    own = torch.zeros(len(beams), followed, dtype=torch.bool)
    for row, beam in zip(own, beams, strict=True):
        row[list(beam.places)] = True
    visible = torch.cat([seen.bool().expand(len(beams), -1), own.to(seen.device)], dim=1)
    return added_mask(visible, dtype)
