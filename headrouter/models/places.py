"""Which models are on this machine, and where: pulled from a hub, added, or just a folder.

    <cache>/models/<organisation>--<name>/  a checkpoint from a hub, with a record of its revision
    <cache>/models/added.json               names that were given to folders elsewhere

A model is called by the name of a list, by its id on the hub, by the name that was given to its
folder, or by the folder.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from headrouter.errors import ModelMissing, PullError, UnknownModel
from headrouter.models import hub, shelf
from headrouter.models.catalogue import CATALOGUE
from headrouter.models.records import RECORD, changed, damaged, read_record, write_record
from headrouter.nano.parts import Progress

ADDED = "added.json"
AUTO = "auto"
GIVEN = re.compile(r"\w[\w.+-]{0,60}")
Kind = Literal["made", "pulled", "added", "folder"]


@dataclass(frozen=True)
class Place:
    """A model that is on this machine."""

    name: str  # by which it is found again
    folder: Path
    kind: Kind

    @property
    def shown(self) -> str:
        """Its name for others, who need not know the folders of this machine."""
        return self.folder.name if self.kind == "folder" else self.name


def here(cache: Path) -> list[Place]:
    """All models of a cache by name: nano first, then what was pulled, then what was added.

    Folders that were added and are gone are left out.
    """
    found = [Place(name, shelf.model_dir(name, cache), "made") for name in shelf.MODELS]
    found = [place for place in found if (place.folder / RECORD).is_file()]
    for folder in sorted(shelf.models_dir(cache).glob("[!.]*--*")):
        record = read_record(folder)
        if record is not None and isinstance(record["origin"].get("hub"), str):
            found.append(Place(record["origin"]["hub"], folder, "pulled"))
    for name, folder in sorted(added(cache).items()):
        if folder.is_dir():
            found.append(Place(name, folder, "added"))
    return found


def find(name: str, cache: Path) -> Place:
    """The model that is called so. Raises UnknownModel, or ModelMissing with what to do."""
    if name in shelf.MODELS:
        return Place(name, shelf.locate(name, cache), "made")
    hub_id = hub_id_of(name)
    for place in here(cache):
        if place.name in (name, hub_id):
            return place
    if name in (known := added(cache)):
        raise ModelMissing(
            f"the folder of model '{name}' is not there any more: put {known[name]} back, or run: "
            f"headrouter models rm {name}"
        )
    folder = _expanded(name)
    if folder.is_dir():
        return Place(str(folder.absolute()), folder.absolute(), "folder")
    if hub_id is not None:
        raise ModelMissing(
            f"model '{name}' is not on this machine; run: headrouter models pull {name}"
        )
    if "/" in name or os.sep in name:
        raise ModelMissing(f"there is no folder {name}; name one that holds a checkpoint")
    names = [*shelf.MODELS, *CATALOGUE, *known]
    raise UnknownModel(
        f"there is no model '{name}'; known: {', '.join(names)}, any ORGANISATION/NAME of a hub, "
        "and folders of checkpoints"
    )


def hub_id_of(name: str) -> str | None:
    """The id on the hub of a name, without its revision; None for what can be none."""
    if name in CATALOGUE:
        return CATALOGUE[name].hub_id
    found = hub.split_revision(name)[0]
    return found if hub.HUB_ID.fullmatch(found) and not name.startswith(".") else None


def identity(place: Place, cache: Path) -> str:
    """The id of a model, which changes with its weights, and can be the name of a file.

    Raises ModelMissing.
    """
    if place.kind == "made":
        return shelf.version(place.name, cache)
    name = _for_a_file(place.name if place.kind == "pulled" else place.folder.name)
    if place.kind == "pulled":
        record = read_record(place.folder)
        if record is None:
            raise ModelMissing(f"model '{place.name}' is not whole; {remedy(place)}")
        return f"{name}@{str(record['origin']['revision'])[:8]}"
    return f"{name}@{_fingerprint(place.folder)}"


def _for_a_file(name: str) -> str:
    return re.sub(r"[^\w.+-]", "-", name.replace("/", "--"))


def _fingerprint(folder: Path) -> str:
    """Of a folder without a record: its configuration, and its weights by size and time.

    Raises ModelMissing.
    """
    found = hashlib.sha256()
    try:
        found.update((folder / "config.json").read_bytes())
        for file in sorted(folder.glob("*.safetensors")):
            state = file.stat()
            found.update(f"{file.name} {state.st_size} {state.st_mtime_ns}".encode())
    except OSError as error:
        raise ModelMissing(
            f"{folder} can't be read ({error}); name a folder that holds a checkpoint"
        ) from error
    return found.hexdigest()[:8]


def verified_folder(place: Place, cache: Path) -> Path:
    """Its folder, for loading it: what has a record is as it was written.

    Raises ModelMissing.
    """
    if place.kind == "made":
        return shelf.verified(place.name, cache)
    record = read_record(place.folder) if place.kind == "pulled" else None
    if record is not None and (problems := changed(place.folder, record["files"])):
        raise ModelMissing(f"model '{place.name}' is not whole: {problems[0]}; {remedy(place)}")
    return place.folder


def problems_of(place: Place, cache: Path) -> list[str]:
    """What is wrong with a model, each with what to do; of the user's own, nothing is known."""
    if place.kind == "made":
        return shelf.check(place.name, cache)
    record = read_record(place.folder)
    if place.kind != "pulled" or record is None:
        return []
    return [f"{problem}; {remedy(place)}" for problem in damaged(place.folder, record["files"])]


def remedy(place: Place) -> str:
    """What to do about a model that is damaged."""
    return f"run: headrouter models pull {place.name}"


# -- pulling, adding, removing


def pull_from_hub(
    name: str,
    cache: Path,
    *,
    accept: Callable[[Path], object] = lambda folder: None,
    offline: bool = False,
    progress: Progress | None = None,
) -> Place:
    """Fetches a checkpoint by its name in the catalogue or its id on a hub.

    Goes on where it was interrupted; does nothing if it is here, whole and current.
    ``ORGANISATION/NAME@REVISION`` takes another than the newest revision. accept: refuses a
    checkpoint by its small files, before its weights are fetched. Raises UnknownModel, PullError.
    """
    hub_id, report = hub_id_of(name), progress or (lambda stage, fraction: None)
    if hub_id is None:
        raise UnknownModel(
            f"there is no model '{name}' to pull; known: {', '.join([*shelf.MODELS, *CATALOGUE])}, "
            "and any ORGANISATION/NAME of a hub"
        )
    revision = CATALOGUE[name].revision if name in CATALOGUE else hub.split_revision(name)[1]
    folder = shelf.models_dir(cache) / hub_id.replace("/", "--")
    place, partial = Place(hub_id, folder, "pulled"), folder.with_name(f".{folder.name}.partial")
    if offline:
        if folder.is_dir() and not problems_of(place, cache):
            return place
        hub.refuse_offline(hub_id, partial)
    try:
        shelf.models_dir(cache).mkdir(parents=True, exist_ok=True)
        with shelf.alone(folder.with_name(f".{folder.name}.lock"), report):
            published = hub.look_up(hub_id, revision)
            if _is(published, place, cache):
                return place
            partial.mkdir(exist_ok=True)
            hub.fetch(published, partial, accept, report)
            report("check it", 0.0)
            origin: dict[str, object] = {
                "hub": hub_id,
                "revision": published.commit,
                "endpoint": hub.endpoint(),
            }
            write_record(partial, origin)
            _put(partial, folder)
    except OSError as error:
        raise PullError(_unwritable(hub_id, folder, error)) from error
    return place


def _is(published: hub.Published, place: Place, cache: Path) -> bool:
    """Whether that revision is here, whole."""
    record = read_record(place.folder) if place.folder.is_dir() else None
    same = record is not None and record["origin"].get("revision") == published.commit
    return same and not problems_of(place, cache)


def _put(partial: Path, folder: Path) -> None:
    """Moves what was fetched to its place; what was there goes."""
    old = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    partial.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def _unwritable(hub_id: str, folder: Path, error: OSError) -> str:
    if error.errno in shelf.FULL:
        return (
            f"the disk is full: {hub_id} could not be written to {folder.parent}; free some space "
            "or choose another cache folder, and pull again: what was fetched is kept"
        )
    return (
        f"{hub_id} could not be written to {folder.parent} ({error}); make the folder writable or "
        "choose another cache folder"
    )


def added(cache: Path) -> dict[str, Path]:
    """The folders that were added, by name; what is no list of such counts as none."""
    try:
        found = json.loads((shelf.models_dir(cache) / ADDED).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {name: Path(folder) for name, folder in found.items() if isinstance(folder, str)}


def add(folder: Path, cache: Path, name: str | None = None) -> Place:
    """Gives a folder of the user's a name; nothing is copied. Raises UnknownModel, PullError."""
    folder = folder.expanduser().absolute()
    name = folder.name if name is None else name
    taken = {*shelf.MODELS, *CATALOGUE, AUTO}
    if not GIVEN.fullmatch(name) or name in taken:
        raise UnknownModel(
            f"{name!r} can't be the name of a model: give another by --name, of letters, digits, "
            f"- and ., and none of {', '.join(sorted(taken))}"
        )
    known = added(cache)
    if known.get(name, folder) != folder:
        raise UnknownModel(
            f"a model '{name}' is there already, in {known[name]}: give another by --name, or run: "
            f"headrouter models rm {name}"
        )
    _write_added(cache, known | {name: folder})
    return Place(name, folder, "added")


def remove(name: str, cache: Path) -> Place:
    """Forgets a model. Of what was pulled the files go; a folder that was added stays as it is.

    Raises UnknownModel, ModelMissing, PullError where it can't be removed.
    """
    place = removable(name, cache)
    try:
        if place.kind == "added":
            _write_added(cache, {k: v for k, v in added(cache).items() if k != place.name})
        else:
            shutil.rmtree(place.folder)
    except OSError as error:
        raise PullError(f"model '{name}' can't be removed ({error}); mind its folder") from error
    return place


def removable(name: str, cache: Path) -> Place:
    """The model that `remove` would forget. Raises as that does."""
    known = added(cache)
    place = Place(name, known[name], "added") if name in known else find(name, cache)
    if place.kind == "folder":
        raise UnknownModel(
            f"{place.folder} was never added, so there is nothing to forget; its files are yours"
        )
    return place


def _write_added(cache: Path, folders: dict[str, Path]) -> None:
    file = shelf.models_dir(cache) / ADDED
    partial = file.with_name(f".{ADDED}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(
            json.dumps({n: str(f) for n, f in folders.items()}, indent=1) + "\n", encoding="utf-8"
        )
        partial.replace(file)
    except OSError as error:
        raise PullError(
            f"{file} can't be written ({error}); make the folder writable or choose another cache "
            "folder"
        ) from error


def _expanded(name: str) -> Path:
    try:
        return Path(name).expanduser()
    except RuntimeError:  # "~name" of nobody here
        return Path(name)
