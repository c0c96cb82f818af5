"""Serves the page on this machine, and the recordings that it plays."""

import os
import threading
import webbrowser

import gradio as gr
import uvicorn
from fastapi import FastAPI, HTTPException
from fastapi.responses import FileResponse

from assistant.app import Assistant
from memory import NotFound
from tools.errors import ToolError
from tools.playable import playable
from ui.page import ASSETS, build, theme

HOST = "127.0.0.1"
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

    page = build(assistant).queue(max_size=WAITING)
    gr.mount_gradio_app(
        app,
        page,
        "/",
        footer_links=[],
        ssr_mode=False,
        theme=theme(),
        css_paths=ASSETS / "style.css",
        head=f"<script>{(ASSETS / 'player.js').read_text()}</script>",
    )
    return app


def serve(assistant: Assistant, port: int, *, open_page: bool) -> None:
    """Serves until interrupted."""
    app = create(assistant)
    if open_page:
        threading.Timer(1.0, webbrowser.open, [f"http://{HOST}:{port}/"]).start()
    uvicorn.run(app, host=HOST, port=port, log_level="warning")
