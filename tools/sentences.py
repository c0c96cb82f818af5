"""Recognised words in parts: sentences, and what else is cut at pauses and full stops."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from memory import Word

Heard = TypeVar("Heard", bound=Word)

PAUSE = 1.5  # seconds without a word that end a sentence, whatever was recognised
LONGEST = 15.0  # seconds of a sentence: some speech is recognised without full stops
TITLES = ("Mr.", "Mrs.", "Ms.", "Dr.", "St.", "Prof.")
INITIALS = re.compile(r"([^\W\d_]\.){2,}")  # "C.B.", "e.g."


def sentences(words: Iterable[Heard]) -> list[list[Heard]]:
    """Words in sentences."""
    return list(cut(words, _is_sentence_whole))


def cut(
    words: Iterable[Heard], is_whole: Callable[[list[Heard], Heard], bool]
) -> Iterator[list[Heard]]:
    """Words in parts; ``is_whole`` says of a part and the word after it whether it ends there."""
    part: list[Heard] = []
    for word in words:
        if part and is_whole(part, word):
            yield part
            part = []
        part.append(word)
    if part:
        yield part


def ends_sentence(word: Word) -> bool:
    """Whether a word has a full stop, or what else stands there."""
    text = word.text.rstrip("\"'”’)」』）")
    ends = text.endswith((".", "!", "?", "…", "。", "！", "？", "｡", "។", "။"))
    return ends and text not in TITLES and not INITIALS.fullmatch(text)


def _is_sentence_whole(part: Sequence[Word], word: Word) -> bool:
    return (
        ends_sentence(part[-1])
        or word.start - part[-1].end > PAUSE
        or word.start - part[0].start > LONGEST
    )
