"""What a recording is, in short; and the language that is spoken in it."""

from assistant.ask.answers.evidence import Composed, Evidence
from assistant.ask.answers.people import speaking
from assistant.ask.answers.sounds import MOST, by_length
from assistant.ask.answers.spoken import key_parts
from assistant.ask.answers.wording import capital, listed, number
from assistant.ask.quoting import as_quotes
from headrouter.question.reading import Question
from tools.languages import language_name
from tools.times import clock

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
        if parts:
            told.append(f"{language_name(evidence.language)} is spoken.")
    else:
        told.append("Nobody speaks.")
    names = [name for name, _ in by_length(ear.all_sounds)[:MOST]]
    told.append(f"Sounds: {listed(names)}." if names else "No sound other than speech stands out.")
    quoted = f"\nMost telling of what is said:\n{as_quotes(quotes)}" if quotes else ""
    how = "Made from what was heard and said; nothing in it is worded by a model."
    return Composed(" ".join(told) + quoted, ear.all_sounds, how, quotes)


def language(question: Question, evidence: Evidence) -> Composed | None:
    """The language that is spoken, as the recogniser hears it."""
    if not evidence.ear.speech:
        return Composed("Nobody speaks.", [], "Told by ear.")
    if evidence.recording.language is None:
        begins = evidence.ear.speech[0].start
        evidence.sentences([(begins, begins + ENOUGH)])
    code = evidence.recording.language
    if code is None:  # too few words to tell
        return None
    how = "The language as the recogniser hears it."
    return Composed(f"{language_name(code)}.", evidence.ear.speech[:1], how)
