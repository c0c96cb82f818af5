"""The assistant over HTTP, in OpenAI's shape where there is one, and natively where there is none.

Thin: every answer comes from the assistant, its jobs or its store. Only known recordings, uploads
and files under the allowed folders can be named; nothing is fetched from addresses unless the
settings allow it. A client that goes away stops its answer at the next token.
"""

import base64
import binascii
import io
import json
import shutil
import threading
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, BinaryIO, Literal

from fastapi import APIRouter, FastAPI, File, Form, Request, UploadFile
from fastapi.concurrency import iterate_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from assistant import state
from assistant.app import Assistant, chosen_model
from assistant.errors import EXPECTED, BadRequest, BudgetRefused, Busy
from assistant.events import Again, Cited, Done, Event, Failed, Heard, Token
from assistant.guard import client_of
from assistant.jobs import Jobs, compact
from assistant.peak import resident_bytes
from assistant.places import Places
from assistant.whole import Scope
from headrouter.errors import ModelMissing
from memory import Job, NotFound, Recording, StoreError
from tools.errors import DiskError, MediaTooLarge, Stopped
from tools.export import transcript_as
from tools.fetch import free_path
from tools.ingest import forget
from tools.speakers import overview, speaker_turns, speakers_known
from tools.speakers import told as told_turns
from tools.transcript import as_text

DOOR = "api"  # as the lane knows it


class Part(BaseModel):
    """A piece of a message: text, audio in base64, or a recording by id or path."""

    type: Literal["text", "input_audio", "recording"]
    text: str = ""
    input_audio: dict[str, str] = Field(default_factory=dict)
    recording: str = ""


class Message(BaseModel):
    """One message; the last of the user's is the question."""

    role: str
    content: str | list[Part] | None = None


class ChatRequest(BaseModel):
    """OpenAI's, and what is ours: the recording, a range of it, the keep ratio, the session."""

    model_config = ConfigDict(extra="ignore")

    messages: list[Message]
    model: str = ""
    stream: bool = False
    recording: str | None = None
    start: float | None = Field(None, ge=0)
    end: float | None = Field(None, ge=0)
    keep: float | None = None
    scope: Scope = "auto"
    session: int | None = None


class Place(BaseModel):
    """A recording to listen to: an id, a path or an address."""

    recording: str


class Name(BaseModel):
    """What a speaker is called."""

    name: str


def add_api(app: FastAPI, assistant: Assistant, jobs: Jobs) -> None:
    """Puts the routes and their errors on an application."""
    app.include_router(Api(assistant, jobs).router())
    for kind in (*EXPECTED, RequestValidationError):
        app.add_exception_handler(kind, envelope)


class Api:
    """The handlers. They run in threads: the model blocks."""

    def __init__(self, assistant: Assistant, jobs: Jobs) -> None:
        self.assistant, self.store, self.jobs = assistant, assistant.store, jobs
        self.places = Places(assistant)
        self.begun, self.answered, self.failed = time.time(), 0, 0

    def router(self) -> APIRouter:
        """All routes."""
        router = APIRouter()
        router.get("/health")(self.health)
        router.get("/metrics", response_class=PlainTextResponse)(self.metrics)
        router.get("/v1/models")(self.models)
        router.post("/v1/chat/completions", response_model=None)(self.chat)
        router.post("/v1/audio/transcriptions", response_model=None)(self.transcribe)
        router.get("/v1/recordings")(self.recordings)
        router.post("/v1/recordings", status_code=202)(self.ingest)
        router.get("/v1/recordings/{recording}")(self.recording)
        router.delete("/v1/recordings/{recording}")(self.remove)
        router.get("/v1/recordings/{recording}/speakers")(self.speakers)
        router.post("/v1/recordings/{recording}/speakers", status_code=202)(self.find_speakers)
        router.put("/v1/recordings/{recording}/speakers/{speaker}")(self.name_speaker)
        router.delete("/v1/speakers/{name}")(self.forget_speaker)
        router.get("/v1/jobs/{job}")(self.job)
        router.delete("/v1/jobs/{job}")(self.cancel)
        return router

    def health(self) -> dict[str, str]:
        """Whether the server is up."""
        return {"status": "ok", "model": chosen_model(self.assistant.settings)}

    def metrics(self) -> str:
        """Counters and gauges in Prometheus' text format."""
        values = {
            "headrouter_up_seconds": time.time() - self.begun,
            "headrouter_answers_total": self.answered,
            "headrouter_failures_total": self.failed,
            "headrouter_recordings": len(self.store.recordings()),
            "headrouter_jobs_under_way": len(self.store.jobs_under_way()),
            "process_resident_memory_bytes": resident_bytes(),
        }
        return "".join(f"{name} {value:.10g}\n" for name, value in values.items())

    def models(self) -> dict[str, Any]:
        """The one model that this server holds."""
        model = {"id": chosen_model(self.assistant.settings), "object": "model"}
        return {"object": "list", "data": [model | {"created": 0, "owned_by": "headrouter"}]}

    # -- OpenAI's shape

    def chat(self, asked: ChatRequest, sent: Request) -> Any:
        """Answers the last message of the user by listening."""
        request = replace(self._request(asked), client=client_of(sent.client, DOOR))
        stop = threading.Event()
        events = self.assistant.ask(request, stop.is_set)
        first = next(events)
        if isinstance(first, Failed):  # refused before a stream has begun, so that it has a status
            self.failed += 1
            raise first.error
        events = chain([first], events)
        if asked.stream:
            stream = stopped_with(stop, self._stream(events))
            return StreamingResponse(stream, media_type="text/event-stream")
        extension: dict[str, Any] = {}
        for event in events:
            match event:
                case Failed(error):
                    self.failed += 1
                    raise error
                case Done():
                    self.answered += 1
                    choice = {
                        "index": 0,
                        "message": {"role": "assistant", "content": event.answer},
                        "finish_reason": "stop",
                    }
                    return self._completion("chat.completion", [choice]) | {
                        "usage": usage(extension),
                        "headrouter": extension | told(event),
                    }
                case _:
                    extension |= noted(event)
        raise AssertionError("a run ends with Done or Failed")

    def _stream(self, events: Iterator[Event]) -> Iterator[str]:
        """Server-sent events: deltas of the answer, then the heard report."""
        extension: dict[str, Any] = {}
        for event in events:
            match event:
                case Token(text):
                    yield self._chunk({"content": text})
                case Again(reason):
                    yield self._chunk({"content": f"\n({reason})\n"})
                case Failed(error):
                    self.failed += 1
                    yield f"data: {json.dumps(problem(error))}\n\n"
                case Done():
                    self.answered += 1
                    extra = {"headrouter": extension | told(event), "usage": usage(extension)}
                    yield self._chunk({}, "stop", extra)
                case _:
                    extension |= noted(event)
        yield "data: [DONE]\n\n"

    def _chunk(
        self, delta: dict[str, str], reason: str | None = None, extra: dict[str, Any] | None = None
    ) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        body = self._completion("chat.completion.chunk", [choice]) | (extra or {})
        return f"data: {json.dumps(body, ensure_ascii=False)}\n\n"

    def _completion(self, kind: str, choices: list[Any]) -> dict[str, Any]:
        model = chosen_model(self.assistant.settings)
        body = {"id": "chatcmpl-headrouter", "object": kind, "created": int(time.time())}
        return body | {"model": model, "choices": choices}

    def _request(self, asked: ChatRequest) -> state.Request:
        """The question and its recording. Raises BadRequest where either is missing."""
        mine = [message for message in asked.messages if message.role == "user"]
        if not mine:
            raise BadRequest("there is no message of the user: its text is the question")
        content = mine[-1].content or ""
        parts = [Part(type="text", text=content)] if isinstance(content, str) else content
        question = " ".join(part.text for part in parts if part.type == "text")
        recording = asked.recording
        for part in parts:
            if part.type == "input_audio":
                recording = self._keep_audio(part.input_audio).id
            if part.type == "recording":
                recording = part.recording
        if recording is None and asked.session is not None:
            turns = self.store.turns(asked.session)
            recording = turns[-1].recording_id if turns else None
        if not recording:
            raise BadRequest(
                "no recording: give an input_audio part, or its id as `recording` in the body"
            )
        found = self.places.recording(recording)
        return state.Request(
            found.id,
            question,
            asked.start,
            asked.end,
            keep=asked.keep,
            session=asked.session,
            scope=asked.scope,
        )

    def _keep_audio(self, audio: dict[str, str]) -> Recording:
        try:
            data = base64.b64decode(audio.get("data", ""), validate=True)
        except (binascii.Error, ValueError) as error:
            raise BadRequest("the data of input_audio is not base64") from error
        return self._keep(io.BytesIO(data), f"audio.{audio.get('format', 'wav')}")

    def _keep(self, data: BinaryIO, name: str) -> Recording:
        """An upload as a recording. Raises MediaError for what is none."""
        with TemporaryDirectory() as folder:
            path = free_path(Path(folder), Path(name.replace("\\", "/")).name)
            with path.open("wb") as file:
                shutil.copyfileobj(data, file)
            return self.places.kept(path)

    def transcribe(
        self,
        file: Annotated[UploadFile, File()],
        response_format: Annotated[str, Form()] = "json",
    ) -> Any:
        """The words of an uploaded file: json, text, srt, vtt or verbose_json."""
        known = ("json", "text", "srt", "vtt", "verbose_json")
        if response_format not in known:
            raise BadRequest(f"{response_format!r} is no response_format: use {', '.join(known)}")
        recording = self._keep(file.file, file.filename or "audio")
        words = self.assistant.transcript(recording)
        turns = speaker_turns(self.store, recording)
        if response_format in ("srt", "vtt"):
            return PlainTextResponse(transcript_as(response_format, words, recording.name, turns))
        text = as_text(words)
        if response_format == "text":
            return PlainTextResponse(text + "\n")
        if response_format == "json":
            return {"text": text}
        each = [{"word": word.text, "start": word.start, "end": word.end} for word in words]
        duration = self.store.recording(recording.id).seconds or (words[-1].end if words else 0.0)
        return {"task": "transcribe", "duration": duration, "text": text, "words": each}

    # -- our own

    def recordings(self) -> list[dict[str, Any]]:
        """All that are known."""
        return [described(recording) for recording in self.store.recordings()]

    def recording(self, recording: str) -> dict[str, Any]:
        """One of them."""
        return described(self.store.recording(recording))

    def ingest(self, place: Place, sent: Request) -> dict[str, Any]:
        """Begins to listen; a job."""
        found = self.places.recording(place.recording)
        arguments = {"recording": found.id, "client": client_of(sent.client, DOOR)}
        return progress(self.jobs.begin("ingest", arguments))

    def remove(self, recording: str) -> dict[str, Any]:
        """Forgets one. The file stays, unless it was uploaded."""
        found = self.store.recording(recording)
        forget(self.store, self.assistant.settings.features, found)
        if found.path.is_relative_to(self.assistant.settings.uploads):
            found.path.unlink(missing_ok=True)
        return {"removed": found.id}

    def speakers(self, recording: str) -> dict[str, Any]:
        """Who speaks in one, and when; nobody until they were looked for."""
        found = self.store.recording(recording)
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

    def forget_speaker(self, name: str) -> dict[str, Any]:
        """Takes a name, and the voice under it, off all recordings."""
        return {"forgotten": name, "recordings": self.store.forget_speaker(name)}

    def job(self, job: str) -> dict[str, Any]:
        """How far a job is."""
        return progress(self.jobs.look(job))

    def cancel(self, job: str) -> dict[str, Any]:
        """Ends a job."""
        return progress(self.jobs.cancel(job))


async def stopped_with(stop: threading.Event, pieces: Iterator[str]) -> AsyncIterator[str]:
    """Pieces made in a thread; ``stop`` is set as soon as nobody takes them any more."""
    try:
        async for piece in iterate_in_threadpool(pieces):
            yield piece
    finally:
        stop.set()


def described(recording: Recording) -> dict[str, Any]:
    """A recording without its place on this machine."""
    names = ("id", "name", "seconds", "state", "note", "size_bytes")
    return {name: getattr(recording, name) for name in names}


def progress(job: Job) -> dict[str, Any]:
    """A job, without whose it is."""
    arguments = {name: value for name, value in job.arguments.items() if name != "client"}
    return vars(job) | {"arguments": arguments}


def noted(event: Event) -> dict[str, Any]:
    """What an event adds to the extension field."""
    match event:
        case Heard(report):
            return {"heard": compact(report.as_dict())}
        case Cited(citations):
            return {"citations": [vars(citation) for citation in citations]}
    return {}


def told(done: Done) -> dict[str, Any]:
    """Where the answer is kept."""
    return {"recording": done.recording, "session": done.session, "turn": done.turn}


def usage(extension: dict[str, Any]) -> dict[str, int]:
    """Audio tokens that reached the model's upper layers, as the prompt's."""
    kept = extension.get("heard", {}).get("tokens_kept", 0)
    return {"prompt_tokens": kept, "completion_tokens": 0, "total_tokens": kept}


def envelope(request: Request, error: Exception) -> Response:
    """An error in OpenAI's envelope, with its status."""
    return JSONResponse(problem(error), status(error))


def problem(error: Exception) -> dict[str, Any]:
    """The body of an error."""
    message = str(error)
    if isinstance(error, RequestValidationError):
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        message = f"{place}: {first['msg']}"
    return {"error": {"message": message, "type": type(error).__name__, "code": status(error)}}


def status(error: Exception) -> int:
    """The HTTP status of what is raised on purpose."""
    codes: list[tuple[type[Exception], int]] = [
        (Busy, 429),
        (NotFound, 404),
        (MediaTooLarge, 413),
        (BudgetRefused, 507),
        (DiskError, 507),
        (ModelMissing, 503),
        (StoreError, 503),
        (Stopped, 499),
    ]
    return next((code for kind, code in codes if isinstance(error, kind)), 400)
