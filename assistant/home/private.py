"""What the assistant keeps is its user's alone: folders 0700, files 0600.

On Windows files have no such modes; there the user's profile, in which they lie, keeps others out.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from assistant.settings import Settings
from memory.held import SIDES
from tools.system import modes_keep_others_out

OTHERS = 0o077  # what group and others may do


@contextmanager
def privately() -> Iterator[None]:
    """Inside, this process makes files for its user only, in all its threads."""
    before = os.umask(OTHERS)
    try:
        yield
    finally:
        os.umask(before)


def mend(settings: Settings) -> None:
    """Takes away what others may do with what is kept already, by an earlier version or a copy.

    Of a home folder that holds more than ours (the user's own, or one that all may write to) only
    what is ours. What belongs to somebody else is left as it is.
    """
    if not modes_keep_others_out():
        return
    home = settings.home
    with suppress(OSError):
        if home != Path.home() and not home.stat().st_mode & stat.S_ISVTX:
            _close(home)
    for side in SIDES:
        _close(Path(f"{settings.database}{side}"))
    for folder in (settings.uploads, settings.features, settings.alive):
        if _close(folder):
            for inside in folder.rglob("*"):
                _close(inside)


def _close(path: Path) -> bool:
    """Whether others could do something with it, and can't any more."""
    try:
        found = path.lstat()
        if stat.S_ISLNK(found.st_mode) or not found.st_mode & OTHERS:
            return False
        path.chmod(stat.S_IMODE(found.st_mode) & ~OTHERS)
    except OSError:
        return False
    return True
