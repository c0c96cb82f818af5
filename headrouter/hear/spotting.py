"""Word spotting: how likely each audio token is one of the words that a question asks for.

For models whose audio tokens were trained to lie where the language model has its words, as nano's
were: such a recording can be searched like a text, its sounds by their names, before any layer has
run. What is said is spelled in pieces that follow each other, as in spotting keywords by CTC; what
sounds lies at the mean of its name's pieces. Where letters are read off the tokens too, a word
counts once more by both. Pure maths over embeddings; it knows no model.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn.functional import max_pool1d, normalize, pad

from headrouter.backends.products import multiplies_in_bfloat16
from headrouter.backends.prompts import plain_ids
from headrouter.hear.letters import FRAMES, letters_of, spelled_out
from headrouter.hear.sounds import both
from headrouter.prune.scorers import moving_average, phrase_tokens
from headrouter.question.reading import read
from headrouter.question.words import Spotting

CHUNK = 2048  # words of the vocabulary that audio tokens are compared with at once
AT_ONCE = 16  # terms that are looked for in one pass over a recording
LONGEST_WORD = 40  # letters: nobody says a longer one
PIECES_SECONDS = 0.4  # within which the next piece of a word has to follow, and its letters end
PEAK = 0.1  # of a token's own likelihood, beside the mean over a phrase: a word is short


@dataclass(frozen=True, eq=False)
class Spelled:
    """What is looked for: a name by its place, or a word by its pieces, in each way to write it."""

    rows: Tensor  # (1, width) of a name or (pieces, width) of a word, unit vectors
    ways: tuple[tuple[int, ...], ...]  # rows of the pieces; none of a name

    def likelihood(self, logs: Tensor, mass: Tensor, reach: int) -> Tensor:
        """(tokens,) how likely it is at each token, in [0, 1].

        logs: (rows, tokens) logarithm of what each row has at each token; mass: (tokens,) that of
        all words together. reach: tokens within which the next piece has to follow. A way to write
        a word counts by the geometric mean of its pieces, and the best way counts.
        """
        if not self.ways:  # no word of the vocabulary, so it is not in the mass
            return (logs[0] - mass).sigmoid()
        logs, found = logs - mass, []
        for first, *rest in self.ways:
            total = logs[first] + sum(_soon(logs[piece], reach) for piece in rest)
            found.append(total / (1 + len(rest)))
        return torch.stack(found).amax(dim=0).exp()


@dataclass(frozen=True, eq=False)
class Lexicon:
    """The words of a language model as places in its embedding space."""

    embedding: Tensor  # (vocabulary, width)
    tokenizer: Any
    spotting: Spotting

    @cached_property
    def centre(self) -> Tensor:
        """(width,) mean of all words."""
        return self.embedding.mean(dim=0)

    @cached_property
    def _lengths(self) -> Tensor:
        """(vocabulary,) distances from the centre."""
        return torch.cat(
            [(rows - self.centre).norm(dim=1) for rows in torch.split(self.embedding, 4096)]
        )

    @cached_property
    def _short(self) -> Tokenizer | None:
        merges = self.spotting.merges
        return None if merges is None else cut_tokenizer(self.tokenizer, merges)

    def mass(self, audio: Tensor) -> Tensor:
        """(tokens,) log of what all words of the vocabulary have at each token, summed.

        audio: (tokens, width). Depends on no question, so it is kept with the recording. Where
        products are made in bfloat16, that of the likeliest word of each chunk is made anew in
        float32: it decides the sum, and rounding it would show.
        """
        unit = self._unit(audio)
        total = unit.new_full((len(unit),), -torch.inf)
        for words, lengths in zip(
            torch.split(self.embedding, CHUNK), torch.split(self._lengths, CHUNK), strict=True
        ):
            scaled = (words - self.centre) * (self.spotting.sharpness / lengths)[:, None]
            total = torch.logaddexp(total, _likenesses(unit, scaled).logsumexp(dim=1))
        return total

    def compare(self, audio: Tensor, rows: Tensor) -> Tensor:
        """(rows, tokens) logarithm of what each of (rows, width) unit vectors has at each token."""
        return rows @ self._unit(audio).T * self.spotting.sharpness

    def _unit(self, audio: Tensor) -> Tensor:
        return normalize(audio - self.centre, dim=1)

    def spell(self, term: str) -> Spelled:
        """A word, or a name of several, as what is looked for."""
        own = plain_ids(self.tokenizer, " " + term)
        if " " in term:
            name = (self.embedding[own] - self.centre).mean(dim=0, keepdim=True)
            return Spelled(normalize(name, dim=1), ())
        ways = {tuple(own)}
        if self._short is not None:
            ways.add(tuple(self._short.encode(" " + term).ids))
        pieces = sorted({piece for way in ways for piece in way})
        rows = normalize(self.embedding[pieces] - self.centre, dim=1)
        return Spelled(rows, tuple(tuple(map(pieces.index, way)) for way in sorted(ways)))


def _likenesses(unit: Tensor, words: Tensor) -> Tensor:
    """(tokens, words) products of (tokens, width) and (words, width), the greatest one exact."""
    if not multiplies_in_bfloat16(unit.device, unit.dtype):
        return unit @ words.T
    found = (unit.bfloat16() @ words.bfloat16().T).float()
    best = found.argmax(dim=1, keepdim=True)
    exact = (unit * words[best[:, 0]]).sum(dim=1, keepdim=True)
    return found.scatter_(1, best, exact)


def _soon(scores: Tensor, reach: int) -> Tensor:
    """(tokens,) the best of each token and the ``reach`` after it."""
    padded = pad(scores, (0, reach), value=-torch.inf)
    return max_pool1d(padded[None], reach + 1, stride=1)[0]


@dataclass(frozen=True, eq=False)
class Heard:
    """Audio tokens, read anew at each call."""

    blocks: Callable[[], Iterable[tuple[Tensor, Tensor]]]
    """Block by block: embeddings (tokens, width) and their mass (tokens,)."""

    letters: Callable[[], Tensor | None] = lambda: None
    """(FRAMES x tokens, classes) log-probabilities of all on the CPU, where letters are read."""

    sounds: Callable[[Sequence[str]], Mapping[str, Tensor]] = lambda names: {}
    """(tokens,) log-odds, on the CPU, of those of these names that are read off the encoder."""


def spotted(
    lexicon: Lexicon, question: str, heard: Heard, token_seconds: float, said: float = 1.0
) -> Tensor | None:
    """(tokens,) how much of what a question asks for is at each token; None if it names nothing.

    A term weighs one, shared by the places where it is: what is everywhere points nowhere. A place
    is a phrase, since a sound lasts. Of its one, ``said`` is where it is heard as a word, by its
    letters too; the rest is where it is heard as a sound, by what is read of those too.
    """
    terms = looked_for(question)
    read = heard.letters() if terms else None
    phrase, reach = phrase_tokens(token_seconds), round(PIECES_SECONDS / token_seconds)
    spots: Tensor | None = None
    for first in range(0, len(terms), AT_ONCE):
        group = terms[first : first + AT_ONCE]
        spelled = [lexicon.spell(term) for term in group]
        named = list(likelihoods(lexicon, spelled, heard, token_seconds))
        sounding = as_sounds(group, named, heard, token_seconds)
        for term, word, sound in zip(group, named, sounding, strict=True):
            if read is not None and " " not in term and letters_of(term):
                word = (word * near_letters(read, term, reach).to(word.device)).sqrt()
            shared = (1 - said) * _shared(sound, phrase) + said * _shared(word, phrase)
            spots = shared if spots is None else spots + shared
    return spots


def looked_for(question: str) -> list[str]:
    """What a question asks for, in its own words; of other languages sounds by their names too."""
    asked = read(question)
    names = [sound.name for sound in asked.sounds] if asked.language != "en" else []
    terms = dict.fromkeys([*asked.terms, *names])
    return [term for term in terms if len(max(term.split(), key=len)) <= LONGEST_WORD]


def near_letters(read: Tensor, word: str, reach: int) -> Tensor:
    """(tokens,) how surely a word's letters end within ``reach`` tokens of each.

    read: (FRAMES x tokens, classes).
    """
    each = spelled_out(read, letters_of(" " + word)).reshape(-1, FRAMES).amax(dim=1)
    return max_pool1d(each[None], 2 * reach + 1, stride=1, padding=reach)[0]


def best_likelihoods(
    lexicon: Lexicon, names: Sequence[str], said: bool, heard: Heard, token_seconds: float
) -> Tensor:
    """(names,) how likely each is, as a word that is ``said`` or a sound, where it is likeliest."""
    terms = [lexicon.spell(name) for name in names]
    found: Iterable[Tensor] = likelihoods(lexicon, terms, heard, token_seconds)
    if not said:
        found = as_sounds(names, found, heard, token_seconds)
    return torch.stack([here.max() for here in found])


def as_sounds(
    names: Sequence[str], spotted: Iterable[Tensor], heard: Heard, token_seconds: float
) -> Iterator[Tensor]:
    """(tokens,) how likely each sound is, by what is spotted and what is read of it, if it is."""
    read = heard.sounds(names)
    for name, here in zip(names, spotted, strict=True):
        yield both(here, read[name].to(here), token_seconds) if name in read else here


def likelihoods(
    lexicon: Lexicon, terms: Sequence[Spelled], heard: Heard, token_seconds: float
) -> Iterator[Tensor]:
    """(tokens,) of each term, over all that was heard."""
    reach = round(PIECES_SECONDS / token_seconds)
    rows = torch.cat([term.rows for term in terms])
    blocks = [(lexicon.compare(audio, rows), mass) for audio, mass in heard.blocks()]
    logs = torch.cat([logs for logs, _ in blocks], dim=1)
    mass = torch.cat([mass for _, mass in blocks])
    parts = torch.split(logs, [len(term.rows) for term in terms])
    for term, part in zip(terms, parts, strict=True):
        yield term.likelihood(part, mass, reach)


def _shared(likelihood: Tensor, phrase: int) -> Tensor:
    return likelihood / max(1.0, _places(likelihood, phrase))


def _places(likelihood: Tensor, phrase: int) -> float:
    """In how many phrases something is to be expected."""
    whole = pad(likelihood, (0, -len(likelihood) % phrase))
    return float(whole.reshape(-1, phrase).amax(dim=1).sum())


def pointed(importance: Tensor, spots: Tensor, token_seconds: float) -> Tensor:
    """(tokens,) importance, summing to one, with the weight moved to what is spotted.

    importance, spots: (tokens,). As much as one sure find is spread over all, so that importance
    decides where nothing is spotted.
    """
    near = moving_average(spots, phrase_tokens(token_seconds)) + PEAK * spots
    moved = importance * (near + 1 / len(spots))
    return moved / moved.sum()


def cut_tokenizer(tokenizer: Any, merges: int) -> Tokenizer:
    """A byte-pair tokenizer with its first ``merges`` merges only: shorter pieces."""
    settings = json.loads(tokenizer.backend_tokenizer.to_str())
    settings["model"]["merges"] = settings["model"]["merges"][:merges]
    settings["model"]["ignore_merges"] = False
    cut: Tokenizer = Tokenizer.from_str(json.dumps(settings))
    return cut
