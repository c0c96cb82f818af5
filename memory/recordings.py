"""Recordings: added by content, found by id, prefix or path. Never touches the media."""

import re
from pathlib import Path

from memory.connection import Connection
from memory.errors import Ambiguous, NotFound
from memory.rows import Place, Recording, State, now, to_row

SHORTEST_ID = 8
SHORTEST_PREFIX = 4
_LIST = "run `headrouter recordings list` to see what there is"


class Recordings(Connection):
    """The part of the store that knows recordings."""

    def add_recording(
        self,
        path: Path,
        *,
        sha256: str,
        size_bytes: int,
        seconds: float | None = None,
        name: str | None = None,
        stamp: str | None = None,
        track: int | None = None,
    ) -> Recording:
        """Add a recording in state "new"; `name` is the file's own if not given.

        The same content again is the same recording, and this path is where it now lies; where
        it lay before is remembered too. One that is in the bin comes out of it. `stamp`: as in
        `Place`.

        Raises:
            ValueError: `sha256` is not 64 lower-case hexadecimal digits.
        """
        if not re.fullmatch("[0-9a-f]{64}", sha256):
            raise ValueError(f"{sha256!r} is not a SHA-256 in lower-case hexadecimal")
        real, moment = str(path.resolve()), now().isoformat()
        latest = {"path": real, "located_at": moment}
        with self._writing() as db:
            known = self._rows(Recording, "recordings WHERE sha256 = ?", [sha256])
            if known:
                key = known[0].id
                db.table("recordings").update(key, latest | {"deleted_at": None})
            else:
                key = self._free_id(sha256)
                row = Recording(
                    id=key,
                    sha256=sha256,
                    path=path,
                    name=name or path.name,
                    seconds=seconds,
                    state="new",
                    note=None,
                    added_at=now(),
                    size_bytes=size_bytes,
                    track=track,
                )
                db.table("recordings").insert(to_row(vars(row)) | latest)
            place = {"recording_id": key, "stamp": stamp} | latest
            db.table("places").insert(place, replace=True)
            return self._recording_by_id(key)

    def places(self, id: str) -> list[Place]:
        """Every path at which a recording was seen, the latest first."""
        source = "places WHERE recording_id = ? ORDER BY located_at DESC, rowid DESC"
        return self._rows(Place, source, [id])

    def stamp_place(self, id: str, path: Path, stamp: str | None) -> None:
        """Note how a file looks that was read and holds the recording."""
        with self._writing() as db:
            db.execute(
                "UPDATE places SET stamp = ? WHERE recording_id = ? AND path = ?",
                [stamp, id, str(path)],
            )

    def recording(self, key: str | Path, *, binned: bool = False) -> Recording:
        """The recording with this id, this path, or an id or sha256 that begins so.

        A prefix has 4 characters or more. A path that held several recordings in turn means the
        latest. binned: one in the bin too.

        Raises:
            NotFound: nothing fits.
            Ambiguous: the prefix fits several.
        """
        text = str(key)
        latest = (
            "SELECT recording_id FROM places WHERE path = ? ORDER BY located_at DESC, rowid DESC"
        )
        by_path = f"recordings WHERE id = ({latest} LIMIT 1)"
        found = self._rows(Recording, "recordings WHERE id = ?", [text.lower()])
        found = found or self._rows(Recording, by_path, [str(Path(key).resolve())])
        found = found or self._by_prefix(text.lower())
        found = [r for r in found if binned or r.deleted_at is None]
        if not found:
            raise NotFound(
                f"No recording has the path {text!r}, or an id that begins so "
                f"({SHORTEST_PREFIX} characters or more): {_LIST}."
            )
        if len(found) > 1:
            names = ", ".join(f"{r.id} ({r.name})" for r in found)
            raise Ambiguous(f"{text!r} fits several recordings: {names}. Give more of the id.")
        return found[0]

    def recordings(self) -> list[Recording]:
        """All recordings that are not in the bin, in the order in which they were added."""
        return self._rows(Recording, "recordings WHERE deleted_at IS NULL ORDER BY rowid")

    def set_state(
        self, id: str, state: State, note: str | None = None, seconds: float | None = None
    ) -> Recording:
        """Set the state and its note, and the length in seconds if given.

        Raises:
            NotFound: no recording has this id.
        """
        changes: dict[str, State | str | float | None] = {"state": state, "note": note}
        if seconds is not None:
            changes["seconds"] = seconds
        with self._writing() as db:
            self._recording_by_id(id)
            db.table("recordings").update(id, changes)
            return self._recording_by_id(id)

    def set_content(self, id: str, *, sha256: str, size_bytes: int) -> Recording:
        """What the file of a recording holds now that it is whole; its id stays.

        Raises:
            NotFound: no recording has this id.
        """
        with self._writing() as db:
            self._recording_by_id(id)
            changes = {"sha256": sha256, "size_bytes": size_bytes}
            db.table("recordings").update(id, changes)
            return self._recording_by_id(id)

    def set_language(self, id: str, language: str) -> None:
        """Note the code of the language that is spoken.

        Raises:
            NotFound: no recording has this id.
        """
        with self._writing() as db:
            self._recording_by_id(id)
            db.table("recordings").update(id, {"language": language})

    def remove_recording(self, id: str) -> None:
        """Forget a recording and its words. Turns stay, for they are the user's own history.

        The media are not touched.

        Raises:
            NotFound: no recording has this id.
        """
        with self._writing() as db:
            self._recording_by_id(id)
            db.table("recordings").delete(id)

    def _recording_by_id(self, id: str) -> Recording:
        found = self._rows(Recording, "recordings WHERE id = ?", [id])
        if not found:
            raise NotFound(f"No recording has the id {id!r}: {_LIST}.")
        return found[0]

    def _by_prefix(self, prefix: str) -> list[Recording]:
        if len(prefix) < SHORTEST_PREFIX:
            return []
        source = "recordings WHERE substr(sha256, 1, length(?1)) = ?1 ORDER BY rowid"
        return self._rows(Recording, source, [prefix])

    def _free_id(self, sha256: str) -> str:
        taken = {r.id for r in self._by_prefix(sha256[:SHORTEST_ID])}
        lengths = range(SHORTEST_ID, len(sha256) + 1)
        return next(sha256[:n] for n in lengths if sha256[:n] not in taken)
