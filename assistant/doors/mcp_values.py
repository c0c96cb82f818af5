"""Recordings, jobs and transcripts as the tools of the Model Context Protocol tell them."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, TypeVar

from anyio import to_thread
from mcp.server.fastmcp.exceptions import ToolError

from assistant.errors import EXPECTED
from memory import Job, Recording, Segment, Word
from tools.export import paragraphs

Value = dict[str, Any]
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
