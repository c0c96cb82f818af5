"""What comes after or before a sound: the sound is located, then what is next to it."""

from collections.abc import Sequence

from assistant.ask.answers.ear import Occurrence
from assistant.ask.answers.evidence import Composed, Evidence
from assistant.ask.answers.located import Places, asked_for, not_heard, sure_or_all
from assistant.ask.answers.wording import article, capital, listed
from assistant.ask.quoting import as_quotes
from headrouter.question.reading import Question
from memory import Word
from tools.times import clock

CLOSE = 3.0  # seconds within which they are, where whatever is heard is asked for
NEXT = 20.0  # seconds within which words are next to a sound
OVERLAP = 1.0  # seconds by which one may reach into the other
MOST = 2  # sentences that are quoted
NEAR = 6.0  # seconds after the first sentence within which another is quoted


def order(question: Question, evidence: Evidence) -> Composed:
    """What is heard or said next to what is named, with its time."""
    found = asked_for(question, evidence)
    missing = [(name, places) for name, places in found if not places]
    if missing:
        return not_heard(missing)
    if question.side == "first":
        return first_of(found)
    name, places = found[0]
    anchor = sure_or_all(places)[0]
    said = said_next(question, evidence, anchor)
    if question.said:
        return quoted(question, name, anchor, said)
    return heard_next(question, evidence, name, anchor, said)


def first_of(found: Sequence[Places]) -> Composed:
    """Which of two sounds begins first."""
    (one, first), (other, second) = sorted(found, key=lambda each: sure_or_all(each[1])[0].start)
    a, b = sure_or_all(first)[0], sure_or_all(second)[0]
    answer = f"{capital(article(one))}, at {clock(a.start)}; {article(other)} is at "
    return Composed(f"{answer}{clock(b.start)}.", [a, b], "Located by ear: which begins first.")


def said_next(question: Question, evidence: Evidence, anchor: Occurrence) -> list[list[Word]]:
    """The sentences next to a sound, in order of time; none where nobody speaks there."""
    after, reach = question.side == "after", NEXT if question.said else CLOSE
    span = (
        (anchor.end - OVERLAP, anchor.end + reach)
        if after
        else (anchor.start - reach, anchor.start + OVERLAP)
    )
    voiced = [
        (max(spoken.start - OVERLAP, span[0]), min(spoken.end + OVERLAP, span[1]))
        for spoken in evidence.ear.speech
        if spoken.start < span[1] and spoken.end > span[0]
    ]
    said = evidence.sentences(voiced)
    if not after:
        return said[-MOST:]
    near = said[0][-1].end + NEAR if said else 0.0
    return [sentence for sentence in said[:MOST] if sentence[0].start <= near]


def quoted(question: Question, name: str, anchor: Occurrence, said: list[list[Word]]) -> Composed:
    """What is said next to it, quoted."""
    where = f"{question.side} {article(name)} at {clock(anchor.start)}"
    if not said:
        return Composed(f"Nothing is said right {where}.", [anchor], "Located by ear.")
    how = f"Located by ear ({name} at {clock(anchor.start)}), then quoted from what is said there."
    return Composed(as_quotes(said), [anchor], how, said)


def heard_next(
    question: Question,
    evidence: Evidence,
    name: str,
    anchor: Occurrence,
    said: list[list[Word]],
) -> Composed:
    """What is heard next to it: the nearest sound, what goes on meanwhile, and what is said."""
    after = question.side == "after"
    others = [one for one in evidence.ear.all_sounds if one.name not in (name, anchor.name)]
    beside = [
        one
        for one in others
        if (one.start >= anchor.end - OVERLAP if after else one.end <= anchor.start + OVERLAP)
    ]
    meanwhile = [o for o in others if o.start < anchor.end and o.end > anchor.start]
    nearest = (beside[0] if after else beside[-1]) if beside else None
    at_once = bool(said) and abs(said[0][0].start - anchor.end) < 2 * OVERLAP
    quotes = said if nearest is None or at_once else []
    told = [as_quotes(quotes)] if quotes else []
    if nearest:
        told.append(f"{capital(article(nearest.name))}, at {clock(nearest.start)}.")
    going_on = [one for one in meanwhile if one is not nearest]
    if going_on:
        names = listed(list(dict.fromkeys(one.name for one in going_on)))
        told.append(f"{capital(names)} can be heard all the while.")
    if not told:
        told.append(f"Nothing that stands out is heard {question.side} {article(name)}.")
    moments = [*([nearest] if nearest else []), anchor]
    how = f"Located by ear: {name} at {clock(anchor.start)}, and what is next to it."
    return Composed(" ".join(told), moments, how, quotes)
