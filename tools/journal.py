"""A recording under way, on disk from its first sample: a WAV file that grows.

Its header gives no length (players and FFmpeg read such a file to its end), so that what a
killed process leaves is a recording like any other; closing writes the length in. Samples are
handed to the system at once. Assumes one writer.
"""

import os
import struct
import wave
from pathlib import Path
from typing import Self

import numpy as np
from filelock import FileLock, Timeout

from tools.audio import SAMPLE_RATE, Samples
from tools.errors import DiskError

HEADER = 44  # bytes
SAMPLE_BYTES = 2
UNKNOWN = 0xFFFFFFFF  # as the length of the data: still growing


class Journal:
    """Context manager. Raises DiskError when the disk is full or can't be written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.samples = 0
        self._lock = FileLock(_lock(path))  # the system gives it back if this process dies
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=0)
            self._file = path.open("xb", buffering=0)
            self._file.write(_header(UNKNOWN))
        except OSError as error:
            raise _disk_error(path, error) from error

    @property
    def seconds(self) -> float:
        """How much was written."""
        return self.samples / SAMPLE_RATE

    def append(self, samples: Samples) -> None:
        """Add mono 16 kHz samples (n,) in [-1, 1]."""
        data = (np.clip(samples, -1.0, 1.0) * 32767).astype("<i2").tobytes()
        try:
            written = self._file.write(data)
            if written != len(data):
                raise OSError(28, os.strerror(28))
        except OSError as error:
            raise _disk_error(self.path, error) from error
        self.samples += len(samples)

    def read(self, start: float, end: float) -> Samples:
        """Samples from ``start`` to ``end`` seconds, as far as they are written."""
        return read(self.path, start, end)

    def close(self) -> None:
        """Write the length into the header; nothing can be added afterwards."""
        if not self._file.closed:
            self._file.close()
            close(self.path)
            self._lock.release()
            _lock(self.path).unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def read(path: Path, start: float, end: float) -> Samples:
    """Samples from ``start`` to ``end`` seconds of a journal, open or closed."""
    first, last = round(start * SAMPLE_RATE), round(end * SAMPLE_RATE)
    with path.open("rb") as file:
        file.seek(HEADER + SAMPLE_BYTES * first)
        data = file.read(SAMPLE_BYTES * (last - first))
    whole = len(data) // SAMPLE_BYTES * SAMPLE_BYTES
    return np.frombuffer(data[:whole], "<i2").astype(np.float32) / np.float32(32767)


def left_open(folder: Path) -> list[Path]:
    """Journals that a killed process left: never closed, and nobody writes them any more."""
    return [path for path in sorted(folder.glob("*.wav")) if is_open(path) and _is_free(path)]


def _is_free(path: Path) -> bool:
    try:
        with FileLock(_lock(path), timeout=0):
            return True
    except Timeout:
        return False


def _lock(path: Path) -> Path:
    return path.with_name(f".{path.name}.lock")


def close(path: Path) -> float:
    """Write the length into the header of a journal, its writer's or a killed one's; seconds."""
    size = (path.stat().st_size - HEADER) // SAMPLE_BYTES * SAMPLE_BYTES
    with path.open("r+b") as file:
        file.truncate(HEADER + max(0, size))
        file.write(_header(max(0, size)))
    return size / SAMPLE_BYTES / SAMPLE_RATE


def is_open(path: Path) -> bool:
    """Whether a file is a journal that was never closed."""
    with path.open("rb") as file:
        return file.read(HEADER) == _header(UNKNOWN)


def _header(size: int) -> bytes:
    """Of a WAV file: mono, 16 kHz, 16 bits."""
    form = struct.pack(
        "<4sIHHIIHH",
        b"fmt ",
        16,
        wave.WAVE_FORMAT_PCM,
        1,
        SAMPLE_RATE,
        SAMPLE_RATE * SAMPLE_BYTES,
        SAMPLE_BYTES,
        8 * SAMPLE_BYTES,
    )
    total = UNKNOWN if size == UNKNOWN else size + HEADER - 8
    return (
        struct.pack("<4sI4s", b"RIFF", total, b"WAVE") + form + struct.pack("<4sI", b"data", size)
    )


def _disk_error(path: Path, error: OSError) -> DiskError:
    return DiskError(
        f"the recording can't be written to {path} ({error.strerror}): what came before is there; "
        "make room and begin a new one"
    )
