"""Answers in the recording's own words, for a model that hears better than it words.

Where a question asks what was said, the answer is the sentences whose tokens weigh most for it. The
weight is the model's and the recogniser's (``assistant.said``); the words are those recognised.
English patterns only: a question put otherwise is answered by the model.
"""

import math
import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from torch import Tensor

from assistant.said import ALIKE
from assistant.state import Intent
from assistant.whole import Scope, kind_of
from headrouter.choices import find_choice
from headrouter.words import asked_words, content_words
from memory import Word
from tools.sentences import PAUSE, sentences
from tools.times import clock
from tools.transcript import as_text

ASKS_FOR_ALL = re.compile(r"\b(transcri(be|pt|ption)|verbatim|word for word)\b", re.I)
ASKS_TO_QUOTE = re.compile(r"\b(quote|what exactly|exact words)\b", re.I)
ASKS = re.compile(r"\b(who|whom|whose|what|which|when|where|why|how|tell)\b", re.I)
YES_OR_NO = re.compile(
    r"\s*(is|are|was|were|am|do|does|did|has|have|had|can|could|will|would|shall|should|may)\b",
    re.I,
)
BY_EAR = re.compile(
    r"\b(sounds?|noises?|hear|hears|heard|listen|audible|music|voices?|instruments?)\b", re.I
)
MOST = 3  # sentences that are quoted, each with the one that follows it
ALSO = 0.5  # of the heaviest sentence's weight, from which another is quoted too


def intent_of(question: str, scope: Scope) -> Intent:
    """Whether all words of the range are wanted, those about something, or to listen."""
    if ASKS_FOR_ALL.search(question):
        return "words"
    if not ASKS_TO_QUOTE.search(question):
        return "listen"
    return "quote" if asked_words(question) and not kind_of(question, scope) else "words"


def asks_what_was_said(
    question: str, scope: Scope, words: Sequence[Word], routes: Mapping[str, float]
) -> bool:
    """Whether a question can be answered by what was said about it.

    It can be where most of its content words were recognised; half of them are enough if it is
    routed as one about words rather than about sounds. Yes and no, choices and questions about the
    whole recording are the model's, and what is asked by ear.
    """
    if not ASKS.search(question) or YES_OR_NO.match(question) or BY_EAR.search(question):
        return False
    if find_choice(question) or kind_of(question, scope):
        return False
    said = {spoken for word in words for spoken in content_words(word.text)}
    asked = asked_words(question)
    found = sum(bool(get_close_matches(word, said, 1, ALIKE)) for word in asked)
    half_is_enough = routes["semantic"] > routes["acoustic"]
    return found * 2 > len(asked) or (half_is_enough and 0 < found * 2 == len(asked))


def quote(words: Sequence[Word], weights: Tensor, hop: float) -> str:
    """The heaviest sentences with their moments, in time order, each on a line of its own.

    weights: (tokens,) of the whole recording, each ``hop`` seconds long. The sentence that follows
    one without a pause is quoted with it: it is where a question is answered, and often where a
    thought ends. Empty without words.
    """
    found = sentences(words)
    heavy = [float(weights[_tokens(sentence, hop)].sum()) for sentence in found]
    ranked = sorted(range(len(found)), key=heavy.__getitem__, reverse=True)[:MOST]
    chosen = {place for place in ranked if heavy[place] >= ALSO * max(heavy)}
    quoted: list[list[Word]] = []
    for place, sentence in enumerate(found):
        if place - 1 in chosen and sentence[0].start - found[place - 1][-1].end <= PAUSE:
            quoted[-1] += sentence
        elif place in chosen:
            quoted.append([*sentence])
    return "\n".join(f"{clock(part[0].start)} “{as_text(part)}”" for part in quoted)


def _tokens(sentence: Sequence[Word], hop: float) -> slice:
    return slice(int(sentence[0].start / hop), math.ceil(sentence[-1].end / hop))
