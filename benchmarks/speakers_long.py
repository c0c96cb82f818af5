"""Does telling speakers apart stay flat with the length? python benchmarks/speakers_long.py run DIR

DIR holds clips whose speakers are known, as for benchmarks/speakers.py. Recordings of --lengths
minutes are made of meetings of the same four people, one in every ten minutes and --speech seconds
long, with silence between; each is gone over in a process of its own. Prints the peak memory of
that process and of the diariser's and the time for a minute of sound, all beside those of the
shortest, and the number of speakers found.
"""

import json
import random
import resource
import subprocess
import sys
import time
import wave
from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import numpy as np
import typer
from meetings import compose

from headrouter.lab.corpus.clips import SAMPLE_RATE, Clip, find_clips
from memory import Store
from tools.diariser import Senko
from tools.ingest import add_recording
from tools.speakers import find_speakers, overview

PEOPLE = 4
EVERY = 600.0  # seconds


def write(path: Path, clips: list[Clip], minutes: float, speech: float) -> None:
    cast = sorted({clip.speaker for clip in clips if clip.speaker})[:PEOPLE]
    theirs = [clip for clip in clips if clip.speaker in cast]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        for number in range(max(1, round(60 * minutes / EVERY))):
            meeting = compose(theirs, PEOPLE, speech, 0.2, random.Random(number))
            silence = np.zeros(round((EVERY - speech) * SAMPLE_RATE), np.float32)
            samples = np.concatenate([meeting.samples, silence])
            file.writeframes((samples * 32767).astype("<i2").tobytes())


def measure(path: Path, threads: int) -> None:
    """What one recording takes, as JSON on standard output."""
    with TemporaryDirectory() as folder, Store.open(Path(folder) / "store.db") as store:
        with Senko(threads) as diariser:
            diariser.diarise(np.zeros(SAMPLE_RATE, np.float32))  # loads it
            recording = add_recording(store, path)
            begun = time.perf_counter()
            find_speakers(store, lambda: nullcontext(diariser), recording)
            spent = time.perf_counter() - begun
        found = len(overview(store, recording))
    peaks = {
        who: resource.getrusage(kind).ru_maxrss / 1024
        for who, kind in (
            ("own_mb", resource.RUSAGE_SELF),
            ("diariser_mb", resource.RUSAGE_CHILDREN),
        )
    }
    print(json.dumps({"seconds": spent, "speakers": found} | peaks))


def main(
    speech_folder: Path,
    lengths: Annotated[str, typer.Option(help="Minutes, with commas.")] = "10,60,180",
    speech: Annotated[float, typer.Option(help="Seconds of it in every ten minutes.")] = 120.0,
    threads: int = 1,
) -> None:
    clips = [clip for clip in find_clips(speech_folder) if clip.speaker]
    first: dict[str, float] = {}
    for minutes in map(float, lengths.split(",")):
        with TemporaryDirectory() as folder:
            path = Path(folder) / "long.wav"
            write(path, clips, minutes, speech)
            command = [sys.executable, __file__, "measure", str(path), str(threads)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
        row = json.loads(done.stdout)
        row["seconds_a_minute"] = row.pop("seconds") / minutes
        first = first or row
        ratios = {
            f"{name}_of_first": row[name] / first[name] for name in first if name != "speakers"
        }
        print(json.dumps({"minutes": minutes} | row | ratios), flush=True)


app = typer.Typer()
app.command("run")(main)
app.command("measure")(measure)

if __name__ == "__main__":
    app()
