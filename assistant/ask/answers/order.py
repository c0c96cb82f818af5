"""What comes after or before a sound: the sound is located, then what is next to it."""

from collections.abc import Sequence
from math import inf

from assistant.ask.answers.ear import Occurrence
from assistant.ask.answers.evidence import Composed, Evidence
from assistant.ask.answers.located import Places, asked_for, not_heard, sure_or_all
from assistant.ask.answers.wording import article, capital, listed
from assistant.ask.quoting import as_quotes
from headrouter.question.reading import Question
from memory import Word
from tools.times import clock

CLOSE = 3.0  # seconds within which they are, where whatever is heard is asked for
WHOLE = 8.0  # seconds around these that are recognised too, so that no sentence is cut
NEXT = 20.0  # seconds within which words are next to a sound
BED = 15.0  # seconds before and after it within which a sound is heard that goes on all the while
OVERLAP = 1.0  # seconds by which one may reach into the other
MOST = 2  # sentences that are quoted
MOST_SOUNDS = 2  # next to it, that are told
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
    return next_to(question, evidence, name, sure_or_all(places)[0])


def next_to(question: Question, evidence: Evidence, name: str, anchor: Occurrence) -> Composed:
    """What is heard or said next to a sound, or to some other moment."""
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
    into = 0.0 if question.follow else OVERLAP  # words that were quoted end where they end
    span = (
        (anchor.end - into, anchor.end + reach)
        if after
        else (anchor.start - reach, anchor.start + into)
    )
    first, last = span[0] - (0 if after else WHOLE), span[1] + (WHOLE if after else 0)
    voiced = [
        (max(spoken.start - OVERLAP, first), min(spoken.end + OVERLAP, last))
        for spoken in evidence.ear.speech
        if spoken.start < span[1] and spoken.end > span[0]
    ]
    found = evidence.sentences(voiced)
    said = [part for part in found if part[0].start < span[1] and part[-1].end > span[0]]
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
    """What is heard next to it: the nearest sounds, what goes on meanwhile, and what is said."""
    after = question.side == "after"
    others = [one for one in evidence.ear.all_sounds if one.name not in (name, anchor.name)]
    before = [one for one in others if one.end <= anchor.start + OVERLAP]
    behind = [one for one in others if one.start >= anchor.end - OVERLAP]
    around = {one.name for one in before if anchor.start - one.end < BED} & {
        one.name for one in behind if one.start - anchor.end < BED
    }
    beside = [one for one in (behind if after else before) if one.name not in around]
    meanwhile = [
        one
        for one in others
        if one.name in around or (one.start < anchor.end and one.end > anchor.start)
    ]
    in_order = (beside if after else beside[::-1])[:MOST_SOUNDS]
    near = in_order[:1] + [
        one
        for one in in_order[1:]
        if one.name != in_order[0].name and between(one, in_order[0]) < BED
    ]
    away = between(near[0], anchor) if near else inf
    quotes = said if said and between_said(said, anchor, after=after) < away + 2 * OVERLAP else []
    told = [as_quotes(quotes)] if quotes else []
    if near:
        told.append(f"{capital(in_turn(near, 'then' if after else 'before it'))}.")
    going_on = [one for one in meanwhile if one not in near]
    if going_on:
        names = listed(list(dict.fromkeys(one.name for one in going_on)))
        told.append(f"{capital(names)} can be heard all the while.")
    if not told:
        told.append(f"Nothing that stands out is heard {question.side} {article(name)}.")
    moments = [*near, anchor]
    how = f"Located by ear: {name} at {clock(anchor.start)}, and what is next to it."
    return Composed(" ".join(told), moments, how, quotes)


def in_turn(near: Sequence[Occurrence], joined: str) -> str:
    """ "a siren, at 0:34, then a dog, at 0:40"."""
    told = [f"{article(one.name)}, at {clock(one.start)}" for one in near]
    return f", {joined} ".join(told)


def between(one: Occurrence, other: Occurrence) -> float:
    """Seconds from the end of the one that ends first to the other; none where they overlap."""
    return max(one.start - other.end, other.start - one.end, 0.0)


def between_said(said: Sequence[list[Word]], anchor: Occurrence, *, after: bool) -> float:
    """Seconds between what is said and a sound that it stands next to."""
    return max(0.0, said[0][0].start - anchor.end if after else anchor.start - said[-1][-1].end)
