"""Questions that are asked of each recording by itself: which of them, and how many.

"In which calls does a baby cry?" asks of each call whether a baby cries in it. English.
"""

from dataclasses import dataclass
from typing import Literal

from headrouter.question.language import Sound
from headrouter.question.reading import Question, read

NOUNS = frozenset(
    "recording recordings call calls meeting meetings file files episode episodes lecture lectures "
    "interview interviews conversation conversations podcast podcasts talk talks session sessions "
    "memo memos note notes message messages voicemail voicemails".split()
)
BETWEEN = frozenset("of my our your the these those all last this".split())
Reduction = Literal["which", "count"]


@dataclass(frozen=True)
class OfEach:
    """What is asked of each recording, and what is wanted of all."""

    reduction: Reduction
    noun: str  # as the question calls a recording
    text: str  # what is asked of one


def of_each(text: str) -> OfEach | None:
    """What a question asks of each recording by itself; None where it asks nothing of the kind."""
    words = text.strip().rstrip("?!. ").split()
    lower = [word.lower() for word in words]
    place = 1 if lower[:1] == ["in"] else 0
    reduction: Reduction
    if lower[place : place + 1] == ["which"]:
        reduction, place = "which", place + 1
    elif lower[place : place + 2] == ["how", "many"]:
        reduction, place = "count", place + 2
    else:
        return None
    while place < len(lower) and lower[place] in BETWEEN:
        place += 1
    if place >= len(lower) or lower[place] not in NOUNS:
        return None
    return OfEach(reduction, lower[place], " ".join(words[place + 1 :]))


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
    plain = (word.strip("\"'“”‘’.,;:!?()").lower().removesuffix("'s") for word in text.split())
    return " ".join(word for word in dict.fromkeys(plain) if word in question.words)
