"""When sounds are heard in files whose packets carry no time, such as MP3.

FFmpeg counts the frames of such a file, so that everything behind a damaged stretch comes too
early. The bytes that were lost tell how long it was; where the header gives the number of frames,
that makes it exact.
"""

from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from av.packet import Packet

from tools.media import open_audio, open_media

# Formats without times -> bytes of the largest frame: a longer packet holds rubbish.
_LARGEST = {"mp3": 2881, "aac": 8191, "ac3": 3840, "eac3": 4096, "dts": 65_536}
_TAGS = (b"ID3", b"TAG", b"APETAGEX", b"LYRICS")  # what players of music write between frames
_HEAD = 16  # bytes by which a packet is found in the file
_FAR = 1 << 24  # bytes at most that are searched for one


@dataclass(frozen=True)
class Mark:
    """From here on, sounds are later than FFmpeg counts."""

    counted: float  # seconds, by FFmpeg
    late: float  # seconds to add


def late_at(marks: Sequence[Mark], counted: float) -> float:
    """How much later than counted a frame is heard, in seconds."""
    place = bisect(marks, counted + 1e-6, key=lambda mark: mark.counted)
    return marks[place - 1].late if place else 0.0


def counted_at(marks: Sequence[Mark], heard: float) -> float:
    """What FFmpeg counts for a moment, in seconds; inside a gap, its beginning."""
    for mark in reversed(marks):
        if heard >= mark.counted + mark.late:
            return heard - mark.late
    return min(heard, marks[0].counted) if marks else heard


def is_tag(packet: Packet) -> bool:  # type: ignore[type-arg]
    """Whether a packet is no sound, and no damage either."""
    return bytes(packet)[:8].startswith(_TAGS)


@lru_cache(maxsize=32)
def marks_of(path: Path, track: int | None, stamp: str) -> tuple[Mark, ...]:
    """Where time was lost; found by reading the file once, without decoding.

    stamp: of the file, so that another content is read anew. Raises MediaError.
    """
    with open_audio(path, track) as (container, stream):
        largest = _LARGEST.get(container.format.name)
        if largest is None:
            return ()
        scan = _Scan(largest)
        with path.open("rb") as file:
            for packet in container.demux(stream):
                if packet.size:
                    scan.take(packet, file)
    return scan.marks(open_media(path, track).seconds)


class _Scan:
    """Goes over the packets of a file and finds what is missing between them."""

    def __init__(self, largest: int) -> None:
        self.largest = largest
        self.bytes, self.seconds = 0, 0.0  # of what is whole
        self.found: list[tuple[float, int, float]] = []  # counted, bytes lost, seconds for them
        self.end = 0.0  # counted
        self.next: int | None = None  # where the next packet should begin; None if unknown

    def take(self, packet: "Packet", file: BinaryIO) -> None:  # type: ignore[type-arg]
        seconds = float((packet.duration or 0) * packet.time_base)
        counted = self.end if packet.pts is None else float(packet.pts * packet.time_base)
        self.end = counted + seconds
        if skipped := self._skipped(packet, file):
            self.found.append((counted, skipped, 0.0))
        if is_tag(packet):
            self.found.append((self.end, 0, seconds))
        elif packet.size > self.largest:
            self.found.append((self.end, packet.size, seconds))
        else:
            self.bytes += packet.size
            self.seconds += seconds

    def _skipped(self, packet: "Packet", file: BinaryIO) -> int:  # type: ignore[type-arg]
        """Bytes between the last packet and this that belong to none."""
        head = bytes(packet)[:_HEAD]
        expected = packet.pos if self.next is None else self.next
        if expected is None:
            return 0
        file.seek(expected)
        near = file.read(_HEAD)
        if near == head:
            self.next = expected + packet.size
            return 0
        file.seek(expected)
        rest = file.read(_FAR)
        skipped = rest.find(head)
        if skipped < 0:
            return 0
        self.next = expected + skipped + packet.size
        return 0 if rest.startswith(_TAGS) else skipped

    def marks(self, declared: float | None) -> tuple[Mark, ...]:
        """What was found, as moments; their sum is what the header says is missing."""
        pace = self.seconds / self.bytes if self.bytes else 0.0
        lost = sum(size * pace for _, size, _ in self.found)
        missing = (declared or 0.0) - self.seconds
        share = missing / lost if lost and 0.5 < missing / lost < 2.0 else 1.0
        marks, late = [], 0.0
        for counted, size, seconds in self.found:
            late += size * pace * share - seconds
            marks.append(Mark(counted, late))
        return tuple(marks)
