"""Files that somebody names: which they really are, and that none is the assistant's own.

A name can come to mean another file between a look at it and its opening: a folder on the way is
swapped for a link. So the file is held first, by a handle that nothing can be read from, and what
is looked at, and then read, is what is held. Only Linux has such handles; elsewhere the name is
resolved, and looked at again afterwards.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.errors import MediaError

UPLOADS = "media"  # in the home folder: what came by upload, address or microphone


@dataclass(frozen=True)
class Held:
    """A file that a name meant."""

    name: Path  # as it was given
    real: Path  # absolute, without links
    place: Path  # the file itself, whatever becomes of its folders
    found: os.stat_result

    def check_unmoved(self) -> None:
        """Raises MediaError where the name means another file by now."""
        try:
            same = os.path.samestat(self.found, self.name.stat())
        except OSError:
            same = False
        if not same:
            raise MediaError(f"{self.name} was replaced while it was looked at; name it again.")


@contextmanager
def held(path: Path) -> Iterator[Held]:
    """The file that a name means; nothing is read. Raises OSError where there is none."""
    if sys.platform != "linux":
        real = path.resolve(strict=True)
        yield Held(path, real, real, real.stat())
        return
    handle = os.open(path, os.O_PATH | os.O_CLOEXEC)  # takes no lock from SQLite when it closes
    try:
        place = Path(f"/proc/self/fd/{handle}")
        yield Held(path, place.readlink(), place, os.fstat(handle))
    finally:
        os.close(handle)


def refuse_own(home: Path, real: Path) -> None:
    """Raises MediaError for a path in the assistant's home folder that is not one of its media.

    real: without links, as `held` tells it.
    """
    home = home.resolve()
    if real.is_relative_to(home) and not real.is_relative_to(home / UPLOADS):
        raise MediaError(
            f"{real.name} is in {home}, where the assistant keeps its own files; name a recording "
            "elsewhere, or copy it first."
        )
