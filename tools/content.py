"""The files of recordings that the store knows: none is read for a recording that it is not.

What lies at a path may be replaced at any time. A file counts as a recording's while its size,
times and number on the disk are those that it had when it was read whole; in doubt it is read
whole again. All paths at which a content was seen are kept, and the first that still holds it is
used, so that a drive that is away makes nothing unreachable while there is another copy.
"""

import hashlib
import time
from dataclasses import dataclass
from pathlib import Path

from memory import Place, Recording, Store
from tools.audio import NO_LIMITS, AudioReader, content_hash
from tools.errors import MediaError
from tools.limits import Limits
from tools.media import stamp_of

_GRAIN = 2.0  # seconds within which a file system may give two contents the same times
_TRIES = 3  # times that a file is read which changes meanwhile


@dataclass(frozen=True)
class Content:
    """What a file holds."""

    sha256: str
    size: int  # bytes
    stamp: str  # of the file, before and after it was read

    @property
    def settled(self) -> str | None:
        """The stamp, if the next change of the file is sure to give it another."""
        _, changed, noted, *_ = map(int, self.stamp.split())
        old = time.time() - max(changed, noted) / 1e9 > _GRAIN
        return self.stamp if old else None


def content_of(path: Path) -> Content:
    """Reads a file whole.

    Raises:
        MediaError: it can't be read, or changes all the while.
    """
    for _ in range(_TRIES):
        stamp = stamp_of(path)
        sha256 = content_hash(path)
        if stamp_of(path) == stamp:
            return Content(sha256, int(stamp.split()[0]), stamp)
    raise MediaError(f"{path} changes while it is read; wait until it is written whole.")


def heard_as(sha256: str, track: int | None) -> str:
    """The hash that stands for what is heard of a content: of a track that was chosen, its own."""
    if track is None:
        return sha256
    return hashlib.sha256(f"{sha256} track {track}".encode()).hexdigest()


def open_recording(
    store: Store, recording: Recording, limits: Limits = NO_LIMITS, *, channel: int | None = None
) -> AudioReader:
    """A reader of the recording, which raises as soon as the file becomes another.

    channel: as `AudioReader` takes it.

    Raises:
        MediaError: none of its paths holds it any more, or it can't be listened to.
        MediaTooLarge: it is beyond the limits.
    """
    if recording.growing:
        return AudioReader(recording.path, limits, channel=channel, growing=True)
    file = _located(store, recording)
    track = recording.track
    return AudioReader(file.path, limits, track=track, channel=channel, check=file.check)


def locate(store: Store, recording: Recording) -> Path:
    """The first path, the latest first, that is there and holds the recording's content.

    Raises:
        MediaError: there is none; the message tells what became of each.
    """
    return recording.path if recording.growing else _located(store, recording).path


def _located(store: Store, recording: Recording) -> "_File":
    problems = []
    for place in store.places(recording.id):
        file = _File(store, recording, place)
        try:
            file.check()
        except MediaError as error:
            problems.append(str(error))
        else:
            return file
    raise MediaError(" ".join(problems))


class _File:
    """A file that is to hold a recording."""

    def __init__(self, store: Store, recording: Recording, place: Place) -> None:
        self.store, self.recording = store, recording
        self.path, self.stamp = place.path, place.stamp

    def check(self) -> None:
        """Raises MediaError unless the file holds the recording now."""
        stamp = stamp_of(self.path)
        if stamp == self.stamp:
            return
        size, recording = int(stamp.split()[0]), self.recording
        if size == recording.size_bytes:
            content = content_of(self.path)
            if recording.sha256 in (content.sha256, heard_as(content.sha256, recording.track)):
                self.stamp = content.stamp
                self.store.stamp_place(recording.id, self.path, content.settled)
                return
        raise MediaError(
            f"{self.path} no longer holds the recording {recording.id} ({recording.name}): put "
            "the earlier file back, or name this one by its path to listen to what it holds now."
        )
