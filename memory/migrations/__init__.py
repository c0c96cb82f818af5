"""The schema, as numbered steps that are applied on open.

A step that has been released is never edited: a change is a new step at the end of the
newest module here. `upgrade` assumes a connection with no open transaction, and
refuses a database of a newer version or another program.
"""

from sqlite_utils import Database, Migrations

from memory.errors import elsewhere
from memory.migrations import m001_to_m006, m007_on

STEPS = (*m001_to_m006.STEPS, *m007_on.STEPS)
MIGRATIONS = Migrations("headrouter")
for _step in STEPS:
    MIGRATIONS()(_step)


def upgrade(db: Database, where: str) -> None:
    """Bring the schema up to date; `where` names the database in errors.

    Raises:
        DatabaseUnreadable: as `refuse_other`.
    """
    if not MIGRATIONS.pending(db):
        refuse_other(db, where)
        return
    # Two programs may open a new file at once: the second waits here, then finds nothing to do.
    with db.conn:
        db.execute("BEGIN IMMEDIATE")
        refuse_other(db, where)
        MIGRATIONS.apply(db)


def refuse_other(db: Database, where: str) -> None:
    """Raise unless the database is empty, or of this version or an earlier one.

    Raises:
        DatabaseUnreadable: it was written by a newer version, or by another program.
    """
    tables = db.table_names()
    applied = {step.name for step in MIGRATIONS.applied(db)}
    if applied - {step.__name__ for step in STEPS}:
        raise elsewhere(where, "was written by a newer version of headrouter")
    if tables and not applied:
        raise elsewhere(where, "is a database of another program")
