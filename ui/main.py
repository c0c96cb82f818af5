"""The entry point of the program: all commands, those of the page included."""

from typing import Annotated, Any

import typer

from assistant.doors.cli.commands import Cache, Home, Language, Limit, Model, opened
from assistant.doors.cli.main import app, main
from tools.showing import printable

__all__ = ["app", "main"]


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
    from assistant.work.live import recover
    from ui.server import HOST, serve

    flags: dict[str, Any] = dict(model=model, memory_limit=memory_limit, language=language)
    flags |= dict(home=home, cache=cache)
    with opened(flags) as assistant:
        for recovered in recover(assistant):
            print(f"recovered {printable(recovered.name)}")
        print(f"http://{HOST}:{port}/", flush=True)
        serve(assistant, HOST, port, open_page=browser)


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
    from assistant.work.live import recover
    from ui import server

    flags: dict[str, Any] = dict(model=model, memory_limit=memory_limit, language=language)
    flags |= dict(home=home, cache=cache)
    with opened(flags) as assistant:
        for recovered in recover(assistant):
            print(f"recovered {printable(recovered.name)}")
        print(f"http://{host}:{port}/", flush=True)
        server.serve(assistant, host, port, doors=True)
