"""Asks about a soundscape what people ask of recordings; the answers come from its annotation.

One function a task. Each returns a question with its answer, or None where the soundscape does not
allow it. A lettered choice can be made of every question that names its wrong answers.
"""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from headrouter.lab.corpus.clips import MUSIC, SAMPLE_RATE
from headrouter.lab.corpus.names import ELSEWHERE, FAMILIES, called, like
from headrouter.lab.corpus.scapes import Composer, Scape, Segment
from headrouter.nano import PLAIN, QUOTED, THE, THE_WORD
from headrouter.question.choices import LETTERS, sentence

SENTENCE_WORDS = 8
CANT_TELL = "I can't tell from this recording."
NO_SPEECH = "There is no speech."
NUMBERS = ("None", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")
PEOPLE = {"M": "A man", "F": "A woman"}
KINDS = ("Speech", "Music", "Sounds", "A mix", "Silence")
PLACES = ("Near the beginning", "In the middle", "Near the end")
FAMILY, ABSENT = 0.2, 0.15  # shares of "is it heard" that ask for a family, for what is nowhere


@dataclass(frozen=True)
class Question:
    """What is asked, and the answer that is right."""

    task: str
    text: str
    answer: str
    wrong: tuple[str, ...] = ()  # other answers, for a lettered choice
    form: str = PLAIN  # how the answer is said in a sentence


@dataclass(frozen=True)
class World:
    """What there could have been in a soundscape: what wrong answers are drawn from."""

    labels: tuple[str, ...]
    instruments: tuple[str, ...]
    backgrounds: tuple[str, ...]
    words: tuple[str, ...]  # of the speech, longer than three letters
    sentences: tuple[str, ...] = ()  # beginnings of what is said anywhere


def world_of(composer: Composer) -> World:
    """What wrong answers are drawn from."""
    texts = [clip.text for clips in composer.speakers.values() for clip in clips if clip.text]
    return World(
        labels=tuple(composer.labels),
        instruments=tuple(sorted(composer.music)),
        backgrounds=tuple(composer.backgrounds),
        words=tuple(sorted({word for text in texts for word in bare(text) if len(word) > 3})),
        sentences=tuple(sorted({beginning(text) for text in texts})),
    )


def beginning(text: str) -> str:
    """The first words of a text."""
    return " ".join(text.split()[:SENTENCE_WORDS])


def speech_of(scape: Scape) -> list[Segment]:
    """The stretches of speech, in order."""
    return [segment for segment in scape.segments if segment.kind == "speech"]


def sounds_of(scape: Scape) -> list[Segment]:
    """The stretches of other sounds and music, in order."""
    return [segment for segment in scape.segments if segment.kind != "speech"]


def transcript(scape: Scape) -> str:
    """All that is said."""
    return " ".join(segment.text or "" for segment in speech_of(scape))


def bare(text: str) -> list[str]:
    """The words of a text in lower case, without punctuation."""
    return [word for part in text.lower().split() if (word := re.sub(r"[^a-z0-9']", "", part))]


# -- words


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
    words = (rng.choice(there),) if yes else _others(world.words, said, 1, rng)
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
    wrong = _others(world.words, said, 3, rng)
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
    if rng.random() < 0.1 and (absent := _others(world.words, set(words), 1, rng)):
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


# -- voices


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


# -- sounds


def sound_heard(scape: Scape, world: World, rng: random.Random) -> Question | None:
    """Whether a sound is heard, by any of its names or by its family; as often no as yes."""
    there = _heard(scape)
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
        labels = _others(world.labels, _alike(there), 1, rng)
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
    wrong = _others(world.labels, _alike(_heard(scape)), 3, rng)
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
    label = rng.choice([*labels, *_others(world.labels, _alike(_heard(scape)), 1, rng)])
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
    there = sorted(_heard(scape) & MUSIC)
    text = rng.choice(("Which instrument is heard?", "What instrument is playing?"))
    if not there and rng.random() < 0.2:
        return Question("instrument", text, "None")
    if len(there) != 1 or there == ["music"]:  # a band has several
        return None
    wrong = _others(world.instruments, {*there, "music"}, 3, rng)
    return Question("instrument", text, there[0], wrong, THE)


def background(scape: Scape, world: World, rng: random.Random) -> Question | None:
    """What is heard under everything else."""
    text = rng.choice(("What is heard in the background?", "Which background is there?"))
    if scape.background is None:
        return Question("background", text, "None") if rng.random() < 0.15 else None
    wrong = _others(world.backgrounds, _alike(_heard(scape)), 3, rng)
    return Question("background", text, scape.background, wrong, THE)


# -- the whole


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


def _heard(scape: Scape) -> set[str]:
    labels = {segment.label or "" for segment in sounds_of(scape)}
    return labels | ({scape.background} if scape.background else set())


def _alike(labels: set[str]) -> set[str]:
    """The labels, and those that one might hear in their place."""
    return {other for label in labels for other in like(label)}


def _others(
    choices: Sequence[str], but: set[str], count: int, rng: random.Random
) -> tuple[str, ...]:
    """Up to `count` of the choices that are not in `but`."""
    left = [choice for choice in choices if choice not in but]
    return tuple(rng.sample(left, min(count, len(left))))
