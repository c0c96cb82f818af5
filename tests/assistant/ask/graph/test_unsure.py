"""Answers of which the model is not sure."""

import pytest
from asking import ask

from assistant.ask.events import Again, Planned, Token
from headrouter.errors import InvalidKeep


class TestUnsure:
    @pytest.fixture
    def fake(self, fake):
        """Unsure at less than half."""
        fake.confidence = lambda plan: -0.2 if plan.keep >= 0.5 else -3.0
        fake.reply = lambda question, plan: f"at {plan.keep:g}"
        return fake

    def test_it_listens_once_more_to_twice_as_much(self, assistant, fake, wav):
        run = ask(assistant, wav)
        assert [plan.keep for _, plan in fake.asked] == [0.4, 0.8]
        assert run.done.answer == "at 0.8"
        assert [plan.keep for plan in run.all(Planned)] == [0.4, 0.8]
        assert run.one(Again).reason == "not sure of that; listening again, more closely"
        assert run.report.escalations == 1
        assert (run.report.keep, run.report.confidence) == (0.8, -0.2)
        assert run.report.reason == "keep 0.8: more, because the first answer was unsure"
        assert assistant.store.turns(run.done.session)[0].escalations == 1

    def test_the_first_answer_comes_before_again_and_the_second_after(self, assistant, wav):
        run = ask(assistant, wav)
        kinds = [type(e) for e in run.events]
        middle = kinds.index(Again)
        said = [
            "".join(e.text for e in part if isinstance(e, Token))
            for part in (run.events[:middle], run.events[middle:])
        ]
        assert said == ["at 0.4", "at 0.8"]

    def test_only_once(self, assistant, fake, wav):
        fake.confidence = lambda plan: -9.0
        run = ask(assistant, wav)
        assert len(fake.asked) == 2
        assert (run.report.escalations, run.report.confidence) == (1, -9.0)

    def test_never_to_more_than_everything(self, assist, fake, wav):
        fake.confidence = lambda plan: -9.0
        ask(assist(default_keep=0.7), wav)
        assert [plan.keep for _, plan in fake.asked] == [0.7, 1.0]

    def test_not_when_everything_was_heard(self, assist, fake, wav):
        fake.confidence = lambda plan: -9.0
        ask(assist(default_keep=1.0), wav)
        assert [plan.keep for _, plan in fake.asked] == [1.0]

    def test_not_when_the_keep_was_fixed(self, assist, fake, wav):
        assert ask(assist(), wav, keep=0.3).report.reason == "keep 0.3: as you asked"
        ask(assist(keep=0.2), wav)
        ask(assist(keep=0.2), wav, keep=0.25)
        assert [plan.keep for _, plan in fake.asked] == [0.3, 0.2, 0.25]

    @pytest.mark.parametrize(("confidence", "times"), [(-1.2, 1), (-1.21, 2)])
    def test_the_threshold(self, assistant, fake, wav, confidence, times):
        fake.confidence = lambda plan: confidence
        ask(assistant, wav)
        assert len(fake.asked) == times

    def test_a_keep_that_is_none_is_refused(self, assistant, wav):
        assert isinstance(ask(assistant, wav, keep=7.0).error, InvalidKeep)
