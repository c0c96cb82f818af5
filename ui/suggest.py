"""Three questions that fit a recording, by what is known of it."""

from assistant.ask.answers.wording import article
from assistant.work.sounds import SOUND, SPEECH
from memory import Recording, Store

USUAL = ["What is this about?", "Which sounds are heard?", "How many people speak?"]
MEETING = ["What was decided?", "Who will do what?", "How long does each person speak?"]
TALK = ["What is this about?", "Summarise it.", "What are the most important points?"]
INSTRUMENTS = frozenset(
    "banjo|bass clarinet|bassoon|cello|clarinet|contrabassoon|cor anglais|double bass|flute"
    "|french horn|guitar|mandolin|oboe|saxophone|trombone".split("|")
)
SPOKEN = 0.3  # of the time, from which a recording is one of people who speak


def suggestions(store: Store, recording: Recording) -> list[str]:
    """Three: of a meeting, a talk, music, a place with sounds, or whatever it may be."""
    seconds = recording.seconds or 0.0
    speech = sum(one.end - one.start for one in store.segments(recording.id, SPEECH))
    lengths: dict[str, float] = {}
    for one in store.segments(recording.id, SOUND):
        lengths[one.label] = lengths.get(one.label, 0.0) + one.end - one.start
    sounds = sorted(lengths, key=lambda name: -lengths[name])
    people = len(store.speakers(recording.id))
    if people > 1 and (not sounds or speech > SPOKEN * seconds):
        return MEETING
    if seconds and speech > SPOKEN * seconds:
        return [*TALK[:2], f"When is {article(sounds[0])} heard?"] if sounds else TALK
    if any(name in INSTRUMENTS for name in sounds):
        return ["Which instruments are heard?", f"When is {article(sounds[0])} heard?", USUAL[0]]
    if sounds:
        when = f"When is {article(sounds[0])} heard?"
        return [USUAL[1], when, f"How often is {article(sounds[0])} heard?"]
    return USUAL
