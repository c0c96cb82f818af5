"""Files that were made to do harm."""

import struct
from pathlib import Path

import av
import numpy as np

PCM, EXTENSIBLE = 1, 0xFFFE


def wav_that_declares(
    path: Path, *, seconds: float = 1.0, rate: int = 16_000, channels: int = 1, frames: int = 0
) -> Path:
    """A WAV of ``frames`` silent frames whose header says what it likes."""
    block = 2 * channels
    size = min(round(seconds * rate) * block, 0x7FFE0000)
    head = struct.pack("<HHIIHH", PCM, channels, rate, rate * block % 2**32, block % 2**16, 16)
    data = b"\1\0" * (frames * channels)
    path.write_bytes(
        b"RIFF" + struct.pack("<I", size + 36) + b"WAVE"
        b"fmt " + struct.pack("<I", 16) + head + b"data" + struct.pack("<I", size) + data
    )
    return path


def flac_that_unfolds(path: Path, seconds: int) -> Path:
    """Silence in a few kB whose header declares no length."""
    with av.open(str(path), "w", format="flac") as container:
        sound = container.add_stream("flac", rate=16_000, layout="mono")
        piece = np.zeros((1, 16_000), np.int16)
        for at in range(seconds):
            frame = av.AudioFrame.from_ndarray(piece, format="s16", layout="mono")
            frame.sample_rate, frame.pts = 16_000, at * 16_000
            container.mux(sound.encode(frame))
        container.mux(sound.encode(None))
    data = bytearray(path.read_bytes())
    data[21] &= 0xF0  # the 36 bits of STREAMINFO that hold the number of samples: unknown
    data[22:26] = bytes(4)
    path.write_bytes(data)
    return path
