"""Does the recogniser invent words? python benchmarks/words.py SOUNDS SPEECH WHISPER [--speech N]

SOUNDS and SPEECH are folders of clips (three layouts, see headrouter/lab/corpus/clips.py), WHISPER
the folder of the recogniser. Prints, with n and 95% Wilson intervals, how many sounds pass voice
detection and how many give words; and the word error rate of speech, clean and 5 dB above noise.
"""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from faster_whisper.vad import get_speech_timestamps
from intervals import told

from headrouter.lab.corpus.clips import Clip, find_clips
from headrouter.lab.train.align import word_errors
from headrouter.lab.train.classes import plain
from headrouter.lab.train.evaluate import interval
from memory import as_text
from tools.words import Transcriber


def noisy(samples: np.ndarray, db: float, rng: np.random.Generator) -> np.ndarray:
    """White noise added, `db` below the samples."""
    level = np.sqrt((samples**2).mean()) * 10 ** (-db / 20)
    return samples + (rng.standard_normal(len(samples)) * level).astype(np.float32)


def error_rate(transcriber: Transcriber, clips: list[Clip], db: float | None) -> str:
    rng = np.random.default_rng(0)
    counts = []
    for clip in clips:
        samples = clip.samples() if db is None else noisy(clip.samples(), db, rng)
        heard = plain(as_text(transcriber.words(samples))).split()
        said = plain(clip.text or "").split()
        counts.append((word_errors(said, heard), len(said)))
    low, high = interval(counts, rate, random.Random(0))
    return f"{rate(counts):.1%} of {sum(n for _, n in counts)} ({low:.1%} to {high:.1%})"


def rate(counts: Sequence[tuple[int, int]]) -> float:
    return sum(errors for errors, _ in counts) / sum(words for _, words in counts)


def main(
    sounds: Path,
    speech: Path,
    whisper: Path,
    speech_clips: Annotated[int, typer.Option("--speech")] = 60,
) -> None:
    transcriber = Transcriber(whisper)
    passed = wordy = n = 0
    for clip in find_clips(sounds):
        samples = clip.samples()
        n += 1
        if get_speech_timestamps(samples):
            passed += 1
            if words := transcriber.words(samples):
                wordy += 1
                print(f"{clip.label}: {' '.join(word.text for word in words)}")
    print("sounds that pass voice detection:", told(passed, n))
    print("sounds with words:", told(wordy, n))
    clips = random.Random(0).sample(find_clips(speech), speech_clips)
    for name, db in (("clean", None), ("5 dB above noise", 5.0)):
        print(f"words wrong in speech, {name}:", error_rate(transcriber, clips, db))


if __name__ == "__main__":
    typer.run(main)
