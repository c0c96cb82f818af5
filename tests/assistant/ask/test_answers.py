"""Answers made from what is located by ear: no model words them."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from media import FakeRecogniser, tone, write_wav

from assistant.app import Assistant
from assistant.ask.answers.ear import stretches
from assistant.ask.context import Models
from assistant.ask.events import Cited, Done, Heard
from assistant.ask.state import Request
from assistant.settings import Settings
from headrouter.fakes import FakeListener
from headrouter.models import MODELS

SOUNDS = {
    "dog": [(4.0, 6.0), (20.0, 24.0)],
    "church bells": [(30.0, 34.0)],
    "cow": [(38.0, 42.0)],
    "rain": [(28.0, 44.0)],
    "woman": [(8.0, 18.0)],
    "man": [(56.0, 60.0)],
}


@pytest.fixture
def fake():
    return FakeListener(card=replace(MODELS["nano"], name="fake"), sounds=dict(SOUNDS))


@pytest.fixture
def recogniser():
    return FakeRecogniser()


@pytest.fixture
def assistant(tmp_path, fake, recogniser):
    settings = Settings(home=tmp_path / "home", cache=tmp_path / "cache")
    with Assistant(settings, Models(lambda: fake, lambda: recogniser)) as assistant:
        yield assistant


@pytest.fixture
def wav(tmp_path):
    return write_wav(tmp_path / "yard.wav", tone(60, 0.2))


class Run:
    def __init__(self, assistant, wav, question, **request):
        self.events = list(assistant.ask(Request(str(wav), question, **request)))

    def one(self, kind):
        (event,) = (event for event in self.events if isinstance(event, kind))
        return event

    @property
    def answer(self):
        return self.one(Done).answer

    @property
    def report(self):
        return self.one(Heard).report

    @property
    def cited(self):
        return [(round(c.start), round(c.end)) for c in self.one(Cited).citations]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("When does the dog bark?", "At 0:04 and 0:20."),
        ("When do the church bells ring?", "At 0:30-0:34."),
        ("How long does the rain last?", "About 16 seconds (0:28-0:44)."),
        ("When does the siren start?", "No siren is heard."),
        ("When does somebody speak?", "At 0:07 and 0:55."),
        ("How many times does the dog bark?", "Twice, at 0:04 and 0:20."),
        ("How often does a siren sound?", "No siren is heard."),
        ("Is there a dog?", "Yes, at 0:04 and 0:20."),
        ("Is there a dog or a siren?", "Yes, dog at 0:04 and 0:20. No siren is heard."),
        ("Does a bell ring, and when?", "Yes, at 0:30."),
        ("Are there any animals?", "Yes, at 0:04, 0:20 and 0:38."),
        ("What comes after the church bells?", "A cow, at 0:38. Rain can be heard all the while."),
        (
            "What is heard before the church bells?",
            "A dog, at 0:20. Rain can be heard all the while.",
        ),
        ("What comes after the siren?", "No siren is heard."),
        ("Which comes first, the cow or the dog?", "A dog, at 0:04; a cow is at 0:38."),
        (
            "Which sounds other than speech can be heard?",
            "Rain (0:28-0:44), dog (0:04-0:06 and 0:20-0:24), church bells (0:30-0:34) and cow "
            "(0:38-0:42).",
        ),
        ("Which animals can be heard?", "Dog (0:04-0:06 and 0:20-0:24) and cow (0:38-0:42)."),
        ("Which instruments are played?", "No music stands out."),
    ],
)
def test_what_is_located_is_the_answer(assistant, fake, recogniser, wav, question, answer):
    run = Run(assistant, wav, question)
    assert run.answer == answer
    assert fake.asked == []  # neither the model ...
    assert recogniser.asked == []  # ... nor the recogniser is asked
    assert "ocated by ear" in run.report.reason
    assert run.report.words == "located"


def test_its_moments_are_those_of_the_answer(assistant, wav):
    run = Run(assistant, wav, "Is there a dog?")
    assert run.cited == [(4, 6), (20, 24)]
    assert run.report.seconds_heard == run.report.seconds_total == 60.0
    assert sum(run.report.weight_bins[16:24]) > 0.3  # 240 bins of a quarter second: 4 to 6 s


def test_a_range_is_kept_to(assistant, wav):
    assert Run(assistant, wav, "When does the dog bark?", start=10.0).answer == "At 0:20-0:24."
    assert Run(assistant, wav, "When does the dog bark after 0:26?").answer == "No dog is heard."
    last = Run(assistant, wav, "How often does the dog bark in the last ten seconds?")
    assert last.answer == "No dog is heard."


def test_what_is_faint_is_told_as_doubtful(assistant, fake, wav):
    spot = fake.spot
    fake.spot = lambda *args: 0.15 * spot(*args)
    assert Run(assistant, wav, "Is there a dog?").answer == (
        "Can’t tell for sure: something like a dog is heard at 0:04 and 0:20, but not clearly."
    )
    often = Run(assistant, wav, "How often does the dog bark?").answer
    assert often == "Perhaps twice, at 0:04 and 0:20, but not clearly."
    long = Run(assistant, wav, "From when to when do the church bells ring?").answer
    assert long == "Perhaps 0:30-0:34: it is not clearly heard."
    animals = Run(assistant, wav, "Which animals can be heard?").answer
    assert animals.startswith("Perhaps dog (0:04-0:06 and 0:20-0:24) and cow")


def test_what_may_be_there_once_may_be_there_again_more_faintly(assistant, fake, wav):
    spot = fake.spot

    def weaker(index, names, first, last):
        found = 0.1 * spot(index, names, first, last)
        found[:, round(15 / index.meta.token_seconds) :] *= 0.6
        return found

    fake.spot = weaker
    often = "How often does the dog bark?"
    assert Run(assistant, wav, often).answer.startswith("Perhaps twice, at 0:04 and 0:20,")
    fake.spot = lambda *args: 0.01 * spot(*args)  # less than what is there ever has
    assert Run(assistant, wav, often).answer == "No dog is heard."


def test_what_another_sound_may_be_is_told_as_doubtful(assistant, fake, wav):
    fake.sounds["crying baby"] = [(20.0, 24.0)]
    spot = fake.spot

    def weaker(index, names, first, last):
        found = spot(index, names, first, last)
        found[[name == "crying baby" for name in names]] *= 0.5
        return found

    fake.spot = weaker
    told = "something like a crying baby is heard at 0:20, but it may be a dog."
    assert Run(assistant, wav, "Is a baby crying?").answer == f"Can’t tell for sure: {told}"


def test_a_sound_that_goes_on_beside_another_is_no_doubt(assistant, fake, wav):
    spot = fake.spot

    def weaker(index, names, first, last):
        found = spot(index, names, first, last)
        found[[name == "church bells" for name in names]] *= 0.5
        return found

    fake.spot = weaker
    assert Run(assistant, wav, "Do church bells ring?").answer == "Yes, at 0:30."


def test_things_are_not_counted_by_how_often_they_are_heard(assistant, wav):
    told = Run(assistant, wav, "How many dogs are there?").answer
    assert told == "Can’t tell how many there are: it is heard twice, at 0:04 and 0:20."
    none = Run(assistant, wav, "How many cats are there?").answer
    assert none == "Can’t tell how many there are: No cat is heard."


def test_of_a_family_the_less_sure_are_told_apart(assistant, fake, wav):
    spot = fake.spot
    del fake.sounds["rain"]

    def weaker(index, names, first, last):
        found = spot(index, names, first, last)
        found[[name == "cow" for name in names]] *= 0.15
        return found

    fake.spot = weaker
    answer = Run(assistant, wav, "Which animals can be heard?").answer
    assert answer == "Dog (0:04-0:06 and 0:20-0:24). Perhaps also cow (0:38-0:42)."


def test_what_comes_then_is_told_too(assistant, fake, wav):
    fake.sounds["siren"] = [(43.0, 46.0)]
    told = Run(assistant, wav, "What comes after the church bells?").answer
    assert told.startswith("A cow, at 0:38, then a siren, at 0:42. Rain")
    told = Run(assistant, wav, "What comes before the siren?").answer
    assert told.startswith("A cow, at 0:38, before it church bells, at 0:30.")


def test_a_likelier_sound_at_the_same_moment_takes_its_place(assistant, fake, wav):
    fake.sounds["washing machine"] = [(50.0, 54.0)]
    fake.sounds["helicopter"] = [(50.0, 54.0)]
    spot = fake.spot

    def weaker(index, names, first, last):
        found = spot(index, names, first, last)
        if "washing machine" in names:
            found[list(names).index("washing machine")] *= 0.15
        return found

    fake.spot = weaker
    answer = Run(assistant, wav, "When does the washing machine start?").answer
    assert answer == "No washing machine is heard."
    assert Run(assistant, wav, "Is there a helicopter?").answer == "Yes, at 0:50."


def weakened(fake, name, share):
    """Of a sound, everywhere so much less is spotted."""
    spot = fake.spot

    def weaker(index, names, first, last):
        found = spot(index, names, first, last)
        found[[one == name for one in names]] *= share
        return found

    fake.spot = weaker


def test_of_two_names_at_one_place_the_likelier_is_listed(assistant, fake, wav):
    fake.sounds |= {"door creak": [(50.0, 54.0)], "keyboard typing": [(50.0, 54.0)]}
    weakened(fake, "door creak", 0.9)
    answer = Run(assistant, wav, "Which sounds are there?").answer
    assert "keyboard typing (0:50-0:54)" in answer.lower() and "creak" not in answer


def test_of_two_names_that_peak_apart_both_are_listed(assistant, fake, wav):
    fake.sounds |= {"door creak": [(50.0, 53.0)], "keyboard typing": [(52.0, 56.0)]}
    weakened(fake, "door creak", 0.9)
    answer = Run(assistant, wav, "Which sounds are there?").answer.lower()
    assert "door creak (0:50-0:53)" in answer and "keyboard typing (0:52-0:56)" in answer


def test_what_is_said_next_to_a_sound_is_quoted(assistant, wav):
    run = Run(assistant, wav, "What is said right after the dog barks?")
    assert run.answer.startswith("0:06 “word7 word8")
    assert run.cited[0][0] in (6, 7)


def test_nothing_is_said_where_nobody_speaks(assistant, recogniser, wav):
    answer = Run(assistant, wav, "What is said right after the church bells?").answer
    assert answer == "Nothing is said right after church bells at 0:30."
    assert recogniser.asked == []


def test_a_model_that_knows_no_sounds_is_asked(assistant, fake, wav):
    fake.card = replace(fake.card, sounds=())
    assert Run(assistant, wav, "Is there a dog?").answer.startswith("I heard")


def test_whether_what_has_no_known_name_is_there_is_for_the_model(assistant, fake, wav):
    assert Run(assistant, wav, "Can you hear a helicopter?").answer == "No helicopter is heard."
    assert Run(assistant, wav, "Can you hear a xylophone?").answer.startswith("I heard")
    fake.sounds["woman"] = fake.sounds["man"] = []
    assert Run(assistant, wav, "Does anyone speak?").answer == "No, nobody speaks."


def test_a_lettered_choice_is_the_models(assistant, wav):
    run = Run(assistant, wav, "Which sounds are heard?\nA. a dog\nB. a cat")
    assert run.answer.startswith("I heard")


def test_stretches_are_joined_where_they_are_near():
    there = np.zeros(30)
    for a, b in ((0, 3), (5, 8), (20, 30)):
        there[a:b] = 1
    assert stretches(torch.from_numpy(there) > 0, 4) == [(0, 8), (20, 30)]


def test_where_it_was_recorded_is_told_by_ear_and_how_it_begins_only_where_known(
    assistant, fake, recogniser, wav
):
    run = Run(assistant, wav, "Where was this recorded?")
    assert "Heard: " in run.answer
    assert "It begins" not in run.answer
    assert (fake.asked, recogniser.asked) == ([], [])
    assistant.transcript(assistant.store.recordings()[0])
    before = len(recogniser.asked)
    assert "It begins: “word8" in Run(assistant, wav, "Where was this recorded?").answer
    assert len(recogniser.asked) == before
