"""When sounds are heard in files whose packets carry no time, such as MP3.

FFmpeg counts the frames of such a file, so that everything behind a damaged stretch comes too
early. The bytes that were lost tell how long it was; where the header gives the number of frames,
that makes it exact.
"""

from bisect import bisect
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

import av
from av.audio.stream import AudioStream
from av.packet import Packet

from tools.media import open_audio, open_media

_WITHOUT_TIMES = {"mp3", "aac", "ac3", "eac3", "dts"}
# Thousands of bits a second by the index in a header: of layers 1 to 3, then of MPEG-2's.
_MP3_RATES = {
    (1, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (1, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_AC3_RATES = tuple(
    map(int, "32 40 48 56 64 80 96 112 128 160 192 224 256 320 384 448 512 576 640".split())
)
_TAGS = (b"ID3", b"TAG", b"APETAGEX", b"LYRICS")  # what players of music write between frames
_HEAD = 16  # bytes by which a packet is found in the file
_FAR = (1 << 12, 1 << 18, 1 << 24)  # bytes that are searched for one, at most the last
_WORTH = 0.01  # seconds: less makes nothing late


@dataclass(frozen=True)
class Mark:
    """From here on, sounds are later than FFmpeg counts."""

    counted: float  # seconds, by FFmpeg
    late: float  # seconds to add


def late_at(marks: Sequence[Mark], counted: float) -> float:
    """How much later than counted a frame is heard, in seconds."""
    place = bisect(marks, counted + 1e-6, key=lambda mark: mark.counted)
    return marks[place - 1].late if place else 0.0


def is_tag(packet: "Packet[AudioStream]") -> bool:
    """Whether a packet is no sound, and no damage either."""
    return bytes(packet)[:8].startswith(_TAGS)


@lru_cache(maxsize=32)
def marks_of(path: Path, track: int | None, stamp: str) -> tuple[Mark, ...]:
    """Where time was lost; found by reading the file once, without decoding.

    stamp: of the file, so that another content is read anew. Raises MediaError.
    """
    with open_audio(path, track) as (container, stream):
        if container.format.name not in _WITHOUT_TIMES:
            return ()
        scan = _Scan()
        # Damage that FFmpeg can't get over ends the scan: what is behind it is not heard either.
        with path.open("rb") as file, suppress(av.FFmpegError):
            for packet in container.demux(stream):
                if packet.size:
                    scan.take(packet, file)
    return scan.marks(open_media(path, track).seconds)


class _Scan:
    """Goes over the packets of a file and finds what is missing between them."""

    def __init__(self) -> None:
        self.bytes, self.seconds = 0, 0.0  # of what is whole
        self.found: list[tuple[float, int, float]] = []  # counted, bytes lost, seconds for them
        self.end = 0.0  # counted
        self.next: int | None = None  # where the next packet should begin; None before the first
        self.astray = False  # packets are not in the file as they come

    def take(self, packet: "Packet[AudioStream]", file: BinaryIO) -> None:
        seconds = float((packet.duration or 0) * packet.time_base)
        counted = self.end if packet.pts is None else float(packet.pts * packet.time_base)
        self.end = counted + seconds
        if skipped := self._skipped(packet, file):
            self.found.append((counted, skipped, 0.0))
        if is_tag(packet):
            self.found.append((self.end, 0, seconds))
        elif (own := frame_bytes(bytes(packet)[:8])) is None:
            self.found.append((self.end, packet.size, seconds))
        else:
            self.bytes += own
            self.seconds += seconds
            if packet.size > own:  # rubbish behind the frame
                self.found.append((self.end, packet.size - own, 0.0))

    def _skipped(self, packet: "Packet[AudioStream]", file: BinaryIO) -> int:
        """Bytes between the last packet and this that belong to none."""
        if self.astray:
            return 0
        head = bytes(packet)[:_HEAD]
        expected = packet.pos if self.next is None else self.next
        for far in (_HEAD, *_FAR):
            file.seek(expected or 0)
            rest = file.read(far)
            if (skipped := rest.find(head)) >= 0:
                self.next = (expected or 0) + skipped + packet.size
                return 0 if rest.startswith(_TAGS) else skipped
        self.astray = True
        return 0

    def marks(self, declared: float | None) -> tuple[Mark, ...]:
        """What was found, as moments; their sum is what the header says is missing."""
        pace = self.seconds / self.bytes if self.bytes else 0.0
        lost = sum(size * pace for _, size, _ in self.found)
        missing = (declared or 0.0) - self.seconds
        share = missing / lost if lost and 0.5 < missing / lost < 2.0 else 1.0
        marks, late = [Mark(0.0, 0.0)], 0.0
        for counted, size, seconds in self.found:
            late += size * pace * share - seconds
            if abs(late - marks[-1].late) > _WORTH:
                marks.append(Mark(counted, late))
        return tuple(marks[1:])


def frame_bytes(head: bytes) -> int | None:
    """The length of a frame by its first eight bytes; None where they begin none."""
    if len(head) < 8:
        return None
    bits = int.from_bytes(head)
    if head[:2] == b"\x0b\x77":
        return _ac3_bytes(head)
    if head[:4] == b"\x7f\xfe\x80\x01":  # DTS
        return (bits >> 4 & 0x3FFF) + 1
    if head[0] == 0xFF and head[1] & 0xF6 == 0xF0:  # AAC
        return bits >> 21 & 0x1FFF
    if head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        return _mp3_bytes(head)
    return None


def _mp3_bytes(head: bytes) -> int | None:
    version, layer = {0: 4, 2: 2, 3: 1}.get(head[1] >> 3 & 3), 4 - (head[1] >> 1 & 3)
    index, pace, padding = head[2] >> 4, head[2] >> 2 & 3, head[2] >> 1 & 1
    if version is None or layer == 4 or not 1 <= index <= 14 or pace == 3:
        return None
    bits = 1000 * _MP3_RATES[min(version, 2), layer][index - 1]
    rate = (44_100, 48_000, 32_000)[pace] // version
    if layer == 1:
        return (12 * bits // rate + padding) * 4
    samples = 576 if layer == 3 and version > 1 else 1152
    return samples // 8 * bits // rate + padding


def _ac3_bytes(head: bytes) -> int | None:
    if head[5] >> 3 > 10:  # E-AC-3
        return 2 * ((head[2] & 7) << 8 | head[3]) + 2
    pace, index = head[4] >> 6, head[4] & 63
    if pace == 3 or index >= 2 * len(_AC3_RATES):
        return None
    rate, bits = (48_000, 44_100, 32_000)[pace], 1000 * _AC3_RATES[index // 2]
    return 2 * (96 * bits // rate + (index % 2 if pace == 1 else 0))
