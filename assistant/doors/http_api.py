"""The assistant over HTTP, in OpenAI's shape where there is one, and natively where there is none.

Thin: every answer comes from the assistant, its jobs or its store. Only known recordings, uploads
and files under the allowed folders can be named; nothing is fetched from addresses unless the
settings allow it. A client that goes away stops its answer at the next token.
"""

import asyncio
import base64
import binascii
import io
import json
import shutil
import threading
import time
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, BinaryIO, Literal

from anyio import CancelScope
from fastapi import APIRouter, FastAPI, File, Form, Request, UploadFile
from fastapi.concurrency import iterate_in_threadpool, run_in_threadpool
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.types import Receive, Scope, Send

from assistant.app import Assistant
from assistant.ask import state
from assistant.ask.events import Again, Cited, Done, Event, Failed, Heard, Token
from assistant.ask.lane import let_go
from assistant.ask.whole import Scope as Whole
from assistant.budget.peak import resident_bytes
from assistant.choosing import shown
from assistant.doors.guard import client_of
from assistant.doors.places import Places
from assistant.errors import EXPECTED, BadRequest, BudgetRefused, Busy, without_folders
from assistant.work.jobs import Jobs, compact
from headrouter.errors import ModelMissing, UnknownModel
from memory import Job, NotFound, NotText, Recording, StoreError, as_text
from tools.errors import DiskError, MediaTooLarge, Stopped
from tools.export import diarized, segments, transcript_as
from tools.fetch import free_path
from tools.ingest import forget
from tools.languages import language_code
from tools.naming import merge_speakers, split_speaker, undo_correction
from tools.speakers import overview, speaker_turns, speakers_known
from tools.speakers import told as told_turns

DOOR = "api"  # as the lane knows it
MOST_ID = 2**63 - 1  # that SQLite can hold
LOOK = 0.1  # seconds between looks at whether a client is still there
AGAIN = 5  # seconds after which who was told 429 may come again; its claim to a place lasts longer


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
    start: float | None = Field(None, ge=0, allow_inf_nan=False)
    end: float | None = Field(None, ge=0, allow_inf_nan=False)
    keep: float | None = None
    scope: Whole = "auto"
    session: int | None = Field(None, ge=1, le=MOST_ID)
    track: int | None = Field(None, ge=1)


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
    for kind in (*EXPECTED, RequestValidationError):
        app.add_exception_handler(kind, envelope)
    app.add_exception_handler(StarletteHTTPException, plain)


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
            "headrouter_answers_total": self.answered,
            "headrouter_failures_total": self.failed,
            "headrouter_recordings": len(self.store.recordings()),
            "headrouter_jobs_under_way": len(self.store.jobs_under_way()),
            "process_resident_memory_bytes": resident_bytes(),
        }
        return "".join(f"{name} {value:.10g}\n" for name, value in values.items())

    def models(self) -> dict[str, Any]:
        """Those that may be named: that which was started with, and others that are here."""
        about = {"object": "model", "created": 0, "owned_by": "headrouter"}
        return {"object": "list", "data": [{"id": id} | about for id in self.assistant.menu()]}

    # -- OpenAI's shape

    async def chat(self, asked: ChatRequest, sent: Request) -> Any:
        """Answers the last message of the user by listening, for as long as it is waited for."""
        stop = threading.Event()
        async with stopped_when_gone(sent, stop):
            return await run_in_threadpool(self._chat, asked, sent, stop)

    def _chat(self, asked: ChatRequest, sent: Request, stop: threading.Event) -> Any:
        request = replace(self._request(asked), client=client_of(sent.client, DOOR))
        model = shown(self.assistant.model_of(request))
        events = self.assistant.ask(request, stop.is_set)
        first = next(events)
        if isinstance(first, Failed):  # refused before a stream has begun, so that it has a status
            self.failed += 1
            raise first.error
        if asked.stream:
            return Stream(self._stream(first, events, model), events, stop)
        extension: dict[str, Any] = {}
        with closing(events):
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
                        return completion("chat.completion", model, [choice]) | {
                            "usage": usage(extension),
                            "headrouter": extension | told(event),
                        }
                    case _:
                        extension |= noted(event)
        raise AssertionError("a run ends with Done or Failed")

    def _stream(
        self, first: Event, events: Iterator[Event], model: str
    ) -> Generator[str, None, None]:
        """Server-sent events: deltas of the answer, then the heard report."""
        extension: dict[str, Any] = {}
        for event in chain([first], events):
            match event:
                case Token(text):
                    yield chunk(model, {"content": text})
                case Again(reason):
                    yield chunk(model, {"content": f"\n({reason})\n"})
                case Failed(error):
                    self.failed += 1
                    yield f"data: {json.dumps(problem(error))}\n\n"
                case Done():
                    self.answered += 1
                    extra = {"headrouter": extension | told(event), "usage": usage(extension)}
                    yield chunk(model, {}, "stop", extra)
                case _:
                    extension |= noted(event)
        yield "data: [DONE]\n\n"

    def _request(self, asked: ChatRequest) -> state.Request:
        """The question and its recording. Raises BadRequest where either is missing."""
        model = self.assistant.named(asked.model) if asked.model else None
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
        found = self.places.recording(recording, asked.track)
        return state.Request(
            found.id,
            question,
            asked.start,
            asked.end,
            keep=asked.keep,
            session=asked.session,
            scope=asked.scope,
            model=model,
        )

    def _keep_audio(self, audio: dict[str, str]) -> Recording:
        try:
            data = base64.b64decode(audio.get("data", ""), validate=True)
        except (binascii.Error, ValueError) as error:
            raise BadRequest("the data of input_audio is not base64") from error
        return self._keep(io.BytesIO(data), f"audio.{audio.get('format', 'wav')}")

    def _keep(self, data: BinaryIO, name: str, track: int | None = None) -> Recording:
        """An upload as a recording. Raises MediaError for what is none."""
        with TemporaryDirectory() as folder:
            path = free_path(Path(folder), Path(name.replace("\\", "/")).name)
            with path.open("wb") as file:
                shutil.copyfileobj(data, file)
            return self.places.kept(path, track)

    def transcribe(
        self,
        file: Annotated[UploadFile, File()],
        response_format: Annotated[str, Form()] = "json",
        language: Annotated[str, Form()] = "",
        track: Annotated[int | None, Form(ge=1)] = None,
    ) -> Any:
        """The words of an uploaded file: json, text, srt, vtt, verbose_json or diarized_json.

        The last finds who speaks first; srt, vtt and verbose_json tell it where it is known.

        language: a code such as en; left out, it is found. What is wrong with the file is in the
        JSON's ``headrouter.note``, and in a header of all.
        """
        known = ("json", "text", "srt", "vtt", "verbose_json", "diarized_json")
        if response_format not in known:
            raise BadRequest(f"{response_format!r} is no response_format: use {', '.join(known)}")
        try:
            code = language_code(language) if language.strip() else None
        except ValueError as error:
            raise BadRequest(str(error)) from None
        recording = self._keep(file.file, file.filename or "audio", track)
        words = self.assistant.transcript(recording, language=code)
        if response_format == "diarized_json":
            self.assistant.speakers(recording)
        recording = self.store.recording(recording.id)
        note = (recording.note or "").encode("ascii", "replace").decode()
        headers = {"headrouter-note": note} if note else {}
        if response_format in ("srt", "vtt"):
            turns = speaker_turns(self.store, recording)
            text = transcript_as(response_format, words, recording.name, turns)
            return PlainTextResponse(text, headers=headers)
        text = as_text(words)
        if response_format == "text":
            return PlainTextResponse(text + "\n", headers=headers)
        body: dict[str, Any] = {"text": text}
        if response_format == "verbose_json":
            body |= {
                "task": "transcribe",
                "language": recording.language,
                "duration": recording.seconds,
                "segments": segments(words, speaker_turns(self.store, recording)),
                "words": [
                    {"word": word.text, "start": word.start, "end": word.end} for word in words
                ],
            }
        if response_format == "diarized_json":
            body |= {
                "task": "transcribe",
                "duration": recording.seconds,
                "segments": diarized(words, speaker_turns(self.store, recording)),
            }
        own = {"recording": recording.id, "note": recording.note}
        return JSONResponse(body | {"headrouter": own}, headers=headers)

    # -- our own

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

    def remove(self, recording: str) -> dict[str, Any]:
        """Forgets one. The file stays, unless it was uploaded."""
        found = self.store.recording(recording)
        if recording.lower() != found.id:
            raise BadRequest(f"to remove {found.name}, give its whole id: {found.id}")
        forget(self.store, found, **self.assistant.settings.folders)
        return {"removed": found.id}

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


class Stream(StreamingResponse):
    """Server-sent events from a run; when nobody takes them any more, the run ends.

    It is let go of here and now, in a thread, for the model may have to come to a stop first. Left
    to the garbage collector it would keep its place in the lane, and everybody behind it waiting.
    """

    def __init__(
        self,
        pieces: Generator[str, None, None],
        events: Generator[Event, None, None],
        stop: threading.Event,
    ) -> None:
        super().__init__(iterate_in_threadpool(pieces), media_type="text/event-stream")
        self.pieces, self.events, self.stop = pieces, events, stop

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends what comes, then lets go of the run, whatever happened."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self.stop.set()
            with CancelScope(shield=True):
                await run_in_threadpool(let_go, self.pieces)
                await run_in_threadpool(let_go, self.events)


@asynccontextmanager
async def stopped_when_gone(sent: Request, stop: threading.Event) -> AsyncIterator[None]:
    """Inside, ``stop`` is set when the client hangs up."""

    async def watch() -> None:
        while not await sent.is_disconnected():
            await asyncio.sleep(LOOK)
        stop.set()

    watching = asyncio.create_task(watch())  # no task group: it would wrap what the inside raises
    try:
        yield
    finally:
        watching.cancel()


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


def chunk(
    model: str,
    delta: dict[str, str],
    reason: str | None = None,
    extra: dict[str, Any] | None = None,
) -> str:
    """A piece of a streamed completion, as a server-sent event."""
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    body = completion("chat.completion.chunk", model, [choice]) | (extra or {})
    return f"data: {json.dumps(body, ensure_ascii=False)}\n\n"


def completion(kind: str, model: str, choices: list[Any]) -> dict[str, Any]:
    """A completion's body, with the name of the model that answers."""
    body = {"id": "chatcmpl-headrouter", "object": kind, "created": int(time.time())}
    return body | {"model": model, "choices": choices}


def usage(extension: dict[str, Any]) -> dict[str, int]:
    """Audio tokens that reached the model's upper layers, as the prompt's."""
    kept = extension.get("heard", {}).get("tokens_kept", 0)
    return {"prompt_tokens": kept, "completion_tokens": 0, "total_tokens": kept}


def envelope(request: Request, error: Exception) -> Response:
    """An error in OpenAI's envelope, with its status."""
    again = {"Retry-After": str(AGAIN)} if isinstance(error, Busy) else None
    return JSONResponse(problem(error), status(error), headers=again)


async def plain(request: Request, error: Exception) -> Response:
    """What Starlette refuses by itself, such as a body that can't be parsed, in the same shape."""
    assert isinstance(error, StarletteHTTPException)
    if not request.url.path.startswith("/v1/"):
        return await http_exception_handler(request, error)
    body = {"message": str(error.detail), "type": "BadRequest", "code": error.status_code}
    return JSONResponse({"error": body}, error.status_code)


def problem(error: Exception) -> dict[str, Any]:
    """The body of an error."""
    message = without_folders(str(error))
    if isinstance(error, RequestValidationError):
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        message = f"{place}: {first['msg']}"
    code = "model_not_found" if isinstance(error, UnknownModel) else status(error)
    return {"error": {"message": message, "type": type(error).__name__, "code": code}}


def status(error: Exception) -> int:
    """The HTTP status of what is raised on purpose."""
    codes: list[tuple[type[Exception], int]] = [
        (Busy, 429),
        (NotFound, 404),
        (UnknownModel, 404),
        (NotText, 400),
        (MediaTooLarge, 413),
        (BudgetRefused, 507),
        (DiskError, 507),
        (ModelMissing, 503),
        (StoreError, 503),
        (Stopped, 499),
    ]
    return next((code for kind, code in codes if isinstance(error, kind)), 400)
