"""Words by recording and model, and which stretches have been listened to for words.

A stretch that holds no words was heard and is silent; a missing stretch was never heard. All
positions are seconds from the recording's start; ranges are half open, [start, end).
"""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlite_utils import Database

from memory.connection import Connection
from memory.rows import Passage, Word

PASSAGE = 20.0  # seconds at most: what a search finds at once
PAUSE = 2.0  # seconds without a word that end a passage
TOUCH = 0.001  # seconds: a gap shorter than this is rounding, not sound that nobody heard
_BEGINS_IN = 'recording_id = ? AND model = ? AND "start" >= ? AND "start" < ?'
_MEETS = 'recording_id = ? AND model = ? AND "end" >= ? AND "start" <= ?'


@dataclass(frozen=True)
class _Range:
    start: float
    end: float


class Transcripts(Connection):
    """The part of the store that knows words."""

    def add_words(
        self, recording_id: str, model: str, start: float, end: float, words: Iterable[Word]
    ) -> None:
        """Store what `model` heard in a range, in place of what was stored there.

        No words means silence. Times outside the range, which models do give, are clipped to it.

        Raises:
            ValueError: the range is empty.
            NotFound: no recording has this id.
        """
        if not 0 <= start < end:
            raise ValueError(f"[{start}, {end}) is not a range of seconds")
        owner = {"recording_id": recording_id, "model": model}
        rows = [owner | vars(_clipped(word, start, end)) for word in words]
        with self._writing() as db:
            db.table("words").delete_where(_BEGINS_IN, [*owner.values(), start, end])
            db.table("words").insert_all(rows)
            meeting = [*owner.values(), start - TOUCH, end + TOUCH]
            near = self._rows(_Range, f"heard_ranges WHERE {_MEETS}", meeting)
            db.table("heard_ranges").delete_where(_MEETS, meeting)
            union: dict[str, Any] = {
                "start": min([start, *(r.start for r in near)]),
                "end": max([end, *(r.end for r in near)]),
            }
            db.table("heard_ranges").insert(owner | union)
            self._index(db, recording_id, model, start, end)

    def _index(self, db: Database, recording_id: str, model: str, start: float, end: float) -> None:
        """Make the passages that meet a range anew."""
        place = [recording_id, model, start - PAUSE, end + PAUSE]
        met = self._rows(Passage, f"passages WHERE {_MEETS}", place)
        first, last = min([start, *(p.start for p in met)]), max([end, *(p.end for p in met)])
        db.table("passages").delete_where(_MEETS, place)
        found = self.words(recording_id, model, first, last)
        rows = [
            {
                "recording_id": recording_id,
                "model": model,
                "start": words[0].start,
                "end": words[-1].end,
                "text": " ".join(word.text for word in words),
            }
            for words in _passages(found)
        ]
        db.table("passages").insert_all(rows)

    def search(self, query: str, limit: int = 20) -> list[Passage]:
        """Passages that hold all words of a query, best first, each from its first such word.

        Any text may be searched for; one without a word finds nothing.
        """
        terms = re.findall(r"\w+", query)
        if not terms:
            return []
        asked = " ".join(f'"{term}"' for term in terms)
        ranked = "SELECT rowid AS hit, rank FROM passages_fts WHERE passages_fts MATCH ?"
        source = f"passages JOIN ({ranked}) ON id = hit ORDER BY rank LIMIT ?"
        found = self._rows(Passage, source, [asked, limit])
        return [self._from_first(passage, {term.casefold() for term in terms}) for passage in found]

    def _from_first(self, passage: Passage, terms: set[str]) -> Passage:
        words = self.words(passage.recording_id, passage.model, passage.start, passage.end)
        hits = (w.start for w in words if terms & set(re.findall(r"\w+", w.text.casefold())))
        return replace(passage, start=next(hits, passage.start))

    def words(
        self, recording_id: str, model: str, start: float = 0.0, end: float = math.inf
    ) -> list[Word]:
        """The words that begin in a range, in order. `missing_ranges` tells if that is all."""
        source = f'words WHERE {_BEGINS_IN} ORDER BY "start", id'
        return self._rows(Word, source, [recording_id, model, start, end])

    def heard_ranges(self, recording_id: str, model: str) -> list[tuple[float, float]]:
        """The ranges that `model` has transcribed: in order, and none touches the next."""
        source = 'heard_ranges WHERE recording_id = ? AND model = ? ORDER BY "start"'
        return [(r.start, r.end) for r in self._rows(_Range, source, [recording_id, model])]

    def missing_ranges(
        self, recording_id: str, model: str, start: float, end: float
    ) -> list[tuple[float, float]]:
        """What is left to transcribe in a range, in order."""
        missing, at = [], start
        for heard_start, heard_end in self.heard_ranges(recording_id, model):
            if heard_start >= end:
                break
            if heard_start - at > TOUCH:
                missing.append((at, heard_start))
            at = max(at, heard_end)
        if end - at > TOUCH:
            missing.append((at, end))
        return missing


def _clipped(word: Word, start: float, end: float) -> Word:
    begins = min(max(word.start, start), math.nextafter(end, start))
    return Word(begins, min(max(word.end, begins), end), word.text, word.probability)


def _passages(words: Sequence[Word]) -> Iterator[list[Word]]:
    """Words in stretches of up to PASSAGE seconds, cut at pauses."""
    passage: list[Word] = []
    for word in words:
        if passage and (
            word.end - passage[0].start > PASSAGE or word.start - passage[-1].end > PAUSE
        ):
            yield passage
            passage = []
        passage.append(word)
    if passage:
        yield passage
