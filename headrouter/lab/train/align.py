"""Stage A: teaches encoder and projector to place sound where the language model has its words.

Connectionist temporal classification (Graves et al. 2006) whose classes are rows of the language
model's own embedding table: an audio token comes to lie where the word piece would that is spoken
in it. Every other token is a word as well, so that the language model reads a caption: in speech
the blank is the word man or woman, in a sound its name, in a pause the background's name or
"silence". The same tokens are read as letters too, which generalise to words that training lacks.
"""

import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, ctc_loss, normalize
from transformers import WhisperFeatureExtractor

from headrouter.hear.letters import FILE as LETTER_FILE
from headrouter.hear.letters import LetterReader, greedy, letters_of
from headrouter.hear.spotting import cut_tokenizer
from headrouter.lab.corpus.questions import transcript
from headrouter.lab.corpus.scapes import Composer, Scape, Segment, overlapped
from headrouter.lab.train.training import (
    TOKENS_PER_SECOND,
    WINDOW_TOKENS,
    Checkpoint,
    Descent,
    Nano,
    Pace,
    batches,
    without_samples,
    write_adapter,
)
from headrouter.nano import MERGES

COMMON = 12  # occurrences in the training texts that make a piece a class
LETTER_WEIGHT, GENDER_WEIGHT, LABEL_WEIGHT, PAUSE_WEIGHT = 1.0, 0.5, 0.4, 0.1
READER = "reader.safetensors"  # beside what was aligned, for training that goes on with both
GENDERS = {"M": " man", "F": " woman"}
SILENCE = " silence"
ENCODER_RATE, FRONT_RATE = 2e-4, 1e-3
MASKS, MASK_FRAMES = 12, 30  # stretches of encoder input blanked in each window, and their length


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


def token_span(segment: Segment) -> tuple[int, int]:
    """The audio tokens of a segment, with a little room for what is heard late."""
    first = max(0, int(segment.start * TOKENS_PER_SECOND) - 1)
    return first, min(WINDOW_TOKENS, int(segment.end * TOKENS_PER_SECOND) + 3)


def pauses(scape: Scape) -> Tensor:
    """(375,) true at the tokens of a window that belong to no segment."""
    between = torch.ones(WINDOW_TOKENS, dtype=torch.bool)
    for segment in scape.segments:
        between[slice(*token_span(segment))] = False
    return between


class Losses:
    """The training loss over windows, in the order of the module's description."""

    def __init__(self, nano: Nano, classes: Classes, reader: Reader) -> None:
        self.nano, self.classes, self.reader = nano, classes, reader
        self.norm = float(nano.embedding[classes.pieces].norm(dim=1).mean())

    def __call__(self, frames: Tensor, scapes: Sequence[Scape]) -> dict[str, Tensor]:
        """frames (windows, 1500, width): each loss by name.

        What sounds at the same time as something else counts by its letters only.
        """
        tokens = self.nano.project(frames)
        every = [
            (window[slice(*token_span(s))], s, not both)
            for window, scape in zip(tokens, scapes, strict=True)
            for s, both in zip(scape.segments, overlapped(scape), strict=True)
        ]
        parts = [(t, s) for t, s, alone in every if alone]
        speech = [part for part in parts if part[1].kind == "speech"]
        sounds = [part for part in parts if part[1].kind != "speech"]
        losses = {"norm": 0.01 * (tokens.norm(dim=-1) - self.norm).pow(2).mean()}
        if speech:
            losses["pieces"] = self._pieces(speech)
        if known := [(t, s.gender) for t, s in speech if s.gender]:
            losses["gender"] = GENDER_WEIGHT * self._genders(known)
        if sounds:
            losses["labels"] = self._labels([(t, s.label or "") for t, s in sounds])
        losses["pauses"] = self._pauses(tokens, scapes)
        spoken = letter_loss(self.reader.letters, tokens, list(map(said, scapes)))
        losses["letters"] = LETTER_WEIGHT * spoken
        return losses

    def _pieces(self, parts: Sequence[tuple[Tensor, Segment]]) -> Tensor:
        """The blank of a known voice is its word, which is then no piece of the text."""
        voices = [self.classes.genders.get(segment.gender or "", 0) for _, segment in parts]
        targets = [
            [piece for piece in self.classes.encode(segment.text or "") if piece != voice]
            for voice, (_, segment) in zip(voices, parts, strict=True)
        ]
        padded = nn.utils.rnn.pad_sequence([tokens for tokens, _ in parts], batch_first=True)
        logits = self.reader(padded)
        swapped = torch.arange(logits.shape[-1]).repeat(len(parts), 1)
        swapped[torch.arange(len(parts)), voices] = 0
        swapped[:, 0] = torch.tensor(voices)
        swapped = swapped.to(logits.device)
        logits = logits.gather(2, swapped[:, None].expand_as(logits))
        return ctc_per_class(logits, [len(tokens) for tokens, _ in parts], targets)

    def _genders(self, parts: Sequence[tuple[Tensor, str]]) -> Tensor:
        pooled = torch.stack([tokens.mean(0) for tokens, _ in parts])
        genders = self.classes.genders
        target = torch.tensor([list(genders).index(gender) for _, gender in parts]).to(
            pooled.device
        )
        return cross_entropy(self.reader(pooled)[:, list(genders.values())], target)

    def _labels(self, parts: Sequence[tuple[Tensor, str]]) -> Tensor:
        """Each token of a sound against all classes, and their mean against all sounds."""
        logits = self.reader(torch.cat([tokens for tokens, _ in parts]))
        names = list(self.classes.labels)
        each = [self.classes.labels[label] for tokens, label in parts for _ in tokens]
        pooled = self.reader(torch.stack([tokens.mean(0) for tokens, _ in parts]))
        among = pooled[:, list(self.classes.labels.values())]
        target = torch.tensor([names.index(label) for _, label in parts]).to(among.device)
        each_loss = cross_entropy(logits, torch.tensor(each).to(logits.device))
        return LABEL_WEIGHT * (0.5 * each_loss + cross_entropy(among, target))

    def _pauses(self, tokens: Tensor, scapes: Sequence[Scape]) -> Tensor:
        """Tokens between segments against all classes: the background, or silence."""
        between = torch.stack([pauses(scape) for scape in scapes])
        target = torch.tensor([self.classes.pause(scape) for scape in scapes])
        target = target[:, None].expand(between.shape)[between]
        if not len(target):
            return tokens.sum() * 0.0
        logits = self.reader(tokens[between.to(tokens.device)])
        return PAUSE_WEIGHT * cross_entropy(logits, target.to(tokens.device))


def ctc_per_class(
    logits: Tensor, lengths: Sequence[int], targets: Sequence[Sequence[int]]
) -> Tensor:
    """Mean loss a target class of (sequences, frames, classes) logits, so many frames of each.

    Sequences too short for their target count nothing.
    """
    sizes = torch.tensor([len(target) for target in targets])
    flat = torch.tensor([c for target in targets for c in target], dtype=torch.long)
    loss = ctc_loss(
        logits.log_softmax(-1).transpose(0, 1),
        flat.to(logits.device),
        torch.tensor(lengths),
        sizes,
        reduction="sum",
        zero_infinity=True,
    )
    return loss / sizes.sum().clamp(min=1)


def said(scape: Scape) -> str:
    """All that is said in a window."""
    return plain(transcript(scape))


def letter_loss(reader: LetterReader, tokens: Tensor, texts: Sequence[str]) -> Tensor:
    """Mean loss a letter of whole windows, (windows, tokens, width), and all that is said in each.

    Where nothing is said, each frame that is read as a letter costs.
    """
    logits = reader(tokens)
    targets = [letters_of(text) for text in texts]
    return ctc_per_class(logits, [logits.shape[1]] * len(texts), targets)


def blank_stretches(states: Tensor, rng: random.Random) -> Tensor:
    """Encoder input with a few short stretches of each window set to zero (SpecAugment)."""
    states = states.clone()
    for row in states:
        for _ in range(MASKS):
            start = rng.randrange(len(row) - MASK_FRAMES)
            row[start : start + rng.randint(1, MASK_FRAMES)] = 0.0
    return states


def from_pool(
    nano: Nano,
    composer: Composer,
    features: Any,
    pool: int,
    size: int,
    seed: int,
    first: int,
    last: int,
) -> Iterator[tuple[Tensor, list[Scape]]]:
    """Steps `first` to `last` from `pool` windows: what the lower layers made of them, and what
    is in them. Each pass has its own order; a window stays in memory with 1.5 MB.
    """
    lows: list[Tensor] = []
    scapes: list[Scape] = []
    for mel, composed in batches(composer, features, 1, 0, pool, without_samples):
        lows.append(nano.hear_low(mel)[0].half())
        scapes += composed
    for step in range(first, last):
        chosen = [
            _shuffled(seed, n // pool, pool)[n % pool]
            for n in range(step * size, (step + 1) * size)
        ]
        yield torch.stack([lows[i] for i in chosen]).float(), [scapes[i] for i in chosen]


@lru_cache(2)
def _shuffled(seed: int, turn: int, count: int) -> list[int]:
    return random.Random(f"{seed}/turn/{turn}").sample(range(count), count)


def level_out(nano: Nano, states: Tensor) -> None:
    """Fold each dimension's mean and deviation of the encoder's output into its final norm."""
    with torch.no_grad():
        frames = nano.hear_high(states).flatten(0, 1)
        mean, deviation = frames.mean(0), frames.std(0) + 1e-3
        norm = nano.encoder.layer_norm
        norm.bias.copy_((norm.bias - mean) / deviation)
        norm.weight.div_(deviation)


@torch.inference_mode()
def measure(
    nano: Nano, classes: Classes, reader: Reader, composer: Composer, features: Any, windows: int
) -> dict[str, float]:
    """Greedy word error rates of pieces and of letters; how often sound and voice are right."""
    errors = misspelt = words = 0
    right: dict[str, list[bool]] = {"sound": [], "gender": [], "pause": []}
    names = list(classes.labels)
    columns = list(classes.labels.values())
    genders = list(classes.genders)
    for mel, scapes in batches(composer, features, 1, 0, windows, without_samples):
        heard_tokens = nano.hear(mel)[0]
        letters = greedy(reader.letters.read(heard_tokens))
        misspelt += word_errors(said(scapes[0]).split(), letters.split())
        best = reader(heard_tokens[pauses(scapes[0]).to(nano.device)]).argmax(-1)
        right["pause"] += (best == classes.pause(scapes[0])).tolist()
        for segment in scapes[0].segments:
            tokens = heard_tokens[slice(*token_span(segment))]
            pooled = reader(tokens.mean(0))
            if segment.kind != "speech":
                named = names[int(pooled[columns].argmax())]
                right["sound"].append(named == segment.label)
                continue
            heard = classes.decode(reader(tokens).argmax(-1).tolist()).split()
            right_words = plain(segment.text or "").split()
            errors += word_errors(right_words, heard)
            words += len(right_words)
            if segment.gender:
                voice = int(pooled[list(classes.genders.values())].argmax())
                right["gender"].append(genders[voice] == segment.gender)
    found = {name: round(sum(rows) / len(rows), 3) for name, rows in right.items() if rows}
    wer, letter_wer = (round(count / max(words, 1), 4) for count in (errors, misspelt))
    return {"wer": wer, "letter_wer": letter_wer, "words": words, **found}


def word_errors(said: Sequence[str], heard: Sequence[str]) -> int:
    """Levenshtein distance in words."""
    row = list(range(len(heard) + 1))
    for i, word in enumerate(said, 1):
        corner, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            step = min(row[j] + 1, row[j - 1] + 1, corner + (word != other))
            corner, row[j] = row[j], step
    return row[-1]


def classes_of(nano: Nano, train: Composer, dev: Composer) -> Classes:
    """All that can be read off audio tokens of these soundscapes."""
    texts = [c.text or "" for clips in train.speakers.values() for c in clips]
    return Classes.of(nano, texts, sorted({*train.labels, *dev.labels}))


def reader_of(nano: Nano, classes: Classes) -> Reader:
    """An untrained reader of the model's audio tokens."""
    return Reader(classes, nano.embedding.mean(0)).to(nano.device)


def align(
    nano: Nano,
    train: Composer,
    dev: Composer,
    out: Path,
    *,
    steps: int,
    size: int,
    seed: int,
    fresh: bool,
    letters: Path | None = None,
    pool: int = 0,
    workers: int = 1,
    minutes: float | None = None,
    dev_windows: int = 40,
    every: int = 300,
    report: Callable[[int, dict[str, float]], None] = lambda step, losses: None,
) -> Path:
    """Train for `steps` steps of `size` windows; returns the adapter's path in `out`.

    Resumes from `out`, where the readers come to lie as well. `fresh` says that encoder and
    projector hold nothing learned yet. `letters` is a reader of letters to begin with. `pool`
    windows are heard by the lower layers once and then drawn again and again; 0 makes every window
    a new one, composed in `workers` processes. After `minutes` it ends whatever its steps, the
    learning rates fallen by then.
    """
    features = WhisperFeatureExtractor(feature_size=nano.encoder.conv1.in_channels)
    classes = classes_of(nano, train, dev)
    reader = reader_of(nano, classes)
    if letters:
        reader.letters.load_state_dict(LetterReader.load(letters).state_dict())
    losses_of = Losses(nano, classes, reader)
    top = nano.top_layers().requires_grad_(True)
    front = [*nano.projector.requires_grad_(True).parameters(), *reader.parameters()]
    pace = Pace(steps, minutes)
    descent = Descent([(list(top.parameters()), ENCODER_RATE), (front, FRONT_RATE)], pace)
    settings = {"stage": "align", "steps": steps, "size": size, "seed": seed, "fresh": fresh}
    settings["pool"] = pool
    checkpoint = Checkpoint(out, settings)
    trained = nn.ModuleDict({"top": top, "projector": nano.projector, "reader": reader})
    first = 0
    if state := checkpoint.load():
        first = state["step"]
        trained.load_state_dict(state["weights"])
        descent.load(state)

    if pool:
        heard = from_pool(nano, train, features, pool, size, seed, first, steps)
    else:
        drawn = batches(train, features, size, first, steps, without_samples, workers)
        heard = ((nano.hear_low(mel), scapes) for mel, scapes in drawn)
    for step, (low, scapes) in enumerate(heard, first):
        if fresh and step == 0:
            level_out(nano, low)
        if step == 0 and not letters:
            with torch.no_grad():
                reader.letters.level(nano.project(nano.hear_high(low)).flatten(0, 1))
        low = blank_stretches(low, random.Random(f"{seed}/mask/{step}"))
        losses = losses_of(nano.hear_high(low), scapes)
        torch.autograd.backward(list(losses.values()))
        descent.step()
        values = {name: round(float(loss.detach()), 4) for name, loss in losses.items()}
        report(step + 1, values)
        done = pace(step + 1) == 1
        if (step + 1) % every == 0 or done:
            measured = measure(nano, classes, reader, dev, features, dev_windows)
            checkpoint.note(step + 1, **values, dev=measured)
            checkpoint.save(step + 1, {"weights": trained.state_dict(), **descent.state()})
            report(step + 1, {f"dev_{name}": value for name, value in measured.items()})
        if done:
            break
    path = out / "aligned.safetensors"
    write_adapter(nano.front(), path)
    save_file(reader.state_dict(), out / READER)
    reader.letters.save(out / LETTER_FILE)
    return path
