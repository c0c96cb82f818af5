"""The assistant as tools for other agents, by the Model Context Protocol.

Thin: every tool calls the assistant or its jobs. What takes longer than a few seconds goes on as
a job whose id is returned; clients give up on long calls. Recordings are named by id, path or
address, never sent as bytes. Tools run in threads, so that the protocol's loop stays free.
"""

from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Annotated, Any

from anyio import sleep
from mcp.server.fastmcp import FastMCP, Image
from mcp.server.fastmcp.exceptions import ToolError
from mcp.server.transport_security import TransportSecuritySettings
from pydantic import Field

from assistant.app import Assistant
from assistant.ask.nodes import find_recording
from assistant.ask.whole import Scope
from assistant.doors.finding import Finding
from assistant.doors.guard import client_of
from assistant.doors.mcp_speakers import Corrections
from assistant.doors.mcp_values import (
    Find,
    Seconds,
    Value,
    described,
    in_thread,
    nameless,
    page,
    picture,
    told,
)
from assistant.doors.places import Places
from assistant.work.jobs import LOOK, Jobs
from memory import Job, Recording
from tools.fetch import fetch, is_address
from tools.speakers import speaker_at, speaker_turns
from tools.times import clock
from tools.transcript import RECOGNISER

Number = Annotated[float, Field(allow_inf_nan=False)]
WAIT = 20.0  # seconds that a call waits for its job
LONGEST_WAIT = 50.0  # clients give up after a minute
INSTRUCTIONS = """Answers questions about audio recordings by listening to them: words, voices and
sounds. Name a recording by the path of a file, or by its id once it is known. Long work returns
{"job": id, ...}: ask get_job for it until its state is done. Every answer carries the moments that
it rests on, computed from the audio, and a heard report that says how much was listened to."""


def create(assistant: Assistant, jobs: Jobs, find: Find | None = None) -> FastMCP:
    """The server, for stdio or HTTP. ``find``: which recordings may be named; all if left out."""
    # The server in front of it looks at hosts and keys (assistant.doors.guard).
    unguarded = TransportSecuritySettings(enable_dns_rebinding_protection=False)
    server = FastMCP(
        "headrouter",
        instructions=INSTRUCTIONS,
        log_level="ERROR",
        transport_security=unguarded,
    )

    def client() -> str:
        request = server.get_context().request_context.request
        return client_of(request.client, "mcp") if request is not None else ""

    door = Door(assistant, jobs, find, client)
    told = nameless if find else lambda tool: tool  # the user at the keyboard may see folders
    for tool in (*door.tools(), door.get_evidence_picture):
        server.add_tool(told(tool))
    server.resource("recording://{recording}", mime_type="application/json")(told(door.describe))
    return server


class Door:
    """The tools. A docstring's text is what agents read."""

    def __init__(
        self,
        assistant: Assistant,
        jobs: Jobs,
        find: Find | None = None,
        client: Callable[[], str] = lambda: "",
        words: str | None = None,
    ) -> None:
        self.assistant, self.store, self.jobs = assistant, assistant.store, jobs
        self.find = find or self._anywhere
        self.client = client  # who calls
        self.words = words  # the user's own, where a chat model stands between

    def _anywhere(self, place: str) -> Recording:
        """A recording that the user at the keyboard names."""
        if is_address(place):
            settings = self.assistant.settings
            path = fetch(
                place, settings.uploads, offline=settings.offline, most_bytes=settings.max_file
            )
            return Places(self.assistant).kept(path)
        return find_recording(self.store, place)

    def tools(self) -> list[Callable[..., Awaitable[Any]]]:
        """Those whose results are values, in the order in which they are told."""
        finding = Finding(self.assistant)
        corrections = Corrections(self.assistant, self.find, self.words)
        return [
            self.list_recordings,
            self.ingest,
            self.ask_recording,
            self.search_recordings,
            finding.find_moments,
            finding.ask_recordings,
            self.get_transcript,
            self.find_speakers,
            *corrections.tools(),
            self.find_sound_events,
            self.get_evidence,
            self.get_job,
            self.cancel_job,
        ]

    async def list_recordings(self) -> list[Value]:
        """List the recordings that are known: id, name, length in seconds and state."""
        return await in_thread(lambda: [described(r) for r in self.store.recordings()])

    async def describe(self, recording: str) -> Value:
        """One recording."""
        return await in_thread(lambda: described(self.store.recording(recording)))

    async def ingest(
        self, recording: str, model: str | None = None, wait_seconds: Number = WAIT
    ) -> Value:
        """Listen to a recording now, so that questions find it ready.

        recording: path of an audio or video file, an http(s) address of one, or an id. model: that
        listens, if not the usual one.
        Returns {"recording": id, ...}, or {"job": id, ...} if it takes longer than wait_seconds.
        """

        return await self._as_job("ingest", recording, {"model": model}, wait_seconds)

    async def ask_recording(
        self,
        recording: str,
        question: str,
        start_seconds: Seconds | None = None,
        end_seconds: Seconds | None = None,
        keep: Number | None = None,
        scope: Scope = "auto",
        session: int | None = None,
        model: str | None = None,
        wait_seconds: Number = WAIT,
    ) -> Value:
        """Ask a question about a recording, or about a range of it; answered by listening.

        recording: id, or path of a file. keep: share of the audio tokens to keep, above 0 and at
        most 1; left out, the memory budget decides. scope: "whole" goes over all of it part by
        part, "stretches" only where it matters most; "auto" goes by the question. session: to go
        on with a conversation. model: that answers, if not the usual one or the conversation's;
        an unknown name is answered with those there are.
        Returns {"answer", "citations", "heard", "recording", "session", "turn"}, or
        {"job": id, ...} if it takes longer than wait_seconds.
        """
        arguments = {
            "question": question,
            "start": start_seconds,
            "end": end_seconds,
            "keep": keep,
            "scope": scope,
            "session": session,
            "model": model,
        }
        return await self._as_job("ask", recording, arguments, wait_seconds)

    async def search_recordings(self, query: str, limit: int = 10) -> list[Value]:
        """Search the words recognised so far in all recordings; passages with their moments."""

        def search() -> list[Value]:
            names = {recording.id: recording.name for recording in self.store.recordings()}
            return [
                {
                    "recording": hit.recording_id,
                    "name": names[hit.recording_id],
                    "moment": clock(hit.start),
                    "speaker": speaker_at(self.store, hit.recording_id, hit.start),
                    "start": hit.start,
                    "end": hit.end,
                    "text": hit.text,
                }
                for hit in self.store.search(query, limit)
            ]

        return await in_thread(search)

    async def get_transcript(
        self, recording: str, start_seconds: Seconds = 0.0, wait_seconds: Number = WAIT
    ) -> Value:
        """The words of a recording from a moment on, a page at a time.

        Returns {"paragraphs": [{"start", "end", "text", "speaker"}], "next_start", "note"};
        next_start is null at the end, else the start_seconds of the next page; speaker is null
        until find_speakers was called; note tells what is wrong with the file, if anything.
        Returns {"job": id, ...} while words are still being recognised: call again once that job
        is done.
        """

        def begin() -> Job | None:
            found = self.find(recording)
            if found.seconds is not None and not self.store.missing_ranges(
                found.id, RECOGNISER, start_seconds, found.seconds
            ):
                return None
            arguments = {"recording": found.id, "client": self.client()}
            return self.jobs.begin("transcribe", arguments)

        def read() -> Value:
            found = self.find(recording)
            words = self.store.words(found.id, RECOGNISER, start_seconds)
            turns = speaker_turns(self.store, found)
            return page(self.store.recording(found.id), words, turns)

        job = await in_thread(begin)
        if job is not None:
            outcome = await self._outcome(job, wait_seconds)
            if "job" in outcome:
                return outcome
        return await in_thread(read)

    async def find_speakers(self, recording: str, wait_seconds: Number = WAIT) -> Value:
        """Find who speaks in a recording, and how long; get_transcript says who then.

        Returns {"speakers": [{"speaker", "name", "recognised", "seconds", "turns"}]}, or
        {"job": id, ...}. "speaker" is a number; "recognised" tells that the name comes from the
        voice.
        """
        return await self._as_job("speakers", recording, {}, wait_seconds)

    async def find_sound_events(
        self,
        recording: str,
        start_seconds: Seconds = 0.0,
        end_seconds: Seconds | None = None,
        wait_seconds: Number = WAIT,
    ) -> Value:
        """Listen to a recording ten seconds at a time for the sounds in it.

        Returns {"events": [{"start", "end", "sounds"}]}, or {"job": id, ...}.
        """
        arguments = {"start": start_seconds, "end": end_seconds}
        return await self._as_job("events", recording, arguments, wait_seconds)

    async def get_evidence(self, turn: int) -> Value:
        """What an answer rests on, in full: its heard report with the kept-token timeline.

        turn: from the answer of ask_recording.
        """

        def evidence() -> Value:
            found = self.store.turn(turn)
            return {
                "recording": found.recording_id,
                "question": found.question,
                "answer": found.answer,
                "evidence": found.heard,
            }

        return await in_thread(evidence)

    async def get_evidence_picture(self, turn: int) -> Image:
        """What an answer rests on, as a picture: waveform, what was heard, kept and cited."""

        return await in_thread(lambda: picture(self.assistant, turn))

    async def get_job(self, job: str, wait_seconds: Number = WAIT) -> Value:
        """How far a job is, or what came of it; waits up to wait_seconds for its end."""
        return told(await self._ended(job, wait_seconds))

    async def cancel_job(self, job: str) -> Value:
        """End a job at the next safe point. What was heard by then is kept for later."""
        return await in_thread(lambda: told(self.jobs.cancel(job)))

    async def _as_job(self, kind: str, place: str, arguments: dict[str, Any], wait: float) -> Value:
        """Begins a job about the recording at a place; its result if it ends in time."""

        def begin() -> Job:
            found = self.find(place)  # a bad one is refused here, not in the job
            named = {"recording": found.id, "client": self.client()}
            if model := arguments.get("model"):
                named["model"] = self.assistant.named(model)
            return self.jobs.begin(kind, arguments | named)

        return await self._outcome(await in_thread(begin), wait)

    async def _ended(self, id: str, wait: float) -> Job:
        """A job as it is at its end, or after ``wait`` seconds; no thread waits meanwhile."""
        until = monotonic() + min(max(wait, 0.0), LONGEST_WAIT)
        while True:
            job = await in_thread(lambda: self.jobs.look(id))
            left = until - monotonic()
            if job.state not in ("running", "cancelling") or left <= 0:
                return job
            await sleep(min(left, LOOK))

    async def _outcome(self, job: Job, wait: float) -> Value:
        """A job's result if it ends in time, else the job."""
        ended = await self._ended(job.id, wait)
        if ended.state == "failed":
            raise ToolError(ended.error)
        return ended.result if ended.result is not None else told(ended)
