"""Finds short recordings with known content in folders of any of three layouts.

- a folder with `manifest.jsonl`: one JSON a clip with `path` and `seconds`, and where known `text`,
  `label`, `speaker`, `gender`, `licence`, `source_id`, `background`;
- LibriSpeech as published: `SPEAKERS.TXT` above `subset/speaker/chapter/*.flac` and `*.trans.txt`;
- ESC-50 as published: `meta/esc50.csv` beside `audio/*.wav`.
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 16_000
Samples = NDArray[np.float32]  # (time,) at SAMPLE_RATE, full scale is 1.0

MUSIC = frozenset(
    "banjo, bass clarinet, bassoon, cello, clarinet, contrabassoon, cor anglais, double bass, "
    "flute, french horn, guitar, mandolin, oboe, saxophone, trombone, piano, organ, violin, "
    "trumpet, harp, accordion, xylophone, drums, music".split(", ")
)


@dataclass(frozen=True)
class Clip:
    """One recording: speech if it has `text`, else the sound or instrument `label`."""

    path: Path
    text: str | None = None
    label: str | None = None
    speaker: str | None = None
    gender: str | None = None  # "F" or "M"
    licence: str = "unknown"
    questions: tuple[tuple[str, str], ...] = ()  # about the text, with their answers
    source_id: str | None = None  # of the recording that it is a piece of
    background: bool = False  # whether it can lie under everything else

    @property
    def source(self) -> str:
        """The recording that it comes from."""
        return self.source_id or self.path.stem

    @property
    def kind(self) -> str:
        """`speech`, `music` or `sound`."""
        return "speech" if self.text else "music" if self.label in MUSIC else "sound"

    def samples(self) -> Samples:
        """Decoded, mixed down and resampled."""
        with av.open(str(self.path)) as container:
            resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
            frames = [*container.decode(audio=0), None]
            parts = [part.to_ndarray() for frame in frames for part in resampler.resample(frame)]
        samples: Samples = np.concatenate(parts, axis=1)[0].astype(np.float32)
        return samples


def find_clips(folder: Path) -> list[Clip]:
    """All clips of the folder, in a fixed order.

    Raises FileNotFoundError if the folder has none of the three layouts.
    """
    for mark, read in READERS.items():
        if (folder / mark).exists():
            return list(read(folder))
    below = [path for path in sorted(folder.glob("*/")) if (path / "manifest.jsonl").exists()]
    if not below:
        raise FileNotFoundError(
            f"{folder} holds neither {', '.join(READERS)} nor folders with manifest.jsonl"
        )
    return [clip for path in below for clip in find_clips(path)]


def _manifest(folder: Path) -> Iterator[Clip]:
    for line in (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        fields = {key: row.get(key) for key in ("text", "label", "speaker", "gender", "source_id")}
        questions = tuple((asked, answer) for asked, answer in row.get("questions", ()))
        licence = row.get("licence", "unknown")
        more = {"questions": questions, "background": row.get("background", False)}
        yield Clip(folder / row["path"], **fields, licence=licence, **more)


def _librispeech(folder: Path) -> Iterator[Clip]:
    rows = (folder / "SPEAKERS.TXT").read_text(encoding="utf-8").splitlines()
    fields = [[part.strip() for part in row.split("|")] for row in rows if row[:1] != ";"]
    genders = {parts[0]: parts[1] for parts in fields if len(parts) > 1}
    for transcript in sorted(folder.glob("*/*/*/*.trans.txt")):
        for line in transcript.read_text(encoding="utf-8").splitlines():
            name, _, text = line.partition(" ")
            speaker = name.split("-")[0]
            path = transcript.with_name(f"{name}.flac")
            yield Clip(path, text, None, f"ls{speaker}", genders.get(speaker), "CC BY 4.0")


def _esc50(folder: Path) -> Iterator[Clip]:
    with (folder / "meta/esc50.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            label = row["category"].replace("_", " ")
            yield Clip(folder / "audio" / row["filename"], label=label, licence="CC BY-NC 3.0")


READERS = {
    "manifest.jsonl": _manifest,
    "SPEAKERS.TXT": _librispeech,
    "meta/esc50.csv": _esc50,
}
