"""The sentences that say most of a text."""

from tools.key_sentences import key_sentences

MEETING = [
    "We plan the summer concert.",
    "The concert in summer needs a garden.",
    "Somebody coughs.",
    "The garden of the doctor is large.",
    "Thank you!",
    "My aunt has a green parrot.",
]


def test_those_that_share_most_with_the_others_in_order():
    assert key_sentences(MEETING, 1) == [1]
    assert key_sentences(MEETING, 3) == [0, 1, 3]


def test_what_says_the_same_comes_once():
    texts = [
        "We meet on Friday at the bridge.",
        "On Friday we meet at the bridge!",
        "It rains all day long.",
    ]
    assert key_sentences(texts, 2) == [0, 2]


def test_no_more_than_there_are():
    assert key_sentences(MEETING, 50) == [0, 1, 3, 5]
    assert key_sentences([], 3) == []


def test_questions_and_what_says_little_are_none():
    texts = ["And then what?", "Thank you!", "Who planned a summer concert?", "It rains."]
    assert key_sentences(texts, 4) == []
    assert key_sentences([*texts, "We planned a concert in summer."], 4) == [4]
