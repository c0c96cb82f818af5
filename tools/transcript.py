"""The words of a stretch of recording, recognised once and then remembered."""

from collections.abc import Callable, Iterable, Sequence

from memory import Recording, Store, Word
from tools.audio import AudioReader
from tools.context import OnFraction, Recogniser, Stop

RECOGNISER = "whisper-base"
WINDOW = 30.0  # seconds that are recognised at once


def words_between(
    store: Store,
    recogniser: Callable[[], Recogniser],
    recording: Recording,
    start: float,
    end: float,
    *,
    on_words: Callable[[list[Word]], None] = lambda words: None,
    on_fraction: OnFraction = lambda fraction: None,
    stop: Stop = lambda: False,
) -> list[Word]:
    """The words from ``start`` to ``end`` seconds; what is missing is recognised and stored.

    recogniser: gives the loaded recogniser; only called when something is missing. on_words
    gets the words of each piece as they are recognised. Stops between pieces, keeping those
    that are done. Raises MediaError if the file is needed and can't be read.
    """
    missing = store.missing_ranges(recording.id, RECOGNISER, start, end)
    total = sum(last - first for first, last in missing)
    done = 0.0
    for first, last in missing:
        for window in AudioReader(recording.path).windows(WINDOW, first, last):
            stretch = len(window.samples) / 16_000
            words = recogniser().words(window.samples, window.start, stop=stop)
            if stop():
                return store.words(recording.id, RECOGNISER, start, end)
            upto = min(window.start + stretch, last)
            store.add_words(recording.id, RECOGNISER, window.start, upto, words)
            on_words(words)
            done += stretch
            on_fraction(min(1.0, done / total))
    return store.words(recording.id, RECOGNISER, start, end)


def words_in(words: Iterable[Word], spans: Sequence[tuple[float, float]]) -> list[Word]:
    """Those words whose middle lies in one of the spans."""
    return [
        word
        for word in words
        if any(first <= (word.start + word.end) / 2 < last for first, last in spans)
    ]


def as_text(words: Iterable[Word]) -> str:
    """Words as running text; each carries its own leading space, as recognisers give them."""
    return " ".join("".join(word.text for word in words).split())
