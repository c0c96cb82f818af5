"""Where the words of a question were said, as far as words have been recognised already.

A recording that was transcribed, or recorded live, need not be searched by ear alone.
"""

from collections import Counter
from collections.abc import Sequence

import torch
from torch import Tensor

from headrouter.scorers import over_a_phrase
from headrouter.words import asked_words, content_words
from memory import Word


def where_said(
    question: str, words: Sequence[Word], start: float, hop: float, count: int
) -> Tensor | None:
    """(count,) weights of tokens near the question's words, summing to one.

    start: seconds where the first token begins; hop: seconds of a token. Each content word weighs
    the same, shared by the places where it was said, so that what is said everywhere points
    nowhere. None where no such word was recognised.
    """
    asked = asked_words(question)
    found = [(spoken, word.start) for word in words for spoken in asked & content_words(word.text)]
    times_said = Counter(spoken for spoken, _ in found)
    weights = torch.zeros(count)
    for spoken, at in found:
        weights[min(int((at - start) / hop), count - 1)] += 1 / times_said[spoken]
    return over_a_phrase(weights, hop) if weights.any() else None
