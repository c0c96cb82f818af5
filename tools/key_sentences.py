"""Which sentences of a text say most of what it says, without a model."""

from collections import Counter
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import normalize

from headrouter.question.words import content_words

DAMPING = 0.85
LEAST_WORDS = 3  # that say something, in a sentence
ROUNDS = 50  # of the power iteration
ALIKE = 0.5  # the cosine from which two sentences say the same


def key_sentences(texts: Sequence[str], most: int) -> list[int]:
    """The places of up to ``most`` sentences that are most like the others, in order.

    LexRank (Erkan and Radev 2004): the stationary distribution of a walk from sentence to sentence
    whose steps are as likely as the two are alike, by the cosine of their tf-idf. One that says
    the same as a better one is left out, and so are questions and what is too short to say much.
    """
    rows, lengths = _tf_idf(texts)
    alike = rows @ rows.T
    steps = normalize(alike - alike.diag().diag(), p=1, dim=1)
    rank = torch.full((len(texts),), 1.0)
    for _ in range(ROUNDS):
        rank = (1 - DAMPING) + DAMPING * rank @ steps
    chosen: list[int] = []
    for place in rank.argsort(descending=True, stable=True).tolist():
        says = lengths[place] >= LEAST_WORDS and not texts[place].endswith("?")
        if says and len(chosen) < most and not (alike[place, chosen] > ALIKE).any():
            chosen.append(place)
    return sorted(chosen)


def _tf_idf(texts: Sequence[str]) -> tuple[Tensor, list[int]]:
    """(texts, words) rows of length one, or zero; and how many content words each text has."""
    words = [content_words(text) for text in texts]
    within = Counter(word for found in words for word in found)
    column = {word: number for number, word in enumerate(within)}
    rows = torch.zeros(len(texts), len(column))
    for row, found in zip(rows, words, strict=True):
        row[[column[word] for word in found]] = 1.0
    idf = torch.tensor([len(texts) / count for count in within.values()]).log()
    return normalize(rows * idf, dim=1), [len(found) for found in words]
