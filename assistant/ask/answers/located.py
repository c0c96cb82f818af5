"""When, how often and whether something is heard: read off the moments where it is."""

from collections.abc import Sequence

from assistant.ask.answers.ear import Occurrence
from assistant.ask.answers.evidence import Composed, Evidence
from assistant.ask.answers.wording import (
    CANNOT,
    article,
    at,
    capital,
    listed,
    seconds,
    span,
    times,
)
from headrouter.question.reading import Question

LOCATED = "Located by ear: every audio token was compared with the name of the sound."
Places = tuple[str, list[Occurrence]]  # a sound by its name, and where it is


def when(question: Question, evidence: Evidence) -> Composed:
    """The times of what is asked for, never in the model's own words."""
    found, heard = located(question, evidence)
    if not heard:
        return not_heard(found)
    said = [sentence(name, places, question, len(found) > 1) for name, places in heard]
    return Composed(" ".join(said), together(heard), LOCATED)


def count(question: Question, evidence: Evidence) -> Composed:
    """How often it is heard, with the times."""
    found, heard = located(question, evidence)
    if not heard:
        return not_heard(found)
    told = [counted(name if len(found) > 1 else "", places) for name, places in heard]
    return Composed(" ".join(told), together(heard), LOCATED)


def counted(name: str, places: Sequence[Occurrence]) -> str:
    """How often a sound is heard, or may be."""
    subject = f"{name}: " if name else ""
    if places[0].sure:
        return capital(f"{subject}{times(len(places))}, {at(places)}.")
    return capital(f"{subject}perhaps {times(len(places))}, {at(places)}, but {doubt(places)}.")


def doubt(places: Sequence[Occurrence]) -> str:
    """Why it is not sure that a sound is there."""
    rivals = list(dict.fromkeys(article(place.rival) for place in places if place.rival))
    return f"it may be {listed(rivals, 'or')}" if rivals else "not clearly"


def whether(question: Question, evidence: Evidence) -> Composed | None:
    """Yes with the moment, perhaps with it, or no.

    A sound whose name the model doesn't know may be there though it is located nowhere: then the
    model is asked, which weighs what it hears and what is spotted together. Of sounds whose names
    it knows, its yes is a guess where they are located nowhere.
    """
    found, heard = located(question, evidence)
    if not heard:
        names = {name for sound in question.sounds for name in (sound.name, *sound.near)}
        return not_heard(found) if names <= {*evidence.ear.listener.card.sounds} else None
    places = together(heard)
    if not any(place.sure for place in places):
        name, each = heard[0]
        told = f"something like {article(name)} is heard {at(each)}, but {doubt(each)}."
        return Composed(f"{CANNOT} for sure: {told}", places, LOCATED)
    told = listed([f"{name} {at(each)}" if len(found) > 1 else at(each) for name, each in heard])
    missing = [name for name, each in found if not each]
    but = f" No {listed(missing)} is heard." if missing else ""
    return Composed(f"Yes, {told}.{but}", places, LOCATED)


def located(question: Question, evidence: Evidence) -> tuple[list[Places], list[Places]]:
    """What is asked for and where it may be; and what is heard of it, where it is."""
    found = asked_for(question, evidence)
    return found, [(name, sure_or_all(places)) for name, places in found if places]


def together(heard: Sequence[Places]) -> list[Occurrence]:
    """The occurrences of all."""
    return [place for _, places in heard for place in places]


def asked_for(question: Question, evidence: Evidence) -> list[Places]:
    """Each sound that is asked for, or speech, with its occurrences in order of time."""
    if question.speech and not question.sounds:
        return [("speech", evidence.ear.speech)]
    return [(sound.name, evidence.ear.find(sound)) for sound in question.sounds]


def sure_or_all(places: Sequence[Occurrence]) -> list[Occurrence]:
    """Those that are sure, where any is; else all."""
    return [place for place in places if place.sure] or list(places)


def not_heard(found: Sequence[Places]) -> Composed:
    """What is said where none of it is there."""
    names = [name for name, _ in found]
    if names == ["speech"]:
        return Composed("No, nobody speaks.", [], LOCATED)
    return Composed(f"No {listed(names)} is heard.", [], LOCATED)


def sentence(name: str, places: Sequence[Occurrence], question: Question, named: bool) -> str:
    """The times of one sound."""
    subject = f"{name}: " if named else ""
    if not places[0].sure:
        where = listed([span(place) for place in places]) if question.how_long else at(places)
        unclear = doubt(places) if places[0].rival else "it is not clearly heard"
        return capital(f"{subject}perhaps {where}: {unclear}.")
    if question.how_long:
        total = sum(place.end - place.start for place in places)
        spans = listed([span(place) for place in places])
        return capital(f"{subject}about {seconds(total)} ({spans}).")
    if len(places) == 1:
        return capital(f"{subject}at {span(places[0])}.")
    return capital(f"{subject}{at(places)}.")
