"""Recordings made ready one after the other, in the background: heard, written down, told apart.

One thread does it, which begins when there is something to do and ends when there is nothing
left. What was done stays done: a recording that is stopped midway goes on from there.
"""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from assistant.app import Assistant
from assistant.errors import EXPECTED
from assistant.work.ahead import words_when_idle
from assistant.work.sounds import find_sounds
from memory import NotFound, Recording
from tools.context import OnFraction
from tools.errors import SpeakersError, Stopped
from tools.times import TimeLeft

WAITING = "waiting"
HEARING, WORDS, SPEAKERS, SOUNDS = (
    "listening",
    "writing down what is said",
    "telling speakers apart",
    "naming sounds",
)


@dataclass
class Task:
    """A recording that is made ready, and how far that is."""

    recording: str  # its id
    name: str
    stage: str = WAITING
    fraction: float | None = None
    seconds_left: float | None = None  # of the stage
    error: str = ""  # why it ended without being ready
    stopped: threading.Event = field(default_factory=threading.Event)

    def at(self, stage: str) -> OnFraction:
        """Begins a stage; a callback that tells how far it is."""
        left = TimeLeft()
        self.stage, self.fraction, self.seconds_left = stage, None, None

        def tell(fraction: float | None) -> None:
            self.fraction, self.seconds_left = fraction, left.at(fraction)

        return tell


class Preparing:
    """The queue. Threads share one."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant = assistant
        self._lock = threading.Lock()
        self._waiting: deque[Task] = deque()
        self._now: Task | None = None
        self._failed: list[Task] = []
        self._thread: threading.Thread | None = None
        self._closed = False
        assistant.leaving.callback(self.close)

    def add(self, recording: Recording) -> None:
        """Puts a recording at the end of the queue, unless it is in it."""
        with self._lock:
            queued = [*([self._now] if self._now else []), *self._waiting]
            if self._closed or any(task.recording == recording.id for task in queued):
                return
            self._failed = [task for task in self._failed if task.recording != recording.id]
            self._waiting.append(Task(recording.id, recording.name))
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, daemon=True)
                self._thread.start()

    def tasks(self) -> list[Task]:
        """What is under way, then what waits in its order, then what failed."""
        with self._lock:
            return [*([self._now] if self._now else []), *self._waiting, *self._failed]

    def cancel(self, recording: str) -> None:
        """Takes a recording out of the queue; what is under way ends at the next safe point."""
        with self._lock:
            self._waiting = deque(t for t in self._waiting if t.recording != recording)
            self._failed = [t for t in self._failed if t.recording != recording]
            if self._now and self._now.recording == recording:
                self._now.stopped.set()

    def close(self) -> None:
        """Ends all of it, and waits until it has ended."""
        with self._lock:
            self._closed = True
            self._waiting.clear()
            thread = self._thread
            if self._now:
                self._now.stopped.set()
        if thread is not None:
            thread.join()

    def _work(self) -> None:
        while (task := self._next()) is not None:
            try:
                self._prepare(task)
            except Stopped:
                continue
            except NotFound:  # it was removed meanwhile
                continue
            except EXPECTED as error:
                task.error = str(error)
                with self._lock:
                    self._failed.append(task)

    def _next(self) -> Task | None:
        with self._lock:
            self._now = self._waiting.popleft() if self._waiting else None
            if self._now is None:
                self._thread = None
            return self._now

    def _prepare(self, task: Task) -> None:
        """Hears it, then what the recogniser, the diariser and the ear have to say of it."""
        assistant, stop = self.assistant, task.stopped.is_set
        recording = assistant.store.recording(task.recording)
        recording = assistant.ingest(recording, task.at(HEARING), stop)
        steps: list[tuple[str, Callable[[OnFraction], object]]] = [
            (SOUNDS, lambda tell: find_sounds(assistant, recording)),
            (WORDS, lambda tell: self._words(recording, tell, stop)),
            (SPEAKERS, lambda tell: self._speakers(recording, tell, stop)),
        ]
        for stage, step in steps:
            if stop():
                raise Stopped
            step(task.at(stage))

    def _words(self, recording: Recording, tell: OnFraction, stop: Callable[[], bool]) -> None:
        words_when_idle(self.assistant, recording, tell, stop, looked_on=True)

    def _speakers(self, recording: Recording, tell: OnFraction, stop: Callable[[], bool]) -> None:
        """Who speaks; the recording is ready without it, and its view says why it is missing."""
        try:
            self.assistant.speakers(recording, tell, stop)
        except SpeakersError:
            return
