"""What an answer may be made from: sounds, voices, words, speakers; each found when asked for."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from assistant.ask.answers.ear import Ear, Occurrence
from assistant.ask.context import Context
from assistant.ask.events import Citation
from assistant.ask.stages import Run, progress
from assistant.ask.state import State
from memory import Word, as_text
from tools.sentences import sentences
from tools.transcript import words_in_ranges


@dataclass(frozen=True)
class Composed:
    """An answer that was made without the model, and what it is made of."""

    text: str
    moments: Sequence[Occurrence] = ()
    how: str = ""  # in a sentence, for people
    quotes: Sequence[Sequence[Word]] = field(default=())

    def citations(self) -> list[Citation]:
        """Its moments: what is quoted, and what is heard, the surest first."""
        quoted = [Citation(q[0].start, q[-1].end, 0.0, as_text(q), 1.0) for q in self.quotes if q]
        surest = sorted(self.moments, key=lambda moment: -moment.score)
        heard = [Citation(m.start, m.end, m.score) for m in surest]
        total = sum(citation.share for citation in heard) or 1.0
        weighed = [Citation(c.start, c.end, c.share / total) for c in heard]
        return [*quoted, *weighed]


class Evidence:
    """Of the range that a question is about."""

    def __init__(self, state: State, runtime: Run) -> None:
        self.state, self.runtime = state, runtime
        self.first, self.last = self.context.heard.tokens_between(*state["scope"])

    @property
    def context(self) -> Context:
        """The run's."""
        return self.runtime.context

    @property
    def start(self) -> float:
        """Seconds where the range begins."""
        return self.state["scope"][0]

    @property
    def end(self) -> float:
        """Seconds where it ends."""
        return self.state["scope"][1]

    @cached_property
    def ear(self) -> Ear:
        """The sounds and voices in it."""
        listener = self.context.models.listener()
        return Ear(listener, self.context.heard, self.first, self.last)

    def sentences(self, ranges: Sequence[tuple[float, float]]) -> list[list[Word]]:
        """What is said in ranges of seconds; recognised now where it is not known yet."""
        context = self.context
        inside = [(max(self.start, a), min(self.end, b)) for a, b in ranges]
        words = words_in_ranges(
            context.store,
            context.models.recogniser,
            context.store.recording(self.state["recording"]),
            [(a, b) for a, b in inside if a < b],
            on_fraction=progress(self.runtime, "recognising words"),
            stop=context.stop,
        )
        return sentences(words)
