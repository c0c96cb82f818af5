"""Sentences to be spoken by a synthesiser, rich in the words that little real speech lacks.

Of the word pieces in unheard read English, 22% occur fewer than five times in six hours of it.
WordNet's glosses and examples name nearly every English word; templates add numbers and times.
"""

import random
import re
from collections.abc import Iterator
from pathlib import Path

from headrouter.lab.corpus.facts import SLOTS

WORDNET = Path("/usr/share/wordnet")  # where Debian's wordnet-base puts it
FILES = ("data.noun", "data.verb", "data.adj", "data.adv")
SPEAKABLE = re.compile(r"[A-Za-z][A-Za-z' ,;-]*[A-Za-z]")
WORDS = range(3, 19)  # how many a sentence has: two to eight seconds of speech

UNITS = "one two three four five six seven eight nine".split()
TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
TEMPLATES = (
    "The meeting starts at {n} on {day}.",
    "It costs {n} dollars and {n} cents.",
    "We counted {n} people and {n} cars.",
    "Please call me back on {day} after {n}.",
    "They were born in {month}, {n} years ago.",
    "Turn to page {n} and read line {n}.",
    "The train on platform {n} leaves at {n}.",
    "My address is number {n}, on the {n} mile road.",
    "In {month} we sold {n} of them, and in {month} only {n}.",
)
SHARE_OF_TEMPLATES = 0.04


def sentences(seed: int, folder: Path = WORDNET) -> Iterator[str]:
    """Endless cased, punctuated sentences, each gloss once before any comes again.

    Raises FileNotFoundError if `folder` does not hold WordNet's data files.
    """
    rng = random.Random(seed)
    glosses = sorted({text for name in FILES for text in _glosses(folder / name)})
    while True:
        rng.shuffle(glosses)
        for gloss in glosses:
            if rng.random() < SHARE_OF_TEMPLATES:
                yield _with_numbers(rng)
            yield gloss


def _glosses(path: Path) -> Iterator[str]:
    """The definitions and quoted examples of one of WordNet's data files."""
    for line in path.read_text(encoding="latin-1").splitlines():
        for part in line.partition(" | ")[2].split(";"):
            text = re.sub(r"\([^)]*\)", " ", part).strip(' "')
            text = re.sub(r"\s+", " ", text.strip(" .,-'"))
            if SPEAKABLE.fullmatch(text) and len(text.split()) in WORDS:
                yield text[0].upper() + text[1:] + "."


def _with_numbers(rng: random.Random) -> str:
    text = rng.choice(TEMPLATES)
    for slot, choose in (("{n}", _number), ("{day}", SLOTS["day"]), ("{month}", SLOTS["month"])):
        while slot in text:
            value = choose(rng) if callable(choose) else rng.choice(choose)
            text = text.replace(slot, value, 1)
    return text


def _number(rng: random.Random) -> str:
    """A number below a thousand, in words."""
    tens = rng.choice([*UNITS, *TEENS, *TENS, *(f"{t} {u}" for t in TENS for u in UNITS)])
    return f"{rng.choice(UNITS)} hundred and {tens}" if rng.random() < 0.15 else tens
