"""Which sentences answer a question: by what they mean and the words they share, or none."""

from math import cos, sin

import pytest
import torch
from media import bag_of_words

from headrouter.question.reading import read
from tools.answering import Said
from tools.wordforms import stems

MEETING = [
    "Good morning, this is the weekly meeting.",
    "I think we should cut the travel budget in half.",
    "Our designer is ill.",
    "The launch moves to the 20th of May.",
    "The printer on the second floor is broken again.",
]


@pytest.fixture
def said():
    return Said(MEETING, bag_of_words)


def best(said, question):
    return said.texts[said.ranked(read(question))[0].place]


@pytest.mark.parametrize(
    ("question", "place"),
    [
        ("What was decided about the travel budget?", 1),
        ("When is the launch?", 3),
        ("wat was desided abuot the printr", 4),  # spelling as people type it
        ("Are there several printers?", 4),  # another form of the word
        ("Was wurde über das Reisebudget gesagt?", 1),  # part of a German compound
    ],
)
def test_the_sentence_that_fits_comes_first(said, question, place):
    assert best(said, question) == MEETING[place]


def test_a_rare_word_counts_for_more_than_a_common_one():
    said = Said(["The garden is large.", "The garden has a pond.", "A heron came."], bag_of_words)
    assert best(said, "What about the garden and the pond?") == "The garden has a pond."


def test_what_shares_no_word_and_means_something_else_is_no_answer(said):
    assert not said.answers(read("What was said about submarines?"))
    assert said.answers(read("What was said about the travel budget?"))
    assert said.missing(read("Is the printer in the submarine?")) == ["submarine"]


def test_what_means_the_same_in_other_words_is_an_answer():
    def encode(texts):
        return torch.tensor(
            [[1.0, 0.0] if "fee" in t or "cost" in t else [0.0, 1.0] for t in texts]
        )

    said = Said(["The entrance fee is eight pounds.", "It is late."], encode)
    assert said.answers(read("How much does it cost?"))
    assert best(said, "How much does it cost?") == "The entrance fee is eight pounds."


def test_that_somebody_is_named_does_not_answer_what_is_asked_of_them():
    def encode(texts):  # the cosine of a question and a sentence is between two levels
        if all(" " not in text for text in texts):  # words, all unlike
            return torch.tensor([[cos(0.9 * n), sin(0.9 * n)] for n in range(len(texts))])
        return torch.tensor([[1.0, 0.0] if "?" in text else [0.45, 0.893] for text in texts])

    texts = ["And then Maria is on holiday.", "With Maria we cut the budget of Maria."]
    said = Said(texts, encode)
    alone = Said([text.replace("Maria", "maria") for text in texts], encode)
    asked = read("What is the salary of Maria?")
    assert "maria" in said.names and alone.names == set()
    assert (said.answers(asked), alone.answers(asked)) == (False, True)
    assert said.answers(read("What did Maria say about the budget?"))


def test_a_word_is_looked_for_in_the_language_of_each_sentence():
    texts = ["Die Kinder gingen nach Hause.", "The children left."]
    said = Said(texts, bag_of_words, ["de", "en"])
    assert said.missing(read("Wer ging mit dem Kind?")) == []
    assert said.missing(read("Did the child leave?")) == []
    in_english = Said(texts[:1], bag_of_words)
    assert in_english.missing(read("Wer ging?")) == ["ging"]


def test_of_nothing_nothing_is_an_answer():
    assert not Said([], bag_of_words).answers(read("What was said about the budget?"))


def test_words_are_compared_by_their_stems():
    assert stems("She moved the meetings.", "en") == stems("Moving a meeting", "en")
    assert stems("Die Häuser", "de") == stems("das Haus", "de")
    assert stems("hello there", "xx") == {"hello"}  # no stemmer: as it is


def test_the_shipped_model_knows_what_means_the_same(nano_cache, capfd):
    from headrouter import models
    from tools.meaning import SentenceEncoder

    encode = SentenceEncoder(models.locate("nano", nano_cache) / "sentences")
    texts = ["The keepers got ill.", "What made the keepers sick?", "Bus tickets are sold there."]
    alike = encode(texts) @ encode(texts).T
    assert alike[0, 1] > 0.5 > 0.3 > alike[0, 2]
    assert alike.diagonal() == pytest.approx(1.0, abs=1e-5)
    assert encode([]).shape == (0, 384)
    assert capfd.readouterr() == ("", "")  # it draws no progress on a terminal


def test_a_word_is_found_in_one_that_means_the_same():
    alike = {"grandma": [1.0, 0.0], "grandmother": [0.9, 0.44], "grandpa": [-1.0, 0.0]}

    def encode(texts):
        return torch.tensor([alike.get(text, [0.0, 1.0]) for text in texts])

    said = Said(["My grandmother came from Hungary.", "We cook on Tuesday."], encode)
    assert said.missing(read("Where does Grandma come from?")) == []
    assert said.missing(read("What is told of Grandpa?")) == ["grandpa"]
    assert said.as_said("grandma") is None  # what is counted is the word itself


def test_days_are_alike_and_not_the_same():
    said = Said(["We cook on Tuesday."], lambda texts: torch.ones(len(texts), 1))
    assert said.missing(read("What is on Monday?")) == ["monday"]


def test_what_is_said_about_something_names_it():
    texts = ["The lecture is about bees.", "It costs six pounds."]
    said = Said(texts, lambda texts: torch.eye(40)[: len(texts)] * 0 + 1.0)
    said._meant = dict.fromkeys(["wasps", "money"])
    assert not said.answers(read("What does the lecture say about wasps?"))
    assert said.answers(read("What does the lecture say about bees?"))
    assert said.answers(read("Did she say something about money?"))  # a sum of it is told
