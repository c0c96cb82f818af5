"""What sort of answer a question wants: an amount, money, a time, or a thing that it names."""

from dataclasses import dataclass
from typing import Literal

from headrouter.question.language import Language
from headrouter.question.phrases import Phrases

Sort = Literal["amount", "number", "money", "time"]
"""How much of it: "all" is an amount, no number. Money is one with a word for it near."""
MARKS = ".,;:!?\"'“”()¿¡"
CURRENCIES = "£$€"
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
    paid = not (asked.words_of("money") & asked.words_of("costs")).isdisjoint(asked.said)
    if asked.find("asks money"):
        return Wanted("money")
    if found := asked.find("how many") or asked.find("how much"):
        return Wanted("money") if paid else Wanted("amount", thing_at(asked, found.end))
    if asked.at_start("asks what") and asked.find("costs"):
        return Wanted("money" if paid else "amount")
    if asked.at_start("asks what") and (label := asked.find("label")):
        return Wanted(thing=asked.said[label.start])
    if asked.find("asks amount"):
        return Wanted("number" if asked.find("asks how") else "amount")
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


def holds(text: str, sort: Sort, language: Language, before: str = "") -> bool:
    """Whether a text in a language holds an amount, a number, a time, or money.

    before: what was said before it, where what the amount is of may stand.
    """
    if sort == "money":
        named = any(mark in f"{before} {text}" for mark in CURRENCIES) or not words_in(
            f"{before} {text}"
        ).isdisjoint(language.words_of("money"))
        return named and holds(text, "amount", language)
    known = language.words_of("number") | {w for w, count in language.counts.items() if count > 1}
    if sort != "number":
        known |= language.words_of("amount") | language.words_of(sort)
        known |= {"once"} & language.counts.keys()
    figures = any(character.isdigit() for character in text)
    return figures or not words_in(text).isdisjoint(known)


def words_in(text: str) -> set[str]:
    """The words of a text in lower case, without marks."""
    return {word.strip(MARKS) for word in text.lower().replace("’", "'").split()}
