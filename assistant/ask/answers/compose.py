"""The node that answers from evidence where a question's kind allows it, without the model."""

import time
from collections.abc import Callable
from dataclasses import asdict

import torch

from assistant.ask.answers import located, order, sounds
from assistant.ask.answers.evidence import Composed, Evidence
from assistant.ask.events import Token
from assistant.ask.reporting import timeline
from assistant.ask.stages import Run, Update, took
from assistant.ask.state import State
from headrouter.question.language import Kind
from headrouter.question.reading import Question

COMPOSERS: dict[Kind, Callable[[Question, Evidence], Composed | None]] = {
    "when": located.when,
    "count": located.count,
    "whether": located.whether,
    "order": order.order,
    "sounds": sounds.sounds,
    "place": sounds.place,
}


def compose(state: State, runtime: Run) -> Update:
    """An answer made from what is heard, for a model that knows sounds by their names.

    Nothing where the question is of another kind, or needs words that only the graph's way through
    the stretches brings.
    """
    context, begun = runtime.context, time.perf_counter()
    question = context.question
    composer = COMPOSERS.get(question.kind)
    if state["request"]["words"] == "off":  # the user wants the model to listen
        return {}
    if composer is None or not question.by_ear or question.options:
        return {}
    if not context.models.listener().card.sounds:
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
        "words": "located",
        "spans": [(first, last)],
        "citations": [asdict(citation) for citation in composed.citations()],
        "run": timeline(torch.arange(first, last), weights(evidence, composed), first, last)
        | {"kept": last - first},
        "seconds": took(state, "locate", begun),
    }


def weights(evidence: Evidence, composed: Composed) -> torch.Tensor:
    """(tokens,) of the range: where the answer comes from, even where it comes from nowhere."""
    found = torch.zeros(evidence.last - evidence.first)
    for citation in composed.citations():
        a, b = evidence.context.heard.tokens_between(citation.start, citation.end)
        found[max(0, a - evidence.first) : b - evidence.first] += max(citation.share, 0.05)
    return found if found.any() else torch.ones_like(found)
