"""How often something is heard, and how many things of a kind there are."""

from assistant.ask.answers import located, spoken
from assistant.ask.answers.evidence import Composed, Evidence
from assistant.ask.answers.wording import CANNOT
from headrouter.question.reading import Question


def count(question: Question, evidence: Evidence) -> Composed:
    """How often a sound is heard; of things, how many are told of, or that it can't be told.

    One dog may bark twice, and two at once: how often it is heard does not say how many there are.
    """
    heard = located.count(question, evidence)
    if not question.things:
        return heard
    told = spoken.said(question, evidence) if evidence.context.models.quotes else None
    if told is not None and told.quotes and not told.text.startswith(CANNOT):
        return told
    often = heard.text[:1].lower() + heard.text[1:]
    why = f"it is heard {often}" if heard.moments else heard.text
    return Composed(f"{CANNOT} how many there are: {why}", heard.moments, heard.how)
