"""Answers in the recording's own words, for a model that hears better than it words.

Where a question asks what was said, the answer is the sentences whose tokens weigh most for it. The
weight is the model's and the recogniser's (``assistant.ask.said``); the words are those recognised.
A summary is the sentences that say most of the others, tasks are those in which somebody will do
something.
"""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Literal, TypeVar

from torch import Tensor

from assistant.ask.state import Intent
from assistant.ask.whole import Scope
from headrouter.question.reading import Question
from memory import Word, as_text
from tools.key_sentences import key_sentences
from tools.sentences import PAUSE, sentences
from tools.speakers import SpokenWord
from tools.times import clock
from tools.wordforms import as_said, stems

PLEASANTRIES = re.compile(  # in which somebody will do something, but that is no task
    r"\b(we|i)(['’]ll| will| shall)? (see|hear from|meet) you\b"
    r"|\bwe(['’]ll| will| shall| should|['’]re going to| are going to)?( now| today)?"
    r" (talk|speak|hear|begin|start|go on)\b( about| with)?"
    r"|\bplease (welcome|come in|sit down|take a seat|go on|go ahead)\b",
    re.I,
)
STATES = re.compile(  # in which nobody does anything, or it is only talked of
    r"\b(it|they|that|this|there|these|those)(['’]ll| will| shall| must| has to| have to)\b"
    r"|\b(will|shall|must|have to|has to|going to) (be|rain|snow|decide|discuss)\b"
    r"|\bmust not\b",
    re.I,
)
COMMITS = re.compile(
    r"\b(will(?! not)|shall|must|you should|(have|has|need|needs|going) to|let['’]s|please)\b"
    r"|['’]ll\b",
    re.I,
)
DECIDES = re.compile(r"\b(decided|agreed|we agree)\b", re.I)
NO_WORDS = "No such words were recognised."
MOST = 3  # sentences that are quoted, each with the one that follows it
ALSO = 0.5  # of the heaviest sentence's weight, from which another is quoted too
MOST_OF_ALL = 12  # sentences of a summary, unless so many are asked for
SECONDS_PER_KEY = 30.0  # of words, for each of them

Quoting = Literal["some", "all"]  # what is heaviest of what was said, or worth it of all
Part = list[Word]
Words = TypeVar("Words", bound=Sequence[Word])


def intent_of(question: Question, scope: Scope) -> Intent:
    """Whether all words of the range are wanted, those about something, or to listen."""
    if question.kind == "transcript" or (question.kind == "quote" and scope == "whole"):
        return "words"
    return "quote" if question.kind == "quote" else "listen"


def quoting_of(
    question: Question, scope: Scope, words: Sequence[Word], routes: Mapping[str, float]
) -> Quoting | None:
    """Which of the words answer a question; None where the model does.

    What was said can be quoted where most of a question's content words were recognised; half of
    them are enough if it is routed as one about words rather than sounds. Choices, counts and what
    is asked by ear are the model's.
    """
    if question.options or question.by_ear:
        return None
    if question.kind in ("summary", "profile", "tasks"):
        return "all"
    if scope == "whole" or question.kind not in ("said", "when", "whether", "order", "quote"):
        return None
    return "some" if _is_said(question, words, routes) else None


def _is_said(question: Question, words: Sequence[Word], routes: Mapping[str, float]) -> bool:
    languages = {word.language or question.language for word in words}
    said = {stem for word in words for code in languages for stem in stems(word.text, code)}
    asked = question.words
    found = sum(any(as_said(word, said, code) for code in languages) for word in asked)
    half_is_enough = routes["semantic"] > routes["acoustic"]
    return found * 2 > len(asked) or (half_is_enough and 0 < found * 2 == len(asked))


def quoted_of_all(question: Question, words: Sequence[Word]) -> list[Part]:
    """The words that answer a question about the whole of a recording, in parts."""
    most = question.at_most
    return tasks(words, most) if question.kind == "tasks" else summary(words, most)


def heaviest(words: Sequence[Word], weights: Tensor, hop: float) -> list[Part]:
    """The sentences that weigh most, in time order.

    weights: (tokens,) of the whole recording, each ``hop`` seconds long. The sentence that follows
    one without a pause is quoted with it: it is where a question is answered, and often where a
    thought ends.
    """
    found = sentences(words)
    heavy = [float(weights[tokens_of(sentence, hop)].sum()) for sentence in found]
    ranked = sorted(range(len(found)), key=heavy.__getitem__, reverse=True)[:MOST]
    chosen = {place for place in ranked if heavy[place] >= ALSO * max(heavy)}
    parts: list[Part] = []
    for place, sentence in enumerate(found):
        if place - 1 in chosen and sentence[0].start - found[place - 1][-1].end <= PAUSE:
            parts[-1] += sentence
        elif place in chosen:
            parts.append([*sentence])
    return parts


def summary(words: Sequence[Word], most: int | None = None) -> list[Part]:
    """The sentences that say most of all that was said: as many as are asked for, if there are."""
    if most is None:
        seconds = sum(word.end - word.start for word in words)
        most = min(MOST_OF_ALL, max(1, round(seconds / SECONDS_PER_KEY)))
    return key(sentences(words), most)


def tasks(words: Sequence[Word], most: int | None = None) -> list[Part]:
    """The sentences in which somebody will, or shall, do something: all, or as many as asked for.

    A question is none, a greeting is none, and what is said twice counts once.
    """
    found = {as_text(part): part for part in reversed(sentences(words)) if is_task(as_text(part))}
    each = [*reversed(found.values())]
    return each if most is None or most >= len(each) else key(each, most)


def is_task(text: str, decisions: bool = True) -> bool:
    """Whether somebody will or shall do something in a sentence, or it is decided there."""
    text = STATES.sub("", PLEASANTRIES.sub("", text))
    commits = COMMITS.search(text) or (decisions and DECIDES.search(text))
    return bool(commits) and not text.endswith("?")


def key(parts: Sequence[Words], most: int) -> list[Words]:
    """Up to ``most`` parts that say most of what the others say, in order."""
    return [parts[place] for place in key_sentences([as_text(part) for part in parts], most)]


def as_quotes(parts: Sequence[Sequence[Word]]) -> str:
    """Each part with its moment, and who says it where known, on a line of its own."""
    return "\n".join(
        f"{clock(part[0].start)} {f'{who}: ' if (who := speaker_of(part)) else ''}“{as_text(part)}”"
        for part in parts
    )


def speaker_of(part: Sequence[Word]) -> str | None:
    """Who begins to say it; None where that is not known."""
    first = part[0]
    return first.speaker if isinstance(first, SpokenWord) else None


def tokens_of(part: Sequence[Word], hop: float) -> slice:
    """The tokens of a recording, each ``hop`` seconds long, in which words are said."""
    return slice(int(part[0].start / hop), math.ceil(part[-1].end / hop))
