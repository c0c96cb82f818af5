"""The store: what the assistant remembers, in one SQLite file.

Assumes one machine: WAL does not work over a network. Several threads may share a Store, and
several processes a file; who writes second waits for up to BUSY_SECONDS. Does not hold media
or indexes.
"""

import os
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Self

from sqlite_utils import Database

from memory.errors import converted, elsewhere
from memory.finished import Finished
from memory.history import History
from memory.jobs import Jobs
from memory.library import Library
from memory.migrations import refuse_other
from memory.sketches import Sketches
from memory.speakers import Speakers
from memory.transcripts import Transcripts

BUSY_SECONDS = 10.0


class Store(Library, Transcripts, Speakers, Sketches, History, Jobs, Finished):
    """Recordings, their tags, transcripts, speakers, sketches, history and jobs.

    Made by `Store.open(path)`, or `Store(db)` on an open database.

    A database that is handed in must have been made with `check_same_thread=False` if threads
    share the store.
    """

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the file at `path`, or make it and the folders above it.

        A file that cannot be used is left as it is.

        Raises:
            DatabaseUnreadable, DiskFull, Locked.
        """
        where = str(path)
        with converted(where):
            _refuse_folder(path)
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            make_private(path)
            connection = sqlite3.connect(path, timeout=BUSY_SECONDS, check_same_thread=False)
        try:
            db = Database(connection)
            store = cls(db, where)
            with converted(where):
                _enable_wal(db)
        except BaseException:
            connection.close()
            raise
        return store


def make_private(path: Path) -> None:
    """Makes a database's file, where there is none, for its user only; SQLite's own follow it.

    One that is there is not opened: that would take SQLite's locks away.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def count_recordings(path: Path) -> int:
    """How many recordings the database at `path` holds. Makes and changes nothing.

    Raises:
        DatabaseUnreadable: no such file, or not one that this version reads.
    """
    where = str(path)
    with converted(where), closing(_connect_to_read(path)) as connection:
        db = Database(connection)
        refuse_other(db, where)
        table = db.table("recordings")
        return table.count if table.exists() else 0


def _connect_to_read(path: Path) -> sqlite3.Connection:
    _refuse_folder(path)
    # A plain read-only connection makes SQLite's side files; without them nobody is writing, and
    # an immutable one reads the same.
    mode = "mode=ro" if Path(f"{path}-wal").exists() else "mode=ro&immutable=1"
    uri = f"{path.absolute().as_uri()}?{mode}"
    return sqlite3.connect(uri, timeout=BUSY_SECONDS, uri=True)


def _refuse_folder(path: Path) -> None:
    if path.is_dir():
        raise elsewhere(str(path), "is a folder, not a database")


def _enable_wal(db: Database) -> None:
    # The busy timeout does not hold for the switch: where two programs open a new file at once,
    # one of them fails at once.
    give_up = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            return db.enable_wal()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                raise
        time.sleep(0.02)
