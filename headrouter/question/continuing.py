"""Questions that go on from the one before, in full: "and the second room?", "how long?".

A part of a sentence takes the place of the like part of the question before: what begins with a
preposition that of the phrase with it, a name that of a name, a thing that of the last thing. What
only asks ("how long?") asks it of what the question before was about. "It" is that one's last
thing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from headrouter.question.language import Language

CLOSING = " ?!.,;:¿¡"
MOST_WORDS = 6  # of a part of a sentence
NOUNS_IN_CAPITALS = frozenset({"de"})  # there a capital tells no name


def continued(text: str, before: str, language: Language) -> str | None:
    """A question in full, given the one before it; None where it stands by itself.

    language: of the one before, which tells it better than a part of a sentence does.
    """
    last = _Words(before, language)
    asked = _Words(text, language)
    linked = asked.drop("goes on")
    if not asked.words or not last.opening:
        return None
    if opening := asked.opening:
        alone = not asked.content(opening)
        full = asked.standing_for(last) if linked or alone else None
        only = opening == len(asked.words)  # "What is heard now?" is a whole question
        return _full([*asked.words, *last.unasked]) if full is None and only else full
    if not linked or len(asked.words) > MOST_WORDS or not asked.content():
        return None
    return _full(last.with_part(asked))


def _full(words: Sequence[str]) -> str:
    text = " ".join(words)
    return f"{text[:1].upper()}{text[1:]}?"


@dataclass
class _Words:
    """A question as it is written, word by word, without its closing mark."""

    text: str
    language: Language

    def __post_init__(self) -> None:
        self.words = [word for each in self.text.split() if (word := each.strip(CLOSING))]

    @property
    def lower(self) -> list[str]:
        return [word.lower().replace("’", "'") for word in self.words]

    def is_one(self, place: int, rule: str) -> bool:
        return self.lower[place] in self.language.words_of(rule)

    def begins(self, rule: str) -> int:
        """How many words the longest of a rule's phrases takes that these begin with."""
        return max(
            (len(way) for way in self.language.ways_of(rule) if self.lower[: len(way)] == [*way]),
            default=0,
        )

    def drop(self, rule: str) -> bool:
        """Leaves out what they begin with; whether there was any."""
        count = self.begins(rule)
        self.words = self.words[count:]
        return count > 0

    @property
    def opening(self) -> int:
        """How many words ask: "how long", "on which", "is"; none of a part of a sentence."""
        rules = (
            "asks only",
            "how long",
            "how many",
            "how much",
            "count",
            "interrogative",
            "yes or no",
        )
        led = int(len(self.words) > 1 and self.is_one(0, "prepositions"))
        rest = _Words(" ".join(self.words[led:]), self.language)
        found = max(rest.begins(rule) for rule in rules)
        return led + found if found else 0

    @property
    def unasked(self) -> list[str]:
        """These without what asks: "the goulash have to cook", with a verb that leads it."""
        if self.begins("yes or no"):
            return [self.words[0].lower(), *self.words[1:]]
        return self.words[self.opening :]

    def content(self, start: int = 0) -> list[str]:
        """The words that say what it is about."""
        return [word for word in self.lower[start:] if word not in self.language.idle]

    def standing_for(self, last: "_Words") -> str | None:
        """With the last thing of the question before for "it"; None where it has one of its own."""
        if self.last_thing():
            return None
        place = next((n for n in range(len(self.words)) if self.is_one(n, "pronouns")), None)
        thing = last.last_thing()
        if place is None or thing is None:
            return None
        return _full([*self.words[:place], *last.words[slice(*thing)], *self.words[place + 1 :]])

    def with_part(self, part: "_Words") -> list[str]:
        """These with another part in the place of the like one."""
        if part.is_one(0, "prepositions"):
            same = [n for n, word in enumerate(self.lower) if word == part.lower[0]]
            return [*self.words[: same[-1] if same else len(self.words)], *part.words]
        first, end = (part.names and self.names) or self.last_thing() or self.last_content()
        return [*self.words[:first], *part.words, *self.words[end:]]

    @property
    def names(self) -> tuple[int, int] | None:
        """Where the last name is; none in a language that writes each noun with a capital."""
        if self.language.code in NOUNS_IN_CAPITALS:
            return None
        return self._last_run(
            [
                word[:1].isupper() and low not in self.language.idle
                for word, low in zip(self.words, self.lower, strict=True)
            ],
            self.opening,
        )

    def last_thing(self) -> tuple[int, int] | None:
        """Where the last thing is: "the old table", or a name."""
        for place in reversed(range(len(self.words) - 1)):
            thing = self.lower[place + 1] not in self.language.idle
            if thing and self.is_one(place, "determiners"):
                end = place + 2
                while end < len(self.words) and self._is_content(end):
                    end += 1
                return place, end
        return self.names

    def last_content(self) -> tuple[int, int]:
        """Where the last words are that say what it is about; its end where there are none."""
        content = [self._is_content(place) for place in range(len(self.words))]
        return self._last_run(content, 0) or (len(self.words), len(self.words))

    def _is_content(self, place: int) -> bool:
        """Whether a word is of a thing, not a verb that sounds and speakers go with."""
        verbs = self.language.words_of("starts") | self.language.words_of("order verb")
        return self.lower[place] not in self.language.idle | verbs

    @staticmethod
    def _last_run(there: Sequence[bool], start: int) -> tuple[int, int] | None:
        found = [place for place in range(start, len(there)) if there[place]]
        if not found:
            return None
        first = end = found[-1]
        while first > start and there[first - 1]:
            first -= 1
        return first, end + 1
