"""Words in the forms in which they may have been said: their stems, and those of their base forms.

"leave" is looked for where "left" was said, "cost" where "costs" was. Each is taken in the language
that is spoken, for there it has to be found.
"""

from collections.abc import Collection
from difflib import get_close_matches
from functools import cache, lru_cache
from typing import Any

import simplemma
import snowballstemmer

from headrouter.question.reading import LANGUAGES
from headrouter.question.words import content_words

ALIKE = 0.84  # by difflib, from which two stems are taken for one word: "desided" is "decided"
COMPOUND = 5  # letters of a word from which it may be part of another: "Reisebudget"
# Words that are base forms too, which is all that the tables of base forms say of them.
ALSO_OF = {
    "en": {
        "bent": "bend", "bit": "bite", "broke": "break", "drunk": "drink", "felt": "feel",
        "gone": "go", "halves": "half", "left": "leave", "lives": "life", "people": "person",
        "rose": "rise", "rung": "ring", "shook": "shake", "shot": "shoot", "swore": "swear",
        "thieves": "thief", "thought": "think", "wives": "wife", "won": "win",
    },
}  # fmt: skip


def stems(text: str, language: str) -> set[str]:
    """The stems of the content words of a text, in each of their forms."""
    words = content_words(text, LANGUAGES.get(language, LANGUAGES["en"]))
    return {form for word in words for form in forms(word, language)}


@lru_cache(maxsize=100_000)
def forms(word: str, language: str) -> tuple[str, ...]:
    """The stem of a word, then those of what it may be a form of; itself in other languages."""
    stemmer = _stemmer(language)
    if stemmer is None:
        return (word,)
    bases = simplemma.lemmatize(word, lang=language).lower(), ALSO_OF.get(language, {}).get(word)
    return tuple(dict.fromkeys(stemmer.stemWord(each) for each in (word, *bases) if each))


def as_said(word: str, said: Collection[str], language: str) -> str | None:
    """The stem of a word as it was said, among the stems of what was, in the language of that.

    Itself in any of its forms, one that is spelt alike, or part of a compound; None without one.
    """
    asked = forms(word, language)
    for form in asked:
        if form in said:
            return form
    alike = get_close_matches(asked[0], said, 1, ALIKE)
    known = LANGUAGES.get(language)
    whole = known is not None and known.compounds  # else its end: an earthquake is not the earth
    parts = [
        each
        for each in said
        if len(each) >= COMPOUND and (each in word if whole else word.endswith(each))
    ]
    return next(iter([*alike, *sorted(parts, key=len, reverse=True)]), None)


@cache
def _stemmer(language: str) -> Any:
    """Snowball's, which has them by their English names; None where the language isn't known."""
    known = LANGUAGES.get(language)
    return snowballstemmer.stemmer(known.name.lower()) if known else None
