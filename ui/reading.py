"""What the recording's view reads: outline, speakers, sounds and lines, as JSON has them.

Lines are compact, for a recording of hours has tens of thousands of words.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from assistant.app import Assistant
from assistant.work.sounds import SOUND
from memory import Recording, Word
from tools.ingest import heard_by_any
from tools.sentences import cut, sentences
from tools.speakers import SpokenWord, overview, speaker_turns, with_speakers
from tools.transcript import RECOGNISER
from tools.waveform import outline
from ui.suggest import suggestions

BINS = 1200  # of the outline: as many as a wide screen shows
LONGEST, PAUSE = 30.0, 3.0  # seconds of a line, and of silence that ends one


def view(assistant: Assistant, recording: Recording) -> dict[str, Any]:
    """All of a recording but its words."""
    store, seconds = assistant.store, recording.seconds or 0.0
    index = heard_by_any(assistant.settings.features, recording)
    turns = speaker_turns(store, recording)
    known = store.heard_ranges(recording.id, RECOGNISER)
    return {
        "id": recording.id,
        "name": recording.name,
        "seconds": seconds,
        "state": recording.state,
        "note": recording.note or "",
        "tags": store.tags(recording.id),
        "outline": outline(index, 0.0, seconds, BINS) if index and seconds else [],
        "speakers": [
            {"label": one["speaker"], "name": one["name"] or f"Speaker {one['speaker']}"}
            | {"seconds": one["seconds"]}
            for one in overview(store, recording)
        ],
        "turns": [[round(t.start, 2), round(t.end, 2), t.label] for t in turns],
        "sounds": [
            [round(s.start, 2), round(s.end, 2), s.label]
            for s in store.segments(recording.id, SOUND)
        ],
        "written": sum(end - start for start, end in known) / seconds if seconds else 0.0,
        "suggestions": suggestions(store, recording),
    }


def lines(assistant: Assistant, recording: Recording) -> list[dict[str, Any]]:
    """What was said as it is read: lines of one speaker, each word [start, end, text, spaced]."""
    words = assistant.store.words(recording.id, RECOGNISER)
    # Lines are told apart by labels: two speakers may have one name.
    turns = [replace(t, name=t.label) for t in speaker_turns(assistant.store, recording)]
    spoken: Sequence[Word] = with_speakers(words, turns) if turns else words
    parts = [part for sentence in sentences(spoken) for part in cut(sentence, another_speaks)]
    found: list[list[Word]] = []
    for part in parts:
        if found and _goes_on(found[-1], part):
            found[-1].extend(part)
        else:
            found.append(list(part))
    return [
        {
            "speaker": speaker_of(line[0]),
            "words": [[w.start, round(w.end, 2), w.text, int(w.spaced)] for w in line],
        }
        for line in found
    ]


def _goes_on(line: Sequence[Word], part: Sequence[Word]) -> bool:
    same = speaker_of(line[0]) == speaker_of(part[0])
    near = part[0].start - line[-1].end < PAUSE
    return same and near and part[-1].end - line[0].start < LONGEST


def speaker_of(word: Word) -> str | None:
    """The label of who says a word."""
    return word.speaker if isinstance(word, SpokenWord) else None


def another_speaks(part: Sequence[Word], word: Word) -> bool:
    """Whether somebody else says a word than what is before it."""
    return speaker_of(word) is not None and speaker_of(part[-1]) not in (None, speaker_of(word))
