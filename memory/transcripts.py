"""Words by recording and model, and which stretches have been listened to for words.

A stretch that holds no words was heard and is silent; a missing stretch was never heard. All
positions are seconds from the recording's start; ranges are half open, [start, end).
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlite_utils import Database

from memory.connection import Connection
from memory.errors import NotFound, converted
from memory.rows import Passage, Word
from memory.text import as_text, tokens

PASSAGE = 20.0  # seconds at most: what a search finds at once
PAUSE = 2.0  # seconds without a word that end a passage
LONGEST_TERM = 40  # letters of a word that may have been written in two
MOST_TERMS = 32  # of a query that may have been written in one with the next, or in two
TOUCH = 0.001  # seconds: a gap shorter than this is rounding, not sound that nobody heard
_BEGINS_IN = 'recording_id = ? AND model = ? AND "start" >= ? AND "start" < ?'
_MEETS = 'recording_id = ? AND model = ? AND "end" >= ? AND "start" <= ?'

Ways = list[list[str]]  # to write a term, each as tokens that follow each other


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

    def edit_word(self, recording_id: str, model: str, start: float, text: str) -> Word:
        """Write a word otherwise; an empty text takes it away. The word that begins at ``start``.

        Raises:
            NotFound: no word begins there.
        """
        text = " ".join(text.split())
        where, place = (
            'recording_id = ? AND model = ? AND "start" = ?',
            [recording_id, model, start],
        )
        with self._writing() as db:
            found = self._rows(Word, f"words WHERE {where} ORDER BY id LIMIT 1", place)
            if not found:
                raise NotFound(f"No word of {recording_id} begins at {start} s: load it again.")
            first = f"id = (SELECT id FROM words WHERE {where} ORDER BY id LIMIT 1)"
            if text:
                sql = f"UPDATE words SET text = ?, probability = 1.0 WHERE {first}"
                db.execute(sql, [text, *place])
            else:
                db.table("words").delete_where(first, place)
            self._index(db, recording_id, model, start, found[0].end)
            return replace(found[0], text=text, probability=1.0)

    def forget_words(self, recording_id: str, model: str) -> None:
        """Forget what a model heard in a recording, as if it had never listened to it."""
        owner = "recording_id = ? AND model = ?"
        with self._writing() as db:
            for table in ("words", "passages", "heard_ranges"):
                db.table(table).delete_where(owner, [recording_id, model])

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
                "text": (text := as_text(words)),
                "tokens": " ".join(tokens(text)),
            }
            for words in _passages(found)
        ]
        db.table("passages").insert_all(rows)

    def search(self, query: str, limit: int = 20) -> list[Passage]:
        """Passages that hold all words of a query, best first, each from its first such word.

        Behind them come those where the words are parted otherwise: "North Wind" finds
        "Northwind", and the reverse. Any text may be searched for; one without a word finds
        nothing.
        """
        terms = [term for part in query.split() if (term := tokens(part))]
        if not terms:
            return []
        as_asked = [[term] for term in terms]
        otherwise = _written_otherwise(terms) if len(terms) <= MOST_TERMS else as_asked
        found: dict[Passage, list[Ways]] = {}
        for asked in (as_asked, otherwise):
            if len(found) < limit:
                for passage in self._holding(asked, limit):
                    found.setdefault(passage, asked)
        return [self._from_first(passage, asked) for passage, asked in found.items()][:limit]

    def has_words(self) -> bool:
        """Whether there is any word to search for."""
        with self._lock, converted(self._where):
            return next(self._db.query("SELECT 1 FROM words LIMIT 1"), None) is not None

    def _holding(self, asked: Sequence[Ways], limit: int) -> list[Passage]:
        """Passages that hold each term in one of its ways, best first."""
        match = " AND ".join(
            "(" + " OR ".join(f'"{" ".join(phrase)}"' for phrase in ways) + ")" for ways in asked
        )
        ranked = "SELECT rowid AS hit, rank FROM passages_fts WHERE passages_fts MATCH ?"
        kept = "recording_id IN (SELECT id FROM recordings WHERE deleted_at IS NULL)"
        source = f"passages JOIN ({ranked}) ON id = hit WHERE {kept} ORDER BY rank LIMIT ?"
        return self._rows(Passage, source, [match, limit])

    def _from_first(self, passage: Passage, asked: Sequence[Ways]) -> Passage:
        words = self.words(passage.recording_id, passage.model, passage.start, passage.end)
        placed = [(token, word.start) for word in words for token in tokens(word.text)]
        said = [token for token, _ in placed]
        phrases = [phrase for ways in asked for phrase in ways]
        hits = (
            start
            for place, (_, start) in enumerate(placed)
            if any(said[place : place + len(phrase)] == phrase for phrase in phrases)
        )
        return replace(passage, start=next(hits, passage.start))

    def words(
        self, recording_id: str, model: str, start: float = 0.0, end: float = math.inf
    ) -> list[Word]:
        """The words that begin in a range, in order. `missing_ranges` tells if that is all."""
        source = f'words WHERE {_BEGINS_IN} ORDER BY "start", id'
        return self._rows(Word, source, [recording_id, model, start, end])

    def languages(self, recording_id: str, model: str) -> dict[str, int]:
        """How many words were heard in each language, by its code."""
        query = (
            "SELECT language, count(*) AS words FROM words "
            "WHERE recording_id = ? AND model = ? AND language IS NOT NULL GROUP BY language"
        )
        with self._lock, converted(self._where):
            rows = list(self._db.query(query, [recording_id, model]))
        return {row["language"]: row["words"] for row in rows}

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
    return replace(word, start=begins, end=min(max(word.end, begins), end))


def _written_otherwise(terms: Sequence[list[str]]) -> list[Ways]:
    """Each term as it is, in one with its neighbours, and in two."""
    whole = ["".join(term) for term in terms]
    found: list[Ways] = []
    for place, term in enumerate(terms):
        word = whole[place]
        ways = [term, [word]]
        ways += [[whole[place - 1] + word]] if place else []
        ways += [[word + after] for after in whole[place + 1 : place + 2]]
        if len(term) == 1 and len(word) <= LONGEST_TERM:
            ways += [[word[:cut], word[cut:]] for cut in range(1, len(word))]
        found.append(ways)
    return found


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
