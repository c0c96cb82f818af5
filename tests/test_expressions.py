"""No regular expression, and nothing that reads a user's text, takes more than linear time.

Expressions are collected from the code itself, so that a new one is held to this too. What is
measured is how the time grows with the text, never the time.
"""

import ast
import importlib
import re
import time
from pathlib import Path

import pytest

from assistant.ask.nodes import check_text
from assistant.ask.quoting import intent_of, quoting_of
from assistant.ask.whole import items, number_in
from headrouter.question.choices import find_choice, find_whether
from headrouter.question.reading import read
from headrouter.question.words import asked_terms, asked_words, content_words
from memory import Word
from tools.fetch import free_path, is_address

ROOT = Path(__file__).parent.parent
PACKAGES = ("headrouter", "memory", "tools", "assistant", "ui")
# Made of the corpora that nano was trained with, whose hashes are pinned: nobody else's text.
OF_CORPORA = {"headrouter.lab.corpus.texts"}
SHORT, TIMES = 500, 16  # characters, and how many times more; a square would take 256 times
MOST = 4 * TIMES  # as long: what is linear takes 16, and a busy machine makes that a little more
TOO_SHORT = 0.01  # seconds of the longer text that say nothing about growth


def modules():
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            if "re." in path.read_text() and name not in OF_CORPORA:
                yield name.removesuffix(".__init__"), ast.parse(path.read_text())


def kept_in(value):
    """The compiled expressions in a module's value, however deep they lie."""
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict):
        yield from (found for inner in value.values() for found in kept_in(inner))
    elif isinstance(value, list | tuple | set | frozenset):
        yield from (found for inner in value for found in kept_in(inner))


def written_in(tree):
    """The calls of ``re`` in a module."""
    for node in ast.walk(tree):
        function = getattr(node, "func", None)
        if isinstance(function, ast.Attribute) and getattr(function.value, "id", "") == "re":
            yield node, function.attr


def expressions():
    """All of them, by where they are."""
    found = {}
    for name, tree in modules():
        module = importlib.import_module(name)
        kept = {pattern for value in vars(module).values() for pattern in kept_in(value)}
        for call, function in written_in(tree):
            if function in ("compile", "escape"):
                continue  # kept by the module, or it is lost
            source = compile(ast.Expression(call.args[0]), name, "eval")
            flags = re.I if any("re.I" in ast.unparse(a) for a in call.args[2:]) else 0
            kept.add(re.compile(eval(source, dict(vars(module))), flags))
        compiled = [call for call, function in written_in(tree) if function == "compile"]
        assert len(kept) >= len(compiled), f"{name}: compile at the top, where it can be timed"
        found |= {f"{name}: {pattern.pattern!r}": pattern for pattern in kept}
    return found


EXPRESSIONS = expressions()
UNITS = (
    *" a1,\"'\n\t.-_:;!?(“”’",
    *("a ", "1.", "1:", "a'", "a\n", " \n", '"a', "“a", ". ", "A. ", "is ", "is a ", "x-", "é"),
)
FRAMES = ("{}", "{}\0", "is {}\0", "what {}\0", "a{}")


def hostile(pattern=""):
    """Texts of any length: units again and again, those of an expression's own words too."""
    words = sorted(set(re.findall(r"[A-Za-z]{2,}", pattern)))[:12]
    units = (*UNITS, *(f"{word} " for word in words), *(f"{word}\n" for word in words))
    for frame in FRAMES:
        for unit in units:
            yield lambda length, frame=frame, unit=unit: frame.format(unit * (length // len(unit)))


def seconds(work, text, times=1):
    """The least of several, of this thread alone: whatever else runs only adds to it."""
    taken = []
    for _ in range(times):
        begun = time.thread_time()
        work(text)
        taken.append(time.thread_time() - begun)
    return min(taken)


def growth(work, text, times):
    """How much longer a text takes that is TIMES as long; 0 where that is too short to tell."""
    longer = seconds(work, text(SHORT * TIMES), times)
    return longer / seconds(work, text(SHORT), times) if longer > TOO_SHORT else 0


def assert_linear(work, texts):
    for text in texts:
        if (
            growth(work, text, 1) >= MOST
        ):  # or something else ran: what is linear is so once in five
            grown = growth(work, text, 5)
            assert grown < MOST, f"{text(20)!r}... takes {grown:.0f} times"


def test_there_are_expressions_to_time():
    assert len(EXPRESSIONS) > 40
    assert any("please" in name for name in EXPRESSIONS)


def test_the_measure_finds_a_square():
    with pytest.raises(AssertionError, match="times"):
        assert_linear(re.compile(r"\s*x").search, hostile())


@pytest.mark.parametrize("place", sorted(EXPRESSIONS))
def test_an_expression_is_linear(place):
    pattern = EXPRESSIONS[place]
    texts = list(hostile(str(pattern.pattern)))
    if isinstance(pattern.pattern, bytes):
        texts = [lambda length, text=text: text(length).encode() for text in texts]
    for work in (pattern.findall, pattern.fullmatch):
        assert_linear(work, texts)


WORDS = [Word(n / 4, n / 4 + 0.2, f"word{n}", 0.9) for n in range(50)]
EVEN = {"semantic": 0.4, "acoustic": 0.3, "uniform": 0.3}


def what_is_made_of(question):
    intent_of(question, "auto")
    quoting_of(question, "auto", WORDS, EVEN)


@pytest.mark.parametrize(
    "work",
    [
        asked_terms,
        asked_words,
        check_text,
        content_words,
        find_choice,
        find_whether,
        is_address,
        items,
        number_in,
        lambda text: free_path(Path("nowhere"), text),
        lambda text: what_is_made_of(read(text)),
    ],
)
def test_what_reads_a_text_is_linear(work):
    assert_linear(work, hostile("please answer with the letter only which what transcribe quote"))
