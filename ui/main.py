"""The entry point of the program: all commands, those of the page included."""

import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.doors.cli.commands import Cache, Home, Language, Limit, Model, opened
from assistant.doors.cli.main import app, main
from tools.showing import printable

if TYPE_CHECKING:
    from assistant.doors.server import Mount

__all__ = ["app", "main"]

INSTALL = "pip install gradio"


@app.command()
def ui(
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.", min=1, max=65535)] = 7860,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
    model: Model = None,
    memory_limit: Limit = None,
    language: Language = None,
    home: Home = None,
    cache: Cache = None,
) -> None:
    """Open the page: add recordings, ask them, see what was listened to. Ctrl-C ends it."""
    from assistant.doors.server import HOST, serve
    from assistant.errors import BadRequest
    from assistant.work.live import recover

    if (mount := page()) is None:
        raise BadRequest(f"the page needs Gradio: {INSTALL}")
    flags: dict[str, Any] = dict(model=model, memory_limit=memory_limit, language=language)
    flags |= dict(home=home, cache=cache)
    with opened(flags) as assistant:
        for recovered in recover(assistant):
            print(f"recovered {printable(recovered.name)}")
        print(f"http://{HOST}:{port}/", flush=True)
        serve(assistant, HOST, port, mount=mount, open_page=browser)


def page() -> "Mount | None":
    """What mounts the page on a server; None where Gradio, which draws it, is not installed."""
    if find_spec("gradio") is None:
        return None
    from ui.mount import mount

    return mount


@app.command()
def serve(
    host: Annotated[
        str, typer.Option(help="Address to listen on; others than this machine's need a key.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 7860,
    model: Model = None,
    memory_limit: Limit = None,
    language: Language = None,
    home: Home = None,
    cache: Cache = None,
) -> None:
    """Serve every door with one model: the page at /, OpenAI's API at /v1, MCP at /mcp.

    HEADROUTER_API_KEY is what clients must know; without it only this machine is served. Files of
    this machine may only be named under the folders in allowed_folders.
    """
    from assistant.doors import server
    from assistant.work.live import recover

    if (mount := page()) is None:
        print(
            f"headrouter: served without the page, which needs Gradio: {INSTALL}", file=sys.stderr
        )
    flags: dict[str, Any] = dict(model=model, memory_limit=memory_limit, language=language)
    flags |= dict(home=home, cache=cache)
    with opened(flags) as assistant:
        for recovered in recover(assistant):
            print(f"recovered {printable(recovered.name)}")
        print(f"http://{host}:{port}/", flush=True)
        server.serve(assistant, host, port, doors=True, mount=mount)
