"""What stage B learns from: a stretch of audio, and questions that don't see each other."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool1d

from headrouter.hear.spans import Span
from headrouter.lab.corpus.annotations import World, transcript
from headrouter.lab.corpus.clips import SAMPLE_RATE
from headrouter.lab.corpus.questions import ask, with_words
from headrouter.lab.corpus.scapes import TOKEN_SECONDS, Scape, cut, join
from headrouter.lab.train.training import AUDIO_TOKEN_ID, WINDOW_TOKENS, Nano

PREFIX, TURN, END = "<|im_start|>user\n", "<|im_end|>\n<|im_start|>assistant\n", "<|im_end|>"
STRETCHES = 3  # cut from each window
QUESTIONS = 10  # about each stretch
STRETCH_SECONDS = (6.0, 8.0, 10.0, 12.0, 16.0, 30.0)  # at most
WHOLE, JOINED = 0.15, 0.06  # share of whole windows, and of several joined
JOINED_WINDOWS = 3  # at most
KEEP = (0.3, 0.8)  # of the audio tokens, where any are dropped
SHARE_DROPPED = 0.35
NEEDS_ALL = {"transcribe", "after and before"}  # of what is dropped these could only guess
RUNS = (1, 3, 9)  # tokens over which chance is smoothed: what is kept comes in such runs
SHARE_WITH_WORDS = 0.25  # of the stretches of speech; the listener gives them with most questions
# Of an answer, in the weight of its tokens: one letter counts, a text not for all.
LENGTH_POWER = -0.5
MANY, MOST = 400, 260  # audio tokens; of a stretch of more than so many, at most so many stay
IGNORED = -100


@dataclass(frozen=True)
class Example:
    """One stretch of audio and its questions, as the language model sees them."""

    ids: Tensor  # (tokens,) of text, and AUDIO_TOKEN_ID for what is heard
    heard: Tensor  # (audio tokens,) which ones, of all in the batch
    targets: Tensor  # (tokens,) the token to be said at each, or IGNORED
    weights: Tensor  # (tokens,) of each target in the loss
    positions: Tensor  # (tokens,)
    branches: Tensor  # (tokens,) 0 for what all questions share, else the question's number
    tasks: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.targets)


def stretches(scapes: Sequence[Scape], rng: random.Random) -> list[tuple[Span, Scape]]:
    """Pieces of the windows: which audio tokens, of the windows end to end, and what is in them."""
    pieces = []
    for first in range(0, len(scapes), JOINED_WINDOWS):
        group = scapes[first : first + JOINED_WINDOWS]
        if rng.random() < JOINED * STRETCHES * len(group):
            span = first * WINDOW_TOKENS, (first + len(group)) * WINDOW_TOKENS
            pieces.append((span, join(group)))
    for number, scape in enumerate(scapes):
        for _ in range(STRETCHES):
            if not scape.segments or rng.random() < WHOLE:
                seconds = rng.choice(STRETCH_SECONDS) if not scape.segments else 30.0
                samples = scape.samples[: int(seconds * SAMPLE_RATE)]
                start, piece = 0.0, Scape(samples, scape.segments, scape.background)
                length = int(seconds / TOKEN_SECONDS)
            else:
                start, piece = cut(scape, *_choose(scape, rng))
                length = round(len(piece.samples) / SAMPLE_RATE / TOKEN_SECONDS)
            first = number * WINDOW_TOKENS + round(start / TOKEN_SECONDS)
            last = min(first + length, (number + 1) * WINDOW_TOKENS)
            pieces.append(((first, last), piece))
    return pieces


def _choose(scape: Scape, rng: random.Random) -> tuple[int, int]:
    """A run of segments of at most a drawn length, or one segment."""
    limit = rng.choice(STRETCH_SECONDS)
    first = last = rng.randrange(len(scape.segments))
    segments = scape.segments
    while last + 1 < len(segments) and segments[last + 1].end - segments[first].start <= limit:
        last += 1
    while first > 0 and segments[last].end - segments[first - 1].start <= limit:
        first -= 1
    return first, last


class Assembler:
    """Makes sequences of audio and questions."""

    def __init__(self, nano: Nano, world: World) -> None:
        self.nano, self.world = nano, world
        self.prefix = nano.ids(PREFIX)

    def batch(self, scapes: Sequence[Scape], rng: random.Random) -> list[Example]:
        """Sequences about stretches of the windows of a batch, by length."""
        made = [
            self(span, piece, rng, span[1] - span[0] > MANY or rng.random() < SHARE_DROPPED)
            for span, piece in stretches(scapes, rng)
        ]
        return sorted((sequence for sequence in made if sequence.tasks), key=len)

    def __call__(self, span: Span, scape: Scape, rng: random.Random, drop: bool) -> Example:
        """One stretch with up to QUESTIONS questions."""
        count = span[1] - span[0]
        kept = self._kept(count, rng) if drop else torch.arange(count)
        words = transcript(scape) if rng.random() < SHARE_WITH_WORDS else ""
        opening = self.nano.ids("\n" + (with_words("", words) if words else ""))
        first = len(self.prefix) + count
        asked = first + len(opening)
        positions = [
            torch.arange(len(self.prefix)),
            len(self.prefix) + kept,
            torch.arange(first, asked),
        ]
        head = sum(map(len, positions))
        ids = [*self.prefix, *[AUDIO_TOKEN_ID] * len(kept), *opening]
        targets, weights, branches = [IGNORED] * head, [0.0] * head, [0] * head
        tasks = []
        questions = ask(scape, self.world, rng, QUESTIONS)
        unasked = {"transcribe"} if words else NEEDS_ALL if drop else set()  # words can be read off
        questions = [question for question in questions if question.task not in unasked]
        for number, question in enumerate(questions, 1):
            text, said = self.nano.ids(question.text + TURN), self.nano.ids(question.answer + END)
            length = len(text) + len(said)
            ids += text + said
            targets += [IGNORED] * (len(text) - 1) + said + [IGNORED]
            weights += [len(said) ** LENGTH_POWER] * length
            branches += [number] * length
            positions.append(torch.arange(asked, asked + length))
            tasks.append(question.task)
        return Example(
            torch.tensor(ids),
            span[0] + kept,
            torch.tensor(targets),
            torch.tensor(weights),
            torch.cat(positions),
            torch.tensor(branches),
            tuple(tasks),
        )

    def _kept(self, count: int, rng: random.Random) -> Tensor:
        """Ascending indices of those of `count` tokens that stay: scattered, or in longer runs."""
        noise = torch.rand(count, generator=torch.Generator().manual_seed(rng.getrandbits(32)))
        run = rng.choice(RUNS)
        smooth = avg_pool1d(noise[None], run, 1, run // 2, count_include_pad=False)[0]
        stay = max(4, int(count * rng.uniform(*KEEP)))
        if count > MANY:
            stay = min(stay, MOST)
        return smooth.topk(min(stay, count)).indices.sort().values


def batch_of(sequences: Sequence[Example], tokens: Tensor, embedding: Tensor) -> dict[str, Tensor]:
    """Padded inputs of the language model; questions see the audio and themselves.

    tokens (audio tokens of the batch, width), embedding (vocabulary, width).
    """
    pad, device = nn.utils.rnn.pad_sequence, tokens.device
    branches = pad([s.branches for s in sequences], batch_first=True, padding_value=-1).to(device)
    length = branches.shape[1]
    same = (branches[:, None, :] == branches[:, :, None]) | (branches[:, None, :] == 0)
    seen = same & torch.ones(length, length, dtype=torch.bool, device=device).tril()
    seen |= torch.eye(length, dtype=torch.bool, device=device)  # padding must attend to something
    ids = pad([s.ids for s in sequences], batch_first=True).to(device)
    heard = torch.cat([s.heard for s in sequences]).to(device)
    audio = (ids == AUDIO_TOKEN_ID)[..., None]
    return {
        "inputs_embeds": embedding[ids].masked_scatter(audio, tokens[heard]),
        "position_ids": pad([s.positions for s in sequences], batch_first=True).to(device),
        "attention_mask": seen[:, None],
    }


def parts_of(sequences: Sequence[Example], at_once: int) -> Iterator[list[Example]]:
    """Runs of sequences, shortest first, of at most so many tokens when padded to the longest."""
    part: list[Example] = []
    for sequence in sequences:
        if part and (len(part) + 1) * len(sequence) > at_once:
            yield part
            part = []
        part.append(sequence)
    if part:
        yield part
