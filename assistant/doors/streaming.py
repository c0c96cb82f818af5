"""Answers over HTTP that end when nobody waits for them any more."""

import asyncio
import threading
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager
from typing import Any

from anyio import CancelScope
from fastapi import Request
from fastapi.concurrency import iterate_in_threadpool, run_in_threadpool
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from assistant.ask.lane import let_go

LOOK = 0.1  # seconds between looks at whether a client is still there


class Stream(StreamingResponse):
    """Server-sent events from a run; when nobody takes them any more, the run ends.

    It is let go of here and now, in a thread, for the model may have to come to a stop first. Left
    to the garbage collector it would keep its place in the lane, and everybody behind it waiting.
    """

    def __init__(
        self,
        pieces: Generator[str, None, None],
        events: Generator[Any, None, None],
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
