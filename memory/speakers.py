"""Who spoke when in a recording, what the speakers are called, and what a user corrected.

A voice is kept beside the speaker it belongs to, only where the caller hands one in, and goes with
the recording. All positions are seconds from the recording's start.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from memory.connection import Connection
from memory.corrections import corrected, heirs, next_label, passed_on
from memory.errors import NotFound
from memory.rows import Correction, Segment, SegmentPart, Speaker, Voice, to_row

SPEAKER = "speaker"
_THERE = """speakers AS s WHERE NOT EXISTS (
    SELECT 1 FROM speaker_corrections AS c
    WHERE c.recording_id = s.recording_id AND c.label = s.label AND c."start" IS NULL
)"""  # without those who were merged into others


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

        A speaker passes name and corrections on to whoever now speaks when they did. ``voices``:
        by label, of those whose voice may be kept.

        Raises:
            NotFound: no recording has this id.
        """
        with self._writing() as db:
            labels = dict.fromkeys(segment.label for segment in segments)
            heir = heirs(self._found(recording_id), segments)
            corrections = passed_on(self.corrections(recording_id), heir, set(labels))
            named = {
                heir[speaker.label]: {"name": speaker.name, "recognised": speaker.recognised}
                for speaker in self._rows(
                    Speaker, "speakers WHERE recording_id = ?", [recording_id]
                )
                if speaker.label in heir
            }
            whole = [recording_id, SPEAKER]
            db.table("segments").delete_where("recording_id = ? AND kind = ?", whole)
            db.table("segment_parts").delete_where("recording_id = ? AND kind = ?", whole)
            db.table("speakers").delete_where("recording_id = ?", [recording_id])
            db.table("speaker_corrections").delete_where("recording_id = ?", [recording_id])
            db.table("segment_parts").insert(_part(recording_id, model, 0.0, seconds, None))
            rows = [vars(segment) for segment in segments]
            db.table("segments").insert_all(
                {name: value for name, value in row.items() if name != "name"} for row in rows
            )
            db.table("speakers").insert_all(
                to_row(vars(Speaker(recording_id, label, None, False, model, voices.get(label))))
                | named.get(label, {})
                for label in labels | dict.fromkeys(known.given for known in corrections)
            )
            db.table("speaker_corrections").insert_all(
                {"recording_id": recording_id} | vars(known) for known in corrections
            )

    def segments(
        self, recording_id: str, kind: str = SPEAKER, start: float = 0.0, end: float = math.inf
    ) -> list[Segment]:
        """The segments that meet a range, in order, as corrected, with their speakers' names."""
        found = self._found(recording_id, kind, start, end)
        names = {speaker.label: speaker.name for speaker in self.speakers(recording_id)}
        return [
            replace(segment, name=names.get(segment.label))
            for segment in corrected(found, self.corrections(recording_id))
            if segment.end > start and segment.start < end
        ]

    def _found(
        self, recording_id: str, kind: str = SPEAKER, start: float = 0.0, end: float = math.inf
    ) -> list[Segment]:
        """The segments that meet a range, in order, as they were found."""
        inner = "SELECT *, NULL AS name FROM segments WHERE recording_id = ? AND kind = ?"
        source = f'({inner}) WHERE "end" > ? AND "start" < ? ORDER BY "start", id'
        return self._rows(Segment, source, [recording_id, kind, start, end])

    def corrections(self, recording_id: str) -> list[Correction]:
        """What a user corrected about who speaks in a recording, the first first."""
        source = "speaker_corrections WHERE recording_id = ? ORDER BY id"
        return self._rows(Correction, source, [recording_id])

    def correct_speakers(
        self,
        recording_id: str,
        label: str,
        given: str | None = None,
        start: float | None = None,
        end: float | None = None,
    ) -> Speaker:
        """What a speaker says from ``start`` to ``end`` is another's: that one, or somebody new.

        Without a stretch all of it is, and the speaker is nobody any more.

        Raises:
            NotFound: nobody in that recording has one of these labels.
        """
        with self._writing() as db:
            speaker = self.speaker(recording_id, label)
            if given is not None:
                other = self.speaker(recording_id, given)
            else:
                rows = db.query("SELECT label FROM speakers WHERE recording_id = ?", [recording_id])
                number = next_label({row["label"] for row in rows})
                other = Speaker(recording_id, number, None, False, speaker.model, None)
                db.table("speakers").insert(to_row(vars(other)))
            row = {"recording_id": recording_id, "label": label, "given": other.label}
            db.table("speaker_corrections").insert(row | {"start": start, "end": end})
            return other

    def undo_correction(self, recording_id: str) -> Correction | None:
        """Take the latest correction back, and tell what it was; None where there is none."""
        with self._writing() as db:
            known = self.corrections(recording_id)
            if not known:
                return None
            last, given = (
                "SELECT max(id) FROM speaker_corrections WHERE recording_id = ?",
                known[-1].given,
            )
            db.table("speaker_corrections").delete_where(f"id = ({last})", [recording_id])
            # Whoever spoke by that correction alone is gone with it.
            found = {segment.label for segment in self._found(recording_id)}
            if given not in found | {correction.given for correction in known[:-1]}:
                db.table("speakers").delete((recording_id, given))
            return known[-1]

    def speakers(self, recording_id: str) -> list[Speaker]:
        """Those who speak in a recording, in the order in which they were first found to."""
        return self._rows(Speaker, f"{_THERE} AND recording_id = ? ORDER BY rowid", [recording_id])

    def speaker(self, recording_id: str, label: str) -> Speaker:
        """One of them.

        Raises:
            NotFound: nobody in that recording has this label.
        """
        known = {speaker.label: speaker for speaker in self.speakers(recording_id)}
        if label not in known:
            labels = ", ".join(known)
            found = f"it has {labels}" if known else f"run `headrouter speakers {recording_id}`"
            raise NotFound(f"There is no speaker {label!r} in {recording_id}: {found}.")
        return known[label]

    def named_speakers(self) -> list[Speaker]:
        """The speakers of all recordings who have a name, by name."""
        return self._rows(Speaker, f"{_THERE} AND name IS NOT NULL ORDER BY name, rowid")

    def known_voices(self, model: str) -> list[Speaker]:
        """The speakers of all recordings whose voice, as this model hears it, is kept."""
        source = f"{_THERE} AND voice IS NOT NULL AND model = ? ORDER BY rowid"
        return self._rows(Speaker, source, [model])

    def name_speaker(
        self, recording_id: str, label: str, name: str | None, *, recognised: bool = False
    ) -> Speaker:
        """Give a speaker a name, or take it away; two of the same name are one person.

        Raises:
            NotFound: nobody in that recording has this label.
        """
        with self._writing() as db:
            named = replace(self.speaker(recording_id, label), name=name, recognised=recognised)
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
