"""Where the words of a question were said, as far as words have been recognised already.

A recording that was transcribed, or recorded live, need not be searched by ear alone.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches

import torch
from torch import Tensor

from headrouter.prune.scorers import over_a_phrase
from headrouter.question.words import asked_words, content_words
from memory import Word

ALIKE = 0.87  # by difflib: "budgets" and "budget", "baulked" and "balked", not "walk" and "talk"


def where_said(
    question: str, words: Sequence[Word], start: float, hop: float, count: int
) -> Tensor | None:
    """(count,) weights of tokens near the question's words, summing to one.

    start: seconds where the first token begins; hop: seconds of a token. Each content word weighs
    the same, shared by the places where it was said, so that what is said everywhere points
    nowhere. One that was said nowhere is taken for the word that is spelt most alike: it may have
    been said in another form, or recognised in another spelling. None where there is none.
    """
    places: dict[str, list[float]] = defaultdict(list)
    for word in words:
        for spoken in content_words(word.text):
            places[spoken].append(word.start)
    weights = torch.zeros(count)
    for asked in asked_words(question):
        if (found := spoken_as(asked, places)) is not None:
            for at in places[found]:
                weights[min(int((at - start) / hop), count - 1)] += 1 / len(places[found])
    return over_a_phrase(weights, hop) if weights.any() else None


def spoken_as(asked: str, said: Collection[str]) -> str | None:
    """The word asked for as it was said: itself, or the one spelt most alike; None without one."""
    return asked if asked in said else next(iter(get_close_matches(asked, said, 1, ALIKE)), None)


def by_words(importance: Tensor, said: Tensor | None, routes: Mapping[str, float]) -> Tensor:
    """(n,) importance with some of its weight moved to where the words were said.

    Half of it, but of a question about sounds less: who asks for a dog that barks does not ask
    where a dog is talked of. said: (n,); None, or all zero, where no word was recognised.
    """
    if said is None or not said.any():
        return importance
    share = (1.0 - routes["acoustic"]) / 2
    return (1.0 - share) * importance / importance.sum() + share * said / said.sum()
