"""The one connection that the threads of a process share, and how it is read and written.

A lock gives the connection to one thread at a time: the store's work takes milliseconds, and a
connection for every thread would neither work in memory nor close in one place. Assumes
`check_same_thread=False` where several threads use it. Knows no table.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self, TypeVar

from sqlite_utils import Database

from memory.errors import converted
from memory.held import hold, let_go
from memory.migrations import upgrade
from memory.rows import columns, from_row

Row = TypeVar("Row")


class Connection:
    """An open database of the current schema, with foreign keys enforced.

    Raises (as does every method of the store, when the file fails it):
        DatabaseUnreadable, DiskFull, Locked.
    """

    def __init__(self, db: Database, where: str = "the database") -> None:
        self._db = db
        self._where = where
        self._lock = threading.RLock()
        with converted(where):
            db.execute("PRAGMA foreign_keys = ON")
            upgrade(db, where)
            (main,) = [row["file"] for row in db.query("PRAGMA database_list") if not row["seq"]]
        self.file = Path(main) if main else None  # None of one in memory
        if self.file is not None:
            hold(self, self.file)

    def close(self) -> None:
        """Close the database; nothing can be read or written afterwards."""
        with self._lock:
            self._db.close()
        let_go(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def _rows(self, kind: type[Row], source: str, params: Sequence[Any] = ()) -> list[Row]:
        """The rows of `SELECT ... FROM {source}`."""
        with self._lock, converted(self._where):
            sql = f"SELECT {columns(kind)} FROM {source}"
            return [from_row(kind, row) for row in self._db.query(sql, params)]

    @contextmanager
    def _writing(self) -> Iterator[Database]:
        """One transaction: all of the block is stored, or nothing.

        It takes the write lock at once. `Database.atomic()` alone begins as a reader, and a
        reader that turns writer after another process wrote fails without waiting; inside this
        block it makes savepoints.
        """
        with self._lock, converted(self._where), self._db.conn:
            self._db.execute("BEGIN IMMEDIATE")
            yield self._db
