"""Pictures of sound for people: the outline of a recording, and spectrograms."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageOps

from headrouter.hear.index import AudioIndex
from tools.audio import AudioReader, Samples
from tools.silence import AUDIBLE_DBFS, FLOOR_DBFS

LONGEST = 120.0  # seconds of a spectrogram: more can't be told apart
WIDTH, HEIGHT = 1000, 256  # pixels
RANGE_DB = 70.0  # from the loudest point down to black
FFT = 1024  # samples


def outline(index: AudioIndex, start: float, end: float, bins: int) -> list[float]:
    """Amplitudes from ``start`` to ``end`` seconds, ``bins`` at most, against the loudest there.

    Read from the index, where each audio token has its level: quick whatever the length.
    """
    first, last = index.tokens_between(start, end)
    levels = np.asarray(index.levels[first:last])
    starts = np.linspace(0, len(levels), min(bins, len(levels)), endpoint=False).astype(int)
    loudest = np.maximum.reduceat(levels, starts)
    amplitudes = 10 ** ((loudest - max(loudest.max(initial=FLOOR_DBFS), AUDIBLE_DBFS)) / 20)
    return [round(float(amplitude), 3) for amplitude in amplitudes]


def spectrogram(reader: AudioReader, start: float, end: float) -> Image.Image:
    """A picture of up to LONGEST seconds: time to the right, 0 to 8 kHz upwards, louder brighter.

    Raises MediaError if the file can't be read.
    """
    end = min(end, start + LONGEST)
    windows = reader.windows(LONGEST, start, end)
    samples = np.concatenate([window.samples for window in windows])
    decibels = _decibels(samples)
    grey = np.clip(1 + (decibels - decibels.max()) / RANGE_DB, 0, 1)
    image = Image.fromarray((255 * grey[::-1]).astype(np.uint8)).resize((WIDTH, HEIGHT))
    return ImageOps.colorize(image, "#000010", "#ffffd0", mid="#c0406a")


def timeline(heard: dict[str, Any], shape: Sequence[float]) -> Image.Image:
    """A picture of what an answer rests on: waveform, stretches heard, tokens kept, moments cited.

    heard: a stored heard report with its citations; shape: its `outline`.
    """
    image = Image.new("RGB", (WIDTH, HEIGHT), "#ffffff")
    draw = ImageDraw.Draw(image)
    start, end = heard.get("scope") or (0.0, 0.0)
    scale, floor = WIDTH / max(end - start, 1e-6), int(HEIGHT * 0.8)
    for a, b in heard["spans"]:
        draw.rectangle(((a - start) * scale, 0, (b - start) * scale, floor), fill="#fdebdd")
    for x in range(WIDTH if shape else 0):
        half = shape[x * len(shape) // WIDTH] * floor / 2
        draw.line((x, floor / 2 - half, x, floor / 2 + half), fill="#8a8a92")
    weights = heard.get("weight_bins", [])
    for number, weight in enumerate(weights):
        left, right = (WIDTH * n // len(weights) for n in (number, number + 1))
        shade = int(255 * (1 - weight / (max(weights) or 1.0)))
        draw.rectangle((left, floor, right, HEIGHT), fill=(255, 120 + shade // 2, shade))
    for citation in heard.get("citations", []):
        left, right = (citation["start"] - start) * scale, (citation["end"] - start) * scale
        draw.rectangle((left, 1, max(right, left + 3), HEIGHT - 2), outline="#111111", width=2)
    return image


def _decibels(samples: Samples) -> npt.NDArray[np.float32]:
    """(frequencies, frames) of short-time power, a second's frames at least 60 a second."""
    hop = max(FFT // 4, len(samples) // (2 * WIDTH))
    padded = np.pad(samples, (0, max(0, FFT - len(samples))))
    frames = np.lib.stride_tricks.sliding_window_view(padded, FFT)[::hop]
    power = np.abs(np.fft.rfft(frames * np.hanning(FFT))) ** 2
    return np.asarray(10 * np.log10(power.T + 1e-10), np.float32)
