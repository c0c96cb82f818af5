"""Asks a finished model about soundscapes that it never heard, and counts what it gets right.

The model answers as it does for users: through `AudioLM`, one question at a time, unpruned unless
a keep ratio is given.
"""

import json
import random
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import numpy as np

from headrouter.hear.listener import AudioLM, Listening
from headrouter.lab.corpus.annotations import Question, World, bare
from headrouter.lab.corpus.asking_sounds import sound_heard, which_sound
from headrouter.lab.corpus.asking_words import NO_SPEECH, gender, people, transcribe, word_said
from headrouter.lab.corpus.clips import SAMPLE_RATE, Samples
from headrouter.lab.corpus.composing import Composer
from headrouter.lab.corpus.effects import in_room, telephoned
from headrouter.lab.corpus.names import same
from headrouter.lab.corpus.questions import Task, ask
from headrouter.lab.corpus.samples import hiss
from headrouter.lab.corpus.scapes import TOKEN_SECONDS, Scape
from headrouter.lab.train.align import word_errors
from headrouter.lab.train.examples import stretches
from headrouter.lab.train.training import WINDOW_TOKENS

T = TypeVar("T")
Draw = Callable[[Composer, int, random.Random], Scape]
RESAMPLES = 1000
QUESTIONS, SHARE_LETTERED = 5, 0.4  # about each stretch
SILENT = "silence recognised"
YES_OR_NO = re.compile(r"(yes|no)\b", re.IGNORECASE)
LETTER = re.compile(r"\(?([A-D])\b")


@dataclass(frozen=True)
class Asked:
    """One question, the right answer, and what the model said."""

    task: str
    question: str
    answer: str
    said: str


@dataclass(frozen=True)
class Row:
    """A line of the table: rates with a 95% interval."""

    task: str
    n: int
    score: float
    low: float
    high: float
    in_form: float


def interview(
    listener: AudioLM,
    composer: Composer,
    world: World,
    *,
    windows: int,
    silences: int,
    seed: int,
    keep: float = 1.0,
    condition: str | None = None,
    progress: Callable[[int], None] = lambda number: None,
) -> list[Asked]:
    """Ask about `windows` composed windows and `silences` silent ones.

    Under one of the CONDITIONS the windows are of its kind, and so are the questions.
    """
    found: list[Asked] = []
    for number in range(windows + silences):
        rng = random.Random(f"{seed}/interview/{number}")
        if number < windows and condition:
            found += _ask_under(condition, listener, composer, world, number, rng, keep)
        elif number < windows:
            scape = composer.window(number)
            found += _ask_all(listener, scape, world, rng, keep)
        else:
            silent = Scape(hiss(rng) * (rng.random() < 0.5), ())
            question = Question(SILENT, "Is anything audible?", "No, it is silent.")
            found += _answers(listener, silent, [((0, WINDOW_TOKENS), question)], keep)
        progress(number + 1)
    return found


@dataclass(frozen=True)
class Condition:
    """Soundscapes of one kind, and what is asked about each: tasks, some lettered as well."""

    draw: Draw
    tasks: tuple[Task, ...]
    lettered: tuple[Task, ...] = ()


def _through(effect: Callable[[Samples, random.Random], Samples]) -> Draw:
    def draw(composer: Composer, number: int, rng: random.Random) -> Scape:
        scape = composer.conversation(number, 1 + number % 2)
        return replace(scape, samples=effect(scape.samples, rng))

    return draw


CONDITIONS = {
    "city sounds": Condition(
        lambda composer, number, rng: composer.alone(number),
        (which_sound, sound_heard, sound_heard),
        (which_sound,),
    ),
    "telephone": Condition(_through(telephoned), (transcribe, gender, word_said)),
    "room": Condition(_through(in_room), (transcribe, gender, word_said)),
    "overlap": Condition(
        lambda composer, number, rng: composer.overlapping(number),
        (transcribe, sound_heard, sound_heard),
        (which_sound,),
    ),
    "conversation": Condition(
        lambda composer, number, rng: composer.conversation(number, 1 + number % 5),
        (people, gender),
        (people,),
    ),
}


def _ask_under(
    condition: str,
    listener: AudioLM,
    composer: Composer,
    world: World,
    number: int,
    rng: random.Random,
    keep: float,
) -> list[Asked]:
    """The questions of a condition about one soundscape of its kind."""
    kind = CONDITIONS[condition]
    scape = kind.draw(composer, number, rng)
    span = 0, min(WINDOW_TOKENS, len(scape.samples) // round(TOKEN_SECONDS * SAMPLE_RATE))
    questions = [q for task in kind.tasks for q in ask(scape, world, rng, 1, 0.0, {task: 1.0})]
    questions += [q for task in kind.lettered for q in ask(scape, world, rng, 1, 1.0, {task: 1.0})]
    answers = _answers(listener, scape, [(span, question) for question in questions], keep)
    return [replace(item, task=f"{item.task}, {condition}") for item in answers]


def _ask_all(
    listener: AudioLM, scape: Scape, world: World, rng: random.Random, keep: float
) -> list[Asked]:
    """Several questions about several stretches of a window."""
    asked = [
        (span, question)
        for span, piece in stretches([scape], rng)
        for question in ask(piece, world, rng, QUESTIONS, SHARE_LETTERED)
    ]
    return _answers(listener, scape, asked, keep)


def _answers(
    listener: AudioLM,
    scape: Scape,
    asked: Sequence[tuple[tuple[int, int], Question]],
    keep: float,
) -> list[Asked]:
    with TemporaryDirectory() as folder:
        index = listener.ingest([scape.samples], Path(folder) / "index", levels=_no_levels)
        assert index is not None  # nobody stops it
        found = []
        for span, question in asked:
            limit = 160 if question.task == "transcribe" else 40
            plan = Listening(spans=(span,), keep=keep, max_new_tokens=limit)
            said = listener.answer(index, question.text, plan).text
            found.append(Asked(question.task, question.text, question.answer, said))
    return found


def _no_levels(samples: np.ndarray, hop: float) -> np.ndarray:
    return np.zeros(int(np.ceil(len(samples) / SAMPLE_RATE / hop)), np.float32)


def table(asked: Sequence[Asked], seed: int = 0) -> list[Row]:
    """A row a task. Word error rate for `transcribe`; balanced accuracy for yes-or-no questions;
    the F-score of the sounds for `list sounds`; else the share of right answers.

    Intervals are bootstrapped over questions.
    """
    groups: dict[str, list[Asked]] = defaultdict(list)
    for item in asked:
        speechless = bare_task(item) == "transcribe" and item.answer == NO_SPEECH
        groups["no speech" if speechless else item.task].append(item)
    rng = random.Random(seed)
    rows = []
    for task, items in sorted(groups.items()):
        score = SCORES.get(task.partition(",")[0], share_right)
        low, high = interval(items, score, rng)
        form = sum(map(in_form, items)) / len(items)
        rows.append(Row(task, len(items), score(items), low, high, form))
    return rows


def interval(
    items: Sequence[T], score: Callable[[Sequence[T]], float], rng: random.Random
) -> tuple[float, float]:
    """The 95% percentile bootstrap interval of a score of items."""
    again = sorted(score(rng.choices(items, k=len(items))) for _ in range(RESAMPLES))
    return again[int(0.025 * RESAMPLES)], again[int(0.975 * RESAMPLES)]


def right(item: Asked) -> bool:
    """Whether the answer is the right one, whatever its case and punctuation."""
    if "(lettered)" in item.task:
        wanted, said = LETTER.match(item.answer), LETTER.match(item.said)
        return bool(wanted and said and wanted[1] == said[1])
    if wanted := YES_OR_NO.match(item.answer):
        said = YES_OR_NO.match(item.said)
        return said is not None and said[1].lower() == wanted[1].lower()
    name, answer = " ".join(content(item.said)), " ".join(content(item.answer))
    return name == answer or (bare_task(item) == "which sound" and same(name, answer))


def bare_task(item: Asked) -> str:
    """The task of a question, whatever the condition."""
    return item.task.partition(",")[0]


def content(answer: str) -> list[str]:
    """The words of a short answer without what it is put in."""
    return [word for word in bare(answer) if word not in {"a", "an", "the", "word"}]


def in_form(item: Asked) -> bool:
    """Whether the answer has the form that was asked for."""
    if "(lettered)" in item.task:
        return bool(LETTER.match(item.said))
    if YES_OR_NO.match(item.answer):
        return bool(YES_OR_NO.match(item.said))
    return bool(bare(item.said))


def share_right(items: Sequence[Asked]) -> float:
    """Accuracy."""
    return sum(map(right, items)) / len(items)


def balanced(items: Sequence[Asked]) -> float:
    """The mean of the accuracies where yes is right and where no is."""
    sides = [[item for item in items if item.answer.startswith(side)] for side in ("Yes", "No")]
    return sum(share_right(side) for side in sides if side) / sum(map(bool, sides))


def word_error_rate(items: Sequence[Asked]) -> float:
    """Wrong, missing and additional words, in spoken words."""
    errors = sum(word_errors(bare(item.answer), bare(item.said)) for item in items)
    return errors / sum(len(bare(item.answer)) for item in items)


def sounds_f_score(items: Sequence[Asked]) -> float:
    """Of the sounds listed, whatever their order."""
    hits = said = wanted = 0
    for item in items:
        theirs, ours = (
            [" ".join(content(name)) for name in text.split(", ")]
            for text in (item.said, item.answer)
        )
        hits += sum(min(theirs.count(name), ours.count(name)) for name in set(ours))
        said, wanted = said + len(theirs), wanted + len(ours)
    return 2 * hits / (said + wanted)


SCORES = {
    "transcribe": word_error_rate,
    "word said": balanced,
    "sound heard": balanced,
    "list sounds": sounds_f_score,
}


def write(
    asked: Sequence[Asked], rows: Sequence[Row], out: Path, settings: dict[str, object]
) -> None:
    """Everything asked and the table, as JSON."""
    found = {"settings": settings, "table": [asdict(row) for row in rows]}
    out.write_text(
        json.dumps(found | {"asked": [asdict(item) for item in asked]}, indent=1) + "\n",
        encoding="utf-8",
    )
