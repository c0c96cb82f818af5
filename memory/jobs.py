"""Jobs: what was asked for, how far it is, and what came of it."""

from typing import Any

from memory.connection import Connection
from memory.errors import NotFound
from memory.rows import Job, JobState, now, to_row

UNDER_WAY = ("running", "cancelling")


class Jobs(Connection):
    """The part of the store that knows jobs."""

    def add_job(self, id: str, kind: str, arguments: dict[str, Any], owner: int) -> Job:
        """Note a job that begins now."""
        job = Job(id, kind, arguments, "running", "begins", None, None, None, owner, now())
        with self._writing() as db:
            db.table("jobs").insert(to_row(vars(job)))
        return job

    def job(self, id: str) -> Job:
        """The job with this id.

        Raises:
            NotFound: there is none.
        """
        found = self._rows(Job, "jobs WHERE id = ?", [id])
        if not found:
            raise NotFound(f"There is no job {id!r}: begin it again.")
        return found[0]

    def jobs(self) -> list[Job]:
        """All jobs, oldest first."""
        return self._rows(Job, "jobs ORDER BY rowid")

    def jobs_under_way(self) -> list[Job]:
        """Those that have not ended, oldest first."""
        return self._rows(Job, "jobs WHERE state IN (?, ?) ORDER BY rowid", UNDER_WAY)

    def set_progress(self, id: str, stage: str, fraction: float | None) -> None:
        """Note how far a job is."""
        with self._writing() as db:
            db.table("jobs").update(id, {"stage": stage, "fraction": fraction})

    def cancel_job(self, id: str) -> Job:
        """Ask whoever does a job to end it; one that has ended stays as it is.

        Raises:
            NotFound: no such job.
        """
        with self._writing() as db:
            if self.job(id).state == "running":
                db.table("jobs").update(id, {"state": "cancelling"})
            return self.job(id)

    def end_job(
        self,
        id: str,
        state: JobState,
        result: dict[str, Any] | None = None,
        error: str | None = None,
    ) -> Job:
        """Note what came of a job."""
        with self._writing() as db:
            changes = to_row({"state": state, "result": result, "error": error})
            db.table("jobs").update(id, changes)
            return self.job(id)

    def own_job(self, id: str, owner: int, *, before: int) -> Job | None:
        """Give a job, whose process has gone, to another; None if it is not that one's any more."""
        with self._writing() as db:
            if self.job(id).owner != before:
                return None
            db.table("jobs").update(id, {"owner": owner, "state": "running"})
            return self.job(id)
