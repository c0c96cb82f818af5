"""Questions about many recordings at once, without a chat model."""

import json
from contextlib import nullcontext
from dataclasses import replace
from threading import Event
from zlib import crc32

import pytest
import torch
from house import House, Reader
from media import Transcript, tone, write_wav

from assistant.ask.request import Request
from assistant.doors.cli import asking
from assistant.errors import BadRequest, BudgetRefused, Misused
from assistant.find.per_recording import of_each, sought
from assistant.find.selection import Selection, named
from headrouter.hear.joint import joined
from headrouter.models import MODELS
from memory import Word
from tools.ingest import add_recording
from tools.transcript import RECOGNISER


def alike(texts):
    """Sentences are alike as far as they share words."""
    rows = torch.zeros(len(texts), 4096)
    for row, text in zip(rows, texts, strict=True):
        for word in text.lower().strip("?.").split():
            row[crc32(word.encode()) % 4096] += 1.0
    return torch.nn.functional.normalize(rows, dim=1)


@pytest.fixture
def quoting(tmp_path, listener):
    """A house whose model quotes."""
    house = House(tmp_path, listener, encoder=lambda: alike)
    with house.assistant:
        yield house


def said(house, recording, text, start=5.0):
    """A sentence that was recognised, all of the recording having been."""
    words = [
        Word(start + n / 2, start + n / 2 + 0.4, word, 0.9) for n, word in enumerate(text.split())
    ]
    house.store.add_words(recording.id, RECOGNISER, 0.0, recording.seconds, words)


class TestAQuestionIsToldApart:
    @pytest.mark.parametrize(
        ("text", "reduction", "asked"),
        [
            ("In which calls does a baby cry?", "which", "does a baby cry"),
            ("Which of my recordings mention the printer?", "which", "mention the printer"),
            ("How many meetings mention the printer?", "count", "mention the printer"),
            ("In how many of the calls is a dog heard?", "count", "is a dog heard"),
            ("In welchen Anrufen weint ein Baby?", "which", "weint ein Baby"),
            ("Dans combien d’enregistrements entend-on un chien ?", "count", "entend-on un chien"),
            ("¿En qué llamadas llora un bebé?", "which", "llora un bebé"),
            ("In quante riunioni si parla della stampante?", "count", "si parla della stampante"),
            ("Em que chamadas chora um bebe?", "which", "chora um bebe"),
            ("Hoeveel vergaderingen noemen de printer?", "count", "noemen de printer"),
        ],
    )
    def test_what_is_asked_of_each_recording(self, text, reduction, asked):
        each = of_each(text)
        assert (each.reduction, each.text) == (reduction, asked)

    @pytest.mark.parametrize(
        "text",
        [
            "Which sounds are heard?",
            "How many people speak?",
            "How many",
            "",
            "When is it?",
            "Welche Geräusche sind zu hören?",
            "Combien de personnes parlent ?",
            "Quanti parlano?",
        ],
    )
    def test_others_are_of_no_recording_by_itself(self, text):
        assert of_each(text) is None

    def test_what_is_looked_for_is_a_sound_or_words(self):
        assert [sound.name for sound in sought("does a baby cry").sounds] == ["crying baby"]
        assert sought("mention the North Wind").words == "north wind"
        assert sought("mentionnent l’imprimante").words == "imprimante"
        assert [sound.name for sound in sought("weint ein Baby").sounds] == ["crying baby"]
        assert sought("") is None

    def test_what_stands_for_several_recordings(self, tmp_path):
        assert named("all") == Selection()
        assert named("tag:work") == Selection(tags=("work",))
        assert named(str(tmp_path)) == Selection(folder=tmp_path)
        assert named("meeting.wav") is None


class TestOfEachRecording:
    def test_those_with_a_sound_are_listed_with_the_moment(self, house):
        house.record("a", sounds={"dog": (10, 13)})
        house.record("b")
        house.record("c", sounds={"dog": (30, 33)})
        found = house.assistant.ask_all("In which calls is a dog heard?")
        assert "Dog is heard in 2 of 3 recordings" in found.answer
        assert "a.wav (0:10)" in found.answer and "c.wav (0:30)" in found.answer
        assert {moment.name for moment in found.moments} == {"a.wav", "c.wav"}

    def test_those_that_mention_a_word_are_counted(self, house):
        house.record("a", said={5.0: "the printer is broken"})
        house.record("b", said={5.0: "the weather is fine"})
        found = house.assistant.ask_all("How many meetings mention the printer?")
        assert found.answer.startswith("1 of 2 recordings: a.wav (0:0")

    def test_none_is_said_plainly(self, house):
        house.record("a")
        found = house.assistant.ask_all("Which recordings mention the printer?")
        assert found.answer == "“printer” is said in none of 1 recordings."
        assert found.moments == []

    def test_an_unsure_moment_is_asked_of_the_recogniser(self, tmp_path, listener):
        recogniser = Transcript(said={0.1: "the printer"})
        house = House(tmp_path, listener, lambda: recogniser)
        with house.assistant:
            house.record("a", said={0.2: "the prowntart"}, seconds=1.0)
            found = house.assistant.ask_all("Which recordings mention the printer?")
            assert recogniser.asked
            assert "is said in 1 of 1 recordings: a.wav (0:00)" in found.answer

    def test_what_names_nothing_is_refused_with_an_example(self, house):
        house.record("a")
        with pytest.raises(BadRequest, match="in which calls is a dog heard"):
            house.assistant.ask_all("In which calls?")


class TestSounds:
    def test_are_told_with_recording_and_times(self, house):
        house.record("a", sounds={"siren": (10, 13)})
        house.record("b")
        found = house.assistant.ask_all("When is a siren heard?")
        assert found.answer == "Siren in 1 of 2 recordings:\na.wav: at 0:10"

    def test_that_are_nowhere_are_denied(self, house):
        house.record("a")
        found = house.assistant.ask_all("When is a siren heard?")
        assert found.answer == "No siren is heard in 1 recordings."


class TestWhatWasSaid:
    def test_is_quoted_with_recording_and_moment(self, quoting):
        a, b = quoting.record("a"), quoting.record("b")
        said(quoting, a, "The budget was cut by half.")
        said(quoting, b, "The weather is fine today.")
        found = quoting.assistant.ask_all("What was said about the budget?")
        assert found.answer == "a.wav 0:05 “The budget was cut by half.”"
        (moment,) = found.moments
        assert (moment.recording, moment.start) == (a.id, 5.0)

    def test_that_nobody_said_is_denied_with_the_words_that_are_missing(self, quoting):
        said(quoting, quoting.record("a"), "The weather is fine today.")
        found = quoting.assistant.ask_all("What was said about the printer?")
        assert "“printer” is not mentioned" in found.answer

    def test_that_is_heard_though_recognised_as_something_else_is_not_denied_flatly(self, quoting):
        a = quoting.record("a", said={5.0: "the printer is broken"})
        said(quoting, a, "The sprinter is broken.")
        found = quoting.assistant.ask_all("What was said about the printer?")
        assert found.answer.startswith("Can’t tell")
        assert found.answer.endswith("By ear, perhaps in a.wav (0:04).")
        assert [moment.recording for moment in found.moments] == [a.id]

    def test_of_a_file_that_is_gone_is_left_out(self, quoting):
        a = quoting.record("a", said={5.0: "the budget is small"})
        a.path.unlink()
        found = quoting.assistant.ask_all("What was said about the budget?")
        assert found.answer.startswith("Can’t tell")


class TestAModelThatWordsItsAnswers:
    @pytest.fixture
    def wording(self, tmp_path):
        card = replace(MODELS["nano"], name="big", quotes=False, sounds=(), voices=())
        house = House(tmp_path, Reader(card=card))
        with house.assistant:
            yield house

    def test_hears_stretches_of_several_recordings_in_one_prefill(self, wording):
        names = [wording.record(name, seconds=60.0).name for name in "abc"]
        found = wording.assistant.ask_all("What is it like?")
        assert found.answer == "I heard: What is it like?"
        ((_, plan),) = wording.listener.asked
        (span,) = plan.spans
        assert span == (0, 3 * round(24 / 0.08))
        assert found.moments and {moment.name for moment in found.moments} <= set(names)
        assert all(0 <= m.start < m.end <= 60 for m in found.moments)
        assert "3 recordings at once" in found.how

    def test_hears_first_where_the_words_are(self, wording, monkeypatch):
        heard = []

        def noted(stretches):
            heard.extend(stretches)
            return joined(stretches)

        monkeypatch.setattr("assistant.find.listening.joined", noted)
        for number in range(8):
            wording.record(f"r{number}", seconds=60.0)
        right = wording.record("right", said={50.0: "the budget is small"}, seconds=60.0)
        wording.assistant.ask_all("What about the budget?")
        ((_, plan),) = wording.listener.asked
        assert plan.spans[0][1] <= wording.listener.card.whole_tokens
        index, (first, last) = heard[0]
        assert right.sha256 in index.folder.parts
        assert first * 0.08 < 50.2 < last * 0.08

    def test_hears_no_more_than_the_memory_allows(self, wording, monkeypatch):
        from assistant.budget.plan import Memory

        wording.record("a", seconds=60.0)
        monkeypatch.setattr("assistant.ask.budgeting.memory_now", lambda context: Memory(0, 1))
        with pytest.raises(BudgetRefused):
            wording.assistant.ask_all("What is it like?")


class TestWhatIsRefused:
    def test_an_empty_question(self, house):
        house.record("a")
        with pytest.raises(Misused):
            house.assistant.ask_all(" ")

    def test_recordings_of_which_none_was_heard(self, house):
        add_recording(house.store, write_wav(house.folder / "new.wav", tone(3)))
        with pytest.raises(BadRequest, match="headrouter ingest"):
            house.assistant.ask_all("What was said?")

    def test_a_range_of_time(self, house):
        house.record("a")
        with pytest.raises(Misused, match="name one of them"):
            asking.ask_all(None, Request("all", "When?", start=3.0), Selection(), None, False, True)


def test_the_command_prints_the_answer_and_what_it_rests_on(house, monkeypatch, capsys):
    house.record("a", sounds={"dog": (10, 13)})
    monkeypatch.setattr(asking, "given", lambda context: {})
    monkeypatch.setattr(asking, "opened", lambda flags, offer: nullcontext(house.assistant))
    asked = Request("all", "Which calls have a dog barking?")
    asking.ask_all(None, asked, Selection(), Event(), False, False)
    out, err = capsys.readouterr()
    assert out.startswith("Dog is heard in 1 of 1 recordings: a.wav (0:10).")
    assert "a.wav 0:10-" in err
    asking.ask_all(None, asked, Selection(), Event(), False, True)
    assert json.loads(capsys.readouterr().out)["searched"] == 1
