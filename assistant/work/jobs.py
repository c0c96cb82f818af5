"""Jobs: questions and listening that outlive the call which asked for them.

A job is done in a thread of this process and noted in the store, so that any process can look at
it or cancel it. What a process leaves undone when it ends is taken up by the next that is started.
"""

import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from typing import Any
from uuid import uuid4

import numpy as np

from assistant.app import Assistant
from assistant.ask.events import Again, Planned, Progress
from assistant.ask.nodes import find_recording
from assistant.ask.outcome import Outcome
from assistant.ask.state import Request
from assistant.budget.disk import HearingStage
from assistant.errors import EXPECTED, Busy
from memory import Job
from tools.context import Stop
from tools.errors import Stopped
from tools.speakers import overview

MOST = 16  # jobs of one process at a time
MOST_OF_ONE = 8  # of one client
EVENTS, EVENT_SECONDS = "Which sounds are heard?", 10.0
LOOK = 0.5  # seconds between looks at whether another process cancelled
Tell = Callable[[str, float | None], None]
Work = Callable[[Assistant, dict[str, Any], Tell, Stop], dict[str, Any]]


class Jobs:
    """Begins jobs and tells about them. Threads share one."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant, self.store, self.alive = assistant, assistant.store, assistant.alive
        self._changed = threading.Condition()
        self._threads: dict[str, threading.Thread] = {}
        self._clients: dict[str, str] = {}  # by job

    def begin(self, kind: str, arguments: dict[str, Any]) -> Job:
        """Begins a job of a kind in KINDS; ``client`` in its arguments is who wants it.

        Raises Busy when there are too many, of all clients or of this one.
        """
        client = arguments.get("client", "")
        with self._changed:
            self._threads = {id: t for id, t in self._threads.items() if t.is_alive()}
            self._clients = {id: self._clients[id] for id in self._threads}
            if len(self._threads) >= MOST:
                raise Busy(f"{MOST} jobs are under way: wait for one to end, or cancel one")
            if list(self._clients.values()).count(client) >= MOST_OF_ONE:
                raise Busy(f"{MOST_OF_ONE} jobs of yours are under way: wait, or cancel one")
            job = self.store.add_job(uuid4().hex[:8], kind, arguments, self.alive.show())
            self._launch(job)
        return job

    def _launch(self, job: Job) -> None:
        thread = threading.Thread(target=self._do, args=(job,), daemon=True)
        self._threads[job.id] = thread
        self._clients[job.id] = job.arguments.get("client", "")
        thread.start()

    def look(self, id: str, wait: float = 0.0) -> Job:
        """A job as it is; waits up to ``wait`` seconds for its end. Raises NotFound."""
        until = time.monotonic() + wait
        while True:
            job = self.store.job(id)
            left = until - time.monotonic()
            if job.state not in ("running", "cancelling") or left <= 0:
                return job
            with self._changed:
                self._changed.wait(min(left, LOOK))

    def cancel(self, id: str, wait: float = 5.0) -> Job:
        """Ends a job at the next safe point, whichever process does it. Raises NotFound."""
        self.store.cancel_job(id)
        return self.look(id, wait)

    def cancel_all(self) -> None:
        """Ends what was begun here and is still under way."""
        with self._changed:
            mine = [id for id, thread in self._threads.items() if thread.is_alive()]
        for id in mine:
            self.cancel(id)

    def take_up(self) -> list[Job]:
        """Goes on with what processes that have ended left undone."""
        found = []
        self.alive.sweep()
        for job in self.store.jobs_under_way():
            if self.alive.lives(job.owner):
                continue
            owned = self.store.own_job(job.id, self.alive.show(), before=job.owner)
            if owned is None:  # another process was quicker
                continue
            if job.state == "cancelling":
                self.store.end_job(job.id, "cancelled")
                continue
            found.append(owned)
            self._launch(owned)
        return found

    def _do(self, job: Job) -> None:
        stop = _Cancelled(self.store.job, job.id)

        def tell(stage: str, fraction: float | None) -> None:
            self.store.set_progress(job.id, stage, fraction)

        try:
            result = KINDS[job.kind](self.assistant, job.arguments, tell, stop)
            self.store.end_job(job.id, "done", result)
        except Stopped:
            self.store.end_job(job.id, "cancelled")
        except EXPECTED as error:
            self.store.end_job(job.id, "failed", error=str(error))
        except Exception as error:  # a bug must not leave a job that never ends
            self.store.end_job(job.id, "failed", error=f"internal error: {error!r}")
            raise
        finally:
            with self._changed:
                self._changed.notify_all()


class _Cancelled:
    """Whether a job was cancelled; asks the store now and then only."""

    def __init__(self, job: Callable[[str], Job], id: str) -> None:
        self._job, self._id = job, id
        self._looked, self._state = 0.0, False

    def __call__(self) -> bool:
        if not self._state and time.monotonic() - self._looked > LOOK:
            self._looked = time.monotonic()
            self._state = self._job(self._id).state == "cancelling"
        return self._state


def ingest(
    assistant: Assistant, arguments: dict[str, Any], tell: Tell, stop: Stop
) -> dict[str, Any]:
    """Listens to ``recording``, an id or a path, with ``model`` if it is named."""
    recording = find_recording(assistant.store, arguments["recording"])
    told = HearingStage("listening to the recording", tell)
    heard = assistant.ingest(
        recording, told.fraction, stop, arguments.get("model"), on_size=told.size
    )
    return {"recording": heard.id, "name": heard.name, "seconds": heard.seconds}


def ask(assistant: Assistant, arguments: dict[str, Any], tell: Tell, stop: Stop) -> dict[str, Any]:
    """Answers a question; ``arguments`` are those of a Request."""
    outcome = Outcome()
    with closing(assistant.ask(Request(**arguments), stop)) as events:
        for event in outcome.taking(events):
            match event:
                case Progress(stage, fraction):
                    tell(stage, fraction)
                case Planned() | Again():
                    tell("thinking", None)
    if outcome.answered().stopped:
        raise Stopped
    return {"answer": outcome.answer, **outcome.evidence(brief=True), **outcome.place()}


def transcribe(
    assistant: Assistant, arguments: dict[str, Any], tell: Tell, stop: Stop
) -> dict[str, Any]:
    """Recognises all words of ``recording``."""
    recording = find_recording(assistant.store, arguments["recording"])
    words = assistant.transcript(
        recording, lambda fraction: tell("recognising words", fraction), stop
    )
    note = assistant.store.recording(recording.id).note
    return {"recording": recording.id, "words": len(words), "note": note}


def speakers(
    assistant: Assistant, arguments: dict[str, Any], tell: Tell, stop: Stop
) -> dict[str, Any]:
    """Finds who speaks in ``recording``."""
    recording = find_recording(assistant.store, arguments["recording"])
    assistant.speakers(recording, lambda done: tell("telling speakers apart", done), stop)
    return {"recording": recording.id, "speakers": overview(assistant.store, recording)}


def events(
    assistant: Assistant, arguments: dict[str, Any], tell: Tell, stop: Stop
) -> dict[str, Any]:
    """Asks what sounds there are, EVENT_SECONDS at a time; silent stretches have none.

    Goes on behind the last stretch that an earlier job of the same kind had finished.
    """
    told = HearingStage("listening to the recording", tell)
    recording = find_recording(assistant.store, arguments["recording"])
    recording = assistant.ingest(recording, told.fraction, stop, on_size=told.size)
    begin, end = arguments.get("start") or 0.0, recording.seconds or 0.0
    end = min(end, arguments.get("end") or end)
    run = f"events of {recording.id}, {begin} to {end}, {assistant.models.listener().model_id}"
    finished = assistant.store.finished_parts(run)
    session = finished[-1]["session"] if finished else None
    starts = np.arange(begin, end, EVENT_SECONDS).tolist()
    for number, at in enumerate(starts[len(finished) :], start=len(finished) + 1):
        until = min(at + EVENT_SECONDS, end)
        request = Request(recording.id, EVENTS, at, until, words="off", session=session)
        request = replace(request, client=arguments.get("client", ""))
        answer = ask(assistant, vars(request), lambda stage, fraction: None, stop)
        session = answer["session"]
        heard = {"start": at, "end": until, "sounds": answer["answer"]}
        silent = not answer["heard"]["tokens_kept"]
        finished.append({"session": session, "heard": None if silent else heard})
        assistant.store.finish_part(run, recording.id, number, finished[-1])
        tell("listening for sounds", (until - begin) / (end - begin))
    assistant.store.drop_parts(run)
    return {"recording": recording.id, "events": [p["heard"] for p in finished if p["heard"]]}


KINDS: dict[str, Work] = {
    "ingest": ingest,
    "ask": ask,
    "transcribe": transcribe,
    "speakers": speakers,
    "events": events,
}
