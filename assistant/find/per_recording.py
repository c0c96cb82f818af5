"""Questions that are asked of each recording by itself: which of them, and how many.

"In which calls does a baby cry?" asks of each call whether a baby cries in it.
"""

from dataclasses import dataclass
from typing import Literal

from headrouter.question.language import Language, Sound
from headrouter.question.reading import LANGUAGES, Question, read, spoken_in

Reduction = Literal["which", "count"]
RULES: dict[Reduction, str] = {"which": "which of each", "count": "how many of each"}


@dataclass(frozen=True)
class OfEach:
    """What is asked of each recording, and what is wanted of all."""

    reduction: Reduction
    noun: str  # as the question calls a recording
    text: str  # what is asked of one


def of_each(text: str) -> OfEach | None:
    """What a question asks of each recording by itself; None where it asks nothing of the kind."""
    language, words = spoken_in(text), text.replace("’", "'").strip().rstrip("?!. ").split()
    parts = [(part, at) for at, word in enumerate(words) for part in language.apart(word.lower())]
    plain = tuple(part.strip("¿¡") for part, _ in parts)
    for reduction, rule in RULES.items():
        for way in sorted(language.ways_of(rule), key=len, reverse=True):
            if plain[: len(way)] == way:
                place = _noun(plain, len(way), language)
                if place is None:
                    return None
                asked, at = parts[place]
                return OfEach(reduction, asked, " ".join(words[at + 1 :]))
    return None


def _noun(plain: tuple[str, ...], place: int, language: Language) -> int | None:
    """Where a recording is named, with nothing but small words before it."""
    nouns = language.words_of("recordings")
    small = language.telling | language.words_of("before recordings")
    while place < len(plain) and plain[place] in small - nouns:
        place += 1
    return place if place < len(plain) and plain[place] in nouns else None


@dataclass(frozen=True)
class Sought:
    """What is looked for in each recording: sounds, or words in the order in which they stand."""

    sounds: tuple[Sound, ...] = ()
    words: str = ""

    @property
    def name(self) -> str:
        """For people."""
        return " or ".join(sound.name for sound in self.sounds) or f"“{self.words}”"


def sought(text: str) -> Sought | None:
    """What a question about one recording looks for; None where that is neither."""
    question = read(text)
    if question.by_ear and question.sounds:
        return Sought(sounds=question.sounds)
    if question.words and question.kind in ("whether", "said", "when", "count", "quote"):
        return Sought(words=in_order(question, text))
    return None


def in_order(question: Question, text: str) -> str:
    """The words that a question asks for, as they stand in its text."""
    language = LANGUAGES[question.language]
    written = (word.strip("\"'“”‘’.,;:!?()¿¡").lower() for word in text.replace("’", "'").split())
    plain = (part.removesuffix("'s") for word in written for part in language.apart(word))
    return " ".join(word for word in dict.fromkeys(plain) if word in question.words)
