"""The SQLite files that this process has open, which nothing else in it may open.

SQLite's locks are POSIX's: they belong to the process, and closing a file by any handle gives them
up. Then another process takes the database for unused and removes its journal, while this one goes
on writing into a file that has no name any more.
"""

import os
from contextlib import suppress
from pathlib import Path

SIDES = ("", "-wal", "-shm", "-journal")  # of a database: itself, and what SQLite keeps beside it
_held: dict[int, Path] = {}  # by who holds it


def hold(owner: object, database: Path) -> None:
    """Notes that ``owner`` has a database open."""
    _held[id(owner)] = database


def let_go(owner: object) -> None:
    """Notes that it has closed it; once more does nothing."""
    _held.pop(id(owner), None)


def is_held(path: Path) -> bool:
    """Whether a path is a database that is open here, or a file beside one, by any link to it."""
    try:
        found = path.stat()
    except (OSError, ValueError):  # whoever opens it will tell
        return False
    for database in [*_held.values()]:
        for side in SIDES:
            with suppress(OSError):
                if os.path.samestat(found, Path(f"{database}{side}").stat()):
                    return True
    return False
