"""Media files: whether one can be listened to, and what it declares about its audio.

Every way in which a file can't be used is told apart here, in a sentence of its own. The media
stay where they are. What a file declares need not be true: `tools.audio` finds out. Time zero is
where a player begins, which may be before the first sound.
"""

import hashlib
import re
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
from tools.headers import mp3_seconds, wav_data

# Containers of recordings, by FFmpeg's names. The others are playlists, which name files that their
# sender may not name, pictures, and texts that unfold to hours of tones.
_FORMATS = ",".join(
    "aac ac3 aea aiff amr amrnb amrwb ape asf au avi caf dsf dss dts dtshd dv eac3 flac flv gsm "
    "ircam loas matroska mlp mov mp3 mpc mpc8 mpeg mpegts mxf nistsphere nut ogg oma qcp rm shn "
    "sox tak truehd tta voc w64 wav wtv wv xwma".split()
)
_OPENING = 10.0  # seconds that a file may take to be opened
_SHIFT = 0.1  # seconds by which a codec's own delay may move the first sound
_RATES = range(1_000, 1_000_001)  # Hz: beyond these a resampler fills the memory
_UNDECLARED = {"aac", "ac3", "amr", "dts", "eac3", "truehd"}  # FFmpeg guesses their length


@dataclass(frozen=True)
class Media:
    """What a file declares about the audio track that is heard."""

    path: Path
    seconds: float | None  # where the track ends; None where the file doesn't say
    sample_rate: int  # Hz
    channels: int
    codec: str
    has_video: bool  # a cover picture is no video
    track: int = 1  # which of the audio tracks, from 1
    tracks: int = 1  # audio tracks there are


@dataclass(frozen=True)
class Track:
    """An audio track of a file."""

    number: int  # from 1
    language: str | None  # as the file spells it, mostly three letters
    title: str | None
    codec: str
    channels: int
    best: bool  # FFmpeg's choice

    @property
    def label(self) -> str:
        """How people tell it from the others."""
        return ", ".join(filter(None, (self.language, self.title)))


def tracks_of(path: Path) -> list[Track]:
    """The audio tracks of a file.

    Raises:
        MediaError: as `open_media`.
    """
    with open_audio(path) as (container, best):
        return [
            Track(
                number,
                _known(stream.metadata.get("language")),
                _known(stream.metadata.get("title") or stream.metadata.get("handler_name")),
                stream.codec_context.codec.canonical_name if stream.codec_context else "unknown",
                stream.channels if stream.codec_context else 0,
                stream.index == best.index,
            )
            for number, stream in enumerate(container.streams.audio, 1)
        ]


def _known(tag: str | None) -> str | None:
    """What was written by hand, rather than by the program that made the file."""
    return None if tag in (None, "", "und", "SoundHandler", "Core Media Audio") else tag


def open_media(path: Path, track: int | None = None) -> Media:
    """What the file declares; next to nothing is decoded. Without a track, of FFmpeg's choice.

    Raises:
        MediaError: the file is missing, may not be read, or holds no audio that can be decoded.
    """
    with open_audio(path, track) as (container, stream):
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
            track=container.streams.audio.index(stream) + 1,
            tracks=len(container.streams.audio),
        )


def begins_at(container: InputContainer, stream: AudioStream) -> float:
    """Seconds into the container at which an audio track begins; 0 for what a codec adds."""
    if container.start_time is None or stream.start_time is None or stream.time_base is None:
        return 0.0
    late = float(stream.start_time * stream.time_base) - container.start_time / av.time_base
    return late if late > _SHIFT else 0.0


def content_hash(path: Path) -> str:
    """The SHA-256 of the file's bytes, in hexadecimal.

    Raises:
        MediaError: the file is missing, empty or may not be read.
    """
    _check_file(path)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def stamp_of(path: Path) -> str:
    """What the file system tells of a file: it is another where the content changed.

    Raises:
        MediaError: the file is missing or may not be looked at.
    """
    try:
        seen = path.stat()
    except OSError as error:
        _check_file(path)  # says what is wrong with it
        raise MediaError(f"{path} can't be read ({error.strerror}); check the path.") from error
    return f"{seen.st_size} {seen.st_mtime_ns} {seen.st_ctime_ns} {seen.st_dev} {seen.st_ino}"


@contextmanager
def open_audio(
    path: Path, track: int | None = None
) -> Iterator[tuple[InputContainer, AudioStream]]:
    """The file, open, and one of its audio tracks; without a number, that which FFmpeg thinks best.

    Raises:
        MediaError: as `open_media`, or there is no such track.
    """
    _check_file(path)
    options = {"format_whitelist": _FORMATS, "protocol_whitelist": "file"}
    if (wav := wav_data(path)) and wav.goes_on:
        options["ignore_length"] = "1"
    try:
        # An absolute path, because FFmpeg takes "12:30 talk.wav" for a protocol named "12".
        container = av.open(
            str(path.absolute()),
            metadata_errors="replace",
            options=options,
            timeout=(_OPENING, None),
        )
    except av.error.ExitError as error:
        raise MediaError(
            f"{path} can't be opened within {_OPENING:.0f} s; convert it to wav, flac or mp3."
        ) from error
    except av.FFmpegError as error:
        raise MediaError(_refusal(path, error)) from error
    with container:
        stream = _chosen(path, container, track)
        if stream.codec_context is None:
            raise MediaError(
                f"The audio of {path} is in a codec that can't be decoded; convert it to wav, flac "
                "or mp3."
            )
        check_rate(path, stream.sample_rate)
        yield container, stream


def _chosen(path: Path, container: InputContainer, track: int | None) -> AudioStream:
    best, all_tracks = container.streams.best("audio"), container.streams.audio
    if not isinstance(best, AudioStream):
        what = "only pictures" if container.streams.video else "no audio"
        raise MediaError(f"{path} holds {what}; choose a file with an audio track.")
    if track is None:
        return best
    if not 1 <= track <= len(all_tracks):
        count = f"{len(all_tracks)} audio track" + "s" * (len(all_tracks) > 1)
        raise MediaError(f"{path} has {count}, and none is number {track}; choose one of them.")
    return all_tracks[track - 1]


def check_rate(path: Path, rate: int) -> None:
    """Raises MediaError for a sample rate that no recording has."""
    if rate not in _RATES:
        raise MediaError(
            f"{path} has {rate} samples a second, which no recording has; convert it to wav, flac "
            "or mp3."
        )


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
        return mp3_seconds(path, stream.sample_rate)
    if kind in _UNDECLARED:
        return None
    if kind == "wav" and (wav := wav_data(path)) and wav.seconds:
        return wav.seconds
    if tag := re.fullmatch(r"^(\d+):(\d+):(\d+\.\d+)", stream.metadata.get("DURATION", "")):
        hours, minutes, seconds = map(float, tag.groups())  # Matroska's own length of the track
        begin = (container.start_time or 0) / av.time_base
        return 3600 * hours + 60 * minutes + seconds - begin
    if stream.duration and stream.time_base:
        return begins_at(container, stream) + float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration else None
