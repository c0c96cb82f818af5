"""Captions of speech under way: a part that stands, and a part that may still change.

The end of the recording is recognised again and again; words on which two passes in a row agree
stand from then on (local agreement, Macháček et al. 2023, arXiv 2307.14743) and go into the
transcript. Silence has none: the recogniser looks for voices first.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from memory import Store, Word
from tools.audio import Samples
from tools.context import Recogniser
from tools.silence import is_audible, level_dbfs
from tools.transcript import RECOGNISER, TELLING, plain

LONGEST = 10.0  # seconds that are recognised at once; beyond that everything stands
ECHO = 0.5  # seconds after the last word that stands in which its end may be heard again
EDGE = 1.0  # seconds at the end in which no word stands: it may be cut off
STEP = 1.0  # seconds of new sound that are worth another pass


@dataclass
class Captions:
    """The words of one recording, pass by pass."""

    store: Store
    recording: str  # id
    recogniser: Recogniser
    settled: float = 0.0  # seconds: what lies before stands
    changing: list[Word] = field(default_factory=list)
    _last: str = ""  # word that stands
    language: str | None = None  # once enough was said to tell; finding it takes half of a pass

    def hear(self, samples: Samples, end: float, *, last: bool = False) -> list[Word]:
        """One pass over the samples from `settled` to ``end`` seconds; words that now stand.

        ``last``: nothing will follow, so all words stand.
        """
        words = self._without_echo(self._recognise(samples))
        until = end if last else self._agreed(words, end)
        new = [word for word in words if word.end <= until + 1e-6]
        if until > self.settled:
            self.store.add_words(self.recording, RECOGNISER, self.settled, until, new)
            self.settled = until
        if new:
            self._last = plain(new[-1].text)
        self.changing = [] if last else [word for word in words if word.end > until]
        if self.language is None and len(new) >= TELLING:
            self.language = self.recogniser.language(samples)
            self.store.set_language(self.recording, self.language)
        return new

    def _recognise(self, samples: Samples) -> list[Word]:
        if not len(samples) or not is_audible(level_dbfs(samples)):
            return []
        return self.recogniser.words(samples, self.settled, self.language)

    def _without_echo(self, words: list[Word]) -> list[Word]:
        """Without the end of the word that stands last, where it is heard once more."""
        if words and words[0].start < self.settled + ECHO and plain(words[0].text) == self._last:
            return words[1:]
        return words

    def _agreed(self, words: Sequence[Word], end: float) -> float:
        """Up to where the words stand."""
        if end - self.settled > LONGEST:
            return max((w.end for w in words if w.end <= end - EDGE), default=end - EDGE)
        if not words and not self.changing:
            return max(self.settled, end - EDGE)  # silence twice
        until = self.settled
        for word, before in zip(words, self.changing, strict=False):
            if plain(word.text) != plain(before.text) or word.end > end - EDGE:
                break
            until = word.end
        return until


def due(captions: Captions, end: float, heard: float) -> bool:
    """Whether there is enough new sound since the pass that went to ``heard`` seconds."""
    return end - heard >= STEP and end - captions.settled >= STEP
