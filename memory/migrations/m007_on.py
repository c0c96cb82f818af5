"""The steps since: speakers, models of conversations, tags, sketches, languages, finished parts."""

from sqlite_utils import Database


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
    m007_segments_and_speakers,
    m008_session_model,
    m009_speaker_corrections,
    m010_tags_and_bin,
    m011_sketches,
    m012_languages_of_words,
    m013_finished_parts,
)
