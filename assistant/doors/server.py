"""Serves what is mounted on it, a page say; with doors, the API and MCP beside it."""

import threading
import webbrowser
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import uvicorn
from anyio import to_thread
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from assistant.app import Assistant
from assistant.ask import lane
from assistant.doors import mcp_server
from assistant.doors.guard import BodyLimit, Guard, check_host, most_of_a_body
from assistant.doors.http_api import add_api
from assistant.doors.places import Places
from assistant.work.ahead import words_ahead
from assistant.work.jobs import MOST as MOST_JOBS
from assistant.work.jobs import Jobs
from tools.system import allow_many_files

HOST = "127.0.0.1"
GRACE = 5  # seconds that open pages and streams have when the server is told to end
PATIENCE = 20.0  # seconds within which a connection must have sent a request's headers

Mount = Callable[[FastAPI, Assistant, bool], None]
"""Adds routes to the application; the flag is `create`'s doors."""


def create(assistant: Assistant, *, doors: bool = False, mount: Mount | None = None) -> FastAPI:
    """The web application.

    doors: the API under /v1, /mcp, /metrics and /health; mount: adds the page, or what else is to
    be behind the same guard.
    """
    key = assistant.settings.api_key
    mcp = None
    if doors:
        jobs = Jobs(assistant)
        jobs.take_up()
        mcp = mcp_server.create(assistant, jobs, Places(assistant).recording)
        mcp_routes = mcp.streamable_http_app().routes

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        # Whoever waits for the model holds a thread; what is quick must not wait behind them.
        to_thread.current_default_thread_limiter().total_tokens += lane.MOST + MOST_JOBS
        async with AsyncExitStack() as stack:
            stack.enter_context(words_ahead(assistant))
            if mcp is not None:
                await stack.enter_async_context(mcp.session_manager.run())
            yield

    app = FastAPI(
        title="HeadRouter",
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json" if doors else None,
        lifespan=lifespan,
    )
    app.add_middleware(BodyLimit, most=most_of_a_body(assistant.settings.max_upload))
    origins = frozenset(assistant.settings.allowed_origins)
    # Gradio leaves the headers of cross-origin requests to an application that sets its own.
    app.add_middleware(
        CORSMiddleware, allow_origins=sorted(origins), allow_methods=["*"], allow_headers=["*"]
    )
    app.add_middleware(Guard, key=key.get_secret_value() if key else None, origins=origins)
    if doors:
        add_api(app, assistant, jobs)
        app.router.routes.extend(mcp_routes)
    if mount is not None:
        mount(app, assistant, doors)
    return app


class Prompt(AutoHTTPProtocol):  # type: ignore[valid-type,misc]
    """HTTP that closes connections on which no request comes, or one drop by drop."""

    def connection_made(self, transport: Any) -> None:
        """Begins to watch it."""
        super().connection_made(transport)
        self._watch(self.cycle)

    def _watch(self, before: Any) -> None:
        self.loop.call_later(PATIENCE, self._look, before)

    def _look(self, before: Any) -> None:
        """``before``: the latest request that had come when it was looked at last."""
        if self.transport.is_closing() or self.transport.get_protocol() is not self:
            return  # gone, or a websocket by now
        answered = self.cycle is None or self.cycle.response_complete
        if answered and self.cycle is before:
            self.transport.close()
        else:
            self._watch(self.cycle)


def options(assistant: Assistant) -> dict[str, Any]:
    """How it is served: arguments of uvicorn."""
    return {
        "http": Prompt,
        "log_level": "warning",
        "proxy_headers": assistant.settings.behind_proxy,
        "timeout_graceful_shutdown": GRACE,
    }


def serve(
    assistant: Assistant,
    host: str,
    port: int,
    *,
    doors: bool = False,
    mount: Mount | None = None,
    open_page: bool = False,
) -> None:
    """Serves until interrupted. Raises BadRequest if others could come in without a key."""
    key = assistant.settings.api_key
    check_host(host, key.get_secret_value() if key else None)
    app = create(assistant, doors=doors, mount=mount)
    if open_page:
        threading.Timer(1.0, webbrowser.open, [f"http://{host}:{port}/"]).start()
    allow_many_files()  # a thousand connections left open must not keep others out
    uvicorn.run(app, host=host, port=port, **options(assistant))
