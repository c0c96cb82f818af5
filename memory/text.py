"""How words become running text, and how text becomes what is searched for.

Some scripts have no spaces between words; each of their characters is searched for by itself, and
several of them as a phrase.
"""

import re
from collections.abc import Iterable
from unicodedata import category, normalize

from memory.rows import Word

# Thai, Lao, Burmese and Khmer; kana and ideographs with their punctuation.
_NO_SPACES = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3000-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\uff00-\uff60\uff66-\uff9f\U00020000-\U0003ffff]"
)
_ACCENTS = re.compile("[\u0300-\u036f]")


def as_text(words: Iterable[Word]) -> str:
    """Words as running text."""
    return "".join(f" {word.text}" if word.spaced else word.text for word in words).strip()


def has_no_spaces(character: str) -> bool:
    """Whether a character is of a script that is written without spaces between words."""
    return _NO_SPACES.match(character) is not None


def tokens(text: str) -> list[str]:
    """What is searched for in a text: words without case and accents, and single characters.

    "Déjà 9.30" is deja, 9, 30; "天气" is two.
    """
    plain = normalize("NFC", _ACCENTS.sub("", normalize("NFKD", text))).casefold()
    found: list[str] = []
    goes_on = False
    for character in plain:
        kind = category(character)[0]  # a letter, a mark on one, a number
        alone = has_no_spaces(character)
        if kind not in "LMN":
            goes_on = False
        elif found and (goes_on or kind == "M") and not (alone and kind != "M"):
            found[-1] += character
        else:
            found.append(character)
            goes_on = not alone
    return found
