"""What a recording is, in short; and the language that is spoken in it."""

from collections.abc import Sequence

from assistant.ask.answers.ear import Occurrence
from assistant.ask.answers.evidence import Composed, Evidence
from assistant.ask.answers.overall import key_parts
from assistant.ask.answers.people import speaking
from assistant.ask.answers.sounds import MOST, by_length
from assistant.ask.answers.wording import capital, listed, number, span
from assistant.ask.quoting import as_quotes
from headrouter.question.reading import Question
from memory import Word
from tools.languages import language_name
from tools.times import clock
from tools.transcript import TELLING

KEYS = 3  # sentences that are quoted
ENOUGH = 60.0  # seconds of speech by which its language is told


def profile(question: Question, evidence: Evidence) -> Composed:
    """Length, speech, speakers, language, the most telling sentences, sounds."""
    ear, told, quotes = evidence.ear, [f"{clock(evidence.end - evidence.start)} long."], []
    if ear.speech:
        told.append(f"People speak for {round(100 * ear.speech_share)}% of the time.")
        parts = evidence.all_said() or []
        quotes = key_parts(parts, KEYS) if parts else []
        if count := len(speaking(evidence.turns or [])):
            told.append(f"{capital(number(count))} {'voice' if count == 1 else 'voices'}.")
        if spoken := languages(parts, evidence):
            told.append(f"{listed(list(spoken))} {'is' if len(spoken) == 1 else 'are'} spoken.")
    else:
        told.append("Nobody speaks.")
    names = [name for name, _ in by_length(ear.all_sounds)[:MOST]]
    told.append(f"Sounds: {listed(names)}." if names else "No sound other than speech stands out.")
    quoted = f"\nMost telling of what is said:\n{as_quotes(quotes)}" if quotes else ""
    how = "Made from what was heard and said; nothing in it is worded by a model."
    return Composed(" ".join(told) + quoted, ear.all_sounds, how, quotes)


def language(question: Question, evidence: Evidence) -> Composed | None:
    """The languages that are spoken, as the recogniser hears them; of several, with their times."""
    if not evidence.ear.speech:
        return Composed("Nobody speaks.", [], "Told by ear.")
    parts = evidence.all_said()
    if parts is None:  # too much to recognise: its beginning tells
        begins = evidence.ear.speech[0].start
        parts = evidence.sentences([(begins, begins + ENOUGH)])
    how = "The language as the recogniser hears it, stretch by stretch."
    if not (spoken := languages(parts, evidence)):  # too few words to tell
        return None
    if len(spoken) == 1:
        return Composed(f"{next(iter(spoken))}.", evidence.ear.speech[:1], how)
    told = [f"{name} ({listed([span(place) for place in each])})" for name, each in spoken.items()]
    return Composed(f"{listed(told)}.", [place for e in spoken.values() for place in e], how)


def languages(parts: Sequence[Sequence[Word]], evidence: Evidence) -> dict[str, list[Occurrence]]:
    """The languages by their names, and the stretches in each; none where too little is said."""
    if sum(map(len, parts)) < TELLING:
        return {}
    spoken: dict[str, list[Occurrence]] = {}
    before = ""
    for part in parts:
        name = language_name(evidence.language_of(part))
        start, end = part[0].start, part[-1].end
        each = spoken.setdefault(name, [])
        if name == before:
            start = each.pop().start
        each.append(Occurrence(name, start, end, 1.0))
        before = name
    return spoken
