"""Makes a folder of synthetic speech with a manifest, by Debian's `flite`.

Flite speaks at about 64 times real time on one core. Its four 16 kHz voices are varied in pitch and
speed. What is said comes from `texts`, a part of it from `facts` with questions in the manifest.
"""

import json
import random
import subprocess
import wave
from collections.abc import Callable
from itertools import islice
from pathlib import Path

from headrouter.nano.facts import Fact, fact
from headrouter.nano.texts import sentences

VOICES = {"slt": "F", "rms": "M", "awb": "M", "kal16": "M"}
VOICE_WEIGHTS = (5, 2, 2, 1)  # as many women as men; kal16, built of diphones, sounds least human
STRETCH = (0.85, 1.2)  # of the durations
PITCH_HZ = {"F": (140, 240), "M": (85, 150)}
SHARE_OF_FACTS = 0.12
LICENCE = "synthetic: flite voices (free, BSD-like) reading WordNet glosses (WordNet licence)"


def speak(out: Path, hours: float, seed: int, progress: Callable[[float], None]) -> int:
    """Write `hours` of speech to `out` as WAV and its `manifest.jsonl`; resumes where it stopped.

    Returns the number of clips. Raises FileNotFoundError if flite or WordNet is not installed.
    """
    out.mkdir(parents=True, exist_ok=True)
    manifest = out / "manifest.jsonl"
    rows = manifest.read_text().splitlines() if manifest.exists() else []
    seconds = sum(json.loads(row)["seconds"] for row in rows)
    with manifest.open("a") as file:
        for number, text in enumerate(islice(sentences(seed), len(rows), None), len(rows)):
            if seconds >= hours * 3600:
                return number
            rng = random.Random(f"{seed}/{number}")
            said = fact(rng) if rng.random() < SHARE_OF_FACTS else Fact(text, ())
            row = _clip(out, f"{number:06d}.wav", said, rng)
            file.write(json.dumps(row) + "\n")
            file.flush()
            seconds += row["seconds"]
            progress(seconds)
    raise AssertionError("sentences() is endless")


def _clip(out: Path, name: str, said: Fact, rng: random.Random) -> dict[str, object]:
    """Have it spoken; its row of the manifest."""
    voice = rng.choices(list(VOICES), VOICE_WEIGHTS)[0]
    settings = {
        "duration_stretch": rng.uniform(*STRETCH),
        "int_f0_target_mean": rng.uniform(*PITCH_HZ[VOICES[voice]]),
    }
    options = [part for key, value in settings.items() for part in ("--setf", f"{key}={value:.2f}")]
    command = ["flite", "-voice", voice, *options, "-t", said.text, "-o", str(out / name)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    with wave.open(str(out / name)) as sound:
        seconds = sound.getnframes() / sound.getframerate()
    return {
        "path": name,
        "seconds": round(seconds, 3),
        "text": said.text,
        "questions": said.questions,
        "speaker": f"flite-{voice}",
        "gender": VOICES[voice],
        "licence": LICENCE,
    }
