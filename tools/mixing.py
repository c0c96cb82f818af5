"""How the channels of a recording become one, of samples that can be listened to.

Frames of any format become 16 kHz mono, as they follow each other. What a fault of the recording
hides is brought out, block by block, and told: channels that cancel each other, a constant offset,
floats beyond full scale, a recording too quiet for what listens to it. What has no such fault goes
through bit by bit.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

import av
import numpy as np
import numpy.typing as npt
from av.audio.frame import AudioFrame

Samples = npt.NDArray[np.float32]

SAMPLE_RATE = 16_000  # Hz
BLOCK = 10 * SAMPLE_RATE  # samples that are judged at once
_ENOUGH = SAMPLE_RATE  # samples that a block needs to be judged by itself
_CANCELS = 0.1  # of the power that channels have when nothing cancels: less is lost
_HEARD = 1e-10  # power, -100 dBFS: below it there is nothing to cancel
_OFFSET = 0.05  # of full scale: a smaller mean is let be


@dataclass(frozen=True)
class Correction:
    """What the samples of a whole recording are multiplied by."""

    scale: float = 1.0  # for floats beyond full scale
    gain: float = 1.0  # for what is too quiet

    @property
    def factor(self) -> float:
        """Both."""
        return self.scale * self.gain

    def told(self) -> Iterator[str]:
        """In words."""
        if self.scale != 1.0:
            yield f"samples beyond full scale divided by {1 / self.scale:.6g}"
        if self.gain != 1.0:
            yield f"very quiet, made {20 * np.log10(self.gain):.0f} dB louder"


@dataclass
class Faults:
    """What was brought out of a pass, in samples."""

    cancelled: int = 0  # heard from one channel
    offset: int = 0  # moved to the middle
    valueless: int = 0  # infinite or not a number


@dataclass(frozen=True)
class Piece:
    """A stretch of samples, mixed down, and beside it the channels where there are several."""

    at: int  # place of the first sample, from the recording's start
    mono: Samples  # (n,)
    channels: Samples | None = None  # (channels, n)
    weights: tuple[float, ...] = ()  # of the channels in the mix


class Mixer:
    """Turns frames of any format into pieces of 16 kHz, and knows where each belongs."""

    def __init__(self, clock: float) -> None:
        self.clock = clock  # seconds from the recording's start: where the next frame belongs
        self.at = round(clock * SAMPLE_RATE)  # the position of the next sample to come out
        self._kind: tuple[str, str, int] | None = None
        self._mono: av.AudioResampler | None = None
        self._each: av.AudioResampler | None = None  # keeps the channels apart

    def mix(self, frame: AudioFrame) -> Iterator[Piece]:
        """The samples that this frame makes ready.

        Raises:
            av.FFmpegError: its channels can't be mixed down.
        """
        kind = (frame.format.name, frame.layout.name, frame.sample_rate)
        if kind != self._kind or self._mono is None:  # a resampler serves one kind of frame
            yield from self.flush()
            self._mono = _resampler("flt", "mono")
            self._each = None
            if frame.layout.nb_channels > 1:
                self._each = _resampler("fltp", frame.layout.name)
        ready = self._mono.resample(frame)
        each = self._each.resample(frame) if self._each else []
        self._kind = kind
        self.clock += frame.samples / frame.sample_rate
        yield from self._put(ready, each)

    def flush(self) -> Iterator[Piece]:
        """The samples that the resamplers still hold."""
        if self._kind is not None and self._mono is not None:
            each = self._each.resample(None) if self._each else []
            yield from self._put(self._mono.resample(None), each)
        self._kind = self._mono = self._each = None

    def pause(self, seconds: float) -> Iterator[Piece]:
        """Silence."""
        yield from self.flush()
        self.clock += seconds
        until = round(self.clock * SAMPLE_RATE)
        while self.at < until:
            silence = np.zeros(min(until - self.at, SAMPLE_RATE), np.float32)
            yield Piece(self.at, silence)
            self.at += len(silence)

    def _put(self, ready: list[AudioFrame], each: list[AudioFrame]) -> Iterator[Piece]:
        for number, frame in enumerate(ready):
            samples = frame.to_ndarray()[0].astype(np.float32, copy=False)
            piece = Piece(self.at, samples)
            if self._each is not None:
                layout = each[number].layout.name
                channels = each[number].to_ndarray().astype(np.float32, copy=False)
                piece = Piece(self.at, samples, channels, _weights(layout))
            yield piece
            self.at += len(samples)


def _resampler(format: str, layout: str) -> av.AudioResampler:
    """Where channels are mixed, their weights add up to one whatever the sample format is."""
    return av.AudioResampler(
        format=format,
        layout=layout,
        rate=SAMPLE_RATE,
        frame_size=SAMPLE_RATE,
        options={"rematrix_maxval": "1.0"},
    )


@lru_cache
def _weights(layout: str) -> tuple[float, ...]:
    """How much of each channel is in the mix; found by mixing each alone."""
    count = av.AudioLayout(layout).nb_channels
    mixer = _resampler("flt", "mono")
    ones = np.repeat(np.eye(count, dtype=np.float32), 16, axis=1)  # (channels, 16 a channel)
    frame = av.AudioFrame.from_ndarray(ones, format="fltp", layout=layout)
    frame.sample_rate = SAMPLE_RATE
    mixed = [*mixer.resample(frame), *mixer.resample(None)]
    samples = np.concatenate([part.to_ndarray()[0] for part in mixed])
    return tuple(float(weight) for weight in samples[8::16])


@dataclass
class Blocks:
    """Gathers pieces into blocks, and brings out what a fault hides in each."""

    correction: Correction = Correction()
    faults: Faults = field(default_factory=Faults)
    channel: int | None = None  # from 0: hear it alone where there are several
    _offset: float = 0.0

    def of(self, pieces: Iterator[Piece], last: int | None) -> Iterator[tuple[int, Samples]]:
        """Mono samples and their places; nothing is gathered beyond ``last``."""
        gathered: list[Piece] = []
        for piece in pieces:
            if gathered and _kind(piece) != _kind(gathered[0]):
                yield self._judged(gathered)
                gathered = []
            gathered.append(piece)
            end = piece.at + len(piece.mono)
            if end - gathered[0].at >= BLOCK or (last is not None and end >= last):
                yield self._judged(gathered)
                gathered = []
        if gathered:
            yield self._judged(gathered)

    def _judged(self, pieces: list[Piece]) -> tuple[int, Samples]:
        samples = self._finite(np.concatenate([_of(piece, self.channel) for piece in pieces]))
        if pieces[0].channels is not None and self.channel is None:
            each = np.concatenate([p.channels for p in pieces if p.channels is not None], axis=1)
            alone = _uncancelled(samples, each, np.array(pieces[0].weights))
            if alone is not None:
                samples = alone
                self.faults.cancelled += len(samples)
        samples = self._centred(samples * np.float32(self.correction.scale))
        return pieces[0].at, np.clip(samples * np.float32(self.correction.gain), -1.0, 1.0)

    def _finite(self, samples: Samples) -> Samples:
        self.faults.valueless += int(np.count_nonzero(~np.isfinite(samples)))
        return np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)

    def _centred(self, samples: Samples) -> Samples:
        """Without the constant offset of a broken sound card."""
        if len(samples) >= _ENOUGH:
            mean = float(np.mean(samples, dtype=np.float64))
            self._offset = mean if abs(mean) > _OFFSET else 0.0
        if not self._offset:
            return samples
        self.faults.offset += len(samples)
        return samples - np.float32(self._offset)


def _of(piece: Piece, channel: int | None) -> Samples:
    """One channel of a piece, counted anew where it has fewer; else its mix."""
    if channel is None or piece.channels is None:
        return piece.mono
    return np.asarray(piece.channels[channel % len(piece.channels)])


def _kind(piece: Piece) -> tuple[float, ...]:
    return piece.weights


def _uncancelled(
    mono: Samples, channels: Samples, weights: npt.NDArray[np.float64]
) -> Samples | None:
    """One of the channels, where they cancel each other in the mix; else None.

    mono: (n,), channels: (channels, n).
    """
    finite = np.nan_to_num(channels, nan=0.0, posinf=0.0, neginf=0.0)
    # About the mean, because an offset is no sound.
    power = weights**2 * np.var(finite, axis=1, dtype=np.float64)
    if power.sum() < _HEARD or np.var(mono, dtype=np.float64) >= _CANCELS * power.sum():
        return None
    first = int(np.argmax(power >= 0.5 * power.max()))  # the same one from block to block
    return np.asarray(finite[first])
