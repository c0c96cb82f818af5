"""The assistant over HTTP, in OpenAI's shape where there is one, and natively where there is none.

Thin: every answer comes from the assistant, its jobs or its store. Only known recordings, uploads
and files under the allowed folders can be named; nothing is fetched from addresses unless the
settings allow it. A client that goes away stops its answer at the next token.
"""

import time
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, Field

from assistant.app import Assistant
from assistant.budget.peak import resident_bytes
from assistant.choosing import shown
from assistant.doors.exports import Exports
from assistant.doors.finding import Finding
from assistant.doors.guard import client_of
from assistant.doors.http_errors import add_errors
from assistant.doors.openai_api import DOOR, OpenAI
from assistant.doors.places import Places
from assistant.errors import BadRequest, without_folders
from assistant.work.jobs import Jobs
from memory import Job, Recording
from tools.ingest import forget
from tools.naming import merge_speakers, split_speaker, undo_correction
from tools.speakers import overview, speaker_turns, speakers_known
from tools.speakers import told as told_turns


class Place(BaseModel):
    """A recording to listen to: an id, a path or an address; of several tracks, which; by whom."""

    recording: str
    track: int | None = Field(None, ge=1)
    model: str = ""


class Name(BaseModel):
    """What a speaker is called."""

    name: str


class Merged(BaseModel):
    """Numbers of speakers who are one."""

    speakers: list[str] = Field(max_length=1000)


class Split(BaseModel):
    """What a speaker says in a stretch is another's: that number, or somebody new."""

    speaker: str
    start: float = Field(ge=0, allow_inf_nan=False)
    end: float = Field(ge=0, allow_inf_nan=False)
    to: str | None = None


def add_api(app: FastAPI, assistant: Assistant, jobs: Jobs) -> None:
    """Puts the routes and their errors on an application."""
    app.include_router(Api(assistant, jobs).router())
    add_errors(app)


class Api:
    """The handlers. They run in threads: the model blocks."""

    def __init__(self, assistant: Assistant, jobs: Jobs) -> None:
        self.assistant, self.store, self.jobs = assistant, assistant.store, jobs
        self.places = Places(assistant)
        self.openai = OpenAI(assistant)
        self.begun = time.time()

    def router(self) -> APIRouter:
        """All routes."""
        router = APIRouter()
        router.get("/health")(self.health)
        router.get("/metrics", response_class=PlainTextResponse)(self.metrics)
        router.include_router(self.openai.router())
        router.include_router(Exports(self.assistant).router())
        router.get("/v1/find")(Finding(self.assistant).route)
        router.post("/v1/ask")(Finding(self.assistant).ask)
        router.get("/v1/recordings")(self.recordings)
        router.post("/v1/recordings", status_code=202)(self.ingest)
        router.get("/v1/recordings/{recording}")(self.recording)
        router.delete("/v1/recordings/{recording}")(self.remove)
        router.post("/v1/recordings/{recording}/restore")(self.restore)
        router.get("/v1/recordings/{recording}/speakers")(self.speakers)
        router.post("/v1/recordings/{recording}/speakers", status_code=202)(self.find_speakers)
        router.put("/v1/recordings/{recording}/speakers/{speaker}")(self.name_speaker)
        router.post("/v1/recordings/{recording}/speakers/merge")(self.merge_speakers)
        router.post("/v1/recordings/{recording}/speakers/split")(self.split_speaker)
        router.post("/v1/recordings/{recording}/speakers/undo")(self.undo_speakers)
        router.delete("/v1/speakers/{name}")(self.forget_speaker)
        router.get("/v1/jobs/{job}")(self.job)
        router.delete("/v1/jobs/{job}")(self.cancel)
        return router

    def health(self) -> dict[str, str]:
        """Whether the server is up."""
        return {"status": "ok", "model": shown(self.assistant.chosen.name)}

    def metrics(self) -> str:
        """Counters and gauges in Prometheus' text format."""
        values = {
            "headrouter_up_seconds": time.time() - self.begun,
            "headrouter_answers_total": self.openai.answered,
            "headrouter_failures_total": self.openai.failed,
            "headrouter_recordings": len(self.store.recordings()),
            "headrouter_jobs_under_way": len(self.store.jobs_under_way()),
            "process_resident_memory_bytes": resident_bytes(),
        }
        return "".join(f"{name} {value:.10g}\n" for name, value in values.items())

    def recordings(self) -> list[dict[str, Any]]:
        """All that are known."""
        return [described(recording) for recording in self.store.recordings()]

    def recording(self, recording: str) -> dict[str, Any]:
        """One of them."""
        return described(self.store.recording(recording))

    def ingest(self, place: Place, sent: Request) -> dict[str, Any]:
        """Begins to listen; a job."""
        found = self.places.recording(place.recording, place.track)
        arguments = {"recording": found.id, "client": client_of(sent.client, DOOR)}
        if place.model:
            arguments["model"] = self.assistant.named(place.model)
        return progress(self.jobs.begin("ingest", arguments))

    def remove(self, recording: str, now: bool = False) -> dict[str, Any]:
        """Puts one into the bin for 30 days; ``now``: forgets it for good.

        A file stays, unless it was uploaded.
        """
        found = self.store.recording(recording, binned=True)
        if recording.lower() != found.id:
            raise BadRequest(f"to remove {found.name}, give its whole id: {found.id}")
        if now:
            forget(self.store, found, **self.assistant.settings.folders)
        else:
            self.store.bin_recording(found.id)
        return {"removed": found.id, "for_good": now}

    def restore(self, recording: str) -> dict[str, Any]:
        """Takes one out of the bin."""
        found = self.store.recording(recording, binned=True)
        return described(self.store.restore_recording(found.id))

    def speakers(self, recording: str) -> dict[str, Any]:
        """Who speaks in one, and when; nobody until they were looked for."""
        return self._speakers(self.store.recording(recording))

    def _speakers(self, found: Recording) -> dict[str, Any]:
        return {
            "recording": found.id,
            "looked_for": speakers_known(self.store, found),
            "speakers": overview(self.store, found),
            "turns": told_turns(speaker_turns(self.store, found)),
        }

    def find_speakers(self, recording: str, sent: Request) -> dict[str, Any]:
        """Begins to look for who speaks; a job."""
        found = self.store.recording(recording)
        arguments = {"recording": found.id, "client": client_of(sent.client, DOOR)}
        return progress(self.jobs.begin("speakers", arguments))

    def name_speaker(self, recording: str, speaker: str, given: Name) -> dict[str, Any]:
        """Names a speaker of one, by number."""
        found = self.store.recording(recording)
        self.assistant.name_speaker(found, speaker, given.name)
        return {"recording": found.id, "speakers": overview(self.store, found)}

    def merge_speakers(self, recording: str, merged: Merged) -> dict[str, Any]:
        """Makes speakers of one into one speaker."""
        found = self.store.recording(recording)
        merge_speakers(self.store, found, merged.speakers)
        return self._speakers(found)

    def split_speaker(self, recording: str, split: Split) -> dict[str, Any]:
        """Gives what a speaker says in a stretch to another."""
        found = self.store.recording(recording)
        split_speaker(self.store, found, split.speaker, split.start, split.end, split.to)
        return self._speakers(found)

    def undo_speakers(self, recording: str) -> dict[str, Any]:
        """Takes the latest merge or split back."""
        found = self.store.recording(recording)
        undo_correction(self.store, found)
        return self._speakers(found)

    def forget_speaker(self, name: str) -> dict[str, Any]:
        """Takes a name, and the voice under it, off all recordings."""
        return {"forgotten": name, "recordings": self.store.forget_speaker(name)}

    def job(self, job: str) -> dict[str, Any]:
        """How far a job is."""
        return progress(self.jobs.look(job))

    def cancel(self, job: str) -> dict[str, Any]:
        """Ends a job."""
        return progress(self.jobs.cancel(job))


def described(recording: Recording) -> dict[str, Any]:
    """A recording without its place on this machine."""
    names = ("id", "name", "seconds", "state", "size_bytes")
    note = recording.note and without_folders(recording.note)
    return {name: getattr(recording, name) for name in names} | {"note": note}


def progress(job: Job) -> dict[str, Any]:
    """A job, without whose it is."""
    arguments = {name: value for name, value in job.arguments.items() if name != "client"}
    error = job.error and without_folders(job.error)
    return vars(job) | {"arguments": arguments, "error": error}
