"""What the assistant remembers: one SQLite file, rows as frozen values."""

import memory.lean  # noqa: F401  (before anything else imports sqlite_utils)
from memory.errors import (
    Ambiguous,
    DatabaseUnreadable,
    DiskFull,
    Locked,
    NotFound,
    NotText,
    StoreError,
)
from memory.rows import (
    BudgetRun,
    Correction,
    FoundSound,
    Job,
    Outcome,
    Passage,
    Place,
    Recording,
    Segment,
    SegmentPart,
    Session,
    Speaker,
    State,
    StoredSketch,
    Turn,
    Voice,
    Word,
)
from memory.store import Store, count_recordings
from memory.text import as_text, has_no_spaces

__all__ = [
    "Ambiguous",
    "BudgetRun",
    "Correction",
    "DatabaseUnreadable",
    "DiskFull",
    "FoundSound",
    "Job",
    "Locked",
    "NotFound",
    "NotText",
    "Outcome",
    "Passage",
    "Place",
    "Recording",
    "Segment",
    "SegmentPart",
    "Session",
    "Speaker",
    "State",
    "Store",
    "StoreError",
    "StoredSketch",
    "Turn",
    "Voice",
    "Word",
    "as_text",
    "count_recordings",
    "has_no_spaces",
]
