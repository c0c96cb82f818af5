"""What a user corrects about who speaks: applied to what was found whenever that is read.

What was found is never changed, so a correction can be taken back.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from memory.rows import Correction, Segment

TOUCH = 0.05  # seconds: turns of one speaker that are closer are one


def corrected(segments: Sequence[Segment], corrections: Sequence[Correction]) -> list[Segment]:
    """The segments as they are after each correction in turn, in order of their starts."""
    for correction in corrections:
        segments = [part for segment in segments for part in _parts(segment, correction)]
    return joined(segments) if corrections else list(segments)


def _parts(segment: Segment, correction: Correction) -> list[Segment]:
    """What lies before the stretch, what lies in it and is another's, what lies after it."""
    first = segment.start if correction.start is None else max(correction.start, segment.start)
    last = segment.end if correction.end is None else min(correction.end, segment.end)
    if segment.label != correction.label or first >= last:
        return [segment]
    parts = [
        replace(segment, end=first),
        replace(segment, start=first, end=last, label=correction.given),
        replace(segment, start=last),
    ]
    return [part for part in parts if part.end > part.start]


def joined(segments: Sequence[Segment]) -> list[Segment]:
    """In order of their starts; a speaker's segment that follows on another of theirs is one."""
    whole: list[Segment] = []
    for segment in sorted(segments, key=lambda segment: (segment.start, segment.end)):
        before = whole[-1] if whole else None
        if before and before.label == segment.label and segment.start - before.end < TOUCH:
            whole[-1] = replace(before, end=max(before.end, segment.end))
        else:
            whole.append(segment)
    return whole


def shared_seconds(
    before: Sequence[Segment], after: Sequence[Segment]
) -> dict[tuple[str, str], float]:
    """Seconds for which each label before and each label after speak at once, where they do.

    Segments are in order of their starts.
    """
    shared: dict[tuple[str, str], float] = defaultdict(float)
    first = 0
    for old in before:
        while first < len(after) and after[first].end <= old.start:
            first += 1
        for new in islice(after, first, None):
            if new.start >= old.end:
                break
            if new.end > old.start:
                shared[old.label, new.label] += min(old.end, new.end) - max(old.start, new.start)
    return shared


def heirs(before: Sequence[Segment], after: Sequence[Segment]) -> dict[str, str]:
    """Labels after by labels before: one for each, those first who share most time.

    Segments are in order of their starts. Who shares no time with anybody is left out.
    """
    shared = shared_seconds(before, after)
    found: dict[str, str] = {}
    for old_label, new_label in sorted(shared, key=shared.__getitem__, reverse=True):
        if old_label not in found and new_label not in found.values():
            found[old_label] = new_label
    return found


def passed_on(
    corrections: Sequence[Correction], heir: dict[str, str], labels: set[str]
) -> list[Correction]:
    """The corrections for newly found ``labels``; ``heir`` is added to.

    Whoever speaks by correction alone gets a number that nobody has. A correction of somebody who
    isn't found any more is dropped.
    """
    kept = []
    for known in corrections:
        if known.label in heir:
            if known.given not in heir:
                heir[known.given] = next_label({*labels, *heir.values()})
            kept.append(replace(known, label=heir[known.label], given=heir[known.given]))
    return kept


def next_label(labels: set[str]) -> str:
    """The number after the highest there is."""
    return str(1 + max((int(label) for label in labels if label.isdecimal()), default=0))
