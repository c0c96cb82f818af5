"""The tokens of a question, and where the phrases of its language stand among them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from headrouter.question.language import Language, Sound
from headrouter.question.ranges import TOKEN, number


@dataclass(frozen=True)
class Found:
    """Where a phrase stands among the tokens."""

    start: int
    end: int


@dataclass
class Phrases:
    """A question as tokens, without the politeness that it begins with."""

    asked: str  # without options, and without the range of time that it names
    language: Language
    said: list[str] = field(init=False)  # the tokens of what is asked, politeness left out
    asks_if: bool = field(init=False, default=False)  # "tell me if": politeness that asks yes or no

    def __post_init__(self) -> None:
        tokens = TOKEN.findall(self.asked.lower().replace("’", "'"))
        self.said = [word for token in tokens for word in self.words_in(token)]
        conditions = self.language.words_of("if")
        while polite := self.at_start("polite") or self.request():
            self.asks_if |= self.said[polite.end - 1] in conditions
            self.said = self.said[polite.end :]

    def words_in(self, token: str) -> list[str]:
        """The words that are written as one."""
        if (said := self.language.contractions.get(token)) is not None:
            return said.split()
        apart = self.language.apart(token)
        return [word for part in apart for word in self.language.of_compound(part)]

    def request(self) -> Found | None:
        """The "can you" of "can you summarise it", which asks for no yes."""
        opening = self.at_start("can you")
        if opening is None or opening.end == len(self.said):
            return None
        asks = self.said[opening.end] in self.language.words_of("requests")
        ends = self.said[-1] in self.language.words_of("requests last")
        return opening if asks or ends else None

    def find(self, rule: str, start: int = 0) -> Found | None:
        """The first place of a rule's phrases from ``start`` on, the longest there."""
        table = self.language.ways_of(rule)
        lengths = sorted({len(phrase) for phrase in table}, reverse=True)
        for first in range(start, len(self.said)):
            for length in lengths:
                if tuple(self.said[first : first + length]) in table:
                    return Found(first, first + length)
        return None

    def at_start(self, rule: str) -> Found | None:
        """The rule's longest phrase that the tokens begin with."""
        table = self.language.ways_of(rule)
        ways = [way for way in table if tuple(self.said[: len(way)]) == way]
        return Found(0, len(max(ways, key=len))) if ways else None

    def at_end(self, rule: str) -> bool:
        """Whether the tokens end with one of the rule's phrases."""
        table = self.language.ways_of(rule)
        return any(tuple(self.said[len(self.said) - len(way) :]) == way for way in table)

    def is_whole(self, rule: str) -> bool:
        """Whether the question is one of the rule's phrases, and nothing else."""
        return tuple(self.said) in self.language.ways_of(rule)

    def left(self, *rules: str, words: Iterable[str] | None = None) -> set[str]:
        """Content words that are in no phrase of these rules, nor of a sound."""
        known = {word for rule in (*rules, "what is this") for word in self.words_of(rule)}
        return {
            word
            for word in (self.said if words is None else words)
            if word not in known and word not in self.language.idle
        }

    @cached_property
    def sounds(self) -> tuple[tuple[Sound, ...], set[str]]:
        """The sounds that are named, and the words that name them; longest names first."""
        asks = self.find("by ear") or self.find("there")
        names = self.language.sound_names if asks else self.language.sound_words
        longest = max(map(len, names), default=0)
        found: dict[str, Sound] = {}
        used: set[str] = set()
        place = 0
        while place < len(self.said):
            for length in range(longest, 0, -1):
                words = tuple(self.said[place : place + length])
                if len(words) == length and words in names:
                    found.setdefault(names[words].name, names[words])
                    used |= set(words)
                    place += length
                    break
            else:
                if ending := self.language.ending_sound(self.said[place]):
                    found.setdefault(ending.name, ending)
                    used.add(self.said[place])
                place += 1
        return tuple(found.values()), used

    def words_of(self, rule: str) -> set[str]:
        """All words of a rule's phrases."""
        return self.language.words_of(rule)

    def at_most(self) -> int | None:
        """How many points or sentences are wanted: "three bullet points"."""
        wanted = self.words_of("points")
        for place, word in enumerate(self.said):
            if word in wanted:
                before = (
                    number(said, self.language) for said in self.said[max(0, place - 4) : place]
                )
                if numbers := [count for count in before if count]:
                    return numbers[-1]
        return None
