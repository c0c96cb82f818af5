"""What a user keeps order with: names, tags, and a bin from which recordings can be had back."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from memory.errors import NotFound
from memory.recordings import Recordings
from memory.rows import Recording, Segment, SegmentPart, Tag, now

LONGEST_NAME, LONGEST_TAG = 200, 40  # characters


class Library(Recordings):
    """The part of the store that knows names, tags and the bin."""

    def rename_recording(self, id: str, name: str) -> Recording:
        """Call a recording otherwise; the file keeps its name. An empty name changes nothing.

        Raises:
            NotFound: no recording has this id.
        """
        name = " ".join(name.split())[:LONGEST_NAME]
        with self._writing() as db:
            self._recording_by_id(id)
            if name:
                db.table("recordings").update(id, {"name": name})
            return self._recording_by_id(id)

    # -- tags

    def add_tags(self, id: str, tags: Iterable[str]) -> list[str]:
        """Tag a recording; its tags afterwards. Case is kept, and doesn't tell tags apart.

        Raises:
            NotFound: no recording has this id.
        """
        wanted = [tag for tag in map(as_tag, tags) if tag]
        with self._writing() as db:
            self._recording_by_id(id)
            rows = [{"recording_id": id, "tag": tag} for tag in wanted]
            db.table("tags").insert_all(rows, ignore=True)
            return self.tags(id)

    def remove_tags(self, id: str, tags: Iterable[str]) -> list[str]:
        """Take tags off a recording; its tags afterwards."""
        with self._writing() as db:
            for tag in map(as_tag, tags):
                db.table("tags").delete_where("recording_id = ? AND tag = ?", [id, tag])
            return self.tags(id)

    def tags(self, id: str) -> list[str]:
        """The tags of a recording, by the alphabet."""
        return [
            row.tag for row in self._rows(Tag, "tags WHERE recording_id = ? ORDER BY tag", [id])
        ]

    def all_tags(self) -> dict[str, list[str]]:
        """The tags of all recordings that have any, by their ids."""
        found: dict[str, list[str]] = defaultdict(list)
        for row in self._rows(Tag, "tags ORDER BY tag"):
            found[row.recording_id].append(row.tag)
        return dict(found)

    # -- what is heard in a recording, apart from who speaks

    def set_segments(
        self, id: str, kind: str, model: str, seconds: float, segments: Iterable[Segment]
    ) -> None:
        """Store what a model found of a kind in the whole of a recording, in place of before.

        Raises:
            NotFound: no recording has this id.
        """
        owner = {"recording_id": id, "kind": kind}
        with self._writing() as db:
            self._recording_by_id(id)
            for table in ("segments", "segment_parts"):
                db.table(table).delete_where("recording_id = ? AND kind = ?", [id, kind])
            rows = [
                owner | {"model": s.model, "start": s.start, "end": s.end, "label": s.label}
                for s in segments
            ]
            db.table("segments").insert_all(rows)
            whole = {"model": model, "start": 0.0, "end": seconds, "found": None}
            db.table("segment_parts").insert(owner | whole)

    def looked_for(self, id: str, kind: str, model: str, seconds: float) -> bool:
        """Whether a model looked for segments of a kind, up to this length of the recording."""
        source = "segment_parts WHERE recording_id = ? AND kind = ? AND model = ? AND found IS NULL"
        parts = self._rows(SegmentPart, source, [id, kind, model])
        return any(part.end >= seconds for part in parts)

    # -- the bin

    def bin_recording(self, id: str) -> Recording:
        """Put a recording into the bin: nothing finds it any more, and nothing of it is lost.

        Raises:
            NotFound: no recording has this id.
        """
        return self._set_deleted(id, now())

    def restore_recording(self, id: str) -> Recording:
        """Take a recording out of the bin.

        Raises:
            NotFound: no recording in the bin has this id.
        """
        if self._recording_by_id(id).deleted_at is None:
            raise NotFound(f"{id} is not in the bin: run `headrouter recordings list --binned`.")
        return self._set_deleted(id, None)

    def binned(self, before: datetime | None = None) -> list[Recording]:
        """What is in the bin, the latest first; only what went there before a moment."""
        source = "recordings WHERE deleted_at < ? ORDER BY deleted_at DESC, rowid"
        return self._rows(Recording, source, [(before or datetime.max).isoformat()])

    def _set_deleted(self, id: str, moment: datetime | None) -> Recording:
        with self._writing() as db:
            self._recording_by_id(id)
            db.table("recordings").update(id, {"deleted_at": moment and moment.isoformat()})
            return self._recording_by_id(id)


def as_tag(text: str) -> str:
    """A tag as it is kept: on one line, without commas, which part tags."""
    return " ".join(text.replace(",", " ").split())[:LONGEST_TAG]
