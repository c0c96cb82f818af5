"""Serves the page and the recordings that it plays; with doors, the API and MCP beside it."""

import os
import threading
import webbrowser
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import gradio as gr
import numpy as np
import uvicorn
from anyio import to_thread
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import FileResponse

from assistant.app import Assistant
from assistant.ask import lane
from assistant.doors import mcp_server
from assistant.doors.guard import BodyLimit, Guard, check_host, most_of_a_body
from assistant.doors.http_api import add_api
from assistant.doors.places import Places
from assistant.errors import without_folders
from assistant.work.jobs import MOST as MOST_JOBS
from assistant.work.jobs import Jobs
from memory import NotFound
from tools.errors import DiskError, ToolError
from tools.playable import playable
from ui.live import LiveTab
from ui.page import ASSETS, build, theme

HOST = "127.0.0.1"
SCRIPTS = ("player.js", "microphone.js")
MOST_BYTES = 400_000  # of one piece of a microphone
WAITING = 32  # questions at most that wait for the model
GRACE = 5  # seconds that open pages and streams have when the server is told to end


def create(assistant: Assistant, *, doors: bool = False) -> FastAPI:
    """The web application: the page at /, and /media/{id} for its player.

    doors: the API under /v1, /mcp, /metrics and /health too.
    """
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # nothing leaves this machine
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

    @app.get("/media/{id}")
    def media(id: str) -> FileResponse:
        """A recording as a browser plays it, piece by piece as it asks."""
        if "\0" in id:
            raise HTTPException(404, "there is no such recording")
        try:
            store, settings = assistant.store, assistant.settings
            path = playable(store, store.recording(id), settings.playable, settings.limits)
            return FileResponse(path)
        except DiskError as error:
            raise HTTPException(507, str(error)) from error
        except (NotFound, ToolError) as error:
            raise HTTPException(404, without_folders(str(error))) from error

    live = LiveTab(assistant)

    @app.post("/live/{secret}")
    async def hear(secret: str, rate: int, number: int, request: Request) -> Response:
        """A piece of a browser's microphone: 16-bit mono samples."""
        if not 8_000 <= rate <= 192_000:
            raise HTTPException(400, f"{rate} Hz is no rate of a microphone")
        data = bytearray()
        async for part in request.stream():
            data += part
            if len(data) > MOST_BYTES:
                raise HTTPException(413, "a piece is a second at most")
        samples = np.frombuffer(bytes(data[: len(data) // 2 * 2]), "<i2")
        try:
            if not await run_in_threadpool(live.hear, secret, rate, number, samples):
                raise HTTPException(404, "nothing is recorded here any more")
        except DiskError as error:
            raise HTTPException(507, str(error)) from error
        return Response()

    page = build(assistant, live, doors=doors).queue(max_size=WAITING)
    page.has_launched = True  # Gradio lets a page that was not launched read any file it is named
    gr.mount_gradio_app(
        app,
        page,
        "/",
        footer_links=[],
        max_file_size=assistant.settings.max_file,
        blocked_paths=[str(assistant.settings.home)],
        ssr_mode=False,
        theme=theme(),
        css_paths=ASSETS / "style.css",
        head="".join(f"<script>{(ASSETS / name).read_text()}</script>" for name in SCRIPTS),
    )
    return app


def allow_many_connections() -> None:
    """Lifts this process's limit of open files to what the system allows.

    Connections that were opened and left, a thousand of them, must not keep others out.
    """
    with suppress(ImportError, ValueError, OSError):  # Windows has no such limit
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def serve(
    assistant: Assistant, host: str, port: int, *, open_page: bool = False, doors: bool = False
) -> None:
    """Serves until interrupted. Raises BadRequest if others could come in without a key."""
    key = assistant.settings.api_key
    check_host(host, key.get_secret_value() if key else None)
    app = create(assistant, doors=doors)
    if open_page:
        threading.Timer(1.0, webbrowser.open, [f"http://{host}:{port}/"]).start()
    allow_many_connections()
    uvicorn.run(
        app,
        host=host,
        port=port,
        log_level="warning",
        proxy_headers=assistant.settings.behind_proxy,
        timeout_graceful_shutdown=GRACE,
    )
