"""Answers about the moments of the turn before: when it was, who said it, what came then."""

from dataclasses import replace

from assistant.ask.answers.ear import Occurrence
from assistant.ask.answers.evidence import Composed, Evidence
from assistant.ask.answers.order import next_to
from assistant.ask.answers.wording import CANNOT, at, capital, listed
from assistant.ask.quoting import as_quotes
from headrouter.question.reading import Question
from tools.speakers import who_said
from tools.times import clock

HOW = "From the moments of the answer before."


def again(question: Question, evidence: Evidence) -> Composed | None:
    """What is asked of the answer before; None where who speaks can't be told."""
    session, store = evidence.state.request.session, evidence.context.store
    turns = store.turns(session, evidence.recording.id) if session else []
    if not turns:
        return Composed(f"{CANNOT} what this refers to: nothing was asked before it.", [], HOW)
    cited = turns[-1].heard.get("citations")
    if not cited or is_denial(turns[-1].answer):
        told = f"{CANNOT}: the answer before found nothing, so there is no moment to tell of."
        return Composed(told, [], HOW)
    moments = sorted(
        (Occurrence("", one["start"], one["end"], one["share"]) for one in cited),
        key=lambda one: one.start,
    )
    if question.follow == "when":
        quotes = evidence.sentences([(one["start"], one["end"]) for one in cited if one["text"]])
        told = "\n".join(filter(None, [f"{capital(at(moments))}.", as_quotes(quotes)]))
        return Composed(told, moments, HOW, quotes)
    if question.follow == "who":
        return who(moments, evidence)
    if question.follow in ("after", "before"):
        anchor = moments[-1 if question.follow == "after" else 0]
        return replace(next_to(question, evidence, "moment", anchor), how=HOW)
    place = len(moments) if question.nth == 0 else question.nth or 1
    if place > len(moments):
        return Composed(f"There are no more than {len(moments)} moments.", moments, HOW)
    one = moments[place - 1]
    quotes = evidence.sentences([(one.start, one.end)])
    return Composed(as_quotes(quotes) or f"{capital(at([one]))}.", [one], HOW, quotes)


def is_denial(answer: str) -> bool:
    """Whether an answer says that there is none: what it quotes then only comes near."""
    return answer.startswith(("No ", "No: ", f"{CANNOT}: "))


def who(moments: list[Occurrence], evidence: Evidence) -> Composed | None:
    """Who speaks at each of the moments."""
    if evidence.turns is None:
        return None
    told = []
    for one in moments:
        speakers = who_said(evidence.turns, one.start, one.end)
        told.append(f"{speakers[0] if speakers else 'nobody'} at {clock(one.start)}")
    return Composed(f"{listed(told)}.", moments, f"{HOW} Told from the voices.")
