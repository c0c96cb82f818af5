"""Conversations, and what earlier runs cost."""

from dataclasses import replace
from typing import Any, cast

from sqlite_utils import Database

from memory.connection import Connection
from memory.errors import NotFound
from memory.rows import BudgetRun, Session, Turn, now, to_row


class History(Connection):
    """The part of the store that knows sessions, turns and budget runs."""

    def start_session(self, title: str, model: str | None = None) -> Session:
        """Begin a conversation. model: the name of the one that answers in it."""
        row = to_row({"title": title, "created_at": now(), "model": model})
        with self._writing() as db:
            return self.session(_insert(db, "sessions", row))

    def session(self, id: int) -> Session:
        """The conversation with this id.

        Raises:
            NotFound: there is none.
        """
        found = self._rows(Session, "sessions WHERE id = ?", [id])
        if not found:
            raise NotFound(f"There is no session {id}; leave the session out to start a new one.")
        return found[0]

    def sessions(self) -> list[Session]:
        """All conversations, oldest first."""
        return self._rows(Session, "sessions ORDER BY id")

    def rename_session(self, id: int, title: str) -> Session:
        """Give a conversation another title.

        An empty one changes nothing.

        Raises:
            NotFound: no such session.
        """
        with self._writing() as db:
            self.session(id)
            if title.strip():
                db.table("sessions").update(id, {"title": title.strip()})
            return self.session(id)

    def set_session_model(self, id: int, model: str) -> None:
        """Note which model answers in a conversation from now on.

        Raises:
            NotFound: no such session.
        """
        with self._writing() as db:
            self.session(id)
            db.table("sessions").update(id, {"model": model})

    def remove_session(self, id: int) -> None:
        """Forget a conversation and its turns.

        Raises:
            NotFound: no such session.
        """
        with self._writing() as db:
            self.session(id)
            db.table("sessions").delete(id)

    def add_turn(
        self,
        session_id: int,
        recording_id: str | None,
        question: str,
        answer: str,
        heard: dict[str, Any],
        escalations: int = 0,
    ) -> Turn:
        """Store a question and its answer, with the heard report as plain JSON values.

        Raises:
            NotFound: no such session or recording.
        """
        row = {
            "session_id": session_id,
            "recording_id": recording_id,
            "question": question,
            "answer": answer,
            "heard": heard,
            "created_at": now(),
            "escalations": escalations,
        }
        with self._writing() as db:
            return self.turn(_insert(db, "turns", to_row(row)))

    def turns(self, session_id: int, recording_id: str | None = None) -> list[Turn]:
        """A conversation's turns, oldest first; none if there is no such session.

        recording_id: only those about this recording.
        """
        about, source = [session_id, recording_id, recording_id], "turns WHERE session_id = ?"
        source += " AND (? IS NULL OR recording_id = ?) ORDER BY id"
        return self._rows(Turn, source, about)

    def turn(self, id: int) -> Turn:
        """The turn with this id.

        Raises:
            NotFound: there is none.
        """
        found = self._rows(Turn, "turns WHERE id = ?", [id])
        if not found:
            raise NotFound(f"There is no turn {id}: the answers of `sessions show` have theirs.")
        return found[0]

    def rate_turn(self, turn_id: int, rating: int) -> Turn:
        """Rate an answer: +1 is good, -1 is bad; the last rating counts.

        Raises:
            ValueError: another rating.
            NotFound: no such turn.
        """
        if rating not in (1, -1):
            raise ValueError(f"a rating is +1 or -1, not {rating}")
        with self._writing() as db:
            self.turn(turn_id)
            db.table("turns").update(turn_id, {"rating": rating})
            return self.turn(turn_id)

    def record_run(self, run: BudgetRun) -> BudgetRun:
        """Store a run, and return it with its id."""
        row = to_row(vars(run) | {"id": None})
        with self._writing() as db:
            return replace(run, id=_insert(db, "budget_runs", row))

    def runs(self, model: str, device: str, limit: int = 200) -> list[BudgetRun]:
        """The latest `limit` runs of a model on a device, newest first."""
        source = "budget_runs WHERE model = ? AND device = ? ORDER BY id DESC LIMIT ?"
        return self._rows(BudgetRun, source, [model, device, limit])


def _insert(db: Database, table: str, row: dict[str, Any]) -> int:
    return cast(int, db.table(table).insert(row).last_pk)
