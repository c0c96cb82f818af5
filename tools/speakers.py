"""Who speaks in a recording: found once, remembered, and told of words, moments and names.

A recording is gone over in parts of some minutes, so that memory is bounded whatever its length
and a stopped or killed run goes on with the next part; speakers of different parts are one where
their voices are alike. Where the two channels are people, each is gone over by itself. Voices are
kept only where the caller says so. Where two speak at once and the diariser tells both, both are
kept.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from memory import Recording, Segment, Store, Voice, Word
from memory.corrections import TOUCH
from memory.speakers import SPEAKER
from tools.audio import NO_LIMITS, SAMPLE_RATE, AudioReader, Samples, Window
from tools.content import open_recording
from tools.context import Diarised, Diariser, OnFraction, OpenDiariser, Spoken, Stop
from tools.diariser import SAME_VOICE
from tools.errors import Stopped
from tools.limits import Limits
from tools.naming import Vector, recognise, unit
from tools.sentences import cut, sentences
from tools.sides import are_people, bleeds, muted, own_turns

SLACK = 1.0  # seconds by which a file's header may be off
SIDES = "sides"  # what is kept of a part: what was found on each side of a call, or in all
PROVISIONAL = " live"  # ends the name of a model that told who speaks while it was recorded
NEAR = 1.0  # seconds from a turn at which a word still belongs to it


# -- finding


def find_speakers(
    store: Store,
    diariser: OpenDiariser,
    recording: Recording,
    *,
    remember: bool = False,
    again: bool = False,
    on_fraction: OnFraction = lambda fraction: None,
    stop: Stop = lambda: False,
    limits: Limits = NO_LIMITS,
) -> list[Segment]:
    """Who speaks when; found now unless it was before. Bounded memory, whatever the length.

    ``remember``: keep the voices, and give speakers the names of voices known from other
    recordings. ``again``: find them anew; names pass on to whoever speaks at the same times.

    Raises:
        MediaError: the file is needed and can't be read.
        SpeakersError: the diariser is missing or failed.
        Stopped: the next call goes on with the part that was under way.
    """
    with diariser() as model:
        if again or not speakers_known(store, recording, model.name):
            _find(store, model, recording, remember, on_fraction, stop, limits)
            if remember:
                recognise(store, model.name)
    return speaker_turns(store, recording)


def _find(
    store: Store,
    diariser: Diariser,
    recording: Recording,
    remember: bool,
    on_fraction: OnFraction,
    stop: Stop,
    limits: Limits,
) -> None:
    # It loads PyTorch, which reading names does not need.
    from headrouter.hear.spans import equal_parts

    readers = _sides(store, recording, limits)
    seconds = recording.seconds or _length(readers[0])
    ranges = list(equal_parts(seconds, diariser.part))
    found = {
        (part.start, part.end): _diarised(part.found)
        for part in store.parts(recording.id)
        if part.model == diariser.name and len((part.found or {}).get(SIDES, ())) == len(readers)
    }
    for number, (start, end) in enumerate(ranges):
        on_fraction(number / len(ranges) if number else None)
        if (start, end) not in found:
            if stop():
                raise Stopped
            heard = _hear(diariser, [_samples(reader, start, end) for reader in readers], stop)
            values = {SIDES: [asdict(side) for side in heard]}
            store.add_part(recording.id, diariser.name, start, end, values)
            found[start, end] = heard
    turns, voices = together(
        [
            joined([(start, found[start, end][side]) for start, end in ranges])
            for side in range(len(readers))
        ]
    )
    segments = [
        Segment(recording.id, SPEAKER, diariser.name, turn.start, turn.end, turn.label)
        for turn in turns
    ]
    store.set_speakers(recording.id, diariser.name, seconds, segments, voices if remember else {})
    on_fraction(1.0)


def _sides(store: Store, recording: Recording, limits: Limits) -> list[AudioReader]:
    """Readers of all that is to be gone over: of each channel where two are people."""
    whole = open_recording(store, recording, limits)
    if whole.media.channels == 2 and not recording.growing:
        each = [open_recording(store, recording, limits, channel=side) for side in range(2)]
        if are_people(*(reader.windows() for reader in each)):
            return each
    return [whole]


def _length(reader: AudioReader) -> float:
    return sum(len(window.samples) for window in reader.windows()) / SAMPLE_RATE


def _samples(reader: AudioReader, start: float, end: float) -> Samples:
    windows = reader.windows(end - start + 1.0, start, end)
    return next(windows, Window(start, np.empty(0, np.float32))).samples


def _hear(diariser: Diariser, sides: Sequence[Samples], stop: Stop) -> list[Diarised]:
    """Who speaks on each side."""
    if len(sides) != 2:
        return [_told_apart(diariser, samples, stop) for samples in sides]
    bled = [bleeds(sides[n], sides[1 - n]) for n in range(2)]
    return [
        own_turns(_told_apart(diariser, muted(samples, other), stop), other)
        for samples, other in zip(sides, bled, strict=True)
    ]


def _told_apart(diariser: Diariser, samples: Samples, stop: Stop) -> Diarised:
    return diariser.diarise(samples, stop=stop) if samples.any() else Diarised([], {})


def _diarised(found: dict[str, Any] | None) -> list[Diarised]:
    """What ``asdict`` and JSON made of each side's, as it was."""
    return [
        Diarised(
            [Spoken(**turn) for turn in side["turns"]],
            {label: tuple(voice) for label, voice in side["voices"].items()},
        )
        for side in (found or {})[SIDES]
    ]


Whole = tuple[list[Spoken], dict[str, Voice]]
"""The turns of a recording in order, and the voice of each speaker."""


def together(sides: Sequence[Whole]) -> Whole:
    """Sides as one: nobody is on two of them. Labels are as ``joined`` has them."""
    turns = sorted(
        ((turn, (side, turn.label)) for side, (spoken, _) in enumerate(sides) for turn in spoken),
        key=lambda pair: (pair[0].start, pair[0].end),
    )
    labels = {who: str(n) for n, who in enumerate(dict.fromkeys(who for _, who in turns), 1)}
    voices = {
        labels[n, label]: voice for n, side in enumerate(sides) for label, voice in side[1].items()
    }
    return [replace(turn, label=labels[who]) for turn, who in turns], voices


def joined(parts: Sequence[tuple[float, Diarised]]) -> Whole:
    """Parts that begin at some seconds as one: turns in order, and the voice of each speaker.

    Labels are "1", "2", ... in the order in which they first speak.
    """
    persons = _persons([found for _, found in parts])
    turns = sorted(
        (
            Spoken(at + turn.start, at + turn.end, persons[number, turn.label])
            for number, (at, found) in enumerate(parts)
            for turn in found.turns
        ),
        key=lambda turn: (turn.start, turn.end),
    )
    labels = {person: str(n) for n, person in enumerate(dict.fromkeys(t.label for t in turns), 1)}
    whole: list[Spoken] = []
    for turn in (replace(turn, label=labels[turn.label]) for turn in turns):
        if whole and whole[-1].label == turn.label and turn.start - whole[-1].end < TOUCH:
            turn = replace(turn, start=whole[-1].start, end=max(whole.pop().end, turn.end))
        whole.append(turn)
    return whole, _voices([found for _, found in parts], persons, labels)


def _persons(parts: Sequence[Diarised]) -> dict[tuple[int, str], str]:
    """Who each label of each part is: those whose voices are alike are one.

    Of whom no voice is known is nobody of another part.
    """
    keys = [(n, label) for n, found in enumerate(parts) for label in found.voices]
    others = dict.fromkeys(
        (n, turn.label)
        for n, found in enumerate(parts)
        for turn in found.turns
        if turn.label not in found.voices
    )
    persons = {key: f"unlike {number}" for number, key in enumerate(others)}
    if len(parts) < 2 or len(keys) < 2:
        return persons | {key: str(number) for number, key in enumerate(keys)}
    from sklearn.cluster import AgglomerativeClustering

    grouping = AgglomerativeClustering(
        n_clusters=None, metric="cosine", linkage="average", distance_threshold=1 - SAME_VOICE
    )
    groups = grouping.fit_predict(np.array([parts[number].voices[label] for number, label in keys]))
    return persons | {key: str(group) for key, group in zip(keys, groups, strict=True)}


def _voices(
    parts: Sequence[Diarised], persons: dict[tuple[int, str], str], labels: dict[str, str]
) -> dict[str, Voice]:
    """The mean of each person's voices, by label; of whom more was heard it counts more."""
    sums: dict[str, Vector] = {}
    for number, found in enumerate(parts):
        spoken = speaking_seconds((turn.label, turn.start, turn.end) for turn in found.turns)
        for label, voice in found.voices.items():
            person = labels.get(persons[number, label])
            if person is not None:
                part = spoken[label] * unit(voice)
                sums[person] = sums[person] + part if person in sums else part
    return {label: tuple(np.round(unit(total), 5).tolist()) for label, total in sums.items()}


# -- telling


def speaker_turns(store: Store, recording: Recording) -> list[Segment]:
    """Who speaks when, in order; nothing where nobody was looked for or nobody speaks."""
    return store.segments(recording.id)


def speakers_known(store: Store, recording: Recording, model: str | None = None) -> bool:
    """Whether a recording's speakers were looked for, to its end (by this model)."""
    return any(
        part.found is None
        and (part.model == model if model else not part.model.endswith(PROVISIONAL))
        for part in store.parts(recording.id)
        if part.end >= (recording.seconds or 0.0) - SLACK
    )


def told(turns: Iterable[Segment]) -> list[dict[str, Any]]:
    """Turns as JSON has them; ``number`` is what a speaker is named, merged and split by."""
    return [
        {"start": t.start, "end": t.end, "speaker": t.speaker, "number": t.label} for t in turns
    ]


def overview(store: Store, recording: Recording) -> list[dict[str, Any]]:
    """The speakers of a recording with how long and how often each speaks, as JSON has it."""
    turns = speaker_turns(store, recording)
    seconds = speaking_seconds((turn.label, turn.start, turn.end) for turn in turns)
    counts = Counter(turn.label for turn in turns)
    return [
        {
            "speaker": speaker.label,
            "name": speaker.name,
            "recognised": speaker.recognised,
            "seconds": round(seconds[speaker.label], 2),
            "turns": counts[speaker.label],
        }
        for speaker in store.speakers(recording.id)
    ]


def speaking_time(turns: Iterable[Segment]) -> dict[str, float]:
    """Seconds that each speaks, by what they are called, the most talkative first."""
    seconds = speaking_seconds((turn.speaker, turn.start, turn.end) for turn in turns)
    return dict(seconds.most_common())


def speaking_seconds(turns: Iterable[tuple[str, float, float]]) -> Counter[str]:
    """The sum of (label, start, end) by label."""
    seconds: Counter[str] = Counter()
    for label, start, end in turns:
        seconds[label] += end - start  # type: ignore[assignment]
    return seconds


def who_said(turns: Sequence[Segment], start: float, end: float) -> list[str]:
    """Those who speak between two moments, whoever speaks longest of it first."""
    inside = [
        replace(turn, start=max(turn.start, start), end=min(turn.end, end))
        for turn in turns
        if turn.start < end and turn.end > start
    ]
    return list(speaking_time(inside))


def speaker_at(store: Store, recording_id: str, moment: float) -> str | None:
    """Who speaks in the second that begins there; None where nobody is known to."""
    turns = store.segments(recording_id, start=moment, end=moment + 1.0)
    return next(iter(who_said(turns, moment, moment + 1.0)), None)


@dataclass(frozen=True)
class SpokenWord(Word):
    """A word and who says it; None where nobody is known to speak."""

    speaker: str | None = None


def with_speakers(words: Iterable[Word], turns: Sequence[Segment]) -> list[SpokenWord]:
    """Each word with whoever speaks most of it, or most closely to it, within NEAR seconds.

    Words and turns are in order of their starts.
    """
    spoken, first = [], 0
    for word in words:
        while first < len(turns) and turns[first].end < word.start - NEAR:
            first += 1
        best, most, at = None, -NEAR, first
        while at < len(turns) and turns[at].start <= word.end + NEAR:
            if (shared := _shared(turns[at], word)) > most:
                best, most = turns[at].speaker, shared
            at += 1
        spoken.append(SpokenWord(**(vars(word) | {"speaker": best})))
    return spoken


def spoken_sentences(words: Iterable[Word], turns: Sequence[Segment]) -> list[list[SpokenWord]]:
    """Words in sentences, which end where another speaks, each word with who says it."""
    whole = sentences(with_speakers(words, turns))
    return [part for sentence in whole for part in cut(sentence, _another_speaks)]


def _another_speaks(part: list[SpokenWord], word: SpokenWord) -> bool:
    return word.speaker is not None and part[-1].speaker not in (None, word.speaker)


def _shared(turn: Segment, word: Word) -> float:
    """Seconds of a word inside a turn; below zero, how far it is from it."""
    return min(turn.end, word.end) - max(turn.start, word.start)
