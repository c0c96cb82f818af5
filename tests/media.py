"""Recordings that the tests make themselves, and a recogniser that hears words in them.

Samples are float32 in [-1, 1], (n,) or (channels, n).
"""

import re
import wave
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from zlib import crc32

import av
import numpy as np
import torch
from numpy.typing import NDArray

from memory import Word
from tools.context import Diarised, Spoken
from tools.errors import SpeakersError, Stopped

Samples = NDArray[np.float32]
RATE = 16_000  # Hz
LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1"}


def tone(seconds: float, level: float = 0.5, rate: int = RATE, pitch: float = 440) -> Samples:
    """A sine; at half scale it is at -9 dBFS."""
    times = np.arange(round(seconds * rate)) / rate
    return (level * np.sin(2 * np.pi * pitch * times)).astype(np.float32)


def talk(*turns: tuple[str, float]) -> Samples:
    """Somebody after another: (voice, whole seconds) each, as ``FakeDiariser`` tells them apart."""
    return np.concatenate(
        [silence(s) if who == " " else tone(s, pitch=100 * (ord(who) - 62)) for who, s in turns]
    )


def rising(seconds: int) -> Samples:
    """A tone, each second of it louder than the last, as ``LevelRecogniser`` tells them apart."""
    return np.concatenate([tone(1, (second + 1) / 200) for second in range(seconds)])


def silence(seconds: float, rate: int = RATE) -> Samples:
    """Digital silence."""
    return np.zeros(round(seconds * rate), np.float32)


def write_wav(path: Path, samples: Samples, rate: int = RATE) -> Path:
    """16-bit PCM, by the standard library."""
    channels = np.atleast_2d(samples)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((channels.T * 32767).astype("<i2").tobytes())
    return path


def write_media(path: Path, samples: Samples, rate: int = 48_000, codec: str = "aac") -> Path:
    """Any container that FFmpeg knows by its suffix."""
    channels = np.atleast_2d(samples)
    layout = LAYOUTS[len(channels)]
    with av.open(str(path), "w") as container:
        sound = container.add_stream(codec, rate=rate, layout=layout)
        for at in range(0, channels.shape[1], 4096):
            piece = np.ascontiguousarray(channels[:, at : at + 4096])
            frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout=layout)
            frame.sample_rate, frame.pts = rate, at
            container.mux(sound.encode(frame))
        container.mux(sound.encode(None))
    return path


def write_pictures(path: Path, seconds: float = 1.0) -> Path:
    """A video without sound."""
    with av.open(str(path), "w") as container:
        pictures = container.add_stream("mpeg4", rate=10)
        pictures.width, pictures.height, pictures.pix_fmt = 64, 48, "yuv420p"
        for number in range(round(seconds * 10)):
            image = np.full((48, 64, 3), number % 256, np.uint8)
            container.mux(pictures.encode(av.VideoFrame.from_ndarray(image)))
        container.mux(pictures.encode(None))
    return path


def cut(path: Path, share: float = 0.5) -> Path:
    """Takes the end of a file away, as a broken copy does."""
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


@dataclass
class FakeRecogniser:
    """Hears one word a second, named after its second, wherever there is any sound."""

    asked: list[tuple[float, float]] = field(default_factory=list)  # (start, seconds)

    def language(self, samples: Samples) -> str:
        """English, always."""
        return "en"

    def words(
        self,
        samples: Samples,
        offset: float = 0.0,
        language: str | None = None,
        stop: Callable[[], bool] = lambda: False,
        likely: str | None = None,
        hint: str | None = None,
    ) -> list[Word]:
        """Obeys the contract of ``tools.context.Recogniser``."""
        self.asked.append((offset, len(samples) / RATE))
        return [
            Word(offset + at, offset + at + 0.5, f"word{offset + at:.0f}", 0.9)
            for at in range(len(samples) // RATE)
            if not stop() and np.any(samples[at * RATE : (at + 1) * RATE])
        ]


@dataclass
class LevelRecogniser:
    """Hears one word a second, the number of that second in what ``rising`` made."""

    asked: list[float] = field(default_factory=list)  # seconds of each piece

    def language(self, samples: Samples) -> str:
        """English, always."""
        return "en"

    def words(
        self,
        samples: Samples,
        offset: float = 0.0,
        language: str | None = None,
        stop: Callable[[], bool] = lambda: False,
        likely: str | None = None,
        hint: str | None = None,
    ) -> list[Word]:
        """Obeys the contract of ``tools.context.Recogniser``."""
        self.asked.append(len(samples) / RATE)
        levels = [np.abs(part).max() for part in np.split(samples, range(RATE, len(samples), RATE))]
        return [
            Word(offset + at, offset + at + 0.5, f"{level * 200 - 1:.0f}", 0.9)
            for at, level in enumerate(levels)
        ]


@dataclass
class FakeDiariser:
    """Tells the voices of ``talk`` apart, second by second; labels mean something in a call only.

    A context manager that counts how often it was entered.
    """

    part = 600.0  # seconds that it is given at once
    name: str = "fake"
    first: int = 0  # label of the first to speak
    fails_after: int = 99  # calls
    asked: list[float] = field(default_factory=list)  # seconds of each call
    entered: int = 0

    def diarise(self, samples: Samples, *, stop: Callable[[], bool] = lambda: False) -> Diarised:
        """Obeys the contract of ``tools.context.Diariser``."""
        if len(self.asked) >= self.fails_after:
            raise SpeakersError("killed")
        self.asked.append(len(samples) / RATE)
        turns: list[Spoken] = []
        labels: dict[int, str] = {}
        for at in range(round(len(samples) / RATE)):
            second = samples[at * RATE : (at + 1) * RATE]
            if np.any(second):
                pitch = round(np.count_nonzero(np.diff(np.sign(second))) / len(second) * RATE / 200)
                label = labels.setdefault(pitch, f"s{self.first + len(labels)}")
                before = turns[-1] if turns else None
                if before and before.label == label and before.end == at:
                    turns[-1] = Spoken(before.start, at + 1.0, label)
                else:
                    turns.append(Spoken(float(at), at + 1.0, label))
        if stop():
            raise Stopped
        return Diarised(turns, {label: _voice(pitch) for pitch, label in labels.items()})

    def __enter__(self) -> "FakeDiariser":
        self.entered += 1
        return self

    def __exit__(self, *exception: object) -> None: ...


class OneVoice(FakeDiariser):
    """Hears one person, all the time."""

    def diarise(self, samples: Samples, *, stop: Callable[[], bool] = lambda: False) -> Diarised:
        """Obeys the contract of ``tools.context.Diariser``."""
        return Diarised([Spoken(0.0, len(samples) / RATE, "a")], {"a": _voice(0)})


def _voice(pitch: int) -> tuple[float, ...]:
    return tuple(float(number == pitch) for number in range(40))


def bag_of_words(texts: Sequence[str]) -> torch.Tensor:
    """``tools.meaning.Encode`` that means what its words are: (texts, 512), of length one."""
    rows = torch.zeros(len(texts), 512)
    for row, text in zip(rows, texts, strict=True):
        for word in re.findall(r"\w+", text.lower()):
            row[crc32(word.encode()) % 512] += 1.0
    return torch.nn.functional.normalize(rows, dim=-1)


@dataclass
class Transcript(FakeRecogniser):
    """Hears the sentences of a text, each at its second, a quarter of a second a word."""

    said: dict[float, str] = field(default_factory=dict)
    languages: dict[float, str] = field(default_factory=dict)  # of those that are noted
    clearly: dict[float, str] = field(default_factory=dict)  # what is heard instead with a hint
    hints: list[str] = field(default_factory=list)  # that were given
    sure: float = 0.9  # the probability of each word

    def words(
        self,
        samples: Samples,
        offset: float = 0.0,
        language: str | None = None,
        stop: Callable[[], bool] = lambda: False,
        likely: str | None = None,
        hint: str | None = None,
    ) -> list[Word]:
        """Those of them that begin in the samples."""
        self.asked.append((offset, len(samples) / RATE))
        self.hints += [hint] if hint else []
        said = self.said | self.clearly if hint else self.said
        return [
            Word(at + n / 4, at + n / 4 + 0.2, word, self.sure, language=self.languages.get(at))
            for at, sentence in said.items()
            for n, word in enumerate(sentence.split())
            if offset <= at + n / 4 < offset + len(samples) / RATE
        ]
