"""What a question is taken for: its kind, what it asks for by ear, its range of time."""

import pytest

from headrouter.question.reading import read

KINDS = [
    # what was said
    ("What was decided about the travel budget?", "said"),
    ("When is the website launch now?", "said"),
    ("Who will call North Wind, and by when?", "said"),
    ("How much is the rent at the harbour?", "said"),
    ("Who is on holiday?", "said"),
    ("When is the next meeting?", "said"),
    ("Why was the launch moved?", "said"),
    ("What is the dog's name?", "said"),
    ("Did they choose the office in Baker Street?", "said"),
    ("wat was desided abuot the printer", "said"),
    ("What is the salary of Maria?", "said"),
    ("What was said about the moon landing?", "said"),
    ("What did Robert say about the office?", "said"),
    ("Who proposed to cut the travel budget?", "said"),
    ("What should the doctor be told?", "said"),
    ("Who was late with the tasks?", "said"),
    ("Did she name the speaker?", "said"),
    ("Who will clean up after the party?", "said"),
    ("When does the train leave?", "said"),
    ("How many people attended the concert?", "said"),
    ("the old bridge", "said"),
    # all of it
    ("Give me a transcription", "transcript"),
    ("Please transcribe this.", "transcript"),
    ("Quote it word for word.", "transcript"),
    ("Quote what is said about the bridge.", "quote"),
    ("What exactly does she say about Friday?", "quote"),
    ("What are the action items?", "tasks"),
    ("Which decisions were made?", "tasks"),
    ("Summarise this meeting.", "summary"),
    ("Can you summarise the meeting?", "summary"),
    ("What's the podcast mainly about?", "summary"),
    ("What do the people talk about?", "summary"),
    ("Give me three bullet points", "summary"),
    ("anything interesting?", "profile"),
    ("What is this?", "profile"),
    ("How long is the recording?", "profile"),
    ("List the names of the people who were invited.", "list"),
    # people, places, languages
    ("How many people are speaking?", "people"),
    ("How many women and how many men speak?", "people"),
    ("How many people are talking, and are they men or women?", "people"),
    ("Who speaks in the whole recording?", "people"),
    ("Is the speaker a woman?", "people"),
    ("Is one of them a woman?", "people"),
    ("Is the caller a man or a woman?", "people"),
    ("Is there a woman?", "people"),
    ("How many people take part?", "people"),
    ("Does the woman like the house?", "said"),
    ("What kind of place is this?", "place"),
    ("What kind of recording is this?", "place"),
    ("What language is spoken?", "language"),
    # by ear
    ("Which sounds other than speech are in the recording?", "sounds"),
    ("Which sounds can be heard?", "sounds"),
    ("What do you hear?", "sounds"),
    ("Which animals can be heard?", "sounds"),
    ("When does the dog bark?", "when"),
    ("When does the siren start?", "when"),
    ("How long does the siren last?", "when"),
    ("When do they talk about the printer?", "when"),
    ("How many times does the dog bark?", "count"),
    ("How often is the word Friday said?", "count"),
    ("How many dogs are there?", "count"),
    ("Does somebody knock at the door, and when?", "whether"),
    ("Is it raining?", "whether"),
    ("Is there a lawnmower?", "whether"),
    ("Can you hear a chainsaw?", "whether"),
    ("Does anyone speak?", "whether"),
    ("Does anyone mention the budget?", "whether"),
    ("What is said right after the knock at the door?", "order"),
    ("What comes after the church bells?", "order"),
    ("What is heard before the church bells?", "order"),
    ("Which comes first, the dog or the rain?", "order"),
    # the rest
    ("Which sounds are heard?\nA. a dog\nB. a cat", "sounds"),
    ("What is said?", "open"),
    ("Which sound is heard at the bridge?", "open"),
    ("", "open"),
]


@pytest.mark.parametrize(("text", "kind"), KINDS)
def test_the_kind(text, kind):
    assert read(text).kind == kind


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("When does somebody laugh?", ["laughing"]),
        ("Is there a baby crying, and when?", ["crying baby"]),
        ("Does somebody knock at the door?", ["door knock"]),
        ("Is it raining?", ["rain"]),
        ("Is there a car?", ["car"]),  # "car" names a sound only where sounds are asked for
        ("Can you hear a theremin?", ["theremin"]),  # no list has it
        ("What comes after the church bells?", ["church bells"]),
    ],
)
def test_the_sounds_that_are_asked_for(text, names):
    question = read(text)
    assert question.by_ear
    assert [sound.name for sound in question.sounds] == names


@pytest.mark.parametrize(
    "text",
    [
        "What is the dog's name?",
        "Is the dog at the door?",
        "When does the train leave?",
        "How often is the word siren said?",
        "What was said about the siren?",
    ],
)
def test_what_is_talked_of_is_not_asked_for_by_ear(text):
    assert not read(text).by_ear


@pytest.mark.parametrize(
    ("text", "span", "words"),
    [
        ("What is said about Friday in the first ten minutes?", (0.0, 600.0), {"friday"}),
        ("What is planned in the last half minute?", None, {"planned", "half", "minute"}),
        ("Summarise the last 5 minutes", (-300.0, None), set()),
        ("What happens after 12:30?", (750.0, None), set()),
        ("Who laughs before 1:02:03?", (0.0, 3723.0), {"laughs"}),
        ("What is said between 1:00 and 2:30 about snow?", (60.0, 150.0), {"snow"}),
        ("from 1:00 to 2:00 what is said about snow", (60.0, 120.0), {"snow"}),
        ("Does the meeting begin at 9:30?", None, {"meeting", "30"}),
        ("Who comes first?", None, set()),
    ],
)
def test_a_range_of_time_is_taken_out_of_the_question(text, span, words):
    question = read(text)
    assert question.range == span
    assert question.words == words


def test_what_else_is_wanted():
    assert read("Does somebody knock, and when?").and_when
    assert read("Does somebody knock, and when?").whether
    assert read("Who said it?").who
    assert read("Are they men or women who speak?").gender
    assert read("How long does Anna's dog bark?").kind == "said"  # Anna is no sound
    assert read("Give me three bullet points").at_most == 3
    assert read("Summarise it in 2 sentences").at_most == 2
    assert read("What is said right after the dog barks?").said
    assert not read("What comes after the dog barks?").said


def test_the_anchor_of_an_order_is_what_it_asks_for():
    question = read("What is said right after the committee's decision?")
    assert (question.kind, question.side, question.by_ear) == ("order", "after", False)
    assert "decision" in question.terms


def test_politeness_changes_nothing():
    for text in ("please tell me when the dog barks", "Can you tell me when the dog barks?"):
        assert (read(text).kind, read(text).sounds[0].name) == ("when", "dog")
