"""Parts of long work that are finished while the whole is not."""

from datetime import timedelta
from typing import Any

from memory.connection import Connection
from memory.rows import FinishedPart, now, to_row

KEPT_DAYS = 30  # after which nobody is expected to go on with something


class Finished(Connection):
    """The part of the store that knows what to go on from."""

    def finish_part(self, run: str, recording_id: str, number: int, found: dict[str, Any]) -> None:
        """Keep what part ``number`` of some work gave; ``run`` names all that would give the same.

        What was kept more than KEPT_DAYS ago is dropped.

        Raises:
            NotFound: no recording has this id.
        """
        part = FinishedPart(run, recording_id, number, found, now())
        with self._writing() as db:
            oldest = (now() - timedelta(days=KEPT_DAYS)).isoformat()
            db.table("finished_parts").delete_where("created_at < ?", [oldest])
            db.table("finished_parts").insert(to_row(vars(part)), replace=True)

    def finished_parts(self, run: str) -> list[dict[str, Any]]:
        """What the parts gave that are finished, from the first on."""
        rows = self._rows(FinishedPart, "finished_parts WHERE run = ? ORDER BY number", [run])
        return [row.found for row in rows]

    def drop_parts(self, run: str) -> None:
        """Forget the parts: the whole is there."""
        with self._writing() as db:
            db.table("finished_parts").delete_where("run = ?", [run])
