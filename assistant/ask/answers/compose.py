"""The node that answers from evidence where a question's kind allows it, without the model."""

import time
from collections.abc import Callable

import torch

from assistant.ask.answers import (
    again,
    located,
    order,
    overall,
    people,
    profile,
    sounds,
    spoken,
    things,
)
from assistant.ask.answers.evidence import Composed, Evidence
from assistant.ask.budgeting import words_choice
from assistant.ask.context import Context
from assistant.ask.events import Token
from assistant.ask.reporting import timeline
from assistant.ask.stages import Run, Update, took
from assistant.ask.state import State
from headrouter.question.language import Kind
from headrouter.question.reading import Question

Composer = Callable[[Question, Evidence], Composed | None]
BY_EAR: dict[Kind, Composer] = {
    "when": spoken.when_heard,
    "count": things.count,
    "whether": located.whether,
    "order": order.order,
    "sounds": sounds.sounds,
    "place": sounds.place,
    "people": people.people,
}
BY_WORDS: dict[Kind, Composer] = {
    "follow": again.again,
    "said": spoken.said,
    "quote": spoken.said,
    "when": spoken.said,
    "count": spoken.count_said,
    "whether": spoken.whether_said,
    "order": spoken.order_said,
    "summary": overall.summarised,
    "tasks": overall.tasks,
    "profile": profile.profile,
    "language": profile.language,
}


def compose(state: State, runtime: Run) -> Update:
    """An answer made from what is heard, for a model that knows sounds by their names.

    Nothing where the question is of another kind, or needs words that only the graph's way through
    the stretches brings.
    """
    context, begun = runtime.context, time.perf_counter()
    question = context.question
    if (composer := composer_of(question, state, context)) is None:
        return {}
    evidence = Evidence(state, runtime)
    composed = composer(question, evidence)
    if composed is None:
        return {}
    runtime.stream_writer(Token(composed.text))
    first, last = evidence.first, evidence.last
    return {
        "answer": composed.text,
        "made": composed.how,
        "words": "quoted" if composed.quotes and not composed.moments else "located",
        "spans": [(first, last)],
        "citations": composed.citations(),
        "run": timeline(torch.arange(first, last), weights(evidence, composed), first, last),
        "seconds": took(state, "locate", begun),
    }


def composer_of(question: Question, state: State, context: Context) -> Composer | None:
    """What answers a question of its kind; None where the model is to listen.

    By ear where the model knows sounds by their names, by words where it quotes: a model that words
    answers well has these.
    """
    request, card = state.request, context.models.listener().card
    if question.options or words_choice(request, context) == "off":
        return None  # the user wants the model to listen
    if question.by_ear:
        return BY_EAR.get(question.kind) if card.sounds else None
    return BY_WORDS.get(question.kind) if card.sounds and context.models.quotes else None


def weights(evidence: Evidence, composed: Composed) -> torch.Tensor:
    """(tokens,) of the range: where the answer comes from, even where it comes from nowhere."""
    found = torch.zeros(evidence.last - evidence.first)
    for citation in composed.citations():
        a, b = evidence.context.heard.tokens_between(citation.start, citation.end)
        found[max(0, a - evidence.first) : b - evidence.first] += max(citation.share, 0.05)
    return found if found.any() else torch.ones_like(found)
