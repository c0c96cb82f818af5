"""What an answer may be made from: sounds, voices, words, speakers; each found when asked for."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from assistant.ask.answers.ear import Ear, Occurrence
from assistant.ask.context import Context
from assistant.ask.events import Citation
from assistant.ask.stages import Run, progress
from assistant.ask.state import State
from memory import Recording, Segment, Word, as_text
from tools.answering import Said
from tools.errors import MediaError, SpeakersError, Stopped
from tools.meaning import Encode
from tools.rehearing import heard_again
from tools.sentences import sentences
from tools.speakers import find_speakers, speaker_turns, spoken_sentences
from tools.transcript import RECOGNISER, words_in_ranges

LONGEST = 1200.0  # seconds without known words that are recognised for a question about some place


@dataclass(frozen=True)
class Composed:
    """An answer that was made without the model, and what it is made of."""

    text: str
    moments: Sequence[Occurrence] = ()
    how: str = ""  # in a sentence, for people
    quotes: Sequence[Sequence[Word]] = field(default=())

    def citations(self) -> list[Citation]:
        """Its moments: what is quoted, and what is heard, the surest first."""
        share = 0.0 if self.moments else 1.0 / max(1, len(self.quotes))
        quoted = [Citation(q[0].start, q[-1].end, share, as_text(q), 1.0) for q in self.quotes if q]
        surest = sorted(self.moments, key=lambda moment: -moment.score)
        heard = [Citation(m.start, m.end, m.score) for m in surest]
        total = sum(citation.share for citation in heard) or 1.0
        weighed = [Citation(c.start, c.end, c.share / total) for c in heard]
        return [*quoted, *weighed]


class Evidence:
    """Of the range that a question is about."""

    def __init__(self, state: State, runtime: Run) -> None:
        self.state, self.runtime = state, runtime
        self.first, self.last = self.context.heard.tokens_between(*state.scope)

    @property
    def context(self) -> Context:
        """The run's."""
        return self.runtime.context

    @property
    def start(self) -> float:
        """Seconds where the range begins."""
        return self.state.scope[0]

    @property
    def end(self) -> float:
        """Seconds where it ends."""
        return self.state.scope[1]

    @cached_property
    def ear(self) -> Ear:
        """The sounds and voices in it."""
        listener = self.context.models.listener().ear
        return Ear(listener, self.context.heard, self.first, self.last)

    @property
    def recording(self) -> Recording:
        """As the store knows it now."""
        return self.context.store.recording(self.state.recording)

    @property
    def encode(self) -> Encode:
        """What tells how alike sentences are."""
        return self.context.models.encoder()

    @property
    def across(self) -> Encode | None:
        """The same for sentences of several languages; None where nothing here can."""
        return self.context.models.load_across()

    @property
    def language(self) -> str:
        """The code of what is spoken, as it was recognised; English where that is not known."""
        return self.recording.language or "en"

    def sentences(self, ranges: Sequence[tuple[float, float]]) -> list[list[Word]]:
        """What is said in ranges of seconds; recognised now where it is not known yet."""
        inside = [(max(self.start, a), min(self.end, b)) for a, b in ranges]
        return sentences(self._words([(a, b) for a, b in inside if a < b]))

    def known_sentences(self, start: float, end: float) -> list[list[Word]]:
        """What is said from ``start`` to ``end`` seconds, as far as it was recognised before."""
        words = self.context.store.words(
            self.recording.id, RECOGNISER, max(self.start, start), min(self.end, end)
        )
        return sentences(words)

    @property
    def words_known(self) -> bool:
        """Whether all words of the range were recognised before."""
        store = self.context.store
        return not store.missing_ranges(self.recording.id, RECOGNISER, self.start, self.end)

    def _words(self, ranges: Sequence[tuple[float, float]]) -> list[Word]:
        context = self.context
        words = words_in_ranges(
            context.store,
            context.models.recogniser,
            self.recording,
            ranges,
            language=context.settings.language,
            on_fraction=progress(self.runtime, "recognising words"),
            stop=context.stop,
        )
        if context.stop():
            raise Stopped
        return words

    def clearer(self, quotes: Sequence[Sequence[Word]], question: str) -> list[Sequence[Word]]:
        """Quotes as they are heard once more, with the question in mind."""
        context = self.context
        try:
            recogniser = context.models.recogniser()
            return heard_again(
                context.store, recogniser, self.recording, quotes, question, context.stop
            )
        except MediaError:  # the file is gone: they stay as they were heard
            return list(quotes)

    def all_said(self, *, whole: bool = False, who: bool = False) -> list[list[Word]] | None:
        """All sentences of the range; recognised now where that takes no longer than it may.

        whole: it may take as long as it takes. who: speakers are found first, where they can be;
        words carry them where they are known. None where the words can't be had.
        """
        missing = self.context.store.missing_ranges(
            self.recording.id, RECOGNISER, self.start, self.end
        )
        if not whole and sum(end - start for start, end in missing) > LONGEST:
            return None
        try:
            words = self._words([(self.start, self.end)])
        except MediaError:  # the file is gone: what was heard of it is left
            return None
        turns = self.turns if who else self.known_turns
        if not turns:
            return sentences(words)
        return [list(part) for part in spoken_sentences(words, turns)]

    def texts(self, parts: Sequence[Sequence[Word]]) -> Said:
        """Sentences, to look for questions in."""
        texts = [as_text(part) for part in parts]
        return Said(texts, self.encode, [self.language_of(part) for part in parts])

    def language_of(self, part: Sequence[Word]) -> str:
        """The code of the language in which something is said."""
        said = Counter(word.language for word in part if word.language)
        return said.most_common(1)[0][0] if said else self.language

    @cached_property
    def known_turns(self) -> list[Segment]:
        """Who speaks when, where that was found before."""
        return speaker_turns(self.context.store, self.recording)

    @cached_property
    def turns(self) -> list[Segment] | None:
        """Who speaks when, found now unless it was before; None where that can't be told."""
        context = self.context
        try:
            return find_speakers(
                context.store,
                context.models.diariser,
                self.recording,
                remember=context.settings.remember_voices,
                on_fraction=progress(self.runtime, "telling speakers apart"),
                stop=context.stop,
                limits=context.settings.limits,
            )
        except (SpeakersError, MediaError):
            return None
