"""The entry point of the program: all commands, those of the page included."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.doors.cli.commands import (
    Cache,
    Device,
    Diariser,
    Home,
    Language,
    Limit,
    Model,
    Offload,
    Precision,
    given,
    opened,
)
from assistant.doors.cli.main import app, main
from tools.showing import printable

if TYPE_CHECKING:
    from assistant.app import Assistant
    from assistant.doors.server import Mount

__all__ = ["app", "main"]

INSTALL = "pip install gradio"


@app.command()
def ui(
    context: typer.Context,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.", min=1, max=65535)] = 7860,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
    model: Model = None,
    device: Device = None,
    precision: Precision = None,
    offload: Offload = None,
    memory_limit: Limit = None,
    language: Language = None,
    diariser: Diariser = None,
    home: Home = None,
    cache: Cache = None,
) -> None:
    """Open the page: add recordings, ask them, see what was listened to. Ctrl-C ends it."""
    from assistant.doors.server import HOST, serve
    from assistant.errors import BadRequest

    if (mount := page()) is None:
        raise BadRequest(f"the page needs Gradio: {INSTALL}")
    with answering(context, "ui") as assistant:
        print(f"http://{HOST}:{port}/", flush=True)
        serve(assistant, HOST, port, mount=mount, open_page=browser)


@contextmanager
def answering(context: typer.Context, kind: str) -> Iterator["Assistant"]:
    """The assistant, closed at the end; meanwhile it answers `headrouter ask` too."""
    from assistant.doors import local
    from assistant.doors.cli import warm
    from assistant.work.live import recover

    with opened(given(context)) as assistant:
        for recovered in recover(assistant):
            print(f"recovered {printable(recovered.name)}")
        warm.make_way(assistant.settings.home)
        with local.beside(assistant, kind):
            yield assistant


def page() -> "Mount | None":
    """What mounts the page on a server; None where Gradio, which draws it, is not installed."""
    if find_spec("gradio") is None:
        return None
    from ui.mount import mount

    return mount


@app.command()
def serve(
    context: typer.Context,
    host: Annotated[
        str, typer.Option(help="Address to listen on; others than this machine's need a key.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 7860,
    model: Model = None,
    device: Device = None,
    precision: Precision = None,
    offload: Offload = None,
    memory_limit: Limit = None,
    language: Language = None,
    diariser: Diariser = None,
    home: Home = None,
    cache: Cache = None,
) -> None:
    """Serve every door with one model: the page at /, OpenAI's API at /v1, MCP at /mcp.

    HEADROUTER_API_KEY is what clients must know; without it only this machine is served. Files of
    this machine may only be named under the folders in allowed_folders.
    """
    from assistant.doors import server

    if (mount := page()) is None:
        print(
            f"headrouter: served without the page, which needs Gradio: {INSTALL}", file=sys.stderr
        )
    with answering(context, "serve") as assistant:
        print(f"http://{host}:{port}/", flush=True)
        server.serve(assistant, host, port, doors=True, mount=mount)
