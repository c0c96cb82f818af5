"""What sort of answer a question wants, and which sentences hold one."""

import pytest

from headrouter.question.reading import LANGUAGES, read
from headrouter.question.wanted import holds


@pytest.mark.parametrize(
    ("question", "sort", "thing"),
    [
        ("How much honey does a bee make?", "amount", "honey"),
        ("How many guests did the king have?", "amount", "guests"),
        ("How much does the mirror cost?", "amount", None),
        ("What does a student pay?", "amount", None),
        ("How old is the dog?", "amount", None),
        ("When will the car be finished?", "time", None),
        ("Who invented it, and when?", None, None),
        ("On which days do they rehearse?", "time", None),
        ("Since when is it down?", "time", None),
        ("What brand is the helmet?", None, "brand"),
        ("Which oil is the best?", None, "oil"),
        ("What caused the outage?", None, None),
        ("What happens when it rains?", None, None),
        ("Does it cost anything?", None, None),
        ("Wie viel kostet eine Schaukel?", "amount", None),
        ("Welche Farbe hat das Auto?", None, "farbe"),
        ("Combien coûte le billet ?", "amount", None),
        ("¿A qué hora puede venir?", "time", None),
        ("Quanto costa il biglietto?", "amount", None),
        ("Quantas pessoas vieram?", "amount", "pessoas"),
        ("Hoeveel kost het kaartje?", "amount", None),
    ],
)
def test_it_is_read_off_the_words_that_ask(question, sort, thing):
    wanted = read(question).wanted
    assert (wanted.sort, wanted.thing) == (sort, thing)


@pytest.mark.parametrize(
    ("text", "sort", "code"),
    [
        ("It costs £6.", "amount", "en"),
        ("There are thirty of them.", "amount", "en"),
        ("It is free.", "amount", "en"),
        ("Next Tuesday, please.", "time", "en"),
        ("At half past nine.", "time", "en"),
        ("Er kommt am Dienstag.", "time", "de"),
        ("Il coûte sept euros.", "amount", "fr"),
    ],
)
def test_a_sentence_holds_one(text, sort, code):
    assert holds(text, sort, LANGUAGES[code])


@pytest.mark.parametrize(
    ("text", "sort"),
    [("A man has the one in the hall.", "amount"), ("He ran to the station.", "time")],
)
def test_articles_and_places_are_none(text, sort):
    assert not holds(text, sort, LANGUAGES["en"])


def test_how_fast_is_not_what_is_asked_about():
    assert read("How fast is light?").words == {"light"}


def test_what_mostly_only_asks_may_be_asked_about():
    assert read("What is said about the letter?").words == {"letter"}
    assert read("What is said about the recording?").words == frozenset()
    assert read("Is it a dog? A) yes B) no. Answer with the letter only.").words == {"dog"}


def test_a_time_is_looked_for_in_words_though_nothing_is_named():
    assert read("When should he be there?").kind == "said"
    assert read("Where are we here?").kind == "place"


def test_things_are_told_from_what_happens():
    assert read("How many dogs are there?").things
    assert not read("How many barks are there?").things
