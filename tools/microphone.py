"""Sound from a microphone, by PortAudio, as blocks of 16 kHz mono samples.

PortAudio and its Python half are only loaded when a microphone is asked for. The device's own
rate is taken and resampled here; what the system drops for want of speed is counted.
"""

import queue
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

import av
import numpy as np
import numpy.typing as npt

from tools.audio import SAMPLE_RATE, Samples
from tools.errors import MicrophoneError

BLOCK_SECONDS = 0.1
STALLED = 3.0  # seconds without a block after which the device counts as gone
WAITING = 600  # blocks at most between the device and the disk: one minute


@dataclass(frozen=True)
class Device:
    """A microphone."""

    number: int
    name: str
    rate: float  # Hz, its own
    default: bool


def devices() -> list[Device]:
    """The microphones there are. Raises MicrophoneError if PortAudio is missing."""
    sound = portaudio()
    default = sound.default.device[0]
    return [
        Device(number, device["name"], device["default_samplerate"], number == default)
        for number, device in enumerate(sound.query_devices())
        if device["max_input_channels"] > 0
    ]


def portaudio() -> Any:
    """The module sounddevice. Raises MicrophoneError, which says what to install."""
    try:
        import sounddevice
    except ModuleNotFoundError as error:
        raise MicrophoneError(
            "microphones need sounddevice: pip install 'headrouter[mic]'"
        ) from error
    except OSError as error:
        raise MicrophoneError(
            "microphones need PortAudio: install it (Debian and Ubuntu: apt install libportaudio2)"
        ) from error
    return sounddevice


class Microphone:
    """Context manager; iterating gives blocks (n,) until it is stopped and drained.

    Raises MicrophoneError if the device can't be opened, or goes away.
    """

    def __init__(self, device: int | str | None = None) -> None:
        self._blocks: queue.Queue[npt.NDArray[np.float32] | None] = queue.Queue(WAITING)
        self.overflows = 0  # times that sound was lost
        sound = portaudio()
        try:
            settings = sound.query_devices(device, "input")
            self.rate = round(settings["default_samplerate"])
            self._stream = sound.InputStream(
                device=device,
                samplerate=self.rate,
                channels=1,
                dtype="float32",
                blocksize=round(BLOCK_SECONDS * self.rate),
                latency="low",  # what the system still holds is lost if this process dies
                callback=self._take,
            )
        except (sound.PortAudioError, ValueError) as error:
            raise MicrophoneError(
                f"the microphone can't be opened ({error}): `headrouter listen --list` shows "
                "what there is"
            ) from error
        self._resample = Resampler(self.rate)

    def _take(self, block: npt.NDArray[np.float32], frames: int, time: Any, status: Any) -> None:
        """PortAudio's own thread: nothing here may wait."""
        if status.input_overflow:
            self.overflows += 1
        try:
            self._blocks.put_nowait(block[:, 0].copy())
        except queue.Full:
            self.overflows += 1

    def __enter__(self) -> Self:
        self._stream.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stream.close()

    def stop(self) -> None:
        """Take no more; iterating ends after what came before."""
        self._stream.stop()
        self._blocks.put(None)

    def __iter__(self) -> Iterator[Samples]:
        while True:
            try:
                block = self._blocks.get(timeout=STALLED)
            except queue.Empty:
                raise MicrophoneError(
                    f"no sound came from the microphone for {STALLED:.0f} s: is it still plugged "
                    "in? What was heard before is kept"
                ) from None
            if block is None:
                yield self._resample(None)
                return
            yield self._resample(block)


class Resampler:
    """Mono samples of any rate to 16 kHz, block by block."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self._resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)

    def __call__(self, block: Samples | None) -> Samples:
        """What a block makes ready; None gives what is still held."""
        frame = None
        if block is not None:
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block[None]), "flt", "mono")
            frame.sample_rate = self.rate
        ready = [frame.to_ndarray()[0] for frame in self._resampler.resample(frame)]
        return np.concatenate(ready) if ready else np.empty(0, np.float32)
