"""Asks a finished model about soundscapes that it never heard, and counts what it gets right.

The model answers as it does for users: through `AudioLM`, one question at a time, unpruned unless
a keep ratio is given.
"""

import json
import random
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import numpy as np

from headrouter.hear.listener import AudioLM, Listening
from headrouter.lab.corpus.clips import SAMPLE_RATE
from headrouter.lab.corpus.questions import NO_SPEECH, Question, World, ask, bare
from headrouter.lab.corpus.scapes import Composer, Scape, hiss
from headrouter.lab.train.align import word_errors
from headrouter.lab.train.training import WINDOW_TOKENS
from headrouter.lab.train.tune import stretches

T = TypeVar("T")
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
    progress: Callable[[int], None] = lambda number: None,
) -> list[Asked]:
    """Ask about `windows` composed windows and `silences` silent ones."""
    found: list[Asked] = []
    for number in range(windows + silences):
        rng = random.Random(f"{seed}/interview/{number}")
        if number < windows:
            scape = composer.window(number)
            found += _ask_all(listener, scape, world, rng, keep)
        else:
            silent = Scape(hiss(rng) * (rng.random() < 0.5), ())
            question = Question(SILENT, "Is anything audible?", "No, it is silent.")
            found += _answers(listener, silent, [((0, WINDOW_TOKENS), question)], keep)
        progress(number + 1)
    return found


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
        speechless = item.task == "transcribe" and item.answer == NO_SPEECH
        groups["no speech" if speechless else item.task].append(item)
    rng = random.Random(seed)
    rows = []
    for task, items in sorted(groups.items()):
        score = SCORES.get(task, share_right)
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
    return content(item.said) == content(item.answer)


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
    out.write_text(json.dumps(found | {"asked": [asdict(item) for item in asked]}, indent=1) + "\n")
