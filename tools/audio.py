"""Recordings as windows of 16 kHz mono samples, decoded as a stream by PyAV (FFmpeg).

Times are those that a player shows: where the sound of a film begins after its pictures, silence
comes first. A file that is damaged or breaks off gives all that can be decoded: what is missing in
the middle becomes silence, so that later sounds keep their time, and `AudioReader.notes` says what
was lost or put right. The file must stay in place while it is read. Pictures are never decoded.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet

from tools.errors import MediaError
from tools.headers import lacks_end_mark
from tools.limits import Limits
from tools.losses import Losses
from tools.lost import Mark, is_tag, late_at, marks_of
from tools.media import Media, begins_at, check_rate, content_hash, open_audio, open_media, stamp_of
from tools.mixing import SAMPLE_RATE, Blocks, Correction, Faults, Mixer, Piece, Samples
from tools.scale import scale_of
from tools.silence import QUIET_DBFS, gain_for, level_dbfs
from tools.times import clock

__all__ = [
    "MIN_SECONDS",
    "SAMPLE_RATE",
    "AudioReader",
    "Media",
    "Samples",
    "Window",
    "content_hash",
    "open_media",
]

MIN_SECONDS = 0.1  # less than this is no recording
NO_LIMITS = Limits()
_RUN_UP = 1.0  # seconds decoded before a range, because codecs need some frames to settle
_JITTER = 0.1  # seconds by which the time stamps of a sound file may be off
_EXACT = 0.002  # the same behind a damaged packet, where a gap is to be expected
_MAX_GAP = 3600.0  # seconds: a longer one, or one past the declared length, is a broken clock
_PATIENCE = 5  # failed readings in a row before a file counts as broken off
_CUT = 1.0  # seconds: a file that is shorter than it declares by more than this has broken off
_LOOK = 1.0  # seconds of a file that are judged at a time

Timed = tuple[float | None, AudioFrame]
"""A frame, and when it is heard by the times of its container."""


@dataclass(frozen=True)
class Window:
    """A stretch of a recording."""

    start: float  # seconds from the recording's start
    samples: Samples  # (n,) mono in [-1, 1], 16 kHz


class AudioReader:
    """Reads a recording as often as wanted, one pass at a time.

    track: of the audio tracks, from 1; without it, that which FFmpeg thinks best. channel: of that,
    from 0, to hear alone; without it, all as one. check: called
    before samples are handed out; raises where the file is no longer what it should be.
    growing: the file is still being written, so that it can't be judged as a whole.

    Raises MediaError as `open_media`, and MediaTooLarge, then or while it is decoded, for what is
    beyond the limits.
    """

    def __init__(
        self,
        path: Path,
        limits: Limits = NO_LIMITS,
        *,
        track: int | None = None,
        channel: int | None = None,
        check: Callable[[], None] = lambda: None,
        growing: bool = False,
    ) -> None:
        self.media, self.limits, self.track = open_media(path, track), limits, track
        limits.check_channels(path, self.media.channels)
        limits.check_seconds(path, self.media.seconds or 0.0)
        self._check, self._growing, self._channel = check, growing, channel
        self._losses, self._faults, self._correction = Losses(), Faults(), Correction()
        self._marks: tuple[Mark, ...] = ()

    @property
    def notes(self) -> str | None:
        """What the latest pass lost or put right so far, in words; None if that is nothing."""
        told = [*self._losses.told(self._faults), *self._correction.told()]
        told += [
            f"{what} ({clock(samples / SAMPLE_RATE)})"
            for what, samples in (
                (
                    "the channels cancel each other, so one of them was heard",
                    self._faults.cancelled,
                ),
                ("a constant offset was removed", self._faults.offset),
            )
            if samples
        ]
        return "; ".join(told) or None

    def windows(
        self, seconds: float = 30.0, start: float = 0.0, end: float | None = None
    ) -> Iterator[Window]:
        """The recording from `start` to `end`, in windows that touch; decoded as they are taken.

        Every window but the last has `seconds` * 16000 samples. A range that begins after the
        recording's end has no windows. What comes after `end` is not decoded.

        Raises:
            ValueError: the range is empty, or the windows are shorter than 0.1 s.
            MediaError: nothing can be decoded, or the recording is shorter than 0.1 s.
        """
        if not 0 <= start < (np.inf if end is None else end):
            raise ValueError(f"[{start}, {end}) is not a range of seconds")
        if seconds < MIN_SECONDS:
            raise ValueError(f"windows of {seconds} s are too short: use {MIN_SECONDS} s or more")
        self._losses, self._faults = Losses(), Faults()
        return self._cut(round(seconds * SAMPLE_RATE), start, end)

    def _cut(self, size: int, start: float, end: float | None) -> Iterator[Window]:
        self._judge()
        at, filled, room = round(start * SAMPLE_RATE), 0, np.empty(size, np.float32)
        for chunk in self._between(start, end):
            while len(chunk):
                part, chunk = np.split(chunk, [size - filled])
                room[filled : filled + len(part)] = part
                filled += len(part)
                if filled == size:
                    yield self._window(at, room)
                    at, filled = at + size, 0
        if filled:
            yield self._window(at, room[:filled])

    def _judge(self) -> None:
        """Finds out about the file as a whole what can't be told from a part."""
        if not self._growing:
            asked = (self.media.path, self.track, self.limits, stamp_of(self.media.path))
            self._marks = marks_of(self.media.path, self.track, asked[-1])
            self._correction = correction_of(*asked)

    def _window(self, at: int, samples: Samples) -> Window:
        self._check()
        return Window(at / SAMPLE_RATE, samples.copy())

    def _between(self, start: float, end: float | None) -> Iterator[Samples]:
        first = round(start * SAMPLE_RATE)
        last = None if end is None else round(end * SAMPLE_RATE)
        blocks = Blocks(self._correction, self._faults, self._channel)
        for at, chunk in blocks.of(self._from(start), last):
            yield chunk[max(0, first - at) : None if last is None else max(0, last - at)]
            if last is not None and at + len(chunk) >= last:
                return

    def _from(self, start: float) -> Iterator[Piece]:
        """Samples and their positions, beginning at `start` or before it."""
        path = self.media.path
        with open_audio(path, self.track) as (container, stream):
            frames = self._decode(container, stream)
            first = next(frames, None)
            if first is None and self._losses.packets:
                raise MediaError(
                    f"Nothing in {path} could be decoded because it is damaged or protected; copy "
                    "it again, or convert it to wav, flac or mp3."
                )
            if first is None:
                raise self._too_short(0.0)
            zero, ahead = self._zero(container, stream, first[0])
            if start <= _RUN_UP:
                mixer = Mixer(0.0)
                yield from mixer.pause(ahead)
                yield from self._place(chain([first], frames), zero, mixer)
            elif sought := self._seek(container, stream, zero, start):
                yield from self._place(sought, zero)
            else:  # the format can't be sought in, so all that comes before is decoded too
                self._losses = Losses()
                yield from self._from(0.0)

    def _zero(
        self, container: InputContainer, stream: AudioStream, first: float | None
    ) -> tuple[float, float]:
        """The container's time at the recording's start, and the seconds until its first sound."""
        if first is None or stream.start_time is None or stream.time_base is None:
            return first or 0.0, 0.0
        begins = float(stream.start_time * stream.time_base)
        missing = first - begins if self._losses.packets else 0.0  # damaged from the beginning on
        if missing > _JITTER:
            self._losses.gaps.append(missing)
        ahead = begins_at(container, stream) + (missing if missing > _JITTER else 0.0)
        if not 0 <= ahead <= self._longest_gap(0.0):
            return first, 0.0
        return first - ahead, ahead

    def _seek(
        self, container: InputContainer, stream: AudioStream, zero: float, start: float
    ) -> Iterator[Timed] | None:
        """Frames from somewhat before `start` on; None where that can't be done."""
        if stream.time_base is None:
            return None
        since = zero + start - _RUN_UP
        if self._marks:  # FFmpeg would lose its way behind what is missing
            frames = self._decode(container, stream, since)
        else:
            try:
                container.seek(int(since / stream.time_base), stream=stream)
            except av.FFmpegError:
                return None
            frames = self._decode(container, stream)
        landed = next(frames, None)
        if landed is None or landed[0] is None or landed[0] - zero > start:
            return None
        self._losses = Losses()
        return chain([landed], frames)

    def _decode(
        self, container: InputContainer, stream: AudioStream, since: float = -np.inf
    ) -> Iterator[Timed]:
        """Frames and their times; packets before ``since`` are left out."""
        stuck = 0
        while stuck < _PATIENCE:
            try:
                for packet in container.demux(stream):
                    stuck = 0
                    if (at := self._time(packet)) is not None and at < since:
                        continue
                    for frame in self._unpack(packet):
                        yield self._time(frame), frame
                return
            except av.FFmpegError:  # damage to the container: it may go on behind it
                if not stuck:
                    self._losses.add_packet()
                stuck += 1
            except IndexError:  # PyAV 18, at the end of a file in which streams appeared midway
                return

    def _unpack(self, packet: "Packet[AudioStream]") -> Iterator[AudioFrame]:
        try:
            frames = packet.decode()
        except av.FFmpegError:
            if not is_tag(packet):
                self._losses.add_packet()
        else:
            yield from frames

    def _time(self, timed: "AudioFrame | Packet[AudioStream]") -> float | None:
        if timed.pts is None or timed.time_base is None:
            return None
        counted = float(timed.pts * timed.time_base)
        return counted + late_at(self._marks, counted)

    def _place(
        self, frames: Iterator[Timed], zero: float, mixer: Mixer | None = None
    ) -> Iterator[Piece]:
        """Samples that follow each other without a break, by the time stamps of their frames."""
        for time, frame in frames:
            if mixer is None:
                mixer = Mixer(0.0 if time is None else time - zero)
            gap = 0.0 if time is None else time - zero - mixer.clock
            if -_JITTER <= gap <= (_EXACT if self._losses.just_now else _JITTER):
                pass
            elif 0 < gap <= self._longest_gap(mixer.clock):
                self._losses.gaps.append(gap)
                self.limits.check_seconds(self.media.path, mixer.clock + gap)
                yield from mixer.pause(gap)
            else:  # the stamps are wrong: what follows stays where it is
                zero += gap
                self._losses.jumps += 1
            self.limits.check_seconds(self.media.path, mixer.clock)
            self._check_frame(frame)
            try:
                yield from mixer.mix(frame)
                self._losses.just_now = False
            except av.FFmpegError as error:
                self._lose(frame, error)
        if mixer is not None:
            yield from mixer.flush()
            self._check_end(mixer.at / SAMPLE_RATE)

    def _check_frame(self, frame: AudioFrame) -> None:
        """A stream may change in its middle to what its header did not declare."""
        self.limits.check_channels(self.media.path, frame.layout.nb_channels)
        check_rate(self.media.path, frame.sample_rate)

    def _lose(self, frame: AudioFrame, error: av.FFmpegError) -> None:
        """A frame that can't be mixed: the whole recording is so, or damage made it up."""
        if frame.layout.nb_channels == self.media.channels:
            raise MediaError(
                f"The {frame.layout.nb_channels} channels of {self.media.path} can't be mixed down "
                "to one; save it as mono or stereo."
            ) from error
        self._losses.add_packet()

    def _longest_gap(self, clock: float) -> float:
        declared = self.media.seconds
        return _MAX_GAP if declared is None else min(_MAX_GAP, declared + _CUT - clock)

    def _too_short(self, heard: float) -> MediaError:
        return MediaError(
            f"{self.media.path} holds only {heard:.4g} s of audio; at least {MIN_SECONDS} s is "
            "needed."
        )

    def _check_end(self, heard: float) -> None:
        if heard < MIN_SECONDS:
            raise self._too_short(heard)
        declared = self.media.seconds
        if declared is not None and declared - heard > _CUT:
            self._losses.end = f"after {clock(heard)} of {clock(declared)}"
        elif declared is not None and heard - declared > _CUT:
            self._losses.longer = f"{clock(declared)}, but the sound goes on until {clock(heard)}"
        elif self._losses.just_now or lacks_end_mark(self.media.path):
            self._losses.end = f"after {clock(heard)}"


@lru_cache(maxsize=64)
def correction_of(path: Path, track: int | None, limits: Limits, stamp: str) -> Correction:
    """What all samples of a file are multiplied by; read until it is loud enough to be left alone.

    stamp: of the file, so that another content is judged anew. Raises as `AudioReader.windows`.
    """
    reader = AudioReader(path, limits, track=track, growing=True)
    correction, levels = Correction(scale_of(reader.media, reader._from)), []
    reader._correction = correction
    for window in reader.windows(_LOOK):
        levels.append(level_dbfs(window.samples))
        if levels[-1].max() > QUIET_DBFS:
            return correction
    return replace(correction, gain=gain_for(np.concatenate(levels))) if levels else correction
