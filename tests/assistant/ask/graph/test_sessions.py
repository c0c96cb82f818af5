"""Conversations: what was asked before, and questions that are none."""

import pytest
from asking import QUESTION, ask

from assistant.errors import BadRequest
from memory import NotFound


class TestSessions:
    def test_a_new_one_is_begun(self, assistant, wav):
        first, second = ask(assistant, wav), ask(assistant, wav)
        assert first.done.session != second.done.session
        assert [s.title for s in assistant.store.sessions()] == [QUESTION, QUESTION]

    def test_a_given_one_goes_on(self, assistant, wav):
        session = ask(assistant, wav).done.session
        assert ask(assistant, wav, "And then?", session=session).done.session == session
        questions = [turn.question for turn in assistant.store.turns(session)]
        assert questions == [QUESTION, "And then?"]

    def test_an_unknown_one_is_refused_before_anything_is_heard(self, assistant, fake, wav):
        error = ask(assistant, wav, session=99).error
        assert isinstance(error, NotFound)
        assert "There is no session 99" in str(error)
        assert fake.ingested == 0

    def test_after_a_bad_rating_more_is_kept(self, assistant, wav):
        done = ask(assistant, wav).done
        assert ask(assistant, wav, session=done.session).report.keep == 0.4
        latest = assistant.store.turns(done.session)[-1]
        assistant.store.rate_turn(latest.id, -1)
        run = ask(assistant, wav, session=done.session)
        assert run.report.keep == pytest.approx(0.6)
        why = "keep 0.6: more, because a similar question was not answered well"
        assert run.report.reason == why
        assert ask(assistant, wav).report.keep == 0.4  # a conversation of its own
        other = ask(assistant, wav, "Is a dog barking?", session=done.session)
        assert other.report.keep == 0.4

    def test_after_a_second_listen_too(self, assistant, fake, wav):
        fake.confidence = lambda plan: -9.0
        session = ask(assistant, wav).done.session
        fake.confidence = lambda plan: 0.0
        assert ask(assistant, wav, session=session).report.keep == pytest.approx(0.6)

    def test_good_ratings_again_and_again_keep_less(self, assistant, wav):
        session = None
        for keep in (0.4, 0.4, 0.36, 0.324):
            run = ask(assistant, wav, session=session)
            assert run.report.keep == pytest.approx(keep)
            session = run.done.session
            assistant.store.rate_turn(run.done.turn, 1)
        assert "less, because similar questions were answered well" in run.report.reason

    def test_a_good_rating_changes_nothing_and_a_fixed_keep_stays(self, assistant, wav):
        done = ask(assistant, wav).done
        assistant.store.rate_turn(done.turn, 1)
        assert ask(assistant, wav, session=done.session).report.keep == 0.4
        assistant.store.rate_turn(assistant.store.turns(done.session)[-1].id, -1)
        assert ask(assistant, wav, session=done.session, keep=0.3).report.keep == 0.3

    def test_a_question_that_is_longer_than_the_model_can_use(self, assistant, fake, wav):
        assert ask(assistant, wav, "why " * fake.card.longest_question).done
        error = ask(assistant, wav, "why " * 1025).error
        assert isinstance(error, BadRequest)
        assert str(error).startswith("the question has 1025 tokens in 4100 characters, and")
        assert "takes 1024, some 4096 characters" in str(error)

    @pytest.mark.parametrize("question", ["x" * 20_000, "why " * 3_000])
    def test_a_question_that_no_model_can_use(self, assistant, fake, wav, question):
        error = ask(assistant, wav, question).error
        assert f"has {len(question)} characters, and 10000 are the most" in str(error)
        assert assistant.store.recordings() == []

    @pytest.mark.parametrize("question", ["", "  \n"])
    def test_an_empty_question(self, assistant, fake, wav, question):
        error = ask(assistant, wav, question).error
        assert isinstance(error, BadRequest)
        assert "the question is empty" in str(error)
        assert assistant.store.recordings() == []

    def test_a_question_without_end(self, assistant, fake, wav):
        error = ask(assistant, wav, "a" * 10_001).error
        assert isinstance(error, BadRequest)
        assert "10001 characters, and 10000 are the most" in str(error)
        assert fake.ingested == 0
        assert ask(assistant, wav, "a" * 10_000).done
