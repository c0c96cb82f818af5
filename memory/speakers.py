"""Who spoke when in a recording, and what the speakers are called.

A voice is kept beside the speaker it belongs to, only where the caller hands one in, and goes with
the recording. All positions are seconds from the recording's start.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from memory.connection import Connection
from memory.errors import NotFound
from memory.rows import Segment, SegmentPart, Speaker, Voice, to_row

SPEAKER = "speaker"
_NAMED = "segments AS s LEFT JOIN speakers AS p USING (recording_id, label)"


class Speakers(Connection):
    """The part of the store that knows segments and speakers."""

    def add_part(
        self, recording_id: str, model: str, start: float, end: float, found: dict[str, Any]
    ) -> None:
        """Keep what a model found of a part of a recording until all parts are joined.

        Raises:
            NotFound: no recording has this id.
        """
        row = _part(recording_id, model, start, end, found)
        with self._writing() as db:
            db.table("segment_parts").insert(row, replace=True)

    def parts(self, recording_id: str) -> list[SegmentPart]:
        """The parts of a recording in which speakers were looked for, in order."""
        source = 'segment_parts WHERE recording_id = ? AND kind = ? ORDER BY "start"'
        return self._rows(SegmentPart, source, [recording_id, SPEAKER])

    def set_speakers(
        self,
        recording_id: str,
        model: str,
        seconds: float,
        segments: Sequence[Segment],
        voices: Mapping[str, Voice],
    ) -> None:
        """Store who speaks when in the whole of a recording, in place of what was stored.

        A speaker who had a name passes it on to whoever now speaks when they did. ``voices``: by
        label, of those whose voice may be kept.

        Raises:
            NotFound: no recording has this id.
        """
        with self._writing() as db:
            names = _passed_on(self.segments(recording_id), segments, self.speakers(recording_id))
            whole = [recording_id, SPEAKER]
            db.table("segments").delete_where("recording_id = ? AND kind = ?", whole)
            db.table("segment_parts").delete_where("recording_id = ? AND kind = ?", whole)
            db.table("speakers").delete_where("recording_id = ?", [recording_id])
            db.table("segment_parts").insert(_part(recording_id, model, 0.0, seconds, None))
            rows = [vars(segment) for segment in segments]
            db.table("segments").insert_all(
                {name: value for name, value in row.items() if name != "name"} for row in rows
            )
            db.table("speakers").insert_all(
                to_row(vars(Speaker(recording_id, label, None, False, model, voices.get(label))))
                | names.get(label, {})
                for label in dict.fromkeys(segment.label for segment in segments)
            )

    def segments(
        self, recording_id: str, kind: str = SPEAKER, start: float = 0.0, end: float = math.inf
    ) -> list[Segment]:
        """The segments that meet a range, in order, with the names of their speakers."""
        inner = f"SELECT s.*, p.name FROM {_NAMED} WHERE recording_id = ? AND kind = ?"
        source = f'({inner}) WHERE "end" > ? AND "start" < ? ORDER BY "start", id'
        return self._rows(Segment, source, [recording_id, kind, start, end])

    def speakers(self, recording_id: str) -> list[Speaker]:
        """Those who speak in a recording, in the order in which they first do."""
        source = "speakers WHERE recording_id = ? ORDER BY rowid"
        return self._rows(Speaker, source, [recording_id])

    def named_speakers(self) -> list[Speaker]:
        """The speakers of all recordings who have a name, by name."""
        return self._rows(Speaker, "speakers WHERE name IS NOT NULL ORDER BY name, rowid")

    def known_voices(self, model: str) -> list[Speaker]:
        """The speakers of all recordings whose voice, as this model hears it, is kept."""
        source = "speakers WHERE voice IS NOT NULL AND model = ? ORDER BY rowid"
        return self._rows(Speaker, source, [model])

    def name_speaker(
        self, recording_id: str, label: str, name: str | None, *, recognised: bool = False
    ) -> Speaker:
        """Give a speaker a name, or take it away; two of the same name are one person.

        Raises:
            NotFound: nobody in that recording has this label.
        """
        with self._writing() as db:
            known = {speaker.label: speaker for speaker in self.speakers(recording_id)}
            if label not in known:
                labels = ", ".join(known)
                found = f"it has {labels}" if known else f"run `headrouter speakers {recording_id}`"
                raise NotFound(f"There is no speaker {label!r} in {recording_id}: {found}.")
            named = replace(known[label], name=name, recognised=recognised)
            changes = {"name": name, "recognised": recognised}
            db.table("speakers").update((recording_id, label), changes)
            return named

    def forget_speaker(self, name: str) -> list[str]:
        """Take a name, and the voices under it, off all recordings; the ids of those.

        Raises:
            NotFound: nobody is called so.
        """
        with self._writing() as db:
            source = "speakers WHERE name = ? COLLATE NOCASE ORDER BY rowid"
            found = self._rows(Speaker, source, [name])
            if not found:
                known = ", ".join({s.name: None for s in self.named_speakers() if s.name})
                raise NotFound(f"Nobody is called {name!r}; named so far: {known or 'nobody'}.")
            nameless = {"name": None, "recognised": False, "voice": None}
            for speaker in found:
                db.table("speakers").update((speaker.recording_id, speaker.label), nameless)
            return list(dict.fromkeys(speaker.recording_id for speaker in found))

    def forget_voices(self) -> int:
        """Forget the voices of all speakers, and tell how many there were. Names stay."""
        with self._writing() as db:
            db.execute("DELETE FROM segment_parts WHERE found IS NOT NULL")
            sql = "UPDATE speakers SET voice = NULL WHERE voice IS NOT NULL"
            return int(db.execute(sql).rowcount)


def _part(
    recording_id: str, model: str, start: float, end: float, found: dict[str, Any] | None
) -> dict[str, Any]:
    owner = {"recording_id": recording_id, "kind": SPEAKER, "model": model}
    return owner | to_row({"start": start, "end": end, "found": found})


def _passed_on(
    before: Sequence[Segment], after: Sequence[Segment], speakers: Sequence[Speaker]
) -> dict[str, dict[str, Any]]:
    """Name and whether it was recognised, by new label: that of whom it shares most time with."""
    named = {speaker.label: speaker for speaker in speakers if speaker.name}
    shared: dict[tuple[str, str], float] = defaultdict(float)
    for old in before:
        for new in after if old.label in named else ():
            if new.start >= old.end:
                break
            shared[old.label, new.label] += max(
                0.0, min(old.end, new.end) - max(old.start, new.start)
            )
    names: dict[str, dict[str, Any]] = {}
    for (old_label, new_label), time in sorted(shared.items(), key=lambda item: -item[1]):
        if time and old_label in named and new_label not in names:
            speaker = named.pop(old_label)
            names[new_label] = {"name": speaker.name, "recognised": speaker.recognised}
    return names
