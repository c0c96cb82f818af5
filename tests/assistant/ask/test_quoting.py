"""Which questions are answered by what was said, and which sentences are quoted."""

import pytest
import torch

from assistant.ask.quoting import as_quotes, heaviest, intent_of, quoted_of_all, quoting_of
from headrouter.question.reading import read
from memory import Word, as_text

HOP = 0.1
TEXT = (
    "My brother brings the horses. We meet at the old bridge. "
    "The dog is at the door. Who barks? It rains at the bridge."
)
SEMANTIC = {"semantic": 0.7, "uniform": 0.2, "acoustic": 0.1}
ACOUSTIC = {"semantic": 0.1, "uniform": 0.2, "acoustic": 0.7}


def spoken(text, start=0.0):
    return [
        Word(start + number * 0.5, start + number * 0.5 + 0.4, word, 1.0)
        for number, word in enumerate(text.split())
    ]


def asks(question, routes=SEMANTIC, scope="auto"):
    return quoting_of(read(question), scope, spoken(TEXT), routes)


def quote(words, weights, hop):
    return as_quotes(heaviest(words, weights, hop))


@pytest.mark.parametrize(
    "question",
    [
        "What is said about the bridge?",
        "Where do we meet?",
        "Who brings the horses?",
        "And what does my brother bring?",
        "On which bridge do they meet?",
        "Tell me about the dog at the door.",
        "What does the brother's horse want?",  # most of it was said
        "Is the dog at the door?",
        "Does my brother bring horses?",
        "the old bridge",
    ],
)
def test_what_was_said(question):
    assert asks(question) == "some"


@pytest.mark.parametrize(
    "question",
    [
        "Which sound is heard at the bridge?",
        "Can you hear a dog?",
        "What is said?",
        "What is said about the elephant?",
        "How often is the bridge mentioned?",
        "Where do we meet?\nA. At the bridge\nB. At the door",
        "",
    ],
)
def test_other_questions(question):
    assert not asks(question)


def test_half_of_a_question_is_enough_if_it_is_about_words():
    assert asks("What does the dog want?", SEMANTIC)
    assert not asks("What does the dog want?", ACOUSTIC)
    assert asks("Where is the old bridge?", ACOUSTIC)


@pytest.mark.parametrize(
    "question",
    [
        "Summarise what is said about the bridge.",
        "Can you summarise the meeting?",
        "What is this about?",
        "List the action items.",
        "Which decisions were made?",
    ],
)
@pytest.mark.parametrize("scope", ["auto", "stretches", "whole"])
def test_questions_about_all_that_was_said(question, scope):
    assert asks(question, scope=scope) == "all"


@pytest.mark.parametrize("question", ["Summarise the sounds.", "Who speaks?", "List all animals."])
def test_others_about_the_whole_are_the_models(question):
    assert asks(question, scope="whole") is None


@pytest.mark.parametrize(
    ("question", "intent"),
    [
        ("Quote what is said about the bridge.", "quote"),
        ("What exactly does she say about Friday?", "quote"),
        ("Quote what is said.", "words"),
        ("Quote it word for word.", "words"),
        ("Transcribe the part about the bridge.", "words"),
        ("Quote the main points.", "words"),
        ("What is said about the bridge?", "listen"),
    ],
)
def test_what_is_wanted(question, intent):
    assert intent_of(read(question), "auto") == intent


def heavy_at(*moments, count=400):
    weights = torch.full((count,), 0.001)
    for second, weight in moments:
        weights[int(second / HOP)] = weight
    return weights


def test_the_heaviest_sentence_and_the_one_after_it():
    """ "The dog" is said at 5.5 s: the sentence after it is quoted too, and no more."""
    assert (
        quote(spoken(TEXT), heavy_at((6.5, 1.0)), HOP)
        == "0:05 “The dog is at the door. Who barks?”"
    )


def test_others_that_weigh_half_as_much_in_time_order():
    words = spoken("We met. It was late. All slept. The dog barked. The end.")
    quoted = quote(words, heavy_at((0.1, 0.6), (4.6, 1.0)), HOP)
    assert quoted == "0:00 “We met. It was late.”\n0:03 “The dog barked. The end.”"
    assert quote(words, heavy_at((0.1, 0.4), (4.6, 1.0)), HOP) == "0:03 “The dog barked. The end.”"


def test_neighbours_are_quoted_together():
    quoted = quote(spoken(TEXT), heavy_at((1.0, 0.9), (3.0, 1.0)), HOP)
    assert quoted == (
        "0:00 “My brother brings the horses. We meet at the old bridge. The dog is at the door.”"
    )


def test_three_at_most():
    words = [word for start in (0, 10, 20, 30) for word in spoken("Here it is.", start)]
    weights = heavy_at((0.1, 0.9), (10.1, 0.8), (20.1, 1.0), (30.1, 0.7))
    assert quote(words, weights, HOP) == "\n".join(
        f"0:{second:02} “Here it is.”" for second in (0, 10, 20)
    )


def test_what_follows_after_a_pause_is_not_quoted():
    words = spoken("The dog barked.") + spoken("Good night.", start=10.0)
    assert quote(words, heavy_at((0.1, 1.0)), HOP) == "0:00 “The dog barked.”"


def test_no_words():
    assert quote([], heavy_at((0.1, 1.0)), HOP) == ""


NAMES = ("school", "church", "bank", "mill", "castle", "inn")
MEETING = (
    "The summer concert is planned. We will hold the concert in the garden. Somebody coughs. "
    "Who will come? My aunt must bring the chairs for the garden concert. Thank you!"
)


def test_a_summary_is_what_says_most():
    """Of eleven seconds of words one sentence."""
    assert as_quotes(quoted_of_all(read("Summarise it."), spoken(MEETING))) == (
        "0:02 “We will hold the concert in the garden.”"
    )


def test_tasks_are_what_somebody_will_do():
    words = spoken(MEETING + " We just sat there idly all day." * 20)
    assert as_quotes(quoted_of_all(read("What are the action items?"), words)) == (
        "0:02 “We will hold the concert in the garden.”\n"
        "0:09 “My aunt must bring the chairs for the garden concert.”"
    )


def test_no_task_is_left_out():
    many = " ".join(f"Somebody must do job {number}." for number in range(20))
    quoted = quoted_of_all(read("What are the action items?"), spoken(f"{many} {many} Must we?"))
    assert [as_text(part) for part in quoted] == many.replace(". ", ".|").split("|")


@pytest.mark.parametrize(
    "said",
    [
        "Good morning, and please come in.",
        "Today we will talk about the move.",
        "We'll see you next week.",
        "Good evening, we will begin.",
    ],
)
def test_a_greeting_is_no_task(said):
    assert quoted_of_all(read("Which tasks are there?"), spoken(said)) == []
    with_task = spoken(f"{said[:-1]} and Tom must call her.")
    assert len(quoted_of_all(read("Which tasks are there?"), with_task)) == 1


def test_as_many_are_quoted_as_are_asked_for():
    words = spoken(" ".join(f"The {name} has a garden of its own." for name in NAMES) + MEETING)
    for question, count in (
        ("Summarise it in three bullet points.", 3),
        ("Give me five bullet points", 5),
        ("The two most important points, in short: an overview", 2),
        ("Summarise the ten minutes in one sentence", 1),
        ("Which are the action items? Two items.", 2),
        ("Name one action item of all the tasks", 1),
    ):
        assert len(quoted_of_all(read(question), words)) == count, question


def test_no_task():
    assert quoted_of_all(read("Which tasks are there?"), spoken("It rained all day long.")) == []
