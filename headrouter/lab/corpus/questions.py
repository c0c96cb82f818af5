"""Asks about a soundscape what people ask of recordings; the answers come from its annotation.

One function a task, here for the whole of a soundscape, in `asking_words` and `asking_sounds` for
what is in it. Each returns a question with its answer, or None where the soundscape does not allow
it. A lettered choice can be made of every question that names its wrong answers.
"""

import random
from collections.abc import Callable, Mapping

from headrouter.lab.corpus.annotations import Question, World
from headrouter.lab.corpus.asking_sounds import (
    background,
    count_sound,
    first_sound,
    instrument,
    list_sounds,
    sound_heard,
    when,
    which_sound,
)
from headrouter.lab.corpus.asking_words import (
    content,
    gender,
    neighbours,
    people,
    transcribe,
    which_word,
    word_said,
)
from headrouter.lab.corpus.clips import MUSIC
from headrouter.lab.corpus.scapes import Scape
from headrouter.question.choices import LETTERS, sentence

CANT_TELL = "I can't tell from this recording."
KINDS = ("Speech", "Music", "Sounds", "A mix", "Silence")


def kind(scape: Scape, world: World, rng: random.Random) -> Question | None:
    """Speech, music, sounds or a mix."""
    kinds = {segment.kind for segment in scape.segments}
    if scape.background in MUSIC:
        kinds.add("music")
    if len(kinds) > 1:
        answer = "A mix"
    elif kinds:
        answer = {"speech": "Speech", "music": "Music", "sound": "Sounds"}[kinds.pop()]
    else:
        answer = "Sounds" if scape.background else "Silence"
    text = rng.choice(
        (
            "What kind of audio is this: speech, music, sounds, or a mix?",
            "What kind of audio is this: speech, sounds, music, or a mix?",
            "Is this speech, music or noise?",
        )
    )
    return Question("kind", text, answer, KINDS)


def audible(scape: Scape, world: World, rng: random.Random) -> Question | None:
    """Whether anything is to be heard at all."""
    there = bool(scape.segments or scape.background)
    if there and rng.random() < 0.85:
        return None
    text = rng.choice(
        (
            "Is anything audible?",
            "Is anything to be heard?",
            "Is there any sound in this recording?",
        )
    )
    return Question("audible", text, "Yes." if there else "No, it is silent.")


def unanswerable(scape: Scape, world: World, rng: random.Random) -> Question | None:
    """What nobody could tell from the sound."""
    return Question("can't tell", rng.choice(UNANSWERABLE), CANT_TELL)


UNANSWERABLE = (
    "What is the speaker wearing?",
    "What is the speaker's name?",
    "How old is the speaker?",
    "Where was this recorded?",
    "When was this recorded?",
    "What colour is the car?",
    "What does the room look like?",
    "Who made this recording?",
    "What is the speaker's job?",
    "What is the price of the ticket?",
    "Which device recorded this?",
    "What colour are the speaker's eyes?",
    "What did the speaker have for breakfast?",
    "What is the phone number?",
    "How tall is the speaker?",
    "Who is standing next to the speaker?",
)

Task = Callable[[Scape, World, random.Random], Question | None]
TASKS: Mapping[Task, float] = {  # and how often each is asked in training
    transcribe: 5.0,
    word_said: 1.0,
    which_word: 1.0,
    neighbours: 0.8,
    content: 1.0,
    gender: 2.0,
    people: 0.8,
    sound_heard: 2.0,
    which_sound: 2.0,
    list_sounds: 1.8,
    first_sound: 1.2,
    count_sound: 1.0,
    when: 0.7,
    instrument: 1.0,
    background: 0.8,
    kind: 1.0,
    audible: 1.0,
    unanswerable: 0.25,
}


def ask(
    scape: Scape,
    world: World,
    rng: random.Random,
    count: int,
    share_lettered: float = 0.0,
    among: Mapping[Task, float] = TASKS,
) -> list[Question]:
    """Up to `count` questions, each of another task; of those that can be, a share is lettered."""
    tasks = dict(among)
    asked: list[Question] = []
    while tasks and len(asked) < count:
        task = rng.choices(list(tasks), list(tasks.values()))[0]
        del tasks[task]
        if question := task(scape, world, rng):
            others = set(question.wrong) - {question.answer}
            choice = others and rng.random() < share_lettered
            asked.append(lettered(question, rng) if choice else spoken(question))
    return asked


def spoken(question: Question) -> Question:
    """The question with its answer as a short sentence."""
    answer = sentence(question.form.format(question.answer))
    return Question(question.task, question.text, answer)


def lettered(question: Question, rng: random.Random) -> Question:
    """The question with two to four options in one of the usual forms; the answer is a letter."""
    options = options_of(question, rng)
    letter = LETTERS[options.index(question.answer)]
    form, between = rng.choice(
        (("{}. {}", "\n"), ("{}) {}", "\n"), ("({}) {}", " "), ("({}) {}", "\n"), ("{}. {}", " "))
    )
    listed = between.join(form.format(a, b) for a, b in zip(LETTERS, options, strict=False))
    ending = rng.choice(
        (
            "Answer with the letter.",
            "Answer with the letter only.",
            "Choose the correct option.",
            "",
        )
    )
    text = question.text + between + listed + (between + ending if ending else "")
    answer = letter if "letter" in ending else form.format(letter, question.answer)
    return Question(f"{question.task} (lettered)", text, answer)


def options_of(question: Question, rng: random.Random) -> list[str]:
    """The right answer and up to three wrong ones, shuffled."""
    others = sorted(set(question.wrong) - {question.answer})
    options = [question.answer, *rng.sample(others, min(3, len(others)))]
    rng.shuffle(options)
    return options


def with_words(question: str, words: str) -> str:
    """The question behind the words that a recogniser heard, as the listener gives them."""
    return f'The words are: "{words}"\n{question}'
