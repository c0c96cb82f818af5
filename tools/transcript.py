"""The words of a recording, recognised once and then remembered."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from memory import Recording, Store, Word
from tools.audio import SAMPLE_RATE, AudioReader, Window
from tools.content import open_recording
from tools.context import OnFraction, Recogniser, Stop

RECOGNISER = "whisper-base"
AT_ONCE = 30.0  # seconds that Whisper hears in one piece
MARGIN = 1.0  # seconds heard on either side of a range, so that no word is cut in two
CORE = AT_ONCE - 2 * MARGIN  # seconds of one range that are recognised at once
Range = tuple[float, float]  # seconds


def words_between(
    store: Store,
    recogniser: Callable[[], Recogniser],
    recording: Recording,
    start: float,
    end: float,
    *,
    on_fraction: OnFraction = lambda fraction: None,
    stop: Stop = lambda: False,
) -> list[Word]:
    """The words from ``start`` to ``end`` seconds; as ``words_in_ranges``."""
    ranges = [(start, end)]
    return words_in_ranges(store, recogniser, recording, ranges, on_fraction=on_fraction, stop=stop)


def words_in_ranges(
    store: Store,
    recogniser: Callable[[], Recogniser],
    recording: Recording,
    ranges: Sequence[Range],
    *,
    on_fraction: OnFraction = lambda fraction: None,
    stop: Stop = lambda: False,
) -> list[Word]:
    """The words of ranges, one after the other; what is missing is recognised and stored.

    Short ranges are recognised together. recogniser: gives the loaded recogniser; only called when
    something is missing. Stops between pieces, keeping those that are done. Raises MediaError if
    the file is needed and can't be read, or no longer holds the recording.
    """
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
        found = _recognise(reader, recogniser(), piece, stop)
        if stop():
            break
        for (first, last), words in zip(piece, found, strict=True):
            store.add_words(recording.id, RECOGNISER, first, last, words)
        on_fraction(done / len(pieces))
    return [
        word for start, end in ranges for word in store.words(recording.id, RECOGNISER, start, end)
    ]


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


def _recognise(
    reader: AudioReader, recogniser: Recogniser, piece: Sequence[Range], stop: Stop
) -> list[list[Word]]:
    """The words whose middle lies in each range; they are heard one right after the other.

    What is cut off where one follows another is in the margins.
    """
    windows = [_around(reader, start, end) for start, end in piece]
    at, found = windows[0].start, []
    samples = np.concatenate([window.samples for window in windows])
    words = recogniser.words(samples, at, stop=stop)
    for wanted, window in zip(piece, windows, strict=True):
        until = at + len(window.samples) / SAMPLE_RATE
        own = [_moved(word, window.start - at) for word in words_in(words, [(at, until)])]
        found.append(words_in(own, [wanted]))
        at = until
    return found


def _around(reader: AudioReader, start: float, end: float) -> Window:
    """A range with its margins; empty behind the recording's end."""
    begin = max(0.0, start - MARGIN)
    windows = reader.windows(AT_ONCE + MARGIN, begin, end + MARGIN)
    return next(windows, Window(begin, np.empty(0, np.float32)))


def _moved(word: Word, seconds: float) -> Word:
    return replace(word, start=word.start + seconds, end=word.end + seconds)


def words_in(words: Iterable[Word], spans: Sequence[Range]) -> list[Word]:
    """Those words whose middle lies in one of the spans."""
    return [
        word
        for word in words
        if any(first <= (word.start + word.end) / 2 < last for first, last in spans)
    ]


def as_text(words: Iterable[Word]) -> str:
    """Words as running text."""
    return " ".join(word.text for word in words)
