"""``headrouter batch``: many recordings, the same questions, on one machine or on many."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from assistant.doors.cli.commands import (
    Cache,
    Device,
    Home,
    Json,
    Language,
    Limit,
    Model,
    Offload,
    Precision,
    given,
    opened,
    print_values,
    settings_of,
    stoppable,
)
from assistant.doors.codes import BAD_INPUT


def batch(
    context: typer.Context,
    place: Annotated[
        str, typer.Argument(help="A folder, a pattern, or a list with a path or address a line.")
    ],
    out: Annotated[str, typer.Option("--out", help="Folder for the results, or s3://...")],
    questions: Annotated[
        Path | None,
        typer.Option("--questions", help="A file with a question a line; none: only listen."),
    ] = None,
    where: Annotated[
        str,
        typer.Option("--on", help="local, or a Ray cluster: auto, HOST:PORT or ray://HOST:PORT."),
    ] = "local",
    actors: Annotated[
        int | None, typer.Option("--actors", min=1, help="On a cluster: so many models at most.")
    ] = None,
    model: Model = None,
    device: Device = None,
    precision: Precision = None,
    offload: Offload = None,
    memory_limit: Limit = None,
    language: Language = None,
    cache: Cache = None,
    as_json: Json = False,
) -> None:
    """Hear many recordings and ask each the same questions; the results are a folder.

    Run it again to go on where it was stopped: each recording has a result of its own. Those that
    can't be heard are in the results with their error. `headrouter import-batch` brings all of it
    into the library.
    """
    from rich.console import Console

    from assistant.doors.cli.render import Stages
    from assistant.home.private import privately
    from assistant.work import batch as work
    from tools.showing import printable

    settings = settings_of(given(context))
    rows = work.rows_of(place)
    asked = work.questions_in(questions) if questions else []
    todo = work.left(rows, out)
    with privately(), stoppable() as stop, Stages(Console(stderr=True)) as stages:
        if not todo:
            done: Iterator[dict[str, Any]] = iter(())
        elif where == "local":
            worker = work.Worker(settings, asked, out)
            done = work.run_here(worker, todo, stages.show, stop.is_set)
        else:
            from assistant.work.on_ray import run_on_ray

            done = run_on_ray(where, settings, asked, out, todo, actors=actors, stop=stop.is_set)
        for number, _ in enumerate(done, 1):
            stages.show(f"{number} of {len(todo)} recordings", number / len(todo))
        results = work.collected(rows, out)
    failed = [result for result in results if result["error"] is not None]
    print_values(
        {
            "results": out,
            "recordings": len(results),
            "done now": len(todo),
            "failed": len(failed),
        },
        as_json,
    )
    for result in failed:
        line = f"failed: {printable(result['place'])}: {printable(result['error'])}"
        print(line, file=sys.stderr)
    if failed:
        raise typer.Exit(BAD_INPUT)


def import_batch(
    context: typer.Context,
    out: Annotated[str, typer.Argument(help="The folder that was given to batch with --out.")],
    home: Home = None,
    cache: Cache = None,
    as_json: Json = False,
) -> None:
    """Bring the results of a batch into the library: recordings, what was heard, answers."""
    from rich.console import Console

    from assistant.doors.cli.render import Stages
    from assistant.work.batch import bring_in

    with opened(given(context)) as assistant, Stages(Console(stderr=True)) as stages:
        came, known = bring_in(assistant, out, stages.show)
    print_values({"brought in": came, "known before": known}, as_json)
