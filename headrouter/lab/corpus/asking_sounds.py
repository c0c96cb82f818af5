"""Questions about sounds and music in a soundscape. One function a task."""

import random

from headrouter.lab.corpus.annotations import (
    NUMBERS,
    Question,
    World,
    alike,
    heard_in,
    others,
    sounds_of,
)
from headrouter.lab.corpus.clips import MUSIC, SAMPLE_RATE
from headrouter.lab.corpus.names import ELSEWHERE, FAMILIES, called
from headrouter.lab.corpus.scapes import Scape
from headrouter.nano import THE

PLACES = ("Near the beginning", "In the middle", "Near the end")
FAMILY, ABSENT = 0.2, 0.15  # shares of "is it heard" that ask for a family, for what is nowhere


def sound_heard(scape: Scape, world: World, rng: random.Random) -> Question | None:
    """Whether a sound is heard, by any of its names or by its family; as often no as yes."""
    there = heard_in(scape)
    yes = bool(there) and rng.random() < 0.5
    draw = rng.random()
    names: tuple[str, ...]
    if draw < FAMILY:
        fit = [name for name in FAMILIES if (not FAMILIES[name].isdisjoint(there)) == yes]
        names = tuple(rng.sample(fit, min(1, len(fit))))
    elif yes:
        names = (rng.choice(called(rng.choice(sorted(there)))),)
    elif draw < FAMILY + ABSENT:
        names = (rng.choice(ELSEWHERE),)
    else:
        labels = others(world.labels, alike(there), 1, rng)
        names = tuple(rng.choice(called(label)) for label in labels)
    if not names:
        return None
    text = rng.choice(
        (
            "Is there the sound of {}?",
            "Is the sound of {} heard?",
            "Can you hear {}?",
            "Is {} heard?",
            "Is there any {}?",
        )
    )
    name = names[0].removeprefix("an ").removeprefix("a ") if "any" in text else names[0]
    return Question("sound heard", text.format(name), "Yes." if yes else "No.")


def which_sound(scape: Scape, world: World, rng: random.Random) -> Question | None:
    """Which sound is heard: any of them, or the right one of four."""
    there = {segment.label or "" for segment in sounds_of(scape)}
    if not there:
        return None
    answer = rng.choice(sorted(there))
    wrong = others(world.labels, alike(heard_in(scape)), 3, rng)
    text = rng.choice(("Which of these sounds is heard?", "Which sound is heard?"))
    return Question("which sound", text, answer, wrong, THE)


def list_sounds(scape: Scape, world: World, rng: random.Random) -> Question | None:
    """All sounds in their order."""
    labels = [segment.label or "" for segment in sounds_of(scape)]
    text = rng.choice(
        (
            "Which sounds are heard besides speech, in order?",
            "List the sounds that are not speech, in order.",
            "What sounds are heard?",
        )
    )
    return Question("list sounds", text, ", ".join(map(THE.format, labels)) or "None")


def first_sound(scape: Scape, world: World, rng: random.Random) -> Question | None:
    """Which of two sounds comes first or last."""
    labels = [segment.label or "" for segment in sounds_of(scape)]
    once = [label for label in labels if labels.count(label) == 1]
    if len(once) < 2:
        return None
    one, other = rng.sample(once, 2)
    first = rng.random() < 0.7
    early, late = sorted((one, other), key=labels.index)
    text = f"Which comes {'first' if first else 'last'}, {one} or {other}?"
    answer, wrong = (early, late) if first else (late, early)
    return Question("order", text, answer, (wrong,), THE)


def count_sound(scape: Scape, world: World, rng: random.Random) -> Question | None:
    """How many times one sound, or any, is heard."""
    labels = [segment.label or "" for segment in sounds_of(scape)]
    if not labels or rng.random() < 0.5:
        if len(labels) >= len(NUMBERS):
            return None
        text = "How many sounds other than speech are heard?"
        return Question("count", text, NUMBERS[len(labels)], NUMBERS[:7])
    label = rng.choice([*labels, *others(world.labels, alike(heard_in(scape)), 1, rng)])
    text = f"How many times is {label} heard?"
    return Question("count", text, NUMBERS[labels.count(label)], NUMBERS[:5])


def when(scape: Scape, world: World, rng: random.Random) -> Question | None:
    """In which third of the recording a sound is heard."""
    labels = [segment.label for segment in sounds_of(scape)]
    once = [segment for segment in sounds_of(scape) if labels.count(segment.label) == 1]
    seconds = len(scape.samples) / SAMPLE_RATE
    if not once or seconds < 8:
        return None
    segment = rng.choice(once)
    third = min(2, int(3 * (segment.start + segment.end) / 2 / seconds))
    text = rng.choice(
        (f"Roughly when is {segment.label} heard?", f"When is {segment.label} heard?")
    )
    return Question("when", text, PLACES[third], PLACES)


def instrument(scape: Scape, world: World, rng: random.Random) -> Question | None:
    """Which instrument plays, if any."""
    there = sorted(heard_in(scape) & MUSIC)
    text = rng.choice(("Which instrument is heard?", "What instrument is playing?"))
    if not there and rng.random() < 0.2:
        return Question("instrument", text, "None")
    if len(there) != 1 or there == ["music"]:  # a band has several
        return None
    wrong = others(world.instruments, {*there, "music"}, 3, rng)
    return Question("instrument", text, there[0], wrong, THE)


def background(scape: Scape, world: World, rng: random.Random) -> Question | None:
    """What is heard under everything else."""
    text = rng.choice(("What is heard in the background?", "Which background is there?"))
    if scape.background is None:
        return Question("background", text, "None") if rng.random() < 0.15 else None
    wrong = others(world.backgrounds, alike(heard_in(scape)), 3, rng)
    return Question("background", text, scape.background, wrong, THE)
