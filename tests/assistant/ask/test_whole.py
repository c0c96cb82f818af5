"""Which questions are about the whole, and how the answers of parts become one."""

import pytest

from assistant.ask.whole import grouped, items, listing, making_of, merged, number_in, reduction
from headrouter.question.reading import read


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Summarise the meeting.", "summary"),
        ("Give me a summary of what was decided", "summary"),
        ("What is this about?", "summary"),
        ("What's the podcast mainly about?", "summary"),
        ("What are the main points?", "summary"),
        ("Give me three bullet points", "summary"),
        ("List all animals that can be heard.", "list"),
        ("Which sounds are there?", "list"),
        ("What kinds of instruments are played?", "list"),
        ("How many times does the dog bark?", "count"),
        ("How often is the word Friday said?", "count"),
        ("What is said about the budget?", None),
        ("What is the man talking about at the beginning?", None),
        ("Is there the sound of a siren?", None),
        ("Who speaks in the whole recording?", None),
        ("How many people speak?", None),  # the same may speak in two parts: no sum
        ("When does the train leave?", None),
    ],
)
def test_the_kinds(question, kind):
    assert making_of(read(question)) == kind
    assert making_of(read(question), "whole") == kind or kind is None
    assert making_of(read(question), "stretches") is None


def test_letters_of_parts_are_not_put_together():
    question = "Which sounds are heard?\nA. dog and cat\nB. rain"
    assert making_of(read("Which sounds are heard?")) == "list"
    assert making_of(read(question)) is None
    assert making_of(read(question), "whole") == "list"


def test_any_question_can_be_put_to_the_whole():
    assert making_of(read("Who is angry?")) is None
    assert making_of(read("Who is angry?"), "whole") == "summary"


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("A dog, the siren and rain.", ["dog", "siren", "rain"]),
        ("- Dog\n- Rain\n", ["Dog", "Rain"]),
        ("1. A dog\n2. some music", ["dog", "music"]),
        ("Sand and wind", ["Sand", "wind"]),  # "and" inside a word parts nothing
        ("None.", []),
        ("I can't tell.", []),
        ("", []),
    ],
)
def test_items_of_a_list(answer, found):
    assert items(answer) == found


def test_lists_are_merged_without_repeats():
    assert merged([["dog", "rain"], ["Rain", "siren", "Siren"], ["dog"]]) == [
        ["dog", "rain"],
        ["siren"],
        [],
    ]
    assert listing(["dog", "heavy rain"]) == "Dog, heavy rain."
    assert listing([]) == "None."


@pytest.mark.parametrize(
    ("answer", "number"),
    [
        ("3", 3),
        ("It barks twelve times.", 12),
        ("Twice.", 2),
        ("Once, at the end.", 1),
        ("None.", 0),
        ("Never.", 0),
        ("No, 2 times it whines.", 2),
        ("A dog barks.", None),
        ("Someone speaks.", None),  # "one" inside a word is no number
    ],
)
def test_numbers(answer, number):
    assert number_in(answer) == number


@pytest.mark.parametrize(
    ("sizes", "most", "groups"),
    [
        ([1, 1, 1], 3, [3]),
        ([1, 1, 1], 2, [2, 1]),
        ([5, 1, 5], 4, [1, 1, 1]),  # what is too long stays alone
        ([4], 1, [1]),
        ([2, 2, 2, 2], 5, [2, 2]),
    ],
)
def test_groups_of_neighbours(sizes, most, groups):
    found = list(grouped(sizes, most))
    assert [len(sizes[part]) for part in found] == groups
    assert [size for part in found for size in sizes[part]] == sizes


def test_what_the_model_is_asked():
    asked = reduction("What is this about?", ["0:00-2:00: Bread.", "2:00-4:00: Cheese."])
    assert asked.index("Bread") < asked.index("Cheese") < asked.index("What is this about?")


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("Give me three bullet points", 3),
        ("Summarise it in 2 sentences.", 2),
        ("Summarise the first ten minutes", None),
        ("What are the main points?", None),
        ("The 5 most important ideas, please", 5),
    ],
)
def test_how_many_are_wanted(question, wanted):
    assert read(question).at_most == wanted
