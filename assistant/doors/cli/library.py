"""Commands about many recordings at once."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.doors.cli.commands import (
    Cache,
    Device,
    Home,
    Json,
    Model,
    Offload,
    Precision,
    Server,
    opened,
    print_rows,
    seconds,
    settings_of,
    stoppable,
)
from assistant.doors.cli.output import print_json

if TYPE_CHECKING:
    from assistant.find.selection import Selection

SHOWN = ("recording", "name", "moment", "score", "found", "by", "speaker", "text")


def day(text: str) -> date:
    """A date as yyyy-mm-dd. Raises Misused."""
    from assistant.errors import Misused

    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Misused(f"{text!r} is no date: write yyyy-mm-dd, such as 2026-03-31") from None


Folder = Annotated[Path | None, typer.Option("--in", help="Only recordings in this folder.")]
Tags = Annotated[list[str] | None, typer.Option("--tag", help="Only those with this tag.")]
Since = Annotated[
    Any, typer.Option("--since", parser=day, metavar="DATE", help="Only those added from a day on.")
]
Until = Annotated[
    Any, typer.Option("--until", parser=day, metavar="DATE", help="Only those added up to a day.")
]
Speaker = Annotated[
    str | None, typer.Option("--speaker", help="Only those in which somebody of this name speaks.")
]
Longer = Annotated[
    float | None, typer.Option("--longer", parser=seconds, help="Only those of mm:ss or more.")
]
Shorter = Annotated[
    float | None, typer.Option("--shorter", parser=seconds, help="Only those of mm:ss or less.")
]
Spoken = Annotated[
    str | None, typer.Option("--language", help="Only those in a language, such as de.")
]


def selection_of(
    folder: Path | None = None,
    tags: list[str] | None = None,
    since: date | None = None,
    until: date | None = None,
    speaker: str | None = None,
    longer: float | None = None,
    shorter: float | None = None,
    language: str | None = None,
) -> "Selection":
    """The recordings that options choose."""
    from assistant.find.selection import Selection

    return Selection.of(
        tags=tags,
        folder=folder,
        since=since,
        until=until,
        speaker=speaker,
        longer=longer,
        shorter=shorter,
        language=language,
    )


def find(
    query: Annotated[
        str,
        typer.Argument(
            help='A sound, words in quotes, speaker:NAME, or several with "and" or "within a '
            'minute of".'
        ),
    ],
    folder: Folder = None,
    tags: Tags = None,
    since: Since = None,
    until: Until = None,
    speaker: Speaker = None,
    longer: Longer = None,
    shorter: Shorter = None,
    language: Spoken = None,
    most: Annotated[int, typer.Option("--most", help="Moments to give, at most.")] = 20,
    model: Model = None,
    device: Device = None,
    precision: Precision = None,
    offload: Offload = None,
    server: Server = True,
    home: Home = None,
    cache: Cache = None,
    as_json: Json = False,
) -> None:
    """Find moments in all recordings by ear: sounds, words, speakers. No transcript is needed.

    Examples: headrouter find "glass breaking"; headrouter find 'siren within a minute of "budget"'.
    A word in quotes is one that is said. A score of 0.3 or more is sure for
    a word, a hint for a sound.
    """
    from rich.console import Console

    from assistant.doors.cli import calling
    from assistant.doors.cli.asking import ready
    from assistant.doors.cli.first import offer_model
    from assistant.doors.cli.render import Stages
    from assistant.find.found import LOOKING
    from tools.times import clock

    flags: dict[str, Any] = dict(model=model, home=home, cache=cache)
    flags |= dict(device=device, precision=precision, offload=offload)
    selection = selection_of(folder, tags, since, until, speaker, longer, shorter, language)
    settings = settings_of(flags)
    offer_model(settings)
    with stoppable() as stop:
        note = ready(settings, stop) if server else None
        with Stages(Console(stderr=True)) as stages:
            if note is not None:
                found = calling.find(note, settings, query, selection, most, stop, stages.show)
            else:
                with opened(flags, offer=False) as assistant:
                    found = assistant.find(
                        query,
                        selection,
                        most,
                        lambda done: stages.show(LOOKING, done),
                        stop.is_set,
                    )
    if as_json:
        from assistant.doors.finding import told

        print_json(told(found))
        return
    rows = [
        moment.as_dict() | {"moment": clock(moment.start), "score": f"{moment.score:.2f}"}
        for moment in found.moments
    ]
    table = [{name: row[name] for name in SHOWN} for row in rows]
    print_rows(table, False, f"nothing like it was found in {found.searched} recordings")
    if found.unheard:
        typer.echo(
            f"{found.unheard} of {found.searched} recordings were not heard yet: run `headrouter "
            "ingest` with them",
            err=True,
        )
    if found.note:
        typer.echo(found.note, err=True)
