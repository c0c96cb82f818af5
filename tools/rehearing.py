"""Words that are heard once more, with a question in mind: its own words are then likelier.

Whisper takes "students pay six" for "students basics" until it knows that a price is asked for.
What it hears so is shown in an answer and never stored: another question may hear it otherwise.
"""

from collections.abc import Sequence
from difflib import SequenceMatcher
from statistics import fmean

import numpy as np

from memory import Recording, Store, Word
from tools.content import open_recording
from tools.context import Recogniser, Stop
from tools.speakers import SpokenWord
from tools.transcript import AT_ONCE, MARGIN, middle, plain

LONGEST = AT_ONCE - 2 * MARGIN  # seconds that are heard again at once
UNSURE = 0.4  # the probability below which a word may be another one
SAME = 0.6  # by difflib, from which two hearings are of the same sentences
EDGE = 0.2  # seconds by which the second hearing may time the first word earlier


def unsure_words(words: Sequence[Word]) -> list[Word]:
    """Those that may be others."""
    return [word for word in words if word.probability < UNSURE]


def heard_again(
    store: Store,
    recogniser: Recogniser,
    recording: Recording,
    quotes: Sequence[Sequence[Word]],
    hint: str,
    stop: Stop,
) -> list[Sequence[Word]]:
    """Quotes with the words that are heard with ``hint`` in mind, where these are as likely.

    As they are where they are too long, or where something else is heard. Raises MediaError if the
    file can't be read any more.
    """
    start, end = quotes[0][0].start, quotes[-1][-1].end
    language = quotes[0][0].language
    if end - start > LONGEST or any(quote[0].language != language for quote in quotes):
        return list(quotes)
    begin = max(0.0, start - MARGIN)
    reader = open_recording(store, recording)
    samples = np.concatenate([w.samples for w in reader.windows(AT_ONCE, begin, end + MARGIN)])
    words = recogniser.words(samples, begin, language=language, stop=stop, hint=hint)
    return [clearer(quote, words) for quote in quotes]


def clearer(quote: Sequence[Word], words: Sequence[Word]) -> Sequence[Word]:
    """The words of a quote among those of another hearing, unless they are less likely."""
    new = [word for word in words if quote[0].start - EDGE <= middle(word) <= quote[-1].end]
    before, after = ([plain(word.text) for word in each] for each in (quote, new))
    if not new or SequenceMatcher(None, before, after).ratio() < SAME:
        return quote
    if fmean(w.probability for w in new) < fmean(w.probability for w in quote):
        return quote
    first = quote[0]
    if not isinstance(first, SpokenWord):
        return new
    return [SpokenWord(**vars(word), speaker=first.speaker) for word in new]
