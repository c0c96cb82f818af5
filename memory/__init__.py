"""What the assistant remembers: one SQLite file, rows as frozen values."""

from memory.errors import (
    Ambiguous,
    DatabaseUnreadable,
    DiskFull,
    Locked,
    NotFound,
    StoreError,
)
from memory.rows import (
    BudgetRun,
    Job,
    Outcome,
    Passage,
    Recording,
    Segment,
    SegmentPart,
    Session,
    Speaker,
    State,
    Turn,
    Voice,
    Word,
)
from memory.store import Store, count_recordings

__all__ = [
    "Ambiguous",
    "BudgetRun",
    "DatabaseUnreadable",
    "DiskFull",
    "Job",
    "Locked",
    "NotFound",
    "Outcome",
    "Passage",
    "Recording",
    "Segment",
    "SegmentPart",
    "Session",
    "Speaker",
    "State",
    "Store",
    "StoreError",
    "Turn",
    "Voice",
    "Word",
    "count_recordings",
]
