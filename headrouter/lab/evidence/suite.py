"""A suite of long recordings with questions, in AudioMarathon's task form (arXiv 2510.07293).

Composed by a seed from any folders of clips. Each question has up to four lettered options, but
for transcription; controls ask about what is not there.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice

from headrouter.errors import EvidenceError
from headrouter.lab.corpus import asking_sounds, asking_words
from headrouter.lab.corpus.annotations import Question, World, beginning, speech_of, world_of
from headrouter.lab.corpus.clips import SAMPLE_RATE, Samples
from headrouter.lab.corpus.composing import Composer
from headrouter.lab.corpus.questions import Task, options_of
from headrouter.lab.corpus.samples import hiss
from headrouter.lab.corpus.scapes import Scape, join
from headrouter.question.choices import LETTERS

SEMANTIC, ACOUSTIC, MIXED, CONTROL = "semantic", "acoustic", "mixed", "control"
TRANSCRIPTION = "transcription"
WINDOWS = {1: 0.4, 2: 0.3, 4: 0.2, 10: 0.1}  # of 30 s in a recording, and how often
TRIES = 200


@dataclass(frozen=True)
class Item:
    """One recording with one question."""

    id: str
    task: str
    category: str
    question: str  # with its options
    answer: str  # a letter; of transcription the text
    samples: Samples = field(repr=False, compare=False)  # (n,) mono at 16 kHz

    @property
    def seconds(self) -> float:
        """How long the recording is."""
        return len(self.samples) / SAMPLE_RATE


Suite = Callable[[], Iterator[Item]]
"""Gives the items of a benchmark, from the first on, as often as it is called."""
Advance = Callable[[int], None]


def which_sentence(scape: Scape, world: World, rng: random.Random) -> Question | None:
    """Which of four beginnings of sentences is said."""
    said = [beginning(segment.text) for segment in speech_of(scape) if segment.text]
    wrong = [text for text in world.sentences if text not in said]
    if not said or len(wrong) < 3:
        return None
    asked = "Which of these sentences is said?"
    return Question("content", asked, rng.choice(said), tuple(rng.sample(wrong, 3)))


def sound_after_words(scape: Scape, world: World, rng: random.Random) -> Question | None:
    """Which sound comes right after certain words: both have to be heard."""
    pairs = [
        (one.text, other.label)
        for one, other in zip(scape.segments, scape.segments[1:], strict=False)
        if one.kind == "speech" and one.text and other.kind != "speech" and other.label
    ]
    if not pairs:
        return None
    text, label = rng.choice(pairs)
    words = " ".join(text.split()[-4:])
    wrong = [name for name in world.labels if name != label]
    asked = f'Which sound is heard right after the words "{words}"?'
    return Question("sound after words", asked, label, tuple(rng.sample(wrong, 3)))


def absent(scape: Scape, world: World, rng: random.Random) -> Question | None:
    """Whether something is there that is not."""
    found = rng.choice((asking_sounds.sound_heard, asking_words.word_said))(scape, world, rng)
    if found is None or not found.answer.startswith("No"):
        return None
    return Question("absent", found.text, "No", ("Yes",))


def nothing(scape: Scape, world: World, rng: random.Random) -> Question | None:
    """Whether anything is audible in silence or faint noise."""
    return Question("silence", "Is anything audible?", "No, it is silent", ("Yes",))


TASKS: Mapping[str, tuple[str, Task]] = {
    "content": (SEMANTIC, which_sentence),
    "named word": (SEMANTIC, asking_words.which_word),
    TRANSCRIPTION: (SEMANTIC, asking_words.transcribe),
    "sound event": (ACOUSTIC, asking_sounds.which_sound),
    "background": (ACOUSTIC, asking_sounds.background),
    "instrument": (ACOUSTIC, asking_sounds.instrument),
    "gender": (ACOUSTIC, asking_words.gender),
    "people": (ACOUSTIC, asking_words.people),
    "order": (ACOUSTIC, asking_sounds.first_sound),
    "time": (ACOUSTIC, asking_sounds.when),
    "sound after words": (MIXED, sound_after_words),
    "absent": (CONTROL, absent),
    "silence": (CONTROL, nothing),
}


def compose(
    composer: Composer, seed: int, count: int | None, tasks: Sequence[str] = tuple(TASKS)
) -> Iterator[Item]:
    """``count`` items, the tasks in turn; without end if it is None.

    An item depends on the seed, its number and the clips alone. Raises EvidenceError for a task
    that the clips don't allow.
    """
    world = world_of(composer)
    for number, task in islice(enumerate(cycle(tasks)), count):
        yield _item(composer, world, task, f"{seed}/{number}")


def calibration_items(suite: Suite, samples: int, advance: Advance) -> list[Item]:
    """The first ``samples`` items of each category that calibration knows, as far as there are.

    advance: takes how many are found.
    """
    chosen: list[Item] = []
    room = {SEMANTIC: samples, MIXED: samples, ACOUSTIC: samples}
    for item in suite():
        if room.get(item.category):
            room[item.category] -= 1
            chosen.append(item)
            advance(len(chosen))
        if not any(room.values()):
            break
    return chosen


def _item(composer: Composer, world: World, task: str, name: str) -> Item:
    rng = random.Random(f"suite/{name}")
    category, make = TASKS[task]
    for _ in range(TRIES):
        scape = _recording(composer, task, rng)
        question = make(scape, world, rng)
        if task == TRANSCRIPTION and question and question.answer == asking_words.NO_SPEECH:
            continue
        if question is None or (task != TRANSCRIPTION and not question.wrong):
            continue
        if task == TRANSCRIPTION:
            text, answer = question.text, question.answer
        else:
            text, answer = multiple_choice(question, rng)
        return Item(f"{task}/{name}", task, category, text, answer, scape.samples)
    raise EvidenceError(
        f"no recording for the task {task!r} in {TRIES} tries: the clips lack speech, sounds, "
        "music or known speakers; leave the task out or add such clips"
    )


def _recording(composer: Composer, task: str, rng: random.Random) -> Scape:
    if task == "silence":
        return Scape(hiss(rng) * (rng.random() < 0.5), ())
    windows = rng.choices(list(WINDOWS), list(WINDOWS.values()))[0]
    if task == TRANSCRIPTION:
        windows = 1  # longer texts are decoded for minutes
    return join([composer.window(rng.randrange(10**9)) for _ in range(windows)])


def multiple_choice(question: Question, rng: random.Random) -> tuple[str, str]:
    """The question with at most four shuffled options, and the letter of the right one."""
    options = options_of(question, rng)
    return lettered(question.text, options), LETTERS[options.index(question.answer)]


def lettered(text: str, options: Sequence[str]) -> str:
    """A question with its options, as the models are asked."""
    lines = [f"{letter}. {option}" for letter, option in zip(LETTERS, options, strict=False)]
    return "\n".join([text, *lines, "Answer with the letter only."])
