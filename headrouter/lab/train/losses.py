"""The losses of stage A, which `align` describes: pieces, letters, voices, sounds, pauses."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, ctc_loss

from headrouter.hear.letters import LetterReader, letters_of
from headrouter.lab.corpus.annotations import transcript
from headrouter.lab.corpus.scapes import Scape, Segment, overlapped
from headrouter.lab.train.classes import Classes, Reader, plain
from headrouter.lab.train.training import TOKENS_PER_SECOND, WINDOW_TOKENS, Nano

LETTER_WEIGHT, GENDER_WEIGHT, LABEL_WEIGHT, PAUSE_WEIGHT = 1.0, 0.5, 0.4, 0.1


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
    """The training loss over windows, each by its name."""

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
