"""Serves the page on this machine, and the recordings that it plays."""

import os
import threading
import webbrowser

import gradio as gr
import numpy as np
import uvicorn
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse

from assistant.app import Assistant
from memory import NotFound
from tools.errors import DiskError, ToolError
from tools.playable import playable
from ui.live import LiveTab
from ui.page import ASSETS, build, theme

HOST = "127.0.0.1"
SCRIPTS = ("player.js", "microphone.js")
MOST_BYTES = 400_000  # of one piece of a microphone
WAITING = 32  # questions at most that wait for the model


def create(assistant: Assistant) -> FastAPI:
    """The web application: the page at /, and /media/{id} for its player."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # nothing leaves this machine
    app = FastAPI(title="HeadRouter", docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/media/{id}")
    def media(id: str) -> FileResponse:
        """A recording as a browser plays it, piece by piece as it asks."""
        try:
            recording = assistant.store.recording(id)
            return FileResponse(playable(recording, assistant.settings.cache / "playable"))
        except (NotFound, ToolError) as error:
            raise HTTPException(404, str(error)) from error

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

    page = build(assistant, live).queue(max_size=WAITING)
    gr.mount_gradio_app(
        app,
        page,
        "/",
        footer_links=[],
        ssr_mode=False,
        theme=theme(),
        css_paths=ASSETS / "style.css",
        head="".join(f"<script>{(ASSETS / name).read_text()}</script>" for name in SCRIPTS),
    )
    return app


def serve(assistant: Assistant, port: int, *, open_page: bool) -> None:
    """Serves until interrupted."""
    app = create(assistant)
    if open_page:
        threading.Timer(1.0, webbrowser.open, [f"http://{HOST}:{port}/"]).start()
    uvicorn.run(app, host=HOST, port=port, log_level="warning")
