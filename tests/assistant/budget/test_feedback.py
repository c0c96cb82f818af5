"""What ratings do to the keep ratio of similar questions."""

from datetime import UTC, datetime

import pytest

from assistant.budget.feedback import LEAST, LESS, MORE, MOST, factor, is_similar
from headrouter.question.words import content_words
from memory import Turn

SEMANTIC = {"semantic": 0.6, "uniform": 0.3, "acoustic": 0.1}
ACOUSTIC = {"semantic": 0.1, "uniform": 0.3, "acoustic": 0.6}
QUESTION = "What was decided about the budget?"


def turn(rating=None, escalations=0, question=QUESTION, routes=SEMANTIC):
    heard = {"routes": routes}
    return Turn(1, 1, "a", question, "A.", heard, datetime.now(UTC), rating, escalations)


@pytest.mark.parametrize(
    ("question", "routes", "similar"),
    [
        (QUESTION, SEMANTIC, True),
        (QUESTION, {}, True),  # before it is routed
        (QUESTION, ACOUSTIC, False),
        ("Who decided on the budget of the choir?", SEMANTIC, True),
        ("What is said about the choir?", SEMANTIC, False),
        ("What was decided?", SEMANTIC, True),
        ("What is it?", SEMANTIC, False),
        ("", SEMANTIC, False),
    ],
)
def test_similar_questions(question, routes, similar):
    assert is_similar(turn(), question, routes) == similar


def test_without_content_words_only_the_same_kind_of_nothing_is_similar():
    assert content_words("What is it?") == set()
    assert is_similar(turn(question="What was that?"), "What is it?", SEMANTIC)


@pytest.mark.parametrize(
    ("turns", "times"),
    [
        ([], 1.0),
        ([turn()], 1.0),
        ([turn(-1)], MORE),
        ([turn(escalations=1)], MORE),
        ([turn(1, escalations=1)], MORE),  # good, but only at the second listen
        ([turn(-1), turn()], MORE),
        ([turn(-1), turn(-1)], MOST),
        ([turn(1)], 1.0),
        ([turn(1), turn(1)], LESS),
        ([turn(1), turn(), turn(1)], LESS),
        ([turn(1), turn(1), turn(1)], LESS**2),
        ([turn(1), turn(-1), turn(1)], MORE),  # good ones count from anew
        ([turn(1)] * 50, LEAST),
        ([turn(-1)] * 50, MOST),
        ([turn(-1, question="Is there a dog?")] * 3, 1.0),
        ([turn(-1, routes=ACOUSTIC)] * 3, 1.0),
    ],
)
def test_the_factor(turns, times):
    assert factor(turns, QUESTION, SEMANTIC) == pytest.approx(times)
