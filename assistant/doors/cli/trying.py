"""`headrouter models try`: what a model loses by pruning, measured here, and how it loses least."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.doors.cli.bench import numbers, on_standard_error
from assistant.doors.cli.commands import (
    Cache,
    Device,
    Json,
    Limit,
    Offload,
    Precision,
    print_rows,
    print_values,
    settings_of,
)
from assistant.doors.cli.shelf import ANY

if TYPE_CHECKING:
    from headrouter.models import Measured


def try_model(
    name: Annotated[str, typer.Argument(help=ANY)],
    moments: Annotated[
        int, typer.Option(min=2, help="Sounds, and sentences, to measure with: more is surer.")
    ] = 16,
    layers: Annotated[
        str, typer.Option(help="Pruning layers to choose from, such as 2,5,10.")
    ] = "",
    keep: Annotated[
        float, typer.Option(min=0.01, max=1.0, help="Keep ratio to choose for; a half, a quarter.")
    ] = 0.4,
    device: Device = None,
    precision: Precision = None,
    offload: Offload = None,
    memory_limit: Limit = None,
    cache: Cache = None,
    as_json: Json = False,
) -> None:
    """Measure what pruning keeps of a model's sound, and how it keeps most; used from then on.

    Sentences and sounds that ship with HeadRouter are planted in recordings of two minutes, and
    asked for. Which heads matter, where pruning begins and what chooses the tokens is found so;
    how good the model's answers are is not.

    Example: headrouter models try voxtral-mini
    """
    from assistant.choosing import load_listener
    from headrouter import models
    from headrouter.lab.evidence.trying import try_model as run

    given = dict(model=name, cache=cache, device=device, precision=precision, offload=offload)
    settings = settings_of(given | dict(memory_limit=memory_limit))
    listener = load_listener(settings)
    ships = models.find(name, settings.cache).kind == "made"
    chosen = numbers(layers, int) or ([listener.profile.layer] if ships else [])
    measured, profile = run(
        listener, moments=moments, layers=chosen, keep=keep, report=on_standard_error
    )
    record = None
    if not ships:
        path = models.profile_path(measured.model, settings.cache)
        path.parent.mkdir(parents=True, exist_ok=True)
        profile.save(path)
        record = str(measured.save(settings.cache))
    if as_json:
        print_values(values_of(measured, record), as_json)
        return
    print_rows(rows_of(measured), as_json)
    print(
        f"\nTokens are chosen by {measured.scorer} before layer {measured.layer}: {measured.told()}"
        f", measured on {measured.moments} moments.\n"
        + (f"Kept in {record}." if record else f"{name} ships with its own: nothing is changed."),
        file=sys.stderr,
    )


def values_of(measured: "Measured", record: str | None) -> dict[str, Any]:
    """All that was found, for programs."""
    from dataclasses import asdict

    return asdict(measured) | {"told": measured.told(), "record": record}


def rows_of(measured: "Measured") -> list[dict[str, Any]]:
    """What stays by each way of choosing, at each keep ratio."""
    keeps = ", ".join(next(iter(measured.sounds.values())))
    kinds = (("sentences", measured.sentences), ("sounds", measured.sounds))
    return [
        {"chosen by": f"{scorer} *" if scorer == measured.scorer else scorer}
        | {
            f"{what} kept at {keeps}": ", ".join(f"{kept:.0%}" for kept in shares[scorer].values())
            for what, shares in kinds
        }
        for scorer in measured.sounds
    ]
