"""Everything the store raises on purpose, and the one place where SQLite's errors become ours.

StoreError
├── NotFound             nothing stored under that key
│   └── Ambiguous        a prefix that fits several recordings
├── DatabaseUnreadable   no database, a damaged one, a newer one, or one that may not be opened
├── DiskFull             no room left to write
├── NotText              bytes that are no UTF-8, where text is stored
└── Locked               another program held the database for too long

A ValueError is a caller's mistake (a rating of 5, a range that ends before it starts).
"""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager


class StoreError(Exception):
    """The root of the tree: catching it catches everything below."""


class NotFound(StoreError):
    """Nothing is stored under that key."""


class Ambiguous(NotFound):
    """A prefix that fits several recordings."""


class DatabaseUnreadable(StoreError):
    """The file cannot be used as the database; it was left as it is."""


class DiskFull(StoreError):
    """No room left to write; what was stored before is whole."""


class NotText(StoreError):
    """Text that came from bytes which are no UTF-8; nothing was stored or looked up."""


class Locked(StoreError):
    """Another program held the database for longer than the busy timeout."""


_ELSEWHERE = "move it away, or set HEADROUTER_HOME to another folder"
_NO_ACCESS = (
    DatabaseUnreadable,
    "{where} could not be opened ({error}): check that it is a file which you may read and write, "
    "in a folder where you may write.",
)
_BUSY = (
    Locked,
    "{where} is in use by another program ({error}): wait for it or close it, and try again.",
)
_MEANINGS: dict[int, tuple[type[StoreError], str]] = {
    sqlite3.SQLITE_NOTADB: (
        DatabaseUnreadable,
        "{where} is not a database and was left as it is: " + _ELSEWHERE + ".",
    ),
    sqlite3.SQLITE_CORRUPT: (
        DatabaseUnreadable,
        "{where} is damaged ({error}) and was left as it is: bring back a copy, "
        + _ELSEWHERE
        + ".",
    ),
    sqlite3.SQLITE_CANTOPEN: _NO_ACCESS,
    sqlite3.SQLITE_PERM: _NO_ACCESS,
    sqlite3.SQLITE_READONLY: _NO_ACCESS,
    sqlite3.SQLITE_IOERR: (
        DatabaseUnreadable,
        "{where} could not be read or written ({error}): check the disk.",
    ),
    sqlite3.SQLITE_FULL: (
        DiskFull,
        "{where} could not be written ({error}): free some space and try again.",
    ),
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY: (
        NotFound,
        "The recording or session that this belongs to is not in {where}, so nothing was stored.",
    ),
}
_UNFORESEEN = (StoreError, "{where} refused: {error}.")


@contextmanager
def converted(where: str) -> Iterator[None]:
    """Raise a StoreError that names `where` for any sqlite3.Error or OSError inside the block."""
    try:
        yield
    except sqlite3.Error as error:
        # Errors of the driver itself (a closed connection) carry no code; the low byte of an
        # extended code is the plain one.
        code = getattr(error, "sqlite_errorcode", 0)
        kind, message = _MEANINGS.get(code) or _MEANINGS.get(code & 0xFF, _UNFORESEEN)
        raise kind(message.format(where=where, error=error)) from error
    except UnicodeEncodeError as error:
        raise NotText(f"{error.object!a} is not valid UTF-8: type or name it in UTF-8") from None
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        kind, message = _MEANINGS[sqlite3.SQLITE_FULL] if full else _NO_ACCESS
        raise kind(message.format(where=where, error=error.strerror)) from error


def elsewhere(where: str, what: str) -> DatabaseUnreadable:
    """The error for a file that must stay untouched because it is `what`."""
    return DatabaseUnreadable(f"{where} {what} and was left as it is: {_ELSEWHERE}.")
