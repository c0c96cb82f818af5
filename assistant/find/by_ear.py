"""Words that are looked for by ear: among the letters of all recordings, then in the likeliest."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import max_pool1d

from headrouter.hear.index import AudioIndex
from headrouter.hear.joint import Joint, joined
from headrouter.hear.letters import CLASSES, FRAMES, greedy, letters_of, spelled_out
from headrouter.hear.sketch import LETTER_TOKENS, Place
from headrouter.hear.spotting import PIECES_SECONDS, near_letters
from headrouter.question.words import content_words
from tools.context import Listener

# Measured with words and phrases of 100 recordings and words that are said in none of them
# (docs/evidence.md).
SURE, MAYBE = 0.3, 0.05  # of the likelihood, from both readings
AROUND = 1.5  # seconds within which the words of a phrase are near its end
APART = 0.5  # of the score, where words are near each other but not one after the other


@dataclass(frozen=True)
class Spoken:
    """Where words may be said."""

    place: int  # number of the place that was looked at
    start: float  # seconds of its recording
    end: float
    score: float  # in [0, 1]
    letters: str  # as they were read there


def spoken_at(
    listener: Listener, words: str, places: Sequence[tuple[AudioIndex, Place]]
) -> list[Spoken]:
    """The likeliest moment at each place, where words are likely enough, the surest first.

    Two readings have to agree: letters, and the pieces of the language model's own vocabulary.
    """
    stretches = [(index, _inside(index, place)) for index, place in places]
    kept = [number for number, (_, (first, last)) in enumerate(stretches) if last > first]
    if not kept:
        return []
    joint = joined([stretches[number] for number in kept])
    likely = likelihood(listener, words, joint.index)
    found = []
    for number, token in enumerate(_peaks(likely, joint)):
        score = float(likely[token])
        if score >= MAYBE:
            found.append(_spoken(kept[number], joint, token, score, len(letters_of(words))))
    return sorted(found, key=lambda spoken: -spoken.score)


def likelihood(listener: Listener, words: str, index: AudioIndex) -> Tensor:
    """(tokens,) how surely a word, or the last of several, ends there."""
    tokens, hop = index.meta.tokens, index.meta.token_seconds
    read = index.letter_rows([(0, tokens)], CLASSES)
    assert read is not None  # only what has letters has a place
    each = [word for word in words.split() if letters_of(word)]
    pieces = listener.spot(index, each, 0, tokens, said=True)
    reach = round(PIECES_SECONDS / hop)
    if len(each) == 1:
        return (pieces[0] * near_letters(read, each[0], reach)).sqrt()
    letters = spelled_out(read, letters_of(" " + words)).reshape(-1, FRAMES).amax(dim=1)
    around = round(max(AROUND, len(letters_of(words)) * LETTER_TOKENS * hop) / hop)
    whole = (letters * _mean([_near(row, around) for row in pieces])).sqrt()
    told = content_words(words)
    alone = [
        (row * near_letters(read, word, reach)).sqrt()
        for row, word in zip(pieces, each, strict=True)
        if word.lower() in told
    ]
    if len(alone) < 2:  # words that are everywhere are near each other everywhere
        return whole
    return torch.maximum(whole, APART * _mean([_near(row, 2 * around) for row in alone]))


def _near(row: Tensor, reach: int) -> Tensor:
    """(tokens,) the best within ``reach`` tokens."""
    return max_pool1d(row[None], 2 * reach + 1, stride=1, padding=reach)[0]


def _mean(rows: Sequence[Tensor]) -> Tensor:
    """The geometric mean."""
    return torch.stack([*rows]).clamp_min(1e-9).log().mean(dim=0).exp()


def _inside(index: AudioIndex, place: Place) -> tuple[int, int]:
    return place.first, min(place.last, index.meta.tokens)


def _peaks(likely: Tensor, joint: Joint) -> list[int]:
    """The token of the joint index at which each of its stretches is likeliest."""
    ends = [*joint.begins[1:], len(likely)]
    return [
        first + int(likely[first:last].argmax())
        for first, last in zip(joint.begins, ends, strict=True)
    ]


def _spoken(number: int, joint: Joint, token: int, score: float, letters: int) -> Spoken:
    stretch, place = joint.at(token)
    source = joint.sources[stretch]
    first = max(0, place + 1 - max(4, round(letters * LETTER_TOKENS)))
    last = min(place + 2, source.meta.tokens)
    read = source.letter_rows([(max(0, first - 6), min(last + 6, source.meta.tokens))], CLASSES)
    ((start, end),) = source.times([(first, last)])
    return Spoken(number, start, end, score, "" if read is None else greedy(read).strip())
