"""What speakers are called, and whose turns are whose, as the user says it.

What was found stays in the store as it was, so that each correction can be taken back. Names and
corrections outlive another ingest and another look: they pass on to whoever speaks then.
"""

import unicodedata
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from memory import Correction, Recording, Speaker, Store
from tools.diariser import SAME_VOICE
from tools.errors import SpeakersError
from tools.times import clock

LONGEST_NAME = 60  # characters
Vector = npt.NDArray[np.float64]


# -- names


def name_speaker(
    store: Store, recording: Recording, label: str, name: str, *, remember: bool = False
) -> Speaker:
    """Calls a speaker so; ``remember``: whoever has that voice in other recordings too.

    Raises:
        SpeakersError: that is no name.
        NotFound: nobody in the recording has this label.
    """
    speaker = store.name_speaker(recording.id, label.strip(), checked_name(name))
    if remember:
        recognise(store, speaker.model)
    return speaker


def checked_name(name: str) -> str:
    """A name that fits on a line. Raises SpeakersError for what is none."""
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST_NAME or any(unicodedata.category(c)[0] == "C" for c in name):
        raise SpeakersError(f"{name!r} is no name: give 1 to {LONGEST_NAME} letters on one line")
    return name


def recognise(store: Store, model: str) -> list[Speaker]:
    """Gives speakers without a name that of the likest voice which a user named elsewhere."""
    known = [(speaker, unit(speaker.voice or ())) for speaker in store.known_voices(model)]
    changed = []
    for speaker, voice in known:
        likeness = {
            other.name: float(voice @ theirs)
            for other, theirs in known
            if other.name and not other.recognised and other.recording_id != speaker.recording_id
        }
        name = max(likeness, key=likeness.__getitem__, default=None)
        open_to_it = speaker.recognised or not speaker.name
        if name and open_to_it and likeness[name] >= SAME_VOICE and name != speaker.name:
            place = speaker.recording_id, speaker.label
            changed.append(store.name_speaker(*place, name, recognised=True))
    return changed


def unit(voice: Sequence[float] | Vector) -> Vector:
    """A voice (n,) at length one."""
    vector = np.asarray(voice, np.float64)
    return vector / max(float(np.linalg.norm(vector)), 1e-9)


# -- corrections


def merge_speakers(store: Store, recording: Recording, labels: Sequence[str]) -> Speaker:
    """Makes two speakers or more one, and tells who: the first with a name, or the first.

    Raises:
        SpeakersError: those are not two.
        NotFound: nobody in the recording has one of these labels.
    """
    different = list(dict.fromkeys(label.strip() for label in labels))
    if len(different) < 2:
        raise SpeakersError("to merge speakers, give the numbers of two or more, such as 1 and 2")
    speakers = [store.speaker(recording.id, label) for label in different]
    stays = next((speaker for speaker in speakers if speaker.name), speakers[0])
    for speaker in speakers:
        if speaker != stays:
            store.correct_speakers(recording.id, speaker.label, stays.label)
    return stays


def split_speaker(
    store: Store,
    recording: Recording,
    label: str,
    start: float,
    end: float,
    to: str | None = None,
) -> Speaker:
    """Gives what a speaker says from ``start`` to ``end`` seconds to somebody else, told.

    ``to``: the label of who says it; left out, somebody new. A turn that goes beyond the stretch
    is cut; to give one turn away, give its start and end.

    Raises:
        SpeakersError: the speaker says nothing then, or nothing else, or is the one it is given to.
        NotFound: nobody in the recording has one of these labels.
    """
    speaker = store.speaker(recording.id, label.strip())
    turns = [turn for turn in store.segments(recording.id) if turn.label == speaker.label]
    if not any(max(turn.start, start) < min(turn.end, end) for turn in turns):
        raise SpeakersError(
            f"{speaker.called} says nothing from {clock(start)} to {clock(end)}: "
            "give a stretch in which they speak"
        )
    if to is not None and to.strip() == speaker.label:
        raise SpeakersError(f"{speaker.called} says that already: give the number of another")
    if start > turns[0].start or end < max(turn.end for turn in turns):
        other = None if to is None else to.strip()
        return store.correct_speakers(recording.id, speaker.label, other, start, end)
    if to is None:
        raise SpeakersError(f"that is all that {speaker.called} says: give them another name")
    return store.correct_speakers(recording.id, speaker.label, to.strip())


def undo_correction(store: Store, recording: Recording) -> Correction:
    """Takes back the latest merge or split, and tells what it was. Of several merged, one.

    Raises:
        SpeakersError: there is none.
    """
    undone = store.undo_correction(recording.id)
    if undone is None:
        raise SpeakersError(f"in {recording.name} no speakers were merged or split")
    return undone
