"""Recordings as windows of 16 kHz mono samples, decoded as a stream by PyAV (FFmpeg).

Time zero is the first audio frame that can be decoded, whatever its time stamp says. A file that
is damaged or breaks off gives all that can be decoded: what is missing in the middle becomes
silence, so that later sounds keep their time, and `AudioReader.damage` says what was lost. The
file must stay in place while it is read. Nothing is cached, and pictures are never decoded.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet

from tools.errors import MediaError
from tools.limits import Limits
from tools.media import Media, check_rate, content_hash, lacks_end_mark, open_audio, open_media
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

Samples = npt.NDArray[np.float32]

SAMPLE_RATE = 16_000  # Hz
MIN_SECONDS = 0.1  # less than this is no recording
NO_LIMITS = Limits()
_RUN_UP = 1.0  # seconds decoded before a range, because codecs need some frames to settle
_JITTER = 0.1  # seconds by which the time stamps of a sound file may be off
_EXACT = 0.002  # the same behind a damaged packet, where a gap is to be expected
_MAX_GAP = 3600.0  # seconds: a longer one, or one past the declared length, is a broken clock
_PATIENCE = 5  # failed readings in a row before a file counts as broken off
_CUT = 1.0  # seconds: a file that is shorter than it declares by more than this has broken off


@dataclass(frozen=True)
class Window:
    """A stretch of a recording."""

    start: float  # seconds from the recording's start
    samples: Samples  # (n,) mono in [-1, 1], 16 kHz


class AudioReader:
    """Reads a recording as often as wanted, one pass at a time.

    Raises MediaError as `open_media`, and MediaTooLarge, then or while it is decoded, for what is
    beyond the limits.
    """

    def __init__(self, path: Path, limits: Limits = NO_LIMITS) -> None:
        self.media, self.limits = open_media(path), limits
        limits.check_channels(path, self.media.channels)
        limits.check_seconds(path, self.media.seconds or 0.0)
        self._losses = _Losses()

    @property
    def damage(self) -> str | None:
        """What the latest pass could not decode so far, in words; None if it lost nothing."""
        return self._losses.summary() or None

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
        self._losses = _Losses()
        return self._cut(round(seconds * SAMPLE_RATE), start, end)

    def _cut(self, size: int, start: float, end: float | None) -> Iterator[Window]:
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

    def _window(self, at: int, samples: Samples) -> Window:
        self._losses.valueless += int(np.count_nonzero(~np.isfinite(samples)))
        finite = np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)
        return Window(at / SAMPLE_RATE, np.clip(finite, -1.0, 1.0))

    def _between(self, start: float, end: float | None) -> Iterator[Samples]:
        first = round(start * SAMPLE_RATE)
        last = None if end is None else round(end * SAMPLE_RATE)
        for at, chunk in self._from(start):
            yield chunk[max(0, first - at) : None if last is None else max(0, last - at)]
            if last is not None and at + len(chunk) >= last:
                return

    def _from(self, start: float) -> Iterator[tuple[int, Samples]]:
        """Samples and their positions, beginning at `start` or before it."""
        path = self.media.path
        with open_audio(path) as (container, stream):
            frames = self._decode(container, stream)
            first = next(frames, None)
            if first is None and self._losses.packets:
                raise MediaError(
                    f"Nothing in {path} could be decoded because it is damaged or protected; copy "
                    "it again, or convert it to wav, flac or mp3."
                )
            if first is None:
                raise self._too_short(0.0)
            zero = first.time or 0.0
            if start <= _RUN_UP:
                yield from self._place(chain([first], frames), zero)
            elif sought := self._seek(container, stream, zero, start):
                yield from self._place(sought, zero)
            else:  # the format can't be sought in, so all that comes before is decoded too
                self._losses = _Losses()
                yield from self._from(0.0)

    def _seek(
        self, container: InputContainer, stream: AudioStream, zero: float, start: float
    ) -> Iterator[AudioFrame] | None:
        """Frames from somewhat before `start` on; None where that can't be done."""
        if stream.time_base is None:
            return None
        try:
            container.seek(int((zero + start - _RUN_UP) / stream.time_base), stream=stream)
        except av.FFmpegError:
            return None
        frames = self._decode(container, stream)
        landed = next(frames, None)
        if landed is None or landed.time is None or landed.time - zero > start:
            return None
        self._losses = _Losses()
        return chain([landed], frames)

    def _decode(self, container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
        stuck = 0
        while stuck < _PATIENCE:
            try:
                for packet in container.demux(stream):
                    stuck = 0
                    yield from self._unpack(packet)
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
            self._losses.add_packet()
        else:
            yield from frames

    def _place(self, frames: Iterator[AudioFrame], zero: float) -> Iterator[tuple[int, Samples]]:
        """Samples that follow each other without a break, by the time stamps of their frames."""
        mixer: _Mixer | None = None
        for frame in frames:
            if mixer is None:
                mixer = _Mixer(0.0 if frame.time is None else frame.time - zero)
            gap = 0.0 if frame.time is None else frame.time - zero - mixer.clock
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
        elif self._losses.just_now or lacks_end_mark(self.media.path):
            self._losses.end = f"after {clock(heard)}"


class _Losses:
    """What one pass over a file could not decode."""

    def __init__(self) -> None:
        self.packets = 0
        self.gaps: list[float] = []  # seconds
        self.jumps = 0
        self.valueless = 0  # samples that are infinite or not a number
        self.just_now = False  # the latest thing read was damaged
        self.end: str | None = None

    def add_packet(self) -> None:
        """Count a packet that gave nothing."""
        self.packets += 1
        self.just_now = True

    def summary(self) -> str:
        """All of it in words; empty if nothing was lost."""
        told = {
            f"{_count(self.packets, 'damaged packet')} skipped": self.packets,
            f"{_count(len(self.gaps), 'gap')} filled with {sum(self.gaps):.2f} s of silence": (
                self.gaps
            ),
            f"{_count(self.jumps, 'jump')} of the time stamps ignored": self.jumps,
            f"{_count(self.valueless, 'sample')} without a value made silent": self.valueless,
            f"the file breaks off {self.end}": self.end,
        }
        return "; ".join(words for words, happened in told.items() if happened)


class _Mixer:
    """Turns frames of any format into 16 kHz mono samples, and knows where each belongs."""

    def __init__(self, clock: float) -> None:
        self.clock = clock  # seconds from the recording's start: where the next frame belongs
        self.at = round(clock * SAMPLE_RATE)  # the position of the next sample to come out
        self._kind: tuple[str, str, int] | None = None
        self._resampler: av.AudioResampler | None = None

    def mix(self, frame: AudioFrame) -> Iterator[tuple[int, Samples]]:
        """The samples that this frame makes ready.

        Raises:
            av.FFmpegError: its channels can't be mixed down.
        """
        kind = (frame.format.name, frame.layout.name, frame.sample_rate)
        if kind != self._kind or self._resampler is None:  # a resampler serves one kind of frame
            yield from self.flush()
            self._resampler = _resampler()
        ready = self._resampler.resample(frame)
        self._kind = kind
        self.clock += frame.samples / frame.sample_rate
        yield from self._put(ready)

    def flush(self) -> Iterator[tuple[int, Samples]]:
        """The samples that the resampler still holds."""
        if self._kind is not None and self._resampler is not None:
            yield from self._put(self._resampler.resample(None))
        self._kind = self._resampler = None

    def pause(self, seconds: float) -> Iterator[tuple[int, Samples]]:
        """Silence."""
        yield from self.flush()
        self.clock += seconds
        until = round(self.clock * SAMPLE_RATE)
        while self.at < until:
            silence = np.zeros(min(until - self.at, SAMPLE_RATE), np.float32)
            yield self.at, silence
            self.at += len(silence)

    def _put(self, ready: list[AudioFrame]) -> Iterator[tuple[int, Samples]]:
        for frame in ready:
            samples = frame.to_ndarray()[0].astype(np.float32, copy=False)
            yield self.at, samples
            self.at += len(samples)


def _resampler() -> av.AudioResampler:
    """To mono, where the weights of the channels add up to one whatever the sample format is."""
    return av.AudioResampler(
        format="flt",
        layout="mono",
        rate=SAMPLE_RATE,
        frame_size=SAMPLE_RATE,
        options={"rematrix_maxval": "1.0"},
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
