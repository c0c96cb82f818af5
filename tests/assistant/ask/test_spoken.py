"""What was said, who said it, and what kind of recording it is: quoted, or said not to be there."""

from dataclasses import replace

import pytest
from media import FakeDiariser, Transcript, bag_of_words, talk, write_wav

from assistant.app import Assistant
from assistant.ask.answers import evidence
from assistant.ask.context import Models
from assistant.ask.events import Cited, Done, Heard
from assistant.ask.state import Request
from assistant.settings import Settings
from headrouter.fakes import FakeListener
from headrouter.models import MODELS
from tools.errors import SpeakersError
from tools.ingest import add_recording

SAID = {
    0.0: "Good morning, I am Anna.",
    2.0: "I think we should cut the travel budget.",
    6.0: "When was your appointment?",
    10.0: "It was on Thursday at three.",
    12.0: "Robert, please order a new printer.",
    15.0: "I will order a new printer today.",
    18.0: "The launch moves to May.",
}
TURNS = talk(("A", 6), ("B", 4), ("A", 2), ("B", 3), ("A", 6), (" ", 4))
"""Anna, a woman, from 0 to 6, 10 to 12 and 15 to 21; a man from 6 to 10 and 12 to 15."""


class Nobody:
    def __enter__(self):
        raise SpeakersError("there is no library that tells speakers apart")

    def __exit__(self, *error):
        pass


@pytest.fixture
def recogniser():
    return Transcript(said=dict(SAID))


@pytest.fixture
def listener():
    woman, man = [(0.0, 6.0), (10.0, 12.0), (15.0, 21.0)], [(6.0, 10.0), (12.0, 15.0)]
    sounds = {"woman": woman, "man": man, "dog": [(22.0, 24.0)]}
    return FakeListener(card=replace(MODELS["nano"], name="fake"), sounds=sounds)


@pytest.fixture
def models(listener, recogniser):
    return Models(lambda: listener, lambda: recogniser, FakeDiariser, lambda: bag_of_words)


@pytest.fixture
def assistant(tmp_path, models):
    settings = Settings(home=tmp_path / "home", cache=tmp_path / "cache")
    with Assistant(settings, models) as assistant:
        yield assistant


@pytest.fixture
def ask(assistant, tmp_path):
    wav = write_wav(tmp_path / "meeting.wav", TURNS)

    def ask(question, **request):
        events = list(assistant.ask(Request(str(wav), question, **request)))
        assert isinstance(events[-1], Done), events[-1]
        ask.report = next(event.report for event in events if isinstance(event, Heard))
        ask.cited = next(event.citations for event in events if isinstance(event, Cited))
        ask.session = events[-1].session
        return events[-1].answer

    return ask


class TestSaid:
    def test_the_sentence_is_quoted_with_its_time(self, ask):
        assert ask("What was said about the travel budget?").startswith(
            "0:02 “I think we should cut the travel budget."
        )
        assert ask.report.words == "quoted"
        assert ask.report.reason.startswith("Quoted: of the words recognised")
        (first, *_) = ask.cited
        assert (first.start, first.share > 0) == (2.0, True)

    def test_the_model_is_not_run(self, ask, listener, monkeypatch):
        monkeypatch.setattr(listener, "answer", lambda *a, **k: 1 / 0)
        monkeypatch.setattr(listener, "scan", lambda *a, **k: 1 / 0)
        ask("What was said about the launch?")

    def test_a_question_is_quoted_with_its_answer(self, ask):
        assert "Thursday at three" in ask("When was the appointment?")

    def test_who_is_asked_for_is_told(self, ask):
        answer = ask("Who is to order the printer?")
        assert "0:15 Speaker 1: “I will order a new printer today." in answer
        assert "0:12 Speaker 2: “Robert, please order" in answer

    def test_what_somebody_said(self, ask, assistant, tmp_path):
        recording = add_recording(assistant.store, tmp_path / "meeting.wav")
        assistant.speakers(recording)
        assistant.name_speaker(recording, "2", "Robert")
        answer = ask("What did Robert say about the printer?")
        assert answer == "0:12 Robert: “Robert, please order a new printer.”"

    def test_nothing_like_it_was_said(self, ask):
        told = ask("What was said about the submarines?")
        assert told == (
            "Can’t tell: nothing that was said answers this; “submarines” is not mentioned."
        )
        assert ask.cited == []

    def test_what_is_said_next_to_a_sound_that_is_named(self, ask, recogniser):
        recogniser.said[20.0] = "Quiet, Rex!"
        told = ask("What is the dog called?")
        assert told.startswith("Can’t tell: nothing that was said answers this; “called” and “dog”")
        assert "Dog can be heard at 0:22, and next to it is said:\n0:18 “" in told
        assert "Quiet, Rex!" in told
        assert "can be heard" not in ask("What is the cat called?")

    def test_whether_it_was_mentioned(self, ask):
        assert ask("Did anyone mention a hotel?").startswith("No: nothing that was said")
        assert "travel budget" in ask("Did anyone mention the budget?")

    def test_an_amount_of_what_no_amount_is_told_of(self, ask, recogniser):
        recogniser.said[8.0] = "A printer prints ten pages."
        told = ask("How many pages does a printer print?")
        assert told.startswith("0:08") and "ten pages" in told
        none = ask("How much should we cut the travel budget?")
        assert none.startswith(
            "Can’t tell: no amount is told. What is said about it:\n0:02 “I think"
        )

    def test_a_time_that_is_not_told(self, ask):
        told = ask("When should we cut the travel budget?")
        assert told.startswith("Can’t tell: no time is told. What is said about it:\n0:02 “I think")

    def test_a_thing_that_is_asked_for_and_not_mentioned(self, ask):
        told = ask("Which brand will I order of the new printer today?")
        assert told.startswith("Can’t tell: “brand” is not mentioned. What is said about it:\n")
        assert "new printer" in told

    def test_a_mention_needs_all_that_it_is_of(self, ask):
        told = ask("Was it mentioned that Robert please order a new printer with wheels?")
        assert told.startswith("“wheels” is not mentioned. What comes nearest:\n")

    def test_what_mostly_only_asks_may_be_asked_about(self, ask, recogniser):
        recogniser.said[2.0] = "The letter is from the bank."
        assert ask("What is said about the letter?").startswith("0:02 “The letter is")

    def test_doubtful_words_are_heard_again_with_the_question_in_mind(self, ask, recogniser):
        recogniser.sure = 0.3
        recogniser.said[2.0] = "I think we should hut the travel budget."
        recogniser.clearly[2.0] = "I think we should cut the travel budget."
        told = ask("What should we do with the travel budget?")
        assert told.startswith("0:02 “I think we should cut the travel budget.")
        assert "Not clearly heard: “think”" in told
        assert recogniser.hints == ["What should we do with the travel budget?"]
        assert "heard once more, with the question in mind" in ask.report.reason

    def test_another_sentence_is_not_taken_for_a_clearer_one(self, ask, recogniser):
        recogniser.sure = 0.3
        recogniser.clearly[2.0] = "What shall we do with it then?"
        told = ask("What should we do with the travel budget?")
        assert told.startswith("0:02 “I think we should cut the travel budget.")

    def test_words_that_are_sure_are_not_heard_again(self, ask, recogniser):
        ask("What should we cut?")
        assert recogniser.hints == []

    def test_yes_or_no_needs_what_it_asks_for(self, ask):
        told = ask("Did Robert order a new printer with wheels?")
        assert told.startswith("“wheels” is not mentioned. What comes nearest:\n")

    def test_it_is_quoted_with_what_it_stands_for(self, ask, recogniser):
        recogniser.said = {0.0: "We have a garden.", 2.0: "It is full of roses."}
        assert ask("What is full of roses?") == "0:00 “We have a garden. It is full of roses.”"

    def test_how_often_is_told_where_it_is_not_said_itself(self, ask, recogniser):
        recogniser.said[21.0] = "The tower fell twice."
        assert "fell twice" in ask("How many times did the tower collapse?")
        assert ask("How many times did Anna sell a boat?").startswith("Can’t tell")

    def test_how_often(self, ask):
        assert ask("How often is the printer mentioned?") == "Twice, at 0:13 and 0:16."

    def test_what_came_after(self, ask):
        answer = ask("What was said after the appointment was mentioned?")
        assert answer.startswith("0:10 “It was on Thursday at three.”")

    def test_what_was_said_before_a_sound_is_nearer_than_a_sound_long_before(self, ask, listener):
        listener.sounds["church bells"] = [(1.0, 2.0)]
        assert ask("What happens before the dog barks?").startswith("0:18 “The launch moves")

    def test_a_question_in_another_language(self, ask):
        answer = ask("Was wurde über die Katze gesagt?")
        assert answer == (
            "Can’t tell: the question is in German and what was said is in English: ask in English."
        )

    def test_of_another_language_only_names_are_found(self, ask):
        answer = ask("Was hat Robert über die Katze gesagt?")
        assert "ask in English. With “robert” in it:\n0:12 “Robert, please order" in answer
        assert "not mentioned" not in answer
        assert ask("Wurde eine Katze erwähnt?").startswith("Can’t tell: the question is in German")

    def test_of_another_language_what_means_the_same_is_quoted(self, ask, models):
        english = {"Wann ist der Start?": "The launch moves", "Was ist neu?": "a new printer"}
        models.load_across = lambda: lambda texts: bag_of_words([english.get(t, t) for t in texts])
        assert ask("Wann ist der Start?") == "0:18 “The launch moves to May.”"
        assert "another language" in ask.report.reason
        unlike = ask("Gibt es ein Schwimmbad?")
        assert unlike == (
            "Can’t tell: the question is in German and what was said is in English, and nothing "
            "comes near it."
        )

    def test_across_languages_what_only_comes_near_is_no_answer(self, ask, models, recogniser):
        english = {"Was kostet der Drucker?": "How much is the printer?"}
        models.load_across = lambda: lambda texts: bag_of_words([english.get(t, t) for t in texts])
        told = ask("Was kostet der Drucker?")  # no sum of money is told
        assert told.startswith("Can’t tell for sure: the question is in German and what was said")
        assert "printer" in told

    def test_each_stretch_is_searched_in_its_own_language(self, ask, recogniser):
        recogniser.said[8.0] = "Der Brunnen im Hof ist tief."
        recogniser.languages[8.0] = "de"
        assert "0:08" in ask("Wie tief sind die Brunnen?")
        assert "travel budget" in ask("What was said about the travel budget?")

    def test_two_languages_are_no_one_quote(self, ask, recogniser):
        recogniser.said = {2.0: "The budget was cut.", 3.2: "Der Brunnen ist tief."}
        recogniser.languages = {2.0: "en", 3.2: "de"}
        told = ask("What was said about the budget?")
        assert told == "0:02 “The budget was cut.”\n0:03 “Der Brunnen ist tief.”"

    def test_of_silence_nothing_is_said(self, ask, recogniser):
        recogniser.said.clear()
        assert ask("What was said about the budget?").startswith("Nothing is said")

    def test_a_range_is_kept_to(self, ask):
        assert ask("What was said about the travel budget?", start=8.0).startswith("Can’t tell")

    def test_words_off_is_for_the_model(self, ask):
        assert ask("What was said about the launch?", words="off").startswith("I heard")

    def test_what_would_take_long_to_recognise_is_looked_for_by_ear(self, ask, monkeypatch):
        monkeypatch.setattr(evidence, "LONGEST", 5.0)
        ask("What was said about the launch?")
        assert ask.report.predicted_bytes  # the model listened

    def test_without_the_file_what_was_heard_is_left(self, ask, tmp_path):
        ask("When does the dog bark?")
        (tmp_path / "meeting.wav").rename(tmp_path / "gone.wav")
        assert ask("What was said about the launch?").startswith("I heard")
        assert any("without recognised words" in note for note in ask.report.notes)


class TestWhole:
    def test_a_task_is_told_once_and_by_whom(self, ask):
        assert ask("What are the action items?") == (
            "0:12 Speaker 2: “Robert, please order a new printer.”\n"
            "0:15 Speaker 1: “I will order a new printer today.”"
        )

    def test_of_what_is_said_twice_the_longer_is_kept(self, ask, recogniser):
        recogniser.said[20.0] = "I will order a new printer."
        assert ask("What are the action items?").count("I will order") == 1

    def test_decisions_where_they_are_asked_for(self, ask, recogniser):
        recogniser.said[20.0] = "It is decided."
        assert "It is decided." in ask("Which decisions were made?")
        assert "It is decided." not in ask("What are the action items?")

    def test_what_leads_to_a_task_is_left_out(self, ask, recogniser):
        recogniser.said.clear()
        recogniser.said[0.0] = "Good morning everyone, it is Tuesday, I am Anna, and I will write."
        assert "“I am Anna, and I will write.”" in ask("What are the action items?")

    def test_the_tasks_of_somebody(self, ask, recogniser):
        recogniser.said |= {18.0: "Anna will call the bank.", 21.0: "I will write a letter."}
        told = ask("Which tasks does Robert have?")
        assert "printer" in told and "bank" not in told and "letter" not in told

    def test_what_only_will_be_is_no_task(self, ask, recogniser):
        recogniser.said = {0.0: "It will rain on Sunday.", 3.0: "They will come. I will be late."}
        assert ask("What are the action items?").startswith("No task")

    def test_a_task_is_quoted_with_the_question_that_it_answers(self, ask, recogniser):
        recogniser.said = {0.0: "Who takes care of the plants?", 3.0: "I will carry them."}
        assert "Who takes care of the plants? I will carry them." in ask("What are the tasks?")

    def test_no_task(self, ask, recogniser):
        recogniser.said.clear()
        recogniser.said[0.0] = "It rained all day long."
        assert ask("What are the action items?").startswith("No task")

    def test_a_summary_says_who_and_when(self, ask):
        lines = ask("Summarise this meeting.").splitlines()
        assert 1 <= len(lines) <= 7
        assert all(" Speaker " in line and line[1] == ":" for line in lines)

    def test_too_little_to_sum_up_is_said_to_be_so(self, ask, recogniser):
        recogniser.said = {0.0: "When?", 3.0: "Oh yes."}
        told = ask("What do the people talk about?")
        assert told.startswith("Can’t tell: too little was said to sum it up. All of it:\n0:00 ")

    def test_a_summary_begins_with_what_all_is_about(self, ask, recogniser):
        recogniser.said = {
            0.0: "Hello.",
            1.0: "Today we speak about the sea.",
            5.0: "The travel budget pays for the new printer.",
            9.0: "We cut the travel budget for the printer.",
            13.0: "The new printer prints the travel budget.",
            17.0: "The travel budget and the new printer are cut.",
        }
        assert ask("Summarise it").startswith("0:01 Speaker 1: “Today we speak about the sea.”")

    def test_a_profile(self, ask):
        told = ask("Anything interesting?")
        assert told.startswith("0:25 long. People speak for ")
        assert "Two voices. English is spoken. Sounds: dog." in told
        assert "Most telling of what is said:\n0:" in told

    def test_the_language(self, ask):
        assert ask("What language is spoken?") == "English."

    def test_several_languages_are_told_with_their_times(self, ask, recogniser):
        recogniser.said = {0.0: "Good morning, I am Anna.", 6.0: "Guten Tag, ich bin Anna."}
        recogniser.languages = {0.0: "en", 6.0: "de"}
        told = ask("What language is spoken?")
        assert told == "English (0:00-0:01) and German (0:06-0:07)."
        assert "English and German are spoken." in ask("What is this?")


class TestPeople:
    def test_how_many_and_who(self, ask):
        assert ask("How many people are speaking?") == (
            "Two people speak, one woman and one man: Speaker 1 (a woman, 14 seconds, says “Anna” "
            "is the name) and Speaker 2 (a man, 7 seconds)."
        )
        assert ask.report.reason.startswith("Told from the voices")
        heard = (
            "hears the same of the two in 100% of what Speaker 1 says and 100% of what Speaker 2"
        )
        assert heard in ask.report.reason

    def test_the_report_says_how_far_the_ear_agrees(self, ask, listener):
        """Anna sounds like a man from 10 to 12 s: in 12 of her 14 seconds she does not."""
        listener.sounds["woman"].remove((10.0, 12.0))
        listener.sounds["man"].append((10.0, 12.0))
        assert "Speaker 1 (a woman" in ask("How many people are speaking?")
        assert "in 86% of what Speaker 1 says and 100% of what Speaker 2" in ask.report.reason

    def test_who_speaks_most(self, ask):
        assert ask("Who speaks most?").startswith("Speaker 1 speaks most. In all: Speaker 1 (")

    def test_of_a_range(self, ask):
        assert ask("How many people speak?", start=16.0).startswith("One person speaks: Speaker 1")

    def test_where_voices_can_not_be_told_apart_the_model_is_asked(self, ask, models):
        models.diariser = Nobody
        assert ask("How many people are speaking?").startswith("I heard")
        assert "“I will order" in ask("Who will order the printer?")


def test_a_model_that_words_well_is_left_to_it(ask, listener):
    listener.card = replace(listener.card, quotes=False)
    assert ask("What was said about the launch?").startswith("I heard")


class TestTheTurnBefore:
    @pytest.mark.parametrize(
        ("first", "then", "answer"),
        [
            ("What was said about the travel budget?", "And when was that?", "At 0:02."),
            ("What was said about the travel budget?", "Who said it?", "Speaker 1 at 0:02."),
            ("How often is the printer mentioned?", "When was that?", "At 0:13 and 0:16."),
            (
                "How often is the printer mentioned?",
                "And who said that?",
                "Speaker 2 at 0:13 and Speaker 1 at 0:16.",
            ),
            ("How often is the printer mentioned?", "What about the second one?", "0:16 “printer”"),
            ("How often is the printer mentioned?", "And the last one?", "0:16 “printer”"),
            (
                "How often is the printer mentioned?",
                "What about the fifth?",
                "There are no more than 2 moments.",
            ),
            ("How often is the printer mentioned?", "What about the launch?", "Once, at 0:18."),
            ("What was said about the launch?", "How about the cat?", "Can’t tell: nothing"),
            ("When does the dog bark?", "What about the rooster?", "No rooster is heard."),
            ("Is there a rooster?", "And what about a dog?", "Yes, at 0:22."),
            ("When does the dog bark?", "And when was that?", "At 0:22."),
            ("What was said about the launch?", "And when did that happen?", "At 0:18.\n0:18 “"),
            ("How often is the printer mentioned?", "And the second time?", "0:16 “printer”"),
            ("What was said about the launch?", "When was that said?", "At 0:18."),
            ("What was said about the launch?", "Und wann war das?", "At 0:18."),
            ("What was said about the launch?", "Wer hat das gesagt?", "Speaker 1 at 0:18."),
            ("What was said about the launch?", "Et quand était-ce ?", "At 0:18."),
            ("What was said about the launch?", "¿Quién lo dijo?", "Speaker 1 at 0:18."),
            ("What was said about the launch?", "E quando è stato?", "At 0:18."),
            ("What was said about the launch?", "E quando foi isso?", "At 0:18."),
            ("What was said about the launch?", "En wanneer was dat?", "At 0:18."),
            ("Who will order the printer?", "And by when?", "0:15 Speaker 1: “I will order a"),
            ("Is the appointment mentioned?", "What was said after that?", "0:15 “I will order a"),
            ("What was said about the launch?", "And before that?", "0:15 “I will order a"),
            ("What was said about the launch?", "What came after that?", "A dog, at 0:22."),
            ("When does the dog bark?", "And the rooster?", "No rooster is heard."),
            ("How often is the printer mentioned?", "And the launch?", "Once, at 0:18."),
        ],
    )
    def test_is_referred_to(self, ask, first, then, answer):
        ask(first)
        assert ask(then, session=ask.session).startswith(answer)

    def test_what_was_understood_is_told_and_what_was_asked_is_kept(self, ask, assistant):
        ask("What was said about the launch?")
        ask("What about the printer?", session=ask.session)
        assert "understood as “What was said about the printer?”" in ask.report.notes
        ask("And the launch?", session=ask.session)
        asked = [turn.question for turn in assistant.store.turns(ask.session)]
        assert asked == [
            "What was said about the launch?",
            "What about the printer?",
            "And the launch?",
        ]

    def test_a_chain_leads_to_the_question_that_stands_by_itself(self, ask):
        ask("How often is the printer mentioned?")
        ask("What about the launch?", session=ask.session)
        assert ask("And what about the budget?", session=ask.session) == "Once, at 0:03."

    @pytest.mark.parametrize("first", ["Is there a rooster?", "What was said about submarines?"])
    def test_a_denial_has_no_moment_to_tell_of(self, ask, first):
        ask(first)
        assert ask("And when was that?", session=ask.session) == (
            "Can’t tell: the answer before found nothing, so there is no moment to tell of."
        )

    def test_the_first_of_a_conversation_stands_as_it_is(self, ask):
        ask("What about the printer?")
        assert "understood as “What was said about the printer?”" in ask.report.notes
        told = "Can’t tell what this refers to: nothing was asked before it."
        assert ask("When was that?") == told
