"""Hours of audio: what listening once takes, and whether what was planted is found.

    python benchmarks/long.py CLIPS WORK [--minutes 10 60 180] [--questions 20] [--keep 0.1 0.4 0.7]
        [--transcribed]

CLIPS is a folder of clips (three layouts, see headrouter/lab/corpus/clips.py), WORK a folder for
what is composed and measured. A recording of each length is composed of speech with pauses, into
which sounds and sentences are planted at known times. It is ingested in a process of its own (speed
as a multiple of real time, peak memory), asked one question twice (times of the first and the
second), and asked for each planted sound and sentence at each keep ratio, of which one token is
answered: the moments cited are there before the answer. What was planted is ``covered`` where a
cited span holds at least half of it, and ``cited`` where span and planted share half of the shorter
one: a phrase within a long sentence. Beside it: as many stretches of the same length at a uniform
stride. With --transcribed sentences are asked for twice again: with words recognised as each
question needs them, none known before it, and once the words of the whole recording are known.

Every measurement is a line of WORK/results.jsonl at once; what is there is not measured again, and
an ingest that was cut off goes on. Prints as it goes, and a line of JSON at the end.
"""

import argparse
import json
import random
import sqlite3
import subprocess
import sys
import time
import wave
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

from intervals import told, wilson

from assistant.app import Assistant
from assistant.ask.outcome import Outcome
from assistant.ask.request import Request, Words
from assistant.budget.peak import PeakMemory, resident_bytes
from assistant.settings import load_settings
from headrouter.lab.corpus.clips import SAMPLE_RATE, find_clips
from headrouter.lab.evidence.planted import SENTENCE, SOUND, Planted, pieces
from tools.ingest import add_recording

QUESTION = "What is said about the weather?"
COVERED = 0.5  # share of what was planted that a cited span must hold


class Results:
    """Measurements as lines of JSON, each under its key; what is there is not measured again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        lines = path.read_text().splitlines() if path.exists() else []
        self.rows: list[dict[str, Any]] = [json.loads(line) for line in lines]

    def has(self, **key: Any) -> bool:
        """Whether there is a measurement with these values."""
        return any(key.items() <= row.items() for row in self.rows)

    def add(self, **row: Any) -> None:
        """Keeps a measurement and prints it."""
        self.rows.append(row)
        print(" ".join(f"{name} {value}" for name, value in row.items()), flush=True)
        with self.path.open("a") as file:
            file.write(json.dumps(row) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--minutes", type=float, nargs="+", default=[10, 60, 180])
    parser.add_argument("--questions", type=int, default=20, help="of each kind and length")
    parser.add_argument("--keep", type=float, nargs="+", default=[0.1, 0.2, 0.4, 0.7])
    parser.add_argument("--model", default="auto")
    parser.add_argument("--transcribed", action="store_true")
    parser.add_argument("--step", help=argparse.SUPPRESS)  # what a child process measures
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    if options.step:
        STEPS[options.step](options, options.minutes[0])
        return
    for minutes in options.minutes:
        compose(options, minutes)
        steps = [step for step in STEPS if options.transcribed or step not in WITH_WORDS]
        for step in steps:  # each in a process of its own: one's memory is not another's
            given = ["--questions", options.questions, "--keep", *options.keep]
            given += ["--model", options.model, "--minutes", minutes, "--step", step]
            command = [sys.executable, __file__, options.clips, options.work, *given]
            subprocess.run([str(word) for word in command], check=True)
    rows = Results(options.work / "results.jsonl").rows
    table = list(shares(rows))
    for row in table:
        print(
            f"{row['kind']}s in {row['minutes']:g} minutes at keep {row['keep']}, words "
            f"{row['words']}: "
            f"cited {told(row['cited'], row['n'])}, covered {told(row['covered'], row['n'])}, "
            f"listened to {row['listened']}, uniform {told(row['uniform'], row['n'])}"
        )
    print(json.dumps({"measured": [r for r in rows if "question" not in r], "shares": table}))


# -- what is composed


def compose(options: argparse.Namespace, minutes: float) -> None:
    """Writes the recording and what is planted in it, unless they are there."""
    place = options.work / f"{minutes:g}.json"
    if place.exists():
        return
    made = pieces(
        find_clips(options.clips),
        60 * minutes,
        options.questions,
        random.Random(f"long/{minutes:g}"),
    )
    found = []
    with wave.open(str(place.with_suffix(".wav")), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        for samples, planted in made:
            file.writeframes((samples * 32767).astype("<i2").tobytes())
            if planted:
                found.append(asdict(planted))
    place.write_text(json.dumps(found))


# -- what is measured


def opened(options: argparse.Namespace, new_tokens: int = 200) -> Assistant:
    """With a home in WORK."""
    home = options.work / "home"
    settings = load_settings({"home": home, "model": options.model, "max_new_tokens": new_tokens})
    return Assistant(settings)


def measure_ingest(options: argparse.Namespace, minutes: float) -> None:
    results = Results(options.work / "results.jsonl")
    if results.has(step="ingest", minutes=minutes):
        return
    with opened(options) as assistant:
        recording = add_recording(assistant.store, options.work / f"{minutes:g}.wav")
        device = assistant.models.listener().device
        begun_before = any(assistant.settings.features.glob(f"{recording.sha256}/*.partial"))
        before, begun = resident_bytes(), time.perf_counter()
        told_at = [begun]

        def tell(fraction: float | None) -> None:
            if time.perf_counter() - told_at[0] > 30:
                told_at[0] = time.perf_counter()
                print(f"{minutes:g} minutes: {fraction:.0%} heard", flush=True)

        with PeakMemory(device) as peak:
            assistant.ingest(recording, tell)
        seconds = time.perf_counter() - begun
        results.add(
            step="ingest",
            minutes=minutes,
            times_real_time=round(60 * minutes / seconds, 2),
            peak_bytes=peak.bytes,
            beyond_the_model_bytes=peak.bytes - before,
            went_on=begun_before,  # then the speed is too high: only the rest was heard
        )


def measure_times(options: argparse.Namespace, minutes: float) -> None:
    results = Results(options.work / "results.jsonl")
    if results.has(step="times", minutes=minutes):
        return
    with opened(options) as assistant:
        assistant.models.listener()
        taken, probes = [], []
        for _ in range(2):
            begun = time.perf_counter()
            heard, _ = ask(assistant, options, minutes, QUESTION, None)
            taken.append(round(time.perf_counter() - begun, 3))
            probes.append(round(heard.seconds["route"], 3))
        results.add(
            step="times",
            minutes=minutes,
            first_question_s=taken[0],
            second_question_s=taken[1],
            probe_s=probes[1],
        )


def measure_transcript(options: argparse.Namespace, minutes: float) -> None:
    results = Results(options.work / "results.jsonl")
    if results.has(step="transcript", minutes=minutes):
        return
    with opened(options) as assistant:
        recording = add_recording(assistant.store, options.work / f"{minutes:g}.wav")
        begun = time.perf_counter()
        words = assistant.transcript(recording)
        seconds = time.perf_counter() - begun
        speed = round(60 * minutes / seconds, 2)
        results.add(step="transcript", minutes=minutes, words=len(words), times_real_time=speed)


def measure_finding(options: argparse.Namespace, minutes: float) -> None:
    find(options, minutes, "off", (SOUND, SENTENCE))


def measure_seeking(options: argparse.Namespace, minutes: float) -> None:
    find(options, minutes, "sought", (SENTENCE,))


def measure_finding_again(options: argparse.Namespace, minutes: float) -> None:
    with opened(options) as assistant:  # seeking forgot what was recognised
        assistant.transcript(add_recording(assistant.store, options.work / f"{minutes:g}.wav"))
    find(options, minutes, "known", (SENTENCE,))


def forget_words(assistant: Assistant) -> None:
    """As if nothing had ever been recognised."""
    with closing(sqlite3.connect(assistant.settings.database)) as database, database:
        database.execute("DELETE FROM words")
        database.execute("DELETE FROM heard_ranges")


def find(options: argparse.Namespace, minutes: float, words: str, kinds: Sequence[str]) -> None:
    """words: "off" for by ear alone, "sought" for as each question needs them, or "known"."""
    results = Results(options.work / "results.jsonl")
    items = [
        Planted(**item) for item in json.loads((options.work / f"{minutes:g}.json").read_text())
    ]
    with opened(options, new_tokens=1) as assistant:  # the moments are known before the answer
        for item in (item for item in items if item.kind in kinds):
            for keep in options.keep:
                key = dict(minutes=minutes, question=item.question, keep=keep, words=words)
                if not results.has(**key):
                    if words == "sought":
                        forget_words(assistant)
                    prompted: Words = "off" if words == "off" else "on"
                    heard, cited = ask(assistant, options, minutes, item.question, keep, prompted)
                    at = (item.start, item.end)
                    results.add(
                        **key,
                        kind=item.kind,
                        cited=meets(cited, at),
                        covered=covers(cited, at),
                        listened=covers(heard.spans, at),
                        seek_s=round(heard.seconds.get("seek", 0.0), 2),
                        uniform=meets(evenly(cited, heard.seconds_total), at),
                    )


def ask(
    assistant: Assistant,
    options: argparse.Namespace,
    minutes: float,
    question: str,
    keep: float | None,
    words: Words = "off",
) -> tuple[Any, list[tuple[float, float]]]:
    """The heard report and the cited spans of a question."""
    path = str(options.work / f"{minutes:g}.wav")
    request = Request(path, question, keep=keep, words=words, scope="stretches")
    outcome = Outcome.of(assistant.ask(request))
    outcome.answered()
    return outcome.heard, [(citation.start, citation.end) for citation in outcome.citations]


STEPS = {
    "ingest": measure_ingest,
    "times": measure_times,
    "finding": measure_finding,
    "seeking": measure_seeking,
    "transcript": measure_transcript,
    "finding again": measure_finding_again,
}
WITH_WORDS = ("seeking", "transcript", "finding again")


def covers(spans: list[tuple[float, float]], at: tuple[float, float]) -> bool:
    """Whether one of the spans holds enough of a stretch."""
    start, end = at
    most = max((min(end, b) - max(start, a) for a, b in spans), default=0.0)
    return most >= COVERED * (end - start)


def meets(spans: list[tuple[float, float]], at: tuple[float, float]) -> bool:
    """Whether a span and a stretch share enough of the shorter one."""
    start, end = at
    return any(
        min(end, b) - max(start, a) >= COVERED * min(end - start, b - a) > 0 for a, b in spans
    )


def evenly(spans: list[tuple[float, float]], total: float) -> list[tuple[float, float]]:
    """As many spans, as long in all, at a uniform stride."""
    length = sum(b - a for a, b in spans) / len(spans)
    middles = [(number + 0.5) * total / len(spans) for number in range(len(spans))]
    return [(middle - length / 2, middle + length / 2) for middle in middles]


def shares(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Planted moments that were cited, by kind, length and keep ratio."""
    groups: dict[tuple[str, float, float, str], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        if "question" in row:
            groups[row["kind"], row["minutes"], row["keep"], row["words"]].append(row)
    for (kind, minutes, keep, words), of in sorted(groups.items()):
        counted = ("cited", "covered", "listened", "uniform")
        hits = {name: sum(row[name] for row in of) for name in counted}
        low, high = wilson(hits["cited"], len(of))
        key = dict(kind=kind, minutes=minutes, keep=keep, words=words, n=len(of))
        yield key | hits | dict(low=low, high=high)


if __name__ == "__main__":
    main()
