"""Mounts the page on a server: the page at /, the recordings that it plays, its microphone."""

import os

import gradio as gr
import numpy as np
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse

from assistant.app import Assistant
from assistant.errors import without_folders
from assistant.work.prepare import Preparing
from memory import NotFound
from tools.errors import DiskError, ToolError
from tools.playable import playable
from ui.data import Data
from ui.live import LiveTab
from ui.page import ASSETS, build, theme

# In the order in which they need each other.
SCRIPTS = "base player work people reader view library microphone".split()
MOST_BYTES = 400_000  # of one piece of a microphone
WAITING = 32  # questions at most that wait for the model


def mount(app: FastAPI, assistant: Assistant, doors: bool = False) -> None:
    """Adds the page at /, with /media/{id} for its player and /live/{secret} for its microphone.

    doors: others than the user at the keyboard may see it.
    """
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # nothing leaves this machine
    live, preparing = LiveTab(assistant), Preparing(assistant)
    app.include_router(Data(assistant, preparing).router())
    _add_media(app, assistant)
    _add_live(app, live)
    page = build(assistant, live, preparing, doors=doors).queue(max_size=WAITING)
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
        head=head(),
    )


def head() -> str:
    """The page's own style and scripts. Given as css_paths, Gradio would scope the style, which
    takes ":is(a, b)" apart.
    """
    scripts = "".join(
        f"<script>{(ASSETS / f'{name}.js').read_text(encoding='utf-8')}</script>"
        for name in SCRIPTS
    )
    return f"<style>{(ASSETS / 'style.css').read_text(encoding='utf-8')}</style>{scripts}"


def _add_media(app: FastAPI, assistant: Assistant) -> None:
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


def _add_live(app: FastAPI, live: LiveTab) -> None:
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
