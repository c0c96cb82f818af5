"""The page, served for as long as a test needs it."""

import asyncio
import threading
import time
from contextlib import contextmanager

import uvicorn

from assistant.doors.server import create, options
from ui.mount import mount


@contextmanager
def served(assistant, **wanted):
    """The page's address while it is served."""
    quick = {"log_level": "error", "ws": "none", "timeout_graceful_shutdown": 1}
    config = uvicorn.Config(made(assistant, wanted), port=0, **(options(assistant) | quick))
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


def made(assistant, wanted):
    """The application; made inside an event loop, for without one Gradio leaves loops open."""

    async def make():
        return create(assistant, mount=mount, **wanted)

    try:
        asyncio.get_running_loop()  # Playwright's
    except RuntimeError:
        return asyncio.run(make())
    return create(assistant, mount=mount, **wanted)
