"""What sort of answer a question wants, and which sentences hold one."""

import pytest

from headrouter.question.reading import LANGUAGES, read
from headrouter.question.wanted import holds


@pytest.mark.parametrize(
    ("question", "sort", "thing"),
    [
        ("How much honey does a bee make?", "amount", "honey"),
        ("How many guests did the king have?", "amount", "guests"),
        ("How much does the mirror cost?", "money", None),
        ("What does a student pay?", "money", None),
        ("How old is the dog?", "number", None),
        ("What is the credit card number?", None, "number"),
        ("How much should we cut the travel budget?", "amount", None),
        ("When will the car be finished?", "time", None),
        ("Who invented it, and when?", None, None),
        ("On which days do they rehearse?", "time", None),
        ("Since when is it down?", "time", None),
        ("What brand is the helmet?", None, "brand"),
        ("Which oil is the best?", None, "oil"),
        ("What caused the outage?", None, None),
        ("What happens when it rains?", None, None),
        ("Does it cost anything?", None, None),
        ("Wie viel kostet eine Schaukel?", "money", None),
        ("Welche Farbe hat das Auto?", None, "farbe"),
        ("Combien coûte le billet ?", "money", None),
        ("¿A qué hora puede venir?", "time", None),
        ("Quanto costa il biglietto?", "money", None),
        ("Quantas pessoas vieram?", "amount", "pessoas"),
        ("Hoeveel kost het kaartje?", "money", None),
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
        ("It costs £6.", "money", "en"),
        ("It is free.", "money", "en"),
        ("Sie kosten sechzig Euro.", "money", "de"),
    ],
)
def test_a_sentence_holds_one(text, sort, code):
    assert holds(text, sort, LANGUAGES[code])


@pytest.mark.parametrize(
    ("text", "sort"),
    [
        ("A man has the one in the hall.", "amount"),
        ("He ran to the station.", "time"),
        ("Once all of them were there.", "number"),
        ("Two thousand bees live in a hive.", "money"),
        ("I pay with my card.", "money"),
    ],
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


def test_what_a_sum_is_may_be_told_before_it():
    english = LANGUAGES["en"]
    assert holds("Four thousand, with insurance.", "money", english, "What does it cost?")
    assert not holds("Four thousand, with insurance.", "money", english, "How many bees are there?")


def test_what_is_said_about_something_is_told_apart():
    assert read("What does the lecturer say about wasps?").about == {"wasps"}
    assert read("Was sagt er über den Urlaub?").about == {"urlaub"}
    assert read("What is the salary of Maria?").about == frozenset()


def test_what_is_typed_in_haste_only_asks():
    assert read("did she say smth about the budget?").words == {"budget"}
    assert read("wheres the printer").words == {"printer"}


def test_a_summary_is_asked_for_in_short():
    assert read("tl;dr please").kind == "summary"


def test_who_makes_a_sound_is_named_beside_it():
    asked = read("Wann hupt ein Auto?")
    assert (asked.kind, asked.by_ear) == ("when", True)
    asked = read("What music instrument is played between the topics?")
    assert (asked.kind, asked.by_ear) == ("sounds", True)
    assert not read("Which animals did he buy?").by_ear
    assert read("Are there two women on the phone?").kind == "people"
