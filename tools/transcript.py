"""The words of a stretch of recording, recognised once and then remembered."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from memory import Recording, Store, Word
from tools.audio import AudioReader
from tools.context import OnFraction, Recogniser, Stop

RECOGNISER = "whisper-base"
CORE = 28.0  # seconds recognised at once; with the margins, what Whisper hears in one piece
MARGIN = 1.0  # seconds heard on either side, so that no word is cut in two


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
    """The words from ``start`` to ``end`` seconds; what is missing is recognised and stored.

    recogniser: gives the loaded recogniser; only called when something is missing. Stops
    between pieces, keeping those that are done. Raises MediaError if the file is needed and
    can't be read.
    """
    missing = store.missing_ranges(recording.id, RECOGNISER, start, end)
    pieces = [piece for first, last in missing for piece in _pieces(first, last)]
    reader = AudioReader(recording.path) if pieces else None
    if pieces:
        on_fraction(0.0)
    for done, (first, last) in enumerate(pieces):
        assert reader is not None
        words = _recognise(reader, recogniser(), first, last, stop)
        if stop():
            break
        store.add_words(recording.id, RECOGNISER, first, last, words)
        on_fraction((done + 1) / len(pieces))
    return store.words(recording.id, RECOGNISER, start, end)


def _pieces(start: float, end: float) -> Iterator[tuple[float, float]]:
    while start < end:
        yield start, min(start + CORE, end)
        start += CORE


def _recognise(
    reader: AudioReader, recogniser: Recogniser, start: float, end: float, stop: Stop
) -> list[Word]:
    """The words whose middle lies between ``start`` and ``end``, heard with a margin around."""
    begin = max(0.0, start - MARGIN)
    words = [
        word
        for window in reader.windows(CORE + 2 * MARGIN, begin, end + MARGIN)
        for word in recogniser.words(window.samples, window.start, stop=stop)
    ]
    return words_in(words, [(start, end)])


def words_in(words: Iterable[Word], spans: Sequence[tuple[float, float]]) -> list[Word]:
    """Those words whose middle lies in one of the spans."""
    return [
        word
        for word in words
        if any(first <= (word.start + word.end) / 2 < last for first, last in spans)
    ]


def as_text(words: Iterable[Word]) -> str:
    """Words as running text."""
    return " ".join(word.text for word in words)
