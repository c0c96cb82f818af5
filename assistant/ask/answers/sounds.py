"""Which sounds there are, and what kind of place they make."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from assistant.ask.answers.ear import CLEAR, MAYBE, Occurrence
from assistant.ask.answers.evidence import Composed, Evidence
from assistant.ask.answers.wording import capital, listed, seconds, span, times
from headrouter.question.reading import Question
from memory import as_text

LISTED = "Located by ear: every audio token was compared with the names of all known sounds."
MOST = 10  # sounds that are named
PLACES = {
    "a farm or a village": ("cow", "sheep", "pig", "hen", "rooster", "church bells"),
    "the open country or a garden": ("chirping birds", "crickets", "insects", "frog", "crow"),
    "the seaside": ("sea waves",),
    "a street or a town": ("siren", "car horn", "engine", "street traffic", "train"),
    "an airfield": ("airplane", "helicopter"),
    "a room in a house": (
        "washing machine", "vacuum cleaner", "toilet flush", "brushing teeth", "door knock",
        "door creak", "clock tick", "water drops", "crying baby", "snoring",
    ),
    "an office": ("keyboard typing", "mouse click"),
    "a workshop": ("hand saw", "chainsaw"),
}  # fmt: skip
OUTDOORS = ("rain", "wind", "thunderstorm", *PLACES["the open country or a garden"])


def sounds(question: Question, evidence: Evidence) -> Composed:
    """What is spotted over the whole, by length, with times; of a family, its sounds."""
    ear = evidence.ear
    wanted = {name for sound in question.sounds for name in (sound.name, *sound.near)}
    found = [one for one in ear.all_sounds if not wanted or one.name in wanted]
    told = [described(name, places) for name, places in by_length(found)[:MOST]]
    unsure = less_sure(wanted - {one.name for one in found}, evidence)
    if not wanted and ear.speech and not question.speech:  # "other than speech"
        told.insert(0, f"speech ({round(100 * ear.speech_share)}% of the time)")
    perhaps = listed([described(name, places) for name, places in by_length(unsure)])
    if told:
        also = f" Perhaps also {perhaps}." if perhaps else ""
        return Composed(f"{capital(listed(told))}.{also}", [*found, *unsure], LISTED)
    if perhaps:
        return Composed(f"Perhaps {perhaps}; it is not clearly heard.", unsure, LISTED)
    kinds = listed([sound.name for sound in question.sounds]) or "sound other than speech"
    return Composed(f"No {kinds} stands out.", [], LISTED)


def less_sure(names: Iterable[str], evidence: Evidence) -> list[Occurrence]:
    """Where those may be of which a family is asked for and that don't stand out."""
    ear = evidence.ear
    known = [name for name in ear.listener.card.sounds if name in names]
    return [one for name in known for one in ear.occurrences(name, [name], MAYBE, CLEAR)]


def by_length(found: Sequence[Occurrence]) -> list[tuple[str, list[Occurrence]]]:
    """The occurrences of each sound, the sound that lasts longest first."""
    places = defaultdict(list)
    for one in found:
        places[one.name].append(one)
    return sorted(places.items(), key=lambda each: -length(each[1]))


def length(places: Sequence[Occurrence]) -> float:
    """Seconds in all."""
    return sum(place.end - place.start for place in places)


def described(name: str, places: Sequence[Occurrence]) -> str:
    """A sound and when it is heard."""
    if len(places) <= 3:
        return f"{name} ({listed([span(place) for place in places])})"
    return f"{name} ({times(len(places))}, {seconds(length(places))} in all)"


def place(question: Question, evidence: Evidence) -> Composed:
    """What kind of place it is, told from its sounds; of speech, how it begins where known."""
    ear = evidence.ear
    ranked = by_length(ear.all_sounds)
    votes = {
        kind: sum(length(places) ** 0.5 for name, places in ranked if name in names)
        for kind, names in PLACES.items()
    }
    likely = [kind for kind in sorted(votes, key=lambda kind: -votes[kind]) if votes[kind]][:2]
    told = []
    if ear.speech_share > 0.5:
        told.append(f"People speak for {round(100 * ear.speech_share)}% of the time.")
    if likely and ear.speech_share <= 0.5:
        out = "outdoors, " if any(name in OUTDOORS for name, _ in ranked) else ""
        told.append(f"Probably {out}{' or '.join(likely)}.")
    names = [name for name, _ in ranked[:MOST]]
    told.append(f"Heard: {listed(names)}." if names else "No sound other than speech stands out.")
    quotes = []
    if ear.speech:
        begins = ear.speech[0].start
        quotes = evidence.known_sentences(begins, begins + 25.0)[:2]
        told += [f"It begins: “{as_text(part)}”" for part in quotes[:1]]
    return Composed(" ".join(told), ear.all_sounds, f"Told from what is heard. {LISTED}", quotes)
