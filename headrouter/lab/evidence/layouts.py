"""Reads published benchmarks from a folder, as their authors publish them; nothing is fetched.

AudioMarathon (arXiv 2510.07293; huggingface.co/datasets/Hezep/AudioMarathon). The layout is what
the evaluation code reads, github.com/DabDans/AudioMarathon: ``src/*/Others`` and ``src/Voxtral``.

- ``librispeech-long/test-clean/SPEAKER/CHAPTER/NAME.flac``, the words beside it in ``NAME.txt`` or
  in a line of ``SPEAKER-CHAPTER.trans.txt``.
- ``HAD/concatenated_audio/real`` and ``fake`` with ``*.wav``; the README has them right in ``HAD``.
  Question and options are the code's, not the data's: here they are in our words.
- eight JSON files (``LISTED``), each a list, in DESED ``{"tasks": [...]}``. An entry has ``path``
  (RACE: ``audio_path``), ``question``, ``answer_gt`` (RACE: ``answer``), and ``choice_a`` and so on
  (RACE: ``options``, a list; DESED: ``choices`` by their letters). The answer is a letter, or in
  VoxCeleb an option's text. Paths start beside the file or in ``wav`` there: for GTZAN the scripts
  disagree, so both are tried everywhere.

Every entry is read. The authors' scripts draw as many real as fake, and male as female, and skip
the happy voices of two VESUS speakers.

MMAU-Pro (arXiv 2508.13992; huggingface.co/datasets/gamma-lab-umd/MMAU-Pro): ``test.parquet``, with
``data.zip`` unpacked to ``data`` beside it. A row has ``audio_path`` (a list), ``question``,
``choices``, ``answer`` (an option's text) and ``category``; fields and categories as in NVIDIA's
NeMo-Skills and other public users of the file. The same rows as ``test.jsonl`` or ``test.json`` are
preferred. Several recordings of one question become one, with a second of silence between. All is
mixed down to mono, so ``spatial_audio`` asks for what can't be heard.
"""

import json
import logging
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile, zip_longest
from pathlib import Path
from typing import Any

import numpy as np

from headrouter.errors import EvidenceError
from headrouter.lab.corpus.annotations import bare
from headrouter.lab.corpus.clips import SAMPLE_RATE, Clip
from headrouter.lab.evidence.suite import (
    ACOUSTIC,
    MIXED,
    SEMANTIC,
    TRANSCRIPTION,
    Item,
    Suite,
    lettered,
)
from headrouter.question.choices import LETTERS

log = logging.getLogger(__name__)

PAUSE = np.zeros(SAMPLE_RATE, np.float32)  # between the recordings of one question

SPEECH = "librispeech-long/test-clean"
HAD = ("HAD/concatenated_audio", "HAD")
LISTED: Mapping[str, tuple[str, str]] = {
    "RACE": (SEMANTIC, "race_audio/race_benchmark.json"),
    "SLUE": (SEMANTIC, "SLUE/merged_audio_data.json"),
    "GTZAN": (ACOUSTIC, "GTZAN/concatenated_audio/music_genre_classification_meta.json"),
    "TAU": (ACOUSTIC, "TAU/concatenated_resampled/acoustic_scene_task_meta.json"),
    "VESUS": (ACOUSTIC, "VESUS/audio_emotion_dataset.json"),
    "DESED": (
        ACOUSTIC,
        "DESED/DESED_dataset/concatenated_audio/desed_sound_event_detection_task.json",
    ),
    "VoxCeleb gender": (ACOUSTIC, "VoxCeleb/concatenated_audio/gender_id_task_meta.json"),
    "VoxCeleb age": (ACOUSTIC, "VoxCeleb/concatenated_audio/age_classification_task_meta.json"),
}
MARATHON = (SPEECH, *HAD, *(file for _, file in LISTED.values()))

MMAU_PRO = ("test.jsonl", "test.json", "test.parquet")
OPEN = frozenset({"open", "instruction following"})
CATEGORIES: Mapping[str, str] = {
    "sound": ACOUSTIC,
    "music": ACOUSTIC,
    "sound_music": ACOUSTIC,
    "spatial_audio": ACOUSTIC,
    "voice_chat": SEMANTIC,
    "speech": MIXED,  # some ask for words, some for voices
    "sound_speech": MIXED,
    "music_speech": MIXED,
    "sound_music_speech": MIXED,
    "multi": MIXED,
}


@dataclass(frozen=True)
class Asked:
    """An item whose recordings are not decoded yet."""

    id: str
    task: str
    category: str
    question: str
    answer: str
    paths: tuple[Path, ...]

    def item(self) -> Item:
        """With the recordings, one after the other."""
        parts = [part for path in self.paths for part in (PAUSE, Clip(path).samples())][1:]
        samples = np.concatenate(parts)
        return Item(self.id, self.task, self.category, self.question, self.answer, samples)


@dataclass(frozen=True)
class Entry:
    """A question as it lies in a file."""

    file: Path
    number: int  # from 0
    fields: Mapping[str, Any]

    def field(self, *names: str) -> Any:
        """The value by the first of the names that has one."""
        for name in names:
            if self.fields.get(name) not in (None, ""):
                return self.fields[name]
        raise self.wrong(f"has no {' or '.join(names)}")

    def wrong(self, what: str) -> EvidenceError:
        """The error to raise."""
        return EvidenceError(
            f"{self.file}: entry {self.number} {what}; "
            "fetch the benchmark again or take the entry out of the file"
        )


def is_published(folder: Path) -> bool:
    """Whether a folder holds one of the benchmarks, rather than clips."""
    return any((folder / name).exists() for name in (*MMAU_PRO, *MARATHON))


def find_suite(folder: Path) -> Suite:
    """The benchmark that lies in a folder: its tasks in turn, the order within each drawn once.

    Everything but the sound is read and checked here. Sound is decoded when an item is reached.

    Raises EvidenceError if it is neither benchmark, or one with something missing or wrong.
    """
    if found := [path for name in MMAU_PRO if (path := folder / name).exists()]:
        asked = _mmau_pro(found[0])
    elif any((folder / name).exists() for name in MARATHON):
        asked = _audio_marathon(folder)
    else:
        raise EvidenceError(
            f"{folder} holds neither MMAU-Pro ({' or '.join(MMAU_PRO)}) "
            f"nor AudioMarathon (any of {', '.join(MARATHON)})"
        )
    ordered = _in_turn(asked)
    return lambda: (one.item() for one in ordered)


def _in_turn(asked: Sequence[Asked]) -> list[Asked]:
    tasks: dict[str, list[Asked]] = {}
    for one in asked:
        tasks.setdefault(one.task, []).append(one)
    for task, ones in tasks.items():
        random.Random(f"layouts/{task}").shuffle(ones)
    return [one for turn in zip_longest(*tasks.values()) for one in turn if one]


# -- AudioMarathon


def _audio_marathon(folder: Path) -> list[Asked]:
    found = {TRANSCRIPTION: list(_spoken(folder / SPEECH)), "HAD": list(_synthetic(folder))}
    for task, (category, name) in LISTED.items():
        path = folder / name
        entries = _entries(path) if path.exists() else []
        found[task] = [_listed(entry, task, category) for entry in entries]
    if missing := [task for task, asked in found.items() if not asked]:
        log.warning("%s has no questions of %s", folder, ", ".join(missing))
    return [one for asked in found.values() for one in asked]


def _spoken(folder: Path) -> Iterator[Asked]:
    for number, path in enumerate(sorted(folder.glob("*/*/*.flac"))):
        name, text = f"{TRANSCRIPTION}/{number}", _transcript(path)
        yield Asked(name, TRANSCRIPTION, SEMANTIC, "Transcribe the speech.", text, (path,))


def _transcript(path: Path) -> str:
    chapter = path.parent
    alone = path.with_suffix(".txt")
    listed = chapter / f"{chapter.parent.name}-{chapter.name}.trans.txt"
    if alone.exists():
        text = alone.read_text(encoding="utf-8").strip()
    elif listed.exists():
        lines = (line.partition(" ") for line in listed.read_text(encoding="utf-8").splitlines())
        text = {name: words.strip() for name, _, words in lines}.get(path.stem, "")
    else:
        text = ""
    if not bare(text):
        raise EvidenceError(
            f"{path} has no words in {alone.name} or {listed.name}; "
            "fetch the benchmark again or take the recording away"
        )
    return text


def _synthetic(folder: Path) -> Iterator[Asked]:
    question = "Is this recording real throughout, or are parts of it synthesized (fake)?"
    options = ("real", "fake")
    homes = [folder / name / label for name in HAD for label in options]
    paths = [path for home in homes for path in sorted(home.glob("*.wav"))]
    for number, path in enumerate(paths):
        letter = LETTERS[options.index(path.parent.name)]
        yield Asked(f"HAD/{number}", "HAD", ACOUSTIC, lettered(question, options), letter, (path,))


def _listed(entry: Entry, task: str, category: str) -> Asked:
    beside = entry.file.parent
    paths = _recordings(entry, entry.field("path", "audio_path"), (beside, beside / "wav"))
    return _choice(
        entry, task, category, _options(entry), entry.field("answer_gt", "answer"), paths
    )


def _options(entry: Entry) -> list[str]:
    fields = entry.fields
    if "options" in fields:
        return [str(option) for option in entry.field("options")]
    choices = fields.get("choices") or {
        letter: fields.get(f"choice_{letter.lower()}") for letter in LETTERS
    }
    return [str(option) for option in takewhile(bool, map(choices.get, LETTERS))]


# -- MMAU-Pro


def _mmau_pro(path: Path) -> list[Asked]:
    entries = _entries(path)
    closed = [entry for entry in entries if _is_closed(entry)]
    if left := len(entries) - len(closed):
        log.warning(
            "%d of the %d questions of %s are left out: open, to follow an instruction, or not "
            "with 2 to 10 options",
            left,
            len(entries),
            path,
        )
    return [_rowed(entry) for entry in closed]


def _is_closed(entry: Entry) -> bool:
    if entry.field("category").lower() in OPEN:
        return False
    return 2 <= len(entry.field("choices")) <= len(LETTERS)


def _rowed(entry: Entry) -> Asked:
    task = entry.field("category")
    if task not in CATEGORIES:
        raise entry.wrong(f"has the category {task!r}, none of {', '.join(CATEGORIES)}")
    options = [str(option) for option in entry.field("choices")]
    names = entry.field("audio_path")
    paths = _recordings(entry, names, (entry.file.parent,))
    return _choice(entry, task, CATEGORIES[task], options, entry.field("answer"), paths)


# -- both


def _entries(path: Path) -> list[Entry]:
    try:
        rows = READERS[path.suffix](path)
    except ValueError as error:
        raise EvidenceError(f"{path} can't be read ({error}); fetch it again") from error
    if isinstance(rows, dict):
        rows = rows.get("tasks")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise EvidenceError(f"{path} is not a list of questions; fetch it again")
    return [Entry(path, number, row) for number, row in enumerate(rows)]


def _json(path: Path) -> Any:
    return json.loads(path.read_bytes())


def _jsonl(path: Path) -> Any:
    return [json.loads(line) for line in path.read_bytes().splitlines() if line.strip()]


def _parquet(path: Path) -> Any:
    try:
        from pyarrow import parquet
    except ModuleNotFoundError as error:
        raise EvidenceError(
            f"{path} needs pyarrow: pip install pyarrow, or save its rows as test.jsonl beside it"
        ) from error
    return parquet.read_table(path).to_pylist()


READERS = {".json": _json, ".jsonl": _jsonl, ".parquet": _parquet}


def _recordings(
    entry: Entry, names: str | Sequence[str], folders: Sequence[Path]
) -> tuple[Path, ...]:
    found = []
    if not names:
        raise entry.wrong("has no recordings")
    for name in [names] if isinstance(names, str) else names:
        paths = [path for folder in folders if (path := folder / name).is_file()]
        if not paths:
            raise entry.wrong(f"needs {name}, which is not in {' or '.join(map(str, folders))}")
        found.append(paths[0])
    return tuple(found)


def _choice(
    entry: Entry,
    task: str,
    category: str,
    options: Sequence[str],
    answer: str,
    paths: tuple[Path, ...],
) -> Asked:
    if not 2 <= len(options) <= len(LETTERS):
        raise entry.wrong(f"has {len(options)} options, not 2 to {len(LETTERS)}")
    question = lettered(str(entry.field("question")), options)
    letter = _letter(entry, str(answer), options)
    return Asked(f"{task}/{entry.number}", task, category, question, letter, paths)


def _letter(entry: Entry, answer: str, options: Sequence[str]) -> str:
    """Of the option that the answer is or names; chords may differ in their case alone."""
    said, folded = answer.strip().casefold(), [option.strip().casefold() for option in options]
    letters = LETTERS[: len(options)]
    for known, wanted in ((options, answer), (folded, said), (list(letters.casefold()), said)):
        if wanted in known:
            return letters[known.index(wanted)]
    raise entry.wrong(f"has the answer {answer!r}, none of its options {list(options)}")
