"""Commands about the server in the background: ``headrouter status`` and ``headrouter stop``."""

import typer

from assistant.doors.cli.commands import Home, Json, given, print_values, settings_of


def status(context: typer.Context, home: Home = None, as_json: Json = False) -> None:
    """Show whether a process in the background has the model in memory, and how long still."""
    from assistant.doors.cli import warm
    from assistant.home import running
    from tools.showing import gigabytes
    from tools.times import clock

    note = running.find(settings_of(given(context)).home)
    if note is None:
        print_values({"running": False}, as_json)
        return
    told = warm.called(note, "GET", "/status")
    values = {"running": True, "kind": note.kind, "pid": note.pid, "port": note.port} | told
    if told and not as_json:
        left = told.pop("ends_in_seconds")
        values = {
            "running": f"{note.kind}, process {note.pid}, for {clock(told['up_seconds'])}",
            "model": f"{told['model']}, {'in memory' if told['loaded'] else 'not loaded yet'}",
            "memory": gigabytes(told["memory_bytes"]),
            "answered": told["answered"],
            "under way": told["under_way"],
            "ends": "when it is told to"
            if left is None
            else f"in {clock(left)} without a question",
        }
    print_values(values, as_json)


def stop(context: typer.Context, home: Home = None, as_json: Json = False) -> None:
    """End the process in the background, so that its memory is free. What it answers ends too."""
    from assistant.doors.cli import warm
    from assistant.errors import BadRequest
    from assistant.home import running

    folder = settings_of(given(context)).home
    note = running.find(folder)
    if note is not None and note.kind != "background":
        raise BadRequest(
            f"`headrouter {note.kind}` answers here (process {note.pid}): end it where it was "
            "started, with Ctrl-C, or by `headrouter service remove`"
        )
    if note is not None:
        warm.end(folder, note)
    print_values({"stopped": note is not None, "pid": note and note.pid}, as_json)
