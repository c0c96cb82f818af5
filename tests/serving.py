"""The server, served for as long as a test needs it, and what its clients send."""

import asyncio
import base64
import threading
import time
from contextlib import contextmanager
from functools import partial

import httpx
import uvicorn
from media import FakeDiariser, FakeRecogniser

from assistant.app import Assistant
from assistant.ask.context import Models
from assistant.doors.server import create, options
from assistant.settings import Settings

# Seconds; httpx's own five are too few on a busy machine. Nothing here is encrypted, and reading
# the certificates of this machine takes longer than most requests.
PATIENT = {"timeout": 60.0, "verify": False}
get = partial(httpx.get, **PATIENT)
post = partial(httpx.post, **PATIENT)
delete = partial(httpx.delete, **PATIENT)
stream = partial(httpx.stream, **PATIENT)
client = partial(httpx.Client, **PATIENT)


@contextmanager
def assistants(folder, listener):
    """Makes assistants on one home, with the settings given."""
    made = []

    def make(**settings):
        settings = Settings(home=folder / "home", cache=folder / "cache", **settings)
        made.append(Assistant(settings, Models(lambda: listener, FakeRecogniser, FakeDiariser)))
        return made[-1]

    yield make
    for assistant in made:
        while assistant.store.jobs_under_way():  # their threads need the store to the end
            time.sleep(0.05)
        assistant.store.close()


@contextmanager
def served(assistant, *, page=True, **wanted):
    """The address while it is served; without the page, which takes a second to build."""
    quick = {"log_level": "error", "ws": "none", "timeout_graceful_shutdown": 1}
    config = uvicorn.Config(made(assistant, page, wanted), port=0, **(options(assistant) | quick))
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.05)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(30)


def made(assistant, page, wanted):
    """The application; made inside an event loop, for without one Gradio leaves loops open."""

    async def make():
        return application()

    def application():
        if not page:
            return create(assistant, **wanted)
        from ui.mount import mount

        return create(assistant, mount=mount, **wanted)

    try:
        asyncio.get_running_loop()  # Playwright's
    except RuntimeError:
        return asyncio.run(make())
    return application()


def question(text, audio=None):
    """Messages of a chat that ask it."""
    parts = [{"type": "text", "text": text}]
    if audio:
        data = base64.b64encode(audio.read_bytes()).decode()
        parts.append({"type": "input_audio", "input_audio": {"data": data, "format": "wav"}})
    return [{"role": "user", "content": parts}]
