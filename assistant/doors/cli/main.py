"""The command line: ``headrouter``.

Commands parse, call the assistant and render; nothing is decided here. Heavy imports wait until
a command needs them, so that ``--help`` is quick.
"""

import sys
from contextlib import suppress
from typing import Annotated

import typer

from assistant.doors.cli.asking import ask
from assistant.doors.cli.batch import batch, import_batch
from assistant.doors.cli.bench import bench_app, calibrate
from assistant.doors.cli.commands import (
    Cache,
    Device,
    Diariser,
    Home,
    Json,
    Language,
    Limit,
    Model,
    Offload,
    Precision,
    given,
    opened,
    print_rows,
    settings_of,
)
from assistant.doors.cli.hearing import ingest, listen, minutes, search, transcript, watch
from assistant.doors.cli.library import find
from assistant.doors.cli.listing import config_app, recordings_app, sessions_app
from assistant.doors.cli.output import OutputFailed, checked_output, print_json
from assistant.doors.cli.service import service_app
from assistant.doors.cli.serving import status, stop
from assistant.doors.cli.shelf import models_app
from assistant.doors.cli.speaking import speakers_app
from assistant.doors.cli.trying import try_model
from assistant.doors.cli.uninstall import uninstall
from assistant.doors.codes import (
    BAD_INPUT,
    INTERRUPTED,
    NO_BUDGET,
    NO_MODEL,
    NO_STORE,
    USAGE,
    code_of,
)

EXIT_CODES = f"""

Exit codes: 0 done, {USAGE} wrong usage, {BAD_INPUT} bad input, {NO_MODEL} a model is missing,
or the server that has it in memory ended, {NO_BUDGET} refused for memory, {NO_STORE} database or
disk, {INTERRUPTED} stopped by Ctrl-C."""

app = typer.Typer(
    help="Ask long recordings questions, answered by listening." + EXIT_CODES,
    invoke_without_command=True,
    pretty_exceptions_enable=False,
)
app.add_typer(recordings_app, name="recordings")
app.add_typer(sessions_app, name="sessions")
app.add_typer(speakers_app, name="speakers")
app.add_typer(models_app, name="models")
app.add_typer(config_app, name="config")
app.add_typer(bench_app, name="bench")
app.add_typer(service_app, name="service")
for command in (
    *(calibrate, ask, ingest, watch, listen, transcript, minutes, search, find, status, stop),
    *(batch, uninstall),
):
    app.command()(command)
app.command("import-batch")(import_batch)
models_app.command("try")(try_model)


def print_version(wanted: bool) -> None:
    """Prints it and ends."""
    from importlib import metadata

    if wanted:
        print(f"headrouter {metadata.version('headrouter')}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version and end.", callback=print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Takes what holds for all commands; without one, says what there is to do."""
    if context.invoked_subcommand is None:
        from assistant.doors.cli.first import introduce

        introduce()


@app.command()
def mcp(
    context: typer.Context,
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
    """Serve the tools of the assistant to another agent, over standard input and output (MCP).

    For the configuration of a desktop client: command "headrouter", arguments ["mcp"].
    """
    from assistant.doors.mcp_server import create
    from assistant.work.jobs import Jobs

    with opened(given(context)) as assistant:
        jobs = Jobs(assistant)
        jobs.take_up()
        create(assistant, jobs).run("stdio")


@app.command()
def doctor(
    context: typer.Context,
    model: Model = None,
    device: Device = None,
    home: Home = None,
    cache: Cache = None,
    report: Annotated[
        bool, typer.Option("--report", help="Print it for a bug report, without personal data.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Look at everything the assistant needs: what is here, what is missing, how to get it."""
    from dataclasses import asdict

    from assistant.doors.cli.doctor import checks

    settings = settings_of(given(context))
    found = checks(settings)
    if report:
        from assistant.doors.cli.reporting import report as written

        print(written(found, settings), end="")
        return
    print_rows([asdict(check) for check in found], as_json)
    if any(check.status in ("missing", "broken") for check in found):
        raise typer.Exit(1)


# -- errors


def main() -> None:
    """The entry point: what was raised on purpose becomes one sentence and an exit code."""
    from tools.showing import printable

    try:
        with checked_output():
            _run()
    except OutputFailed as error:
        if not error.gone:
            with suppress(OSError):
                print(f"headrouter: {printable(str(error))}", file=sys.stderr)
        sys.exit(INTERRUPTED if error.gone else NO_STORE)


def _run() -> None:
    from tools.showing import printable

    try:
        app()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception as error:
        if not _expected(error):
            raise
        message = printable(str(error))
        if "--json" in sys.argv:
            print_json({"error": {"kind": type(error).__name__, "message": message}})
        print(f"headrouter: {message}", file=sys.stderr)
        sys.exit(code_of(error).exit)


def _expected(error: Exception) -> bool:
    from assistant.errors import EXPECTED
    from assistant.settings import SettingsError

    return isinstance(error, (*EXPECTED, SettingsError))
