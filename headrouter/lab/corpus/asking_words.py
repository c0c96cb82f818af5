"""Questions about what is said in a soundscape, and by whom. One function a task."""

import random

from headrouter.lab.corpus.annotations import (
    NUMBERS,
    Question,
    World,
    bare,
    others,
    speech_of,
    transcript,
)
from headrouter.lab.corpus.scapes import Scape
from headrouter.nano import QUOTED, THE_WORD

NO_SPEECH = "There is no speech."
PEOPLE = {"M": "A man", "F": "A woman"}


def transcribe(scape: Scape, world: World, rng: random.Random) -> Question | None:
    """The whole text."""
    text = rng.choice(
        ("Transcribe the speech.", "What is said?", "Write down the words that are spoken.")
    )
    return Question("transcribe", text, transcript(scape) or NO_SPEECH)


def word_said(scape: Scape, world: World, rng: random.Random) -> Question | None:
    """Whether a word is said; as often no as yes."""
    said = set(bare(transcript(scape)))
    there = sorted(word for word in said if len(word) > 3)
    if not said:
        return None
    yes = bool(there) and rng.random() < 0.5
    words = (rng.choice(there),) if yes else others(world.words, said, 1, rng)
    if not words:
        return None
    text = rng.choice(('Is the word "{}" said?', 'Does anyone say "{}"?', 'Is "{}" spoken?'))
    return Question("word said", text.format(*words), "Yes." if yes else "No.")


def which_word(scape: Scape, world: World, rng: random.Random) -> Question | None:
    """Which word is said: any of them, or the right one of four."""
    said = set(bare(transcript(scape)))
    there = sorted(word for word in said if len(word) > 3)
    if not there:
        return None
    wrong = others(world.words, said, 3, rng)
    text = rng.choice(("Which of these words is said?", "Which word is spoken?"))
    return Question("which word", text, rng.choice(there), wrong, THE_WORD)


def neighbours(scape: Scape, world: World, rng: random.Random) -> Question | None:
    """The words after or before others."""
    words = bare(transcript(scape))
    if len(words) < 8:
        return None
    i = rng.randrange(2, len(words) - 5)
    asked = words[i : i + 2]
    if sum(words[j : j + 2] == asked for j in range(len(words) - 1)) > 1:
        return None
    if rng.random() < 0.1 and (absent := others(world.words, set(words), 1, rng)):
        word = absent[0]
        text = rng.choice(('What is said after "{}"?', 'What is said before "{}"?'))
        return Question("after and before", text.format(word), f'"{word}" is not said.')
    quoted = " ".join(asked)
    if rng.random() < 0.25:
        before = " ".join(words[max(0, i - 3) : i])
        text = f'What is said right before "{quoted}"?'
        return Question("after and before", text, before, form=QUOTED)
    text = rng.choice(
        ('What is said right after "{}"?', 'Which words come after "{}"?', 'Continue: "{}"')
    )
    after = " ".join(words[i + 2 : i + 5])
    return Question("after and before", text.format(quoted), after, form=QUOTED)


def content(scape: Scape, world: World, rng: random.Random) -> Question | None:
    """A question that one statement answers."""
    asked = [pair for segment in speech_of(scape) for pair in segment.questions]
    if not asked:
        return None
    text, answer = rng.choice(asked)
    return Question("content", text, answer)


def gender(scape: Scape, world: World, rng: random.Random) -> Question | None:
    """Man or woman, where all that speak are known."""
    found = {segment.gender for segment in speech_of(scape)}
    if not found or None in found:
        return None
    text = rng.choice(
        (
            "Is the speaker a man or a woman?",
            "Who is speaking, a man or a woman?",
            "Who speaks?",
            "Is the voice male or female?",
        )
    )
    if len(found) == 2:
        return Question("gender", "Who speaks?", "A man and a woman", ("A man", "A woman"))
    answer = PEOPLE[found.pop() or ""]
    if text.endswith("female?"):
        answer = "Male" if answer == "A man" else "Female"
        return Question("gender", text, answer, ("Male", "Female"))
    return Question("gender", text, answer, ("A man", "A woman", "A man and a woman"))


def people(scape: Scape, world: World, rng: random.Random) -> Question | None:
    """How many speak."""
    speakers = {segment.speaker for segment in speech_of(scape)}
    if None in speakers:
        return None
    text = rng.choice(("How many people speak?", "How many speakers are there?"))
    return Question("people", text, NUMBERS[len(speakers)], NUMBERS[:5])
