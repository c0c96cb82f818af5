"""``headrouter uninstall``: what lies where, how much it is, and removing what is chosen."""

import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.doors.cli.commands import Cache, Home, Json, given, print_rows, settings_of

if TYPE_CHECKING:
    from assistant.settings import Settings

HOW = "the program itself goes by what installed it: uv tool uninstall, pipx uninstall or pip"


def uninstall(
    context: typer.Context,
    models: Annotated[bool, typer.Option("--models", help="Remove what was fetched.")] = False,
    indexes: Annotated[bool, typer.Option("--indexes", help="Remove what was heard.")] = False,
    media: Annotated[
        bool,
        typer.Option("--media", help="Remove uploads and live recordings: they are nowhere else."),
    ] = False,
    store: Annotated[
        bool, typer.Option("--store", help="Remove transcripts, conversations and names.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before.")] = False,
    home: Home = None,
    cache: Cache = None,
    as_json: Json = False,
) -> None:
    """Say what lies where on this machine and how much it is; remove what is chosen, no more.

    Recordings that you named stay where they are, and so does the settings file.
    """
    from assistant.doors.cli import warm
    from assistant.home import running

    settings = settings_of(given(context))
    chosen = dict(models=models, indexes=indexes, media=media, store=store)
    found = {name: there(paths) for name, paths in places(settings).items()}
    gone = {name: paths for name, paths in found.items() if chosen.get(name) and paths}
    rows = [
        {
            "what": name,
            "where": ", ".join(map(str, paths)) or None,
            "bytes": sum(map(size_of, paths)),
            "removed": name in gone,
        }
        for name, paths in found.items()
    ]
    if gone:
        paths = [path for inside in gone.values() for path in inside]
        if not yes:
            typer.confirm(f"Delete {', '.join(map(str, paths))} for good?", abort=True, err=True)
        if (note := running.find(settings.home)) is not None and note.kind == "background":
            warm.end(settings.home, note)
        refuse_in_use(settings)
        for path in paths:
            delete(path)
    print_rows(rows, as_json)
    if not as_json:
        print(
            HOW if gone else f"to remove some of it: --{', --'.join(chosen)}; {HOW}",
            file=sys.stderr,
        )


def places(settings: "Settings") -> Mapping[str, Sequence[Path]]:
    """Where what is kept lies, by what it is."""
    from assistant.settings import config_file
    from headrouter import models
    from memory.held import SIDES

    cache = settings.cache
    return {
        "models": (models.models_dir(cache), models.wheels_dir(cache), cache / "profiles"),
        "indexes": (settings.features, settings.playable),
        "media": (settings.uploads,),
        "store": [Path(f"{settings.database}{side}") for side in (*SIDES, ".lock")],
        "settings": (config_file(),),
    }


def there(paths: Sequence[Path]) -> list[Path]:
    """Those that exist."""
    return [path for path in paths if path.exists()]


def size_of(path: Path) -> int:
    """Bytes of a file or folder."""
    from tools.disk import bytes_in

    return path.stat().st_size if path.is_file() else bytes_in(path)


def refuse_in_use(settings: "Settings") -> None:
    """Raises BadRequest while a program uses what is to go."""
    from assistant.errors import BadRequest
    from assistant.home import running
    from assistant.home.alive import Alive

    alive = Alive(settings.alive)
    if running.lives(settings.home) or any(
        alive.lives(int(lock.stem)) for lock in settings.alive.glob("*.lock")
    ):
        raise BadRequest("a program uses the home folder now: end `headrouter ui` or `serve` first")


def delete(path: Path) -> None:
    """A file, or a folder with all in it; of a link, the link. Raises DiskError."""
    from tools.errors import DiskError

    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    except OSError as error:
        raise DiskError(f"{path} can't be deleted ({error.strerror})") from error
