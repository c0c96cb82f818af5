"""The routes in OpenAI's shape: chat completions about a recording, and transcriptions."""

import base64
import binascii
import io
import json
import shutil
import threading
import time
from collections.abc import Generator, Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, BinaryIO, Literal

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel, ConfigDict, Field

from assistant.app import Assistant
from assistant.ask import state
from assistant.ask.events import Again, Done, Event, Failed, Token
from assistant.ask.outcome import Outcome
from assistant.ask.whole import Scope
from assistant.choosing import shown
from assistant.doors.guard import client_of
from assistant.doors.http_errors import problem
from assistant.doors.places import Places
from assistant.doors.streaming import Stream, stopped_when_gone
from assistant.errors import BadRequest
from memory import Recording, as_text
from tools.export import diarized, segments, transcript_as
from tools.fetch import free_path
from tools.languages import language_code
from tools.speakers import speaker_turns

DOOR = "api"  # as the lane knows it
MOST_ID = 2**63 - 1  # that SQLite can hold


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
    scope: Scope = "auto"
    session: int | None = Field(None, ge=1, le=MOST_ID)
    track: int | None = Field(None, ge=1)


class OpenAI:
    """The handlers. They run in threads: the model blocks."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant, self.store = assistant, assistant.store
        self.places = Places(assistant)
        self.answered, self.failed = 0, 0

    def router(self) -> APIRouter:
        """Their routes."""
        router = APIRouter()
        router.get("/v1/models")(self.models)
        router.post("/v1/chat/completions", response_model=None)(self.chat)
        router.post("/v1/audio/transcriptions", response_model=None)(self.transcribe)
        return router

    def models(self) -> dict[str, Any]:
        """Those that may be named: that which was started with, and others that are here."""
        about = {"object": "model", "created": 0, "owned_by": "headrouter"}
        return {"object": "list", "data": [{"id": id} | about for id in self.assistant.menu()]}

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
        outcome = Outcome.of(events)
        self._count(outcome)
        outcome.answered()
        message = {"role": "assistant", "content": outcome.answer}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return completion("chat.completion", model, [choice]) | extension(outcome)

    def _count(self, outcome: Outcome) -> None:
        if outcome.error is None:
            self.answered += 1
        else:
            self.failed += 1

    def _stream(
        self, first: Event, events: Iterator[Event], model: str
    ) -> Generator[str, None, None]:
        """Server-sent events: deltas of the answer, then the heard report."""
        outcome = Outcome()
        for event in outcome.taking(chain([first], events)):
            match event:
                case Token(text):
                    yield chunk(model, {"content": text})
                case Again(reason):
                    yield chunk(model, {"content": f"\n({reason})\n"})
                case Failed(error):
                    self._count(outcome)
                    yield f"data: {json.dumps(problem(error))}\n\n"
                case Done():
                    self._count(outcome)
                    yield chunk(model, {}, "stop", extension(outcome))
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
        turns = speaker_turns(self.store, recording)
        if response_format in ("srt", "vtt"):
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
                "segments": segments(words, turns),
                "words": [
                    {"word": word.text, "start": word.start, "end": word.end} for word in words
                ],
            }
        if response_format == "diarized_json":
            body |= {
                "task": "transcribe",
                "duration": recording.seconds,
                "segments": diarized(words, turns),
            }
        own = {"recording": recording.id, "note": recording.note}
        return JSONResponse(body | {"headrouter": own}, headers=headers)


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


def extension(outcome: Outcome) -> dict[str, Any]:
    """What goes with a finished completion: our own field, and the usage.

    The usage counts, as the prompt's, the audio tokens that reached the model's upper layers.
    """
    kept = outcome.heard.tokens_kept
    return {
        "headrouter": {**outcome.evidence(brief=True), **outcome.place()},
        "usage": {"prompt_tokens": kept, "completion_tokens": 0, "total_tokens": kept},
    }
