"""Recordings, jobs and transcripts as the tools of the Model Context Protocol tell them."""

import io
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from functools import wraps
from typing import Annotated, Any, TypeVar

from anyio import to_thread
from mcp.server.fastmcp import Image
from mcp.server.fastmcp.exceptions import ToolError
from pydantic import Field

from assistant.app import Assistant
from assistant.errors import EXPECTED, without_folders
from memory import Job, Recording, Segment, Word
from tools.export import paragraphs
from tools.ingest import heard_before
from tools.waveform import outline, timeline

Value = dict[str, Any]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Find = Callable[[str], Recording]
"""The recording at a place that a client named; raises what is refused on purpose."""
Result = TypeVar("Result")
PAGE = 6000  # characters of a transcript at once


async def in_thread(work: Callable[[], Result]) -> Result:
    """Runs outside the protocol's loop; what is refused on purpose becomes the tool's error."""
    try:
        return await to_thread.run_sync(work)
    except EXPECTED as error:
        raise ToolError(str(error)) from error


def described(recording: Recording) -> Value:
    """A recording for agents."""
    return {
        "recording": recording.id,
        "name": recording.name,
        "seconds": recording.seconds,
        "state": recording.state,
        "note": recording.note,
    }


def told(job: Job) -> Value:
    """A job for agents."""
    values: Value = {"job": job.id, "kind": job.kind, "state": job.state, "stage": job.stage}
    values["fraction"] = job.fraction
    if job.result is not None:
        values["result"] = job.result
    if job.error is not None:
        values["error"] = job.error
    return values


def page(recording: Recording, words: list[Word], turns: Sequence[Segment] = ()) -> Value:
    """As many paragraphs as go on a page, and where the next begins."""
    shown: list[Value] = []
    size, following = 0, None
    for paragraph in paragraphs(words, turns):
        size += len(paragraph.text)
        if shown and size > PAGE:
            following = paragraph.start
            break
        shown.append(asdict(paragraph))
    told = {"recording": recording.id, "note": recording.note}
    return told | {"paragraphs": shown, "next_start": following}


def picture(assistant: Assistant, turn: int) -> Image:
    """What an answer rests on: waveform, what was heard, kept and cited. Raises NotFound."""
    store, shape = assistant.store, []
    found = store.turn(turn)
    if found.recording_id is not None and (scope := found.heard.get("scope")):
        recording, features = store.recording(found.recording_id), assistant.settings.features
        if index := heard_before(features, recording, found.heard["model"]):
            shape = outline(index, scope[0], scope[1], 1000)
    file = io.BytesIO()
    timeline(found.heard, shape).save(file, "png")
    return Image(data=file.getvalue(), format="png")


def nameless(tool: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """The tool, for clients elsewhere: its errors and notes name no folder of this machine."""

    @wraps(tool)
    async def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return _nameless(await tool(*args, **kwargs))
        except ToolError as error:
            raise ToolError(without_folders(str(error))) from error

    return call


def _nameless(value: Any) -> Any:
    if isinstance(value, list):
        return [_nameless(item) for item in value]
    if not isinstance(value, dict):
        return value
    told = {key: value[key] for key in ("note", "error") if isinstance(value.get(key), str)}
    return value | {key: without_folders(text) for key, text in told.items()}
