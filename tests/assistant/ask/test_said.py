"""Where the words of a question were said."""

import pytest
import torch

from assistant.ask.said import by_words, where_said
from headrouter.question.reading import read
from memory import Word

HOP = 0.1


def spoken(text, every=1.0):
    return [
        Word(number * every, number * every + 0.3, word, 1.0)
        for number, word in enumerate(text.split())
    ]


def test_the_word_that_is_asked_about():
    found = where_said(
        read("What did they say about the budget?"),
        spoken("we met and the Budget, was cut there too"),
        0.0,
        HOP,
        90,
    )
    assert found.shape == (90,)
    assert float(found.sum()) == pytest.approx(1.0)
    assert found.nonzero().flatten().tolist() == list(range(30, 51))  # a second around 4.0


def test_what_is_said_everywhere_points_nowhere():
    words = spoken("money money money garden money money money")
    found = where_said(read("money in the garden"), words, 0.0, 0.5, 14)
    assert float(found[4:9].sum()) > 0.6


def test_a_range_that_begins_later():
    found = where_said(read("the budget"), [Word(61.0, 61.4, "budget", 1.0)], 60.0, HOP, 100)
    assert int(found.nonzero().flatten().float().mean()) == 10


@pytest.mark.parametrize("question", ["Who?", "What is it about a tiger?", ""])
def test_words_that_were_not_said(question):
    assert where_said(read(question), spoken("we met and the budget was cut"), 0.0, HOP, 90) is None


@pytest.mark.parametrize(
    ("question", "text", "at"),
    [
        ("What is said about budgets?", "we met and the budget was cut", 4),
        ('Is the word "baulked" said?', "not to be braved and balked of its prey", 5),
        ("Who speaks about Tom’s house?", "we were at Tom's place once", 3),
        ("the budget", "one of the budgets is the budget", 4.5),  # each of its forms
    ],
)
def test_other_forms_and_spellings(question, text, at):
    found = where_said(read(question), spoken(text), 0.0, HOP, 90)
    assert found.nonzero().flatten().float().mean() == pytest.approx(10 * at, abs=0.5)


def test_words_that_only_sound_alike():
    assert where_said(read("walking"), spoken("they were talking of Wales"), 0.0, HOP, 90) is None


def test_nothing_recognised():
    assert where_said(read("the budget"), [], 0.0, HOP, 90) is None


def test_half_of_the_weight_moves_to_the_words_unless_sounds_are_asked_for():
    importance, said = torch.tensor([3.0, 1.0, 0.0]), torch.tensor([0.0, 0.0, 5.0])
    for acoustic, wanted in ((0.0, [0.375, 0.125, 0.5]), (0.8, [0.675, 0.225, 0.1])):
        moved = by_words(importance, said, {"acoustic": acoustic})
        torch.testing.assert_close(moved, torch.tensor(wanted))
    for nothing in (None, torch.zeros(3)):
        assert by_words(importance, nothing, {"acoustic": 0.0}) is importance
