"""The bin: recordings that were removed, which can be had back for a while."""

from datetime import timedelta
from pathlib import Path

from memory import Recording, Store
from memory.rows import now
from tools.ingest import forget

KEPT = timedelta(days=30)  # that a recording lies in the bin


def empty(store: Store, folders: dict[str, Path], *, after: timedelta = KEPT) -> list[Recording]:
    """Forgets what has lain in the bin for longer than ``after``; those that went.

    folders: as `tools.ingest.forget` names them.
    """
    gone = store.binned(now() - after)
    for recording in gone:
        forget(store, recording, **folders)
    return gone
