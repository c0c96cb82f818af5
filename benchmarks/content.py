"""Questions about what was said: answered, by quoting and in the model's own words.

    python benchmarks/content.py CLIPS WORK

CLIPS is a folder of clips that holds LibriSpeech's dev-clean utterances of content.json, WORK one
for what is composed. Eight recordings of one to three minutes: three of utterances read by several
people, five small scenes that Debian's `flite` speaks. Each question of content.json is asked as a
user would, with the default settings, and is right where the answer holds what its pattern says.

Compared are nano as it ships, which quotes what was said; the same without quoting, in its own
words; and quoting the same number of sentences anywhere, as the mean over all places, for what
quoting more would win by chance. The questions of some recordings were used in development, those
of the others were written afterwards and asked once. Prints both, with Wilson's intervals, and a
line of JSON.
"""

import argparse
import json
import re
import subprocess
import wave
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
from intervals import told

from assistant.app import Assistant
from assistant.ask.outcome import Outcome
from assistant.ask.request import Request
from assistant.settings import load_settings
from headrouter.lab.corpus.clips import SAMPLE_RATE, Clip, Samples, find_clips
from memory import as_text
from tools.ingest import add_recording
from tools.sentences import sentences
from tools.transcript import RECOGNISER

SET = Path(__file__).with_suffix(".json")
BETWEEN = 1.0  # seconds from one part to the next
SENTENCES = 2  # that are quoted, mostly


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", type=Path)
    parser.add_argument("work", type=Path)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    clips = {clip.path.stem: clip for clip in find_clips(options.clips)}
    rows: list[dict[str, Any]] = []
    with Assistant(load_settings({"home": options.work / "home"})) as assistant:
        for recording in json.loads(SET.read_text()):
            path = options.work / f"{recording['name']}.wav"
            if not path.exists():
                compose(recording["parts"], clips, path)
            for question, pattern in recording["questions"]:
                row = asked(assistant, path, question, pattern)
                rows.append(row | {"used": recording["used_in_development"]})
                print(*(f"{name} {value}" for name, value in rows[-1].items()), flush=True)
    for used in (True, False):
        report([row for row in rows if row["used"] == used], used)
    print(json.dumps(rows))


def compose(parts: Sequence[Any], clips: dict[str, Clip], path: Path) -> None:
    """Writes the parts, each an utterance's name or a voice and its text, with pauses between."""
    pause = np.random.default_rng(0).normal(0, 3e-4, int(BETWEEN * SAMPLE_RATE)).astype(np.float32)
    heard = []
    for part in parts:
        heard += [clips[part].samples() if isinstance(part, str) else spoken(*part, path), pause]
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
        file.writeframes((np.concatenate(heard) * 32767).astype("<i2").tobytes())


def spoken(voice: str, text: str, path: Path) -> Samples:
    """A text in one of flite's voices."""
    part = path.with_suffix(".part.wav")
    subprocess.run(["flite", "-voice", voice, "-t", text, "-o", str(part)], check=True)
    samples = Clip(part).samples()
    part.unlink()
    return samples


def asked(assistant: Assistant, path: Path, question: str, pattern: str) -> dict[str, Any]:
    """Whether the answer is right: quoted, in own words, and with as many sentences anywhere."""
    listener = assistant.models.listener()
    card, row = listener.card, {"question": question}
    for name, quotes in (("quoting", True), ("own words", False)):
        listener.card = replace(card, quotes=quotes)
        answer, words = ask(assistant, path, question)
        right = bool(re.search(pattern, answer.lower()))
        row |= {name: right, f"{name}: answer": answer, f"{name}: words": words}
    listener.card = card
    recording = add_recording(assistant.store, path)
    said = [as_text(s) for s in sentences(assistant.store.words(recording.id, RECOGNISER))]
    places = [" ".join(said[at : at + SENTENCES]) for at in range(len(said))]
    return row | {"anywhere": fmean(bool(re.search(pattern, text.lower())) for text in places)}


def ask(assistant: Assistant, path: Path, question: str) -> tuple[str, str]:
    """The answer, and whose words it is in."""
    outcome = Outcome.of(assistant.ask(Request(str(path), question)))
    outcome.answered()
    return outcome.answer, outcome.heard.words


def report(rows: Sequence[dict[str, Any]], used: bool) -> None:
    """Prints the shares."""
    n, kind = len(rows), "used in development" if used else "written afterwards"
    quoted = [row for row in rows if row["quoting: words"] == "quoted"]
    length = fmean(len(row["quoting: answer"].split()) for row in quoted)
    print(f"{n} questions {kind}; {len(quoted)} answers quote, {length:.0f} words in the mean")
    for name in ("quoting", "own words"):
        print(f"  {name}: {told(sum(row[name] for row in rows), n)}")
    print(f"  {SENTENCES} sentences anywhere: {fmean(row['anywhere'] for row in rows):.1%}")


if __name__ == "__main__":
    main()
