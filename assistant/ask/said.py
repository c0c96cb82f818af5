"""Where the words of a question were said, as far as words have been recognised already.

A recording that was transcribed, or recorded live, need not be searched by ear alone.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from headrouter.prune.scorers import over_a_phrase
from headrouter.question.reading import Question
from memory import Word
from tools.wordforms import as_said, stems


def where_said(
    question: Question, words: Sequence[Word], start: float, hop: float, count: int
) -> Tensor | None:
    """(count,) weights of tokens near the question's words, summing to one.

    start: seconds where the first token begins; hop: seconds of a token. Each content word weighs
    the same, shared by the places where it was said, so that what is said everywhere points
    nowhere. One that was said nowhere is taken for the word that is spelt most alike: it may have
    been said in another form, or recognised in another spelling. None where there is none.
    """
    places: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for word in words:
        language = word.language or question.language
        for stem in stems(word.text, language):
            places[language][stem].append(word.start)
    weights = torch.zeros(count)
    for asked in question.words:
        for language, spoken in places.items():
            if (found := as_said(asked, spoken, language)) is not None:
                for at in spoken[found]:
                    weights[min(int((at - start) / hop), count - 1)] += 1 / len(spoken[found])
    return over_a_phrase(weights, hop) if weights.any() else None


def by_words(importance: Tensor, said: Tensor | None, routes: Mapping[str, float]) -> Tensor:
    """(n,) importance with some of its weight moved to where the words were said.

    Half of it, but of a question about sounds less: who asks for a dog that barks does not ask
    where a dog is talked of. said: (n,); None, or all zero, where no word was recognised.
    """
    if said is None or not said.any():
        return importance
    share = (1.0 - routes["acoustic"]) / 2
    return (1.0 - share) * importance / importance.sum() + share * said / said.sum()
