"""What sort of answer a question wants: an amount, a time, or a thing that it names itself."""

from dataclasses import dataclass
from typing import Literal

from headrouter.question.language import Language
from headrouter.question.phrases import Phrases

Sort = Literal["amount", "time"]
MARKS = ".,;:!?\"'“”()¿¡"
NEAR = 3  # words behind "what salary" within which a verb shows that it is a thing: "does"


@dataclass(frozen=True)
class Wanted:
    """What an answer holds; sentences without it are beside the question."""

    sort: Sort | None = None
    thing: str | None = None  # "how many cats", "which brand": cats, brand


def wanted(asked: Phrases) -> Wanted:
    """Read off the words that ask: "how much", "since when", "which brand"."""
    if asked.at_start("who") or asked.at_start("yes or no"):
        return Wanted()
    if found := asked.find("how many") or asked.find("how much"):
        return Wanted("amount", thing_at(asked, found.end))
    if asked.find("asks amount") or (asked.at_start("asks what") and asked.find("costs")):
        return Wanted("amount")
    found = asked.find("when")
    if asked.find("asks time") or (
        found and found.end in (len(asked.said), found.end - found.start)
    ):
        return Wanted("time")
    if found := asked.at_start("asks which"):
        return Wanted(thing=thing_at(asked, found.end))
    if found := asked.at_start("asks what"):
        verb = asked.words_of("yes or no").intersection(asked.said[found.end + 1 :][:NEAR])
        return Wanted(thing=thing_at(asked, found.end) if verb else None)
    return Wanted()


def thing_at(asked: Phrases, place: int) -> str | None:
    """The thing that is named at a place; None where a verb or another word stands there."""
    word = asked.said[place] if place < len(asked.said) else ""
    others = asked.language.idle | asked.words_of("costs")
    return word if word and word not in others else None


def holds(text: str, sort: Sort, language: Language) -> bool:
    """Whether a text in a language holds an amount, or a time."""
    words = text.lower().replace("’", "'").split()
    known = language.words_of("amount") | language.words_of(sort)
    known |= {word for word, count in language.counts.items() if count > 1 or word == "once"}
    figures = any(character.isdigit() for character in text)
    return figures or any(word.strip(MARKS) in known for word in words)
