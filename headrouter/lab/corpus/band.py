"""Makes music from a General MIDI sound font: single instruments, drums, and bands of them.

Notes are drawn: chords of a key, a melody over them. A manifest says what plays.
"""

import json
import random
import wave
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from headrouter.lab.corpus.clips import SAMPLE_RATE, Samples

PROGRAMS = {  # of General MIDI, counted from 0
    "piano": (0, 1, 3),
    "xylophone": (12, 13),
    "organ": (16, 18, 19),
    "accordion": (21, 23),
    "violin": (40,),
    "harp": (46,),
    "trumpet": (56,),
}
DRUMS, DRUM_BANK = 9, 128  # the channel and the bank
LEADS = (0, 4, 24, 27, 40, 52, 56, 61, 65, 73, 80, 81)
CHORDS_BY = (0, 4, 16, 18, 24, 25, 27, 29, 48, 89)
BASSES = (32, 33, 35, 38)
SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10))
LICENCE = "synthetic: notes drawn, played by FluidR3 GM (MIT, Frank Wen and others)"
CLIP_SECONDS, BAND_SECONDS = 5.0, 9.0
KICK, SNARE, HAT, TOM, CRASH = 36, 38, 42, 45, 49

Note = tuple[float, float, int, int, int]  # start and end in seconds, channel, key, velocity


def melody(seconds: float, channel: int, low: int, rng: random.Random, key: int) -> list[Note]:
    """Notes of a scale, mostly step by step; of some melodies chords."""
    scale, beat = rng.choice(SCALES), rng.uniform(0.15, 0.6)
    step, at, notes = rng.randrange(7), 0.0, []
    together = rng.choice((1, 1, 1, 3))
    while at < seconds - 0.2:
        length = beat * rng.choice((1, 1, 1, 2, 3))
        for third in range(together):
            place = step + 2 * third
            tone = low + key + 12 * (place // 7) + scale[place % 7]
            notes.append(
                (at, min(at + 0.95 * length, seconds), channel, tone, rng.randint(60, 115))
            )
        at += length * rng.choice((1, 1, 1, 1, 1.5))
        step = max(0, min(13, step + rng.choice((-2, -1, -1, 0, 1, 1, 2, 4, -4))))
    return notes


def drumming(seconds: float, rng: random.Random) -> list[Note]:
    """A bar of eight eighths again and again, with fills."""
    eighth = rng.uniform(0.14, 0.32)
    hits = {
        KICK: {0, rng.choice((4, 3)), rng.choice((5, 7))},
        SNARE: {2, 6} if rng.random() < 0.7 else {4},
        HAT: set(range(0, 8, rng.choice((1, 2)))),
    }
    notes: list[Note] = []
    for number in range(int(seconds / eighth)):
        at, place = number * eighth, number % 8
        keys = [key for key, places in hits.items() if place in places]
        keys += [TOM] if rng.random() < 0.08 else []
        keys += [CRASH] if place == 0 and rng.random() < 0.15 else []
        notes += [(at, at + 0.1, DRUMS, key, rng.randint(70, 120)) for key in keys]
    return notes


def score(label: str, rng: random.Random) -> tuple[float, dict[int, int], list[Note]]:
    """How long it is, the programme of each channel, and its notes."""
    if label == "drums":
        return CLIP_SECONDS, {}, drumming(CLIP_SECONDS, rng)
    if label != "music":
        low = rng.choice((48, 60, 60, 72))
        notes = melody(CLIP_SECONDS, 0, low, rng, rng.randrange(12))
        return CLIP_SECONDS, {0: rng.choice(PROGRAMS[label])}, notes
    key, seconds = rng.randrange(12), BAND_SECONDS
    notes = melody(seconds, 0, 60, rng, key) + melody(seconds, 2, 24, rng, key)
    scale, bar = rng.choice(SCALES), rng.uniform(0.9, 2.2)
    for number in range(int(seconds / bar)):
        root = rng.choice((0, 3, 4, 5))
        tones = [48 + key + scale[(root + 2 * i) % 7] for i in range(3)]
        notes += [
            (number * bar, (number + 1) * bar, 1, tone, rng.randint(50, 90)) for tone in tones
        ]
    if rng.random() < 0.75:
        notes += drumming(seconds, rng)
    return seconds, {0: rng.choice(LEADS), 1: rng.choice(CHORDS_BY), 2: rng.choice(BASSES)}, notes


def play(font: Path, programs: dict[int, int], notes: Sequence[Note], seconds: float) -> Samples:
    """The notes as sound, mono."""
    import tinysoundfont  # type: ignore[import-not-found]

    synth: Any = tinysoundfont.Synth(samplerate=SAMPLE_RATE)
    number = synth.sfload(str(font))
    for channel, program in programs.items():
        synth.program_select(channel, number, 0, program)
    synth.program_select(DRUMS, number, DRUM_BANK, 0, True)
    events = [(start, True, c, key, velocity) for start, _, c, key, velocity in notes]
    events += [(end, False, c, key, 0) for _, end, c, key, _ in notes]
    parts, done = [], 0
    for at, begins, channel, key, velocity in [*sorted(events), (seconds, False, 0, 0, 0)]:
        count = int(at * SAMPLE_RATE) - done
        if count > 0:
            heard = np.frombuffer(bytes(synth.generate(count)), np.float32)
            parts.append(heard.reshape(-1, 2).mean(axis=1))
            done += count
        if begins:
            synth.noteon(channel, key, velocity)
        else:
            synth.noteoff(channel, key)
    samples = np.concatenate(parts)
    return np.asarray(0.9 * samples / max(float(np.abs(samples).max()), 1e-6), np.float32)


def make(font: Path, out: Path, each: int, progress: Callable[[int], None]) -> int:
    """Write `each` clips of every instrument, and twice as many of bands; how many there are."""
    out.mkdir(parents=True, exist_ok=True)
    wanted = [(label, n) for label in (*PROGRAMS, "drums") for n in range(each)]
    wanted += [("music", n) for n in range(2 * each)]
    rows = []
    for label, n in wanted:
        seconds, programs, notes = score(label, random.Random(f"{label}/{n}"))
        samples = play(font, programs, notes, seconds)
        path = out / f"{label}-{n:03d}.wav"
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
            file.writeframes((samples * 32767).astype(np.int16).tobytes())
        rows.append({"path": path.name, "seconds": seconds, "label": label, "licence": LICENCE})
        progress(len(rows))
    (out / "manifest.jsonl").write_text(
        "".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8"
    )
    return len(rows)
