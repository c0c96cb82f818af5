"""Sketches of recordings, in which all are searched at once, and the sounds heard in each.

They go with their recording, and stay when its index goes to make room.
"""

from collections.abc import Iterable, Sequence

from memory.connection import Connection
from memory.rows import FoundSound, StoredSketch


class Sketches(Connection):
    """The part of the store that knows sketches."""

    def set_sketch(self, sketch: StoredSketch, sounds: Sequence[FoundSound]) -> None:
        """Store the sketch of a recording and its sounds, in place of those before.

        Raises:
            NotFound: no recording has this id.
        """
        with self._writing() as db:
            owner = [sketch.recording_id, sketch.model]
            db.table("sketches").delete_where("recording_id = ? AND model = ?", owner)
            db.table("sketches").insert(vars(sketch))
            db.table("sounds").insert_all(vars(sound) for sound in sounds)

    def sketches(self, model: str) -> list[StoredSketch]:
        """All that a model made, in order of the ids of their recordings."""
        source = "sketches WHERE model = ? ORDER BY recording_id"
        return self._rows(StoredSketch, source, [model])

    def sketched_tokens(self, model: str) -> dict[str, int]:
        """By id of each recording that has a sketch by a model, of how many tokens it is."""
        sql = "SELECT recording_id, tokens FROM sketches WHERE model = ?"
        with self._lock:
            return {row["recording_id"]: row["tokens"] for row in self._db.query(sql, [model])}

    def found_sounds(
        self, model: str, names: Sequence[str], recordings: Iterable[str] | None = None
    ) -> list[FoundSound]:
        """Where a model heard one of these sounds, the surest first; in some recordings, or all."""
        marks = ", ".join("?" * len(names))
        source = f"sounds WHERE model = ? AND name IN ({marks}) ORDER BY score DESC, recording_id"
        found = self._rows(FoundSound, source, [model, *names])
        if recordings is None:
            return found
        wanted = set(recordings)
        return [sound for sound in found if sound.recording_id in wanted]
