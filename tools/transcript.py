"""The words of a recording, recognised once and then remembered."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher

import numpy as np

from memory import Recording, Store, Word
from tools.audio import SAMPLE_RATE, AudioReader, Window
from tools.content import open_recording
from tools.context import OnFraction, Recogniser, Stop

RECOGNISER = "whisper-base"
AT_ONCE = 30.0  # seconds that Whisper hears in one piece
MARGIN = 1.0  # seconds heard on either side of a range, so that no word is cut in two
CORE = AT_ONCE - 2 * MARGIN  # seconds of one range that are recognised at once
SEAM = 0.5  # seconds by which two pieces may time a word differently
ALIKE = 0.75  # by difflib, from which two hearings are of one word: "month" and "months"
TELLING = 5  # words that are enough to tell their language by
Range = tuple[float, float]  # seconds


def words_between(
    store: Store,
    recogniser: Callable[[], Recogniser],
    recording: Recording,
    start: float,
    end: float,
    *,
    language: str | None = None,
    on_fraction: OnFraction = lambda fraction: None,
    stop: Stop = lambda: False,
) -> list[Word]:
    """The words from ``start`` to ``end`` seconds; as ``words_in_ranges``."""
    return words_in_ranges(
        store,
        recogniser,
        recording,
        [(start, end)],
        language=language,
        on_fraction=on_fraction,
        stop=stop,
    )


def words_in_ranges(
    store: Store,
    recogniser: Callable[[], Recogniser],
    recording: Recording,
    ranges: Sequence[Range],
    *,
    language: str | None = None,
    on_fraction: OnFraction = lambda fraction: None,
    stop: Stop = lambda: False,
) -> list[Word]:
    """The words of ranges, one after the other; what is missing is recognised and stored.

    Short ranges are recognised together. recogniser: gives the loaded recogniser; only called when
    something is missing. language: the code of what is spoken, whatever is heard; without it each
    stretch is recognised in its own, and the one that is spoken most is noted as the recording's.
    Words that were recognised in another than ``language`` are recognised anew. Stops between
    pieces, keeping those that are done. Raises MediaError if the file is needed and can't be read,
    or no longer holds the recording.
    """
    likely = _settled_language(store, recording, language)
    missing = [
        gap
        for start, end in ranges
        for gap in store.missing_ranges(recording.id, RECOGNISER, start, end)
    ]
    pieces = list(_pieces(missing))
    reader = open_recording(store, recording) if pieces else None
    if pieces:
        on_fraction(0.0)
    for done, piece in enumerate(pieces, 1):
        assert reader is not None
        if stop():
            break
        windows = [_around(reader, start, end) for start, end in piece]
        samples = np.concatenate([window.samples for window in windows])
        words = recogniser().words(
            samples, windows[0].start, language=language, stop=stop, likely=likely
        )
        if stop():
            break
        for (first, last), heard in zip(piece, _each(words, windows), strict=True):
            own = _between(store, recording.id, heard, first, last)
            store.add_words(recording.id, RECOGNISER, first, last, own)
        if len(words) >= TELLING:
            likely = words[-1].language or likely or recogniser().language(samples)
            store.set_language(recording.id, language or _main_language(store, recording) or likely)
        on_fraction(done / len(pieces))
    return [
        word for start, end in ranges for word in store.words(recording.id, RECOGNISER, start, end)
    ]


def _settled_language(store: Store, recording: Recording, asked: str | None) -> str | None:
    """The language to recognise in; what was recognised in another is forgotten."""
    known = store.recording(recording.id).language
    if asked is None or asked == known:
        return known
    if store.heard_ranges(recording.id, RECOGNISER):
        AudioReader(recording.path)  # before words are given up that can't be had anew
        store.forget_words(recording.id, RECOGNISER)
    store.set_language(recording.id, asked)
    return asked


def _main_language(store: Store, recording: Recording) -> str | None:
    """The language of most words; None where it wasn't noted."""
    said = store.languages(recording.id, RECOGNISER)
    return max(said, key=said.__getitem__, default=None)


def _pieces(ranges: Sequence[Range]) -> Iterator[list[Range]]:
    """What is recognised at once: part of a long range, or several short ones."""
    piece: list[Range] = []
    room = AT_ONCE
    for start, end in ranges:
        while start < end:
            last = min(start + CORE, end)
            needed = round(last - start + 2 * MARGIN, 3)  # so that five of six seconds are thirty
            if piece and needed > room:
                yield piece
                piece, room = [], AT_ONCE
            piece.append((start, last))
            start, room = last, room - needed
    if piece:
        yield piece


def _each(words: Sequence[Word], windows: Sequence[Window]) -> Iterator[list[Word]]:
    """The words of each window, at their places; the windows were heard right after each other."""
    at = windows[0].start
    for window in windows:
        until = at + len(window.samples) / SAMPLE_RATE
        yield [_moved(word, window.start - at) for word in words_in(words, [(at, until)])]
        at = until


def _between(
    store: Store, recording: str, heard: Sequence[Word], first: float, last: float
) -> list[Word]:
    """The words of a range among those heard in and around it.

    Two pieces time a word at their seam differently. So where what lies next is known, the range
    begins behind the last word of that and ends before its first, wherever these were heard now;
    elsewhere a word is of the range in which its middle lies.
    """
    before = store.words(recording, RECOGNISER, max(0.0, first - MARGIN), first)[-1:]
    after = store.words(recording, RECOGNISER, last, last + MARGIN)[:1]
    begin = next((n for n, word in enumerate(heard) if middle(word) >= first), len(heard))
    end = next((n for n, word in enumerate(heard) if middle(word) >= last), len(heard))
    for word in before:
        begin = begin if (again := place_of(word, heard)) is None else again + 1
    for word in after:
        end = end if (again := place_of(word, heard)) is None else again
    return [*heard[begin:end]]


def place_of(word: Word, heard: Sequence[Word]) -> int | None:
    """Where a word was heard once more, by its time and its text; None where it was not."""

    def away(place: int) -> tuple[bool, float]:
        other = heard[place]
        return plain(other.text) != plain(word.text), abs(middle(other) - middle(word))

    near = [
        place
        for place, other in enumerate(heard)
        if abs(middle(other) - middle(word)) <= SEAM
        and SequenceMatcher(None, plain(other.text), plain(word.text)).ratio() >= ALIKE
    ]
    return min(near, key=away, default=None)


def middle(word: Word) -> float:
    """Seconds at which it is half said."""
    return (word.start + word.end) / 2


def plain(word: str) -> str:
    """A word without case and punctuation, which change from one hearing to the next."""
    return re.sub(r"\W+", "", word.casefold())


def _around(reader: AudioReader, start: float, end: float) -> Window:
    """A range with its margins; empty behind the recording's end."""
    begin = max(0.0, start - MARGIN)
    windows = reader.windows(AT_ONCE + MARGIN, begin, end + MARGIN)
    return next(windows, Window(begin, np.empty(0, np.float32)))


def _moved(word: Word, seconds: float) -> Word:
    return replace(word, start=word.start + seconds, end=word.end + seconds)


def words_in(words: Iterable[Word], spans: Sequence[Range]) -> list[Word]:
    """Those words whose middle lies in one of the spans."""
    return [word for word in words if any(first <= middle(word) < last for first, last in spans)]
