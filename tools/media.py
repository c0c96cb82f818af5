"""Media files: whether one can be listened to, and what it declares about its audio.

Every way in which a file can't be used is told apart here, in a sentence of its own. The media
stay where they are. What a file declares need not be true: `tools.audio` finds out.
"""

import hashlib
import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition

from memory.held import is_held
from tools.errors import MediaError

# Formats that name other files, which FFmpeg would read: a playlist that comes by upload must not
# reach what its sender may not name.
_PLAYLISTS = {"concat", "dash", "hls", "image2", "rtp", "rtsp", "sap", "sdp", "vobsub"}
_FORMATS = ",".join(sorted(av.formats_available - _PLAYLISTS))
_RATES = range(1_000, 1_000_001)  # Hz: beyond these a resampler fills the memory
_OGG_PAGE = 65_307  # bytes in the longest page
_NO_SIZE = 0x7FFF0000  # bytes: a program that writes WAV to a pipe declares this or more
_UNDECLARED = {"aac", "ac3", "amr", "dts", "eac3", "truehd"}  # FFmpeg guesses their length


@dataclass(frozen=True)
class Media:
    """What a file declares about its audio."""

    path: Path
    seconds: float | None  # None where the file doesn't say
    sample_rate: int  # Hz
    channels: int
    codec: str
    has_video: bool  # a cover picture is no video


def open_media(path: Path) -> Media:
    """What the file declares; next to nothing is decoded.

    Raises:
        MediaError: the file is missing, may not be read, or holds no audio that can be decoded.
    """
    with open_audio(path) as (container, stream):
        return Media(
            path=path,
            seconds=_declared_seconds(path, container, stream),
            sample_rate=stream.sample_rate,
            channels=stream.channels,
            codec=stream.codec_context.codec.canonical_name,
            has_video=any(
                Disposition.attached_pic not in video.disposition
                for video in container.streams.video
            ),
        )


def content_hash(path: Path) -> str:
    """The SHA-256 of the file's bytes, in hexadecimal.

    Raises:
        MediaError: the file is missing, empty or may not be read.
    """
    _check_file(path)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def open_audio(path: Path) -> Iterator[tuple[InputContainer, AudioStream]]:
    """The file, open, and the audio stream in it that FFmpeg thinks best.

    Raises:
        MediaError: as `open_media`.
    """
    _check_file(path)
    try:
        # An absolute path, because FFmpeg takes "12:30 talk.wav" for a protocol named "12".
        container = av.open(
            str(path.absolute()),
            metadata_errors="replace",
            options={"format_whitelist": _FORMATS, "protocol_whitelist": "file"},
        )
    except av.FFmpegError as error:
        raise MediaError(_refusal(path, error)) from error
    with container:
        stream = container.streams.best("audio")
        if not isinstance(stream, AudioStream):
            drawn = container.format.name == "tty"  # FFmpeg's pictures of a text file
            what = "only pictures" if container.streams.video and not drawn else "no audio"
            raise MediaError(f"{path} holds {what}; choose a file with an audio track.")
        if stream.codec_context is None:
            raise MediaError(
                f"The audio of {path} is in a codec that can't be decoded; convert it to wav, flac "
                "or mp3."
            )
        check_rate(path, stream.sample_rate)
        yield container, stream


def check_rate(path: Path, rate: int) -> None:
    """Raises MediaError for a sample rate that no recording has."""
    if rate not in _RATES:
        raise MediaError(
            f"{path} has {rate} samples a second, which no recording has; convert it to wav, flac "
            "or mp3."
        )


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


def _check_file(path: Path) -> None:
    if is_held(path):  # before it is opened: that alone would do harm
        raise MediaError(f"{path} is the assistant's own database; name a recording.")
    try:
        if path.is_dir():
            raise MediaError(f"{path} is a folder; name one recording in it.")
        if path.exists() and not path.is_file():
            raise MediaError(f"{path} is not a regular file; save the recording to a file first.")
        with path.open("rb") as file:
            empty = not file.read(1)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise MediaError(f"{path} was not found; check the path.") from error
    except PermissionError as error:
        raise MediaError(f"{path} may not be read; change its permissions or copy it.") from error
    except OSError as error:
        raise MediaError(
            f"{path} can't be read ({error.strerror}); check the path and the disk."
        ) from error
    if empty:
        raise MediaError(f"{path} is empty (0 bytes); copy or record it again.")


def _refusal(path: Path, error: av.FFmpegError) -> str:
    with path.open("rb") as file:
        is_mp4 = file.read(8)[4:] == b"ftyp"
    if is_mp4:
        return (
            f"{path} is an MP4 whose index (moov) is missing or damaged, as when recording stops "
            "before the file is finished; copy it again or repair it."
        )
    if isinstance(error, av.error.EOFError):
        return f"{path} ends before its first sound; copy or record it again."
    return f"{path} is not a recording that can be read; convert it to wav, flac or mp3."


def _declared_seconds(path: Path, container: InputContainer, stream: AudioStream) -> float | None:
    kind = container.format.name
    if kind == "mp3":
        return _mp3_seconds(path, stream.sample_rate)
    if kind in _UNDECLARED:
        return None
    if kind == "wav" and (seconds := _wav_seconds(path)):
        return seconds
    if tag := re.fullmatch(r"^(\d+):(\d+):(\d+\.\d+)", stream.metadata.get("DURATION", "")):
        hours, minutes, seconds = map(float, tag.groups())  # Matroska's own length of the track
        return 3600 * hours + 60 * minutes + seconds
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration else None


def _mp3_seconds(path: Path, sample_rate: int) -> float | None:
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


def _wav_seconds(path: Path) -> float | None:
    """What the header declares: FFmpeg goes by the size of the file, so it misses a cut end."""
    rate = 0  # bytes a second
    with path.open("rb") as file:
        file.seek(12)
        while len(head := file.read(8)) == 8:
            name, size = struct.unpack("<4sI", head)
            if name == b"data":
                return size / rate if rate and 0 < size < _NO_SIZE else None
            body = file.tell()
            if name == b"fmt ":
                rate = int.from_bytes(file.read(12)[8:], "little")
            file.seek(body + size + size % 2)
    return None
