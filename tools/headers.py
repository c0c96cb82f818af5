"""What the headers of WAV, MP3 and Ogg files declare; FFmpeg guesses, or goes by the size."""

import re
import string
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tools.errors import MediaError

_CHUNKS = 1000  # parts of a WAV's header at most
_LEAST = 0.1  # seconds behind the declared end of a WAV that are sound, and not rubbish
_AFTER_DATA = {b"LIST", b"id3 ", b"ID3 ", b"bext", b"cue ", b"smpl", b"iXML", b"JUNK", b"PEAK"}
_OGG_PAGE = 65_307  # bytes in the longest page
_NO_SIZE = 0x7FFF0000  # bytes: a program that writes WAV to a pipe declares this or more


def lacks_end_mark(path: Path) -> bool:
    """Whether an Ogg file stops before the end of the page that is marked as its last.

    Ogg declares no length, so this is the one sign that its end is missing.
    """
    with path.open("rb") as file:
        if file.read(4) != b"OggS":
            return False
        file.seek(max(0, path.stat().st_size - _OGG_PAGE))
        tail = file.read()
    page = tail[tail.rfind(b"OggS") :]
    if len(page) < 27:  # not even a page's header
        return True
    lacing = page[27 : 27 + page[26]]
    return not page[5] & 4 or len(page) < 27 + page[26] + sum(lacing)


def mp3_seconds(path: Path, sample_rate: int) -> float | None:
    """What a Xing or Info header declares: without one, or where it is wrong, FFmpeg guesses."""
    with path.open("rb") as file:
        head = file.read(10)
        if head[:3] == b"ID3":
            size = sum(byte << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=True))
            file.seek(10 + size)
            head = b""
        first_frame = head + file.read(200)
    found = re.search(
        rb"(?:Xing|Info)...[\x01\x03\x05\x07\x09\x0b\x0d\x0f](.{4})", first_frame, re.DOTALL
    )
    if not found:
        return None
    frame_size = 1152 if sample_rate >= 32_000 else 576  # samples
    return int.from_bytes(found[1]) * frame_size / sample_rate or None


@dataclass(frozen=True)
class WavData:
    """The samples of a WAV, by its header."""

    seconds: float | None  # None where the header leaves it open
    goes_on: bool  # there is more behind what is declared


def wav_data(path: Path) -> WavData | None:
    """What the header declares: FFmpeg goes by the size of the file, so it misses a cut end.

    Raises:
        MediaError: the header has no end.
    """
    rate = 0  # bytes a second
    length = path.stat().st_size
    with path.open("rb") as file:
        if (head := file.read(12))[:4] != b"RIFF" or head[8:] != b"WAVE":
            return None
        for _ in range(_CHUNKS):
            if len(head := file.read(8)) < 8:
                return None
            name, size = struct.unpack("<4sI", head)
            body = file.tell()
            if name == b"data":
                if not rate or not 0 < size < _NO_SIZE:
                    return WavData(None, False)
                end = body + size
                more = length - end > _LEAST * rate
                return WavData(size / rate, more and not _are_chunks(file, end, length))
            if name == b"fmt ":
                rate = int.from_bytes(file.read(12)[8:], "little")
            file.seek(body + size + size % 2)
    raise MediaError(
        f"{path} has more than {_CHUNKS} parts before its first sound; convert it to wav, flac or "
        "mp3."
    )


def _are_chunks(file: BinaryIO, at: int, length: int) -> bool:
    """Whether a WAV goes on with parts that are no samples, up to its end or known by name."""
    at += at % 2
    for _ in range(_CHUNKS):
        file.seek(at)
        if len(head := file.read(8)) < 8:
            return abs(length - at) <= 1
        name, size = struct.unpack("<4sI", head)
        if name in _AFTER_DATA:
            return True
        if not all(letter in string.printable.encode() for letter in name):
            return False
        at += 8 + size + size % 2
    return False
