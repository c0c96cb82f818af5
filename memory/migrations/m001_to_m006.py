"""The first six steps: recordings, words, search, jobs, times, places."""

import re
from typing import Any

from sqlite_utils import Database

from memory.rows import Word
from memory.text import as_text, has_no_spaces, tokens


def m001_first(db: Database) -> None:
    """Recordings, their words, conversations and the history of budgets."""
    db.executescript(
        """
        CREATE TABLE recordings (
            id TEXT PRIMARY KEY,
            sha256 TEXT NOT NULL UNIQUE,
            path TEXT NOT NULL,
            name TEXT NOT NULL,
            seconds REAL,
            state TEXT NOT NULL CHECK (state IN ('new', 'ingesting', 'ready', 'failed')),
            note TEXT,
            added_at TEXT NOT NULL,
            size_bytes INTEGER NOT NULL,
            located_at TEXT NOT NULL  -- when path was last seen to hold this content
        );
        CREATE INDEX recordings_path ON recordings (path);

        -- The stretches that a model has transcribed: disjoint, and not touching.
        CREATE TABLE heard_ranges (
            recording_id TEXT NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
            model TEXT NOT NULL,
            "start" REAL NOT NULL,
            "end" REAL NOT NULL,
            PRIMARY KEY (recording_id, model, "start")
        );
        CREATE TABLE words (
            id INTEGER PRIMARY KEY,
            recording_id TEXT NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
            model TEXT NOT NULL,
            "start" REAL NOT NULL,
            "end" REAL NOT NULL,
            text TEXT NOT NULL,
            probability REAL NOT NULL
        );
        CREATE INDEX words_place ON words (recording_id, model, "start");

        CREATE TABLE sessions (
            id INTEGER PRIMARY KEY,
            title TEXT NOT NULL,
            created_at TEXT NOT NULL
        );
        CREATE TABLE turns (
            id INTEGER PRIMARY KEY,
            session_id INTEGER NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
            recording_id TEXT REFERENCES recordings (id) ON DELETE SET NULL,
            question TEXT NOT NULL,
            answer TEXT NOT NULL,
            heard TEXT NOT NULL,
            created_at TEXT NOT NULL,
            rating INTEGER CHECK (rating IN (1, -1)),
            escalations INTEGER NOT NULL
        );
        CREATE INDEX turns_session ON turns (session_id);
        CREATE INDEX turns_recording ON turns (recording_id);

        CREATE TABLE budget_runs (
            id INTEGER PRIMARY KEY,
            model TEXT NOT NULL,
            device TEXT NOT NULL,
            audio_tokens INTEGER NOT NULL,
            kept_tokens INTEGER NOT NULL,
            prompt_tokens INTEGER NOT NULL,
            keep REAL NOT NULL,
            predicted_bytes INTEGER NOT NULL,
            measured_bytes INTEGER,
            predicted_seconds REAL NOT NULL,
            measured_seconds REAL,
            outcome TEXT NOT NULL CHECK (outcome IN ('ok', 'oom', 'stopped', 'refused')),
            created_at TEXT NOT NULL
        );
        CREATE INDEX budget_runs_place ON budget_runs (model, device);
        """
    )


def m002_search(db: Database) -> None:
    """Passages of the transcripts, and a full-text index over them."""
    db.executescript(
        """
        CREATE TABLE passages (
            id INTEGER PRIMARY KEY,
            recording_id TEXT NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
            model TEXT NOT NULL,
            "start" REAL NOT NULL,
            "end" REAL NOT NULL,
            text TEXT NOT NULL
        );
        CREATE INDEX passages_place ON passages (recording_id, model, "start");
        INSERT INTO passages (recording_id, model, "start", "end", text)
            SELECT recording_id, model, min("start"), max("end"), group_concat(text, ' ')
            FROM (SELECT * FROM words ORDER BY recording_id, model, "start", id)
            GROUP BY recording_id, model, CAST("start" / 20 AS INTEGER);
        """
    )
    db.table("passages").enable_fts(
        ["text"], create_triggers=True, tokenize="unicode61 remove_diacritics 2"
    )


def m003_jobs(db: Database) -> None:
    """Work that outlives the call which asked for it."""
    db.executescript(
        """
        CREATE TABLE jobs (
            id TEXT PRIMARY KEY,
            kind TEXT NOT NULL,
            arguments TEXT NOT NULL,
            state TEXT NOT NULL CHECK (
                state IN ('running', 'cancelling', 'done', 'failed', 'cancelled')
            ),
            stage TEXT NOT NULL,
            fraction REAL,
            result TEXT,
            error TEXT,
            owner INTEGER NOT NULL,  -- process
            created_at TEXT NOT NULL
        );
        """
    )


def m004_times(db: Database) -> None:
    """Prefill and answer timed apart."""
    db.executescript(
        """
        ALTER TABLE budget_runs ADD COLUMN prefill_seconds REAL;
        ALTER TABLE budget_runs ADD COLUMN decode_seconds REAL;
        ALTER TABLE budget_runs ADD COLUMN new_tokens INTEGER;
        """
    )


def m005_spaces(db: Database) -> None:
    """Whether a word begins with a space, the language of a recording, and a search by tokens.

    Words of before are parted by spaces as ever, but for pieces that a recogniser cut off: ",500"
    is joined to the word that it follows, and so are words of scripts without spaces.
    """
    db.executescript(
        """
        ALTER TABLE recordings ADD COLUMN language TEXT;  -- that is spoken, once it is known
        ALTER TABLE words ADD COLUMN spaced INTEGER NOT NULL DEFAULT 1;
        ALTER TABLE passages ADD COLUMN tokens TEXT NOT NULL DEFAULT '';
        """
    )
    before: dict[str, Any] = {}
    for word in list(db.query('SELECT * FROM words ORDER BY recording_id, model, "start", id')):
        text = word["text"]
        same = before and all(before[name] == word[name] for name in ("recording_id", "model"))
        near = same and word["start"] - before["end"] < 0.5
        if near and re.match(r"%|[,.:/&@_]\w", text):
            whole = {"text": before["text"] + text, "end": word["end"]}
            db.table("words").update(before["id"], whole)
            db.table("words").delete(word["id"])
            before |= whole
            continue
        if near and has_no_spaces(before["text"][-1:]) and has_no_spaces(text[:1]):
            db.table("words").update(word["id"], {"spaced": 0})
        before = word
    db.table("passages").disable_fts()
    for passage in list(db.query("SELECT * FROM passages")):
        place = [passage[name] for name in ("recording_id", "model", "start", "end")]
        where = 'recording_id = ? AND model = ? AND "start" BETWEEN ? AND ? ORDER BY "start", id'
        rows = db.query(f"SELECT text, spaced FROM words WHERE {where}", place)
        text = as_text(Word(0, 0, row["text"], 1, bool(row["spaced"])) for row in rows)
        values = {"text": text, "tokens": " ".join(tokens(text))}
        db.table("passages").update(passage["id"], values)
    # Tokens are told apart by spaces alone: a mark belongs to its letter.
    db.table("passages").enable_fts(
        ["tokens"], create_triggers=True, tokenize="unicode61 categories 'L* N* Co M*'"
    )


def m006_places(db: Database) -> None:
    """Every path of a recording, the track that is heard, and no length that was only declared."""
    db.executescript(
        """
        CREATE TABLE places (
            recording_id TEXT NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
            path TEXT NOT NULL,
            stamp TEXT,  -- of the file when it was seen to hold this content
            located_at TEXT NOT NULL,  -- when that was
            PRIMARY KEY (recording_id, path)
        );
        CREATE INDEX places_path ON places (path);
        INSERT INTO places (recording_id, path, located_at)
            SELECT id, path, located_at FROM recordings;
        ALTER TABLE recordings ADD COLUMN track INTEGER;
        UPDATE recordings SET seconds = NULL WHERE state != 'ready';
        """
    )


STEPS = (
    m001_first,
    m002_search,
    m003_jobs,
    m004_times,
    m005_spaces,
    m006_places,
)
