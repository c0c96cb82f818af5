"""What earlier answers of a conversation say about how much to keep for the next question.

Two questions are similar if the attention heads take them for the same kind and they share half of
their content words. After an answer that was rated bad, or that needed a second listen, more is
kept for similar questions; after two in a row that were rated good, a little less with each more.
Answers that nobody rated say nothing. Pure functions over stored turns.
"""

from collections.abc import Mapping, Sequence

from headrouter.question.words import content_words
from memory import Turn

MORE, LESS = 1.5, 0.9  # times the keep ratio, for each answer that fell short, or was good again
LEAST, MOST = 0.5, 2.0  # times the usual ratio, in all
OVERLAP = 0.5  # share of the content words of the question that has fewer


def factor(turns: Sequence[Turn], question: str, routes: Mapping[str, float]) -> float:
    """What to multiply the usual keep ratio with, by a conversation's turns, oldest first.

    routes: of the question, by name; empty where they are not known yet.
    """
    times, good = 1.0, 0
    for turn in turns:
        if not is_similar(turn, question, routes):
            continue
        if turn.rating == -1 or turn.escalations:
            times, good = times * MORE, 0
        elif turn.rating == 1:
            good += 1
            times *= LESS if good > 1 else 1.0
    return min(MOST, max(LEAST, times))


def is_similar(turn: Turn, question: str, routes: Mapping[str, float]) -> bool:
    """Whether a turn's question is of the same kind and about the same things."""
    before = strongest(turn.heard.get("routes") or {})
    kind = strongest(routes)
    if before and kind and before != kind:
        return False
    words, others = content_words(question), content_words(turn.question)
    fewer = min(len(words), len(others))
    return words == others or (fewer > 0 and len(words & others) >= OVERLAP * fewer)


def strongest(routes: Mapping[str, float]) -> str:
    """The route that counts most; empty where none is known."""
    return max(routes, key=lambda name: routes[name]) if routes else ""
