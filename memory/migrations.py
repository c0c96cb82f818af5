"""The schema, as numbered steps that are applied on open.

A step that has been released is never edited: a change is a new step. `upgrade` assumes a
connection with no open transaction, and refuses a database of a newer version or another program.
"""

import re
from typing import Any

from sqlite_utils import Database, Migrations

from memory.errors import elsewhere
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


def m007_segments_and_speakers(db: Database) -> None:
    """Who spoke when, and what the speakers are called."""
    db.executescript(
        """
        CREATE TABLE segments (
            id INTEGER PRIMARY KEY,
            recording_id TEXT NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
            kind TEXT NOT NULL,  -- what the label names: 'speaker'
            model TEXT NOT NULL,
            "start" REAL NOT NULL,
            "end" REAL NOT NULL,
            label TEXT NOT NULL
        );
        CREATE INDEX segments_place ON segments (recording_id, kind, "start");

        -- A stretch in which a model looked for segments. What it found in a part of a recording
        -- waits here until all parts are joined; then one row without it covers the whole.
        CREATE TABLE segment_parts (
            recording_id TEXT NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
            kind TEXT NOT NULL,
            model TEXT NOT NULL,
            "start" REAL NOT NULL,
            "end" REAL NOT NULL,
            found TEXT,
            PRIMARY KEY (recording_id, kind, model, "start")
        );

        CREATE TABLE speakers (
            recording_id TEXT NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
            label TEXT NOT NULL,
            name TEXT,
            recognised INTEGER NOT NULL DEFAULT 0,  -- by the voice, not named by the user
            model TEXT NOT NULL,  -- that the voice is of
            voice TEXT,  -- only with consent
            PRIMARY KEY (recording_id, label)
        );
        CREATE INDEX speakers_name ON speakers (name);
        """
    )


def m008_session_model(db: Database) -> None:
    """The model that answers in a conversation; none where it was not noted."""
    db.execute("ALTER TABLE sessions ADD COLUMN model TEXT")


def m009_speaker_corrections(db: Database) -> None:
    """What a user corrects about who speaks, in order; what was found stays beside it."""
    db.executescript(
        """
        CREATE TABLE speaker_corrections (
            id INTEGER PRIMARY KEY,
            recording_id TEXT NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
            label TEXT NOT NULL,  -- whose turns were found
            given TEXT NOT NULL,  -- whose they are
            "start" REAL,  -- of the stretch; without one all of them are
            "end" REAL
        );
        CREATE INDEX speaker_corrections_recording ON speaker_corrections (recording_id);
        """
    )


def m010_tags_and_bin(db: Database) -> None:
    """Tags of recordings, and since when one is in the bin."""
    db.executescript(
        """
        ALTER TABLE recordings ADD COLUMN deleted_at TEXT;  -- None of one that is not in the bin
        CREATE INDEX recordings_deleted ON recordings (deleted_at);
        CREATE TABLE tags (
            recording_id TEXT NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
            tag TEXT NOT NULL COLLATE NOCASE,
            PRIMARY KEY (recording_id, tag)
        );
        CREATE INDEX tags_tag ON tags (tag);
        """
    )


def m011_sketches(db: Database) -> None:
    """What all recordings are searched in at once: their letters, and the sounds in them."""
    db.executescript(
        """
        CREATE TABLE sketches (
            recording_id TEXT NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
            model TEXT NOT NULL,
            tokens INTEGER NOT NULL,  -- of the index that it was made of
            token_seconds REAL NOT NULL,
            letters BLOB NOT NULL,
            places BLOB NOT NULL,
            PRIMARY KEY (recording_id, model)
        );
        CREATE TABLE sounds (
            recording_id TEXT NOT NULL,
            model TEXT NOT NULL,
            name TEXT NOT NULL,
            "start" REAL NOT NULL,
            "end" REAL NOT NULL,
            score REAL NOT NULL,
            FOREIGN KEY (recording_id, model) REFERENCES sketches ON DELETE CASCADE
        );
        CREATE INDEX sounds_name ON sounds (model, name, score);
        CREATE INDEX sounds_place ON sounds (recording_id, model);
        """
    )


def m012_languages_of_words(db: Database) -> None:
    """The language in which each word was heard; of words from before, the recording's."""
    db.executescript(
        """
        ALTER TABLE words ADD COLUMN language TEXT;
        UPDATE words SET language =
            (SELECT language FROM recordings WHERE recordings.id = words.recording_id);
        """
    )


def m013_finished_parts(db: Database) -> None:
    """Parts of long work that wait until the whole is finished."""
    db.executescript(
        """
        CREATE TABLE finished_parts (
            run TEXT NOT NULL,  -- a digest of all that the parts depend on
            recording_id TEXT NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
            number INTEGER NOT NULL,  -- from 1
            found TEXT NOT NULL,  -- as JSON
            created_at TEXT NOT NULL,
            PRIMARY KEY (run, number)
        );
        CREATE INDEX finished_parts_recording ON finished_parts (recording_id);
        """
    )


STEPS = (
    m001_first,
    m002_search,
    m003_jobs,
    m004_times,
    m005_spaces,
    m006_places,
    m007_segments_and_speakers,
    m008_session_model,
    m009_speaker_corrections,
    m010_tags_and_bin,
    m011_sketches,
    m012_languages_of_words,
    m013_finished_parts,
)
MIGRATIONS = Migrations("headrouter")
for _step in STEPS:
    MIGRATIONS()(_step)


def upgrade(db: Database, where: str) -> None:
    """Bring the schema up to date; `where` names the database in errors.

    Raises:
        DatabaseUnreadable: as `refuse_other`.
    """
    if not MIGRATIONS.pending(db):
        refuse_other(db, where)
        return
    # Two programs may open a new file at once: the second waits here, then finds nothing to do.
    with db.conn:
        db.execute("BEGIN IMMEDIATE")
        refuse_other(db, where)
        MIGRATIONS.apply(db)


def refuse_other(db: Database, where: str) -> None:
    """Raise unless the database is empty, or of this version or an earlier one.

    Raises:
        DatabaseUnreadable: it was written by a newer version, or by another program.
    """
    tables = db.table_names()
    applied = {step.name for step in MIGRATIONS.applied(db)}
    if applied - {step.__name__ for step in STEPS}:
        raise elsewhere(where, "was written by a newer version of headrouter")
    if tables and not applied:
        raise elsewhere(where, "is a database of another program")
