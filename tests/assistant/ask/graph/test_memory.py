"""Memory and disk that are short."""

import weakref
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from asking import CARD, QUESTION, ask

from assistant.ask import budgeting, nodes
from assistant.ask.context import Models
from assistant.ask.events import Again, Planned
from assistant.budget.plan import Memory
from assistant.errors import BudgetRefused
from headrouter.fakes import FakeListener
from headrouter.prune.pieces import PIECE
from memory import DiskFull, Store, Word
from tools.errors import DiskError

FULL = (
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
    RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
    RuntimeError("could not create a primitive"),
    MemoryError(),
)


class Failing(FakeListener):
    """Raises the errors given, one an attempt, and then answers."""

    def __init__(self, *errors):
        super().__init__(card=CARD)
        self.errors, self.tried = list(errors), []

    def answer(self, index, question, plan, **more):
        self.tried.append(plan.keep)
        if self.errors:
            raise self.errors.pop(0)
        return super().answer(index, question, plan, **more)


class TestOutOfMemory:
    @pytest.mark.parametrize("error", FULL, ids=lambda error: type(error).__name__)
    def test_it_steps_down_and_goes_on(self, assist, wav, error):
        fake = Failing(error)
        assistant = assist(fake)
        run = ask(assistant, wav)
        assert fake.tried == [0.4, 0.2]
        assert run.done.answer == f"I heard: {QUESTION}"
        assert run.one(Again).reason == "memory ran out; listening again to less"
        assert run.report.keep == 0.2
        assert run.report.reason == "keep 0.2: less than planned, because memory ran out"
        good, bad = assistant.store.runs("fake", "cpu")
        assert (good.outcome, good.keep) == ("ok", 0.2)
        assert (bad.outcome, bad.keep) == ("oom", 0.4)
        assert bad.predicted_bytes > 0
        assert (bad.measured_bytes, bad.measured_seconds, bad.kept_tokens) == (None, None, 0)

    def test_three_times_is_enough(self, assist, wav):
        fake = Failing(*FULL, MemoryError())
        assistant = assist(fake)
        run = ask(assistant, wav)
        assert isinstance(run.error, BudgetRefused)
        assert "memory ran out 3 times, the last at keep 0.1" in str(run.error)
        assert fake.tried == [0.4, 0.2, pytest.approx(0.1)]
        assert [r.outcome for r in assistant.store.runs("fake", "cpu")] == ["oom"] * 3
        assert assistant.store.sessions() == []
        assert len(run.all(Again)) == 2
        fake.errors.clear()
        assert ask(assistant, wav).done.answer  # and it is not poisoned

    def test_an_unsure_answer_is_not_asked_for_more_where_more_ran_out(self, assist, wav):
        fake = Failing(MemoryError())
        fake.confidence = lambda plan: -9.0
        assistant = assist(fake)
        run = ask(assistant, wav)
        assert fake.tried == [0.4, 0.2]
        assert run.done.answer

    def test_what_the_error_held_is_free_before_the_next_attempt(self, assist, wav, monkeypatch):
        fake, held, freed = Failing(), [], []

        def answer(*args, **kwargs):
            tensors = np.zeros(8)
            held.append(weakref.ref(tensors))
            raise MemoryError(f"besides {len(tensors)} numbers")

        def record(*args):
            freed.append(held[-1]() is None)

        monkeypatch.setattr(fake, "answer", answer)
        monkeypatch.setattr(nodes, "record_run", record)
        assert isinstance(ask(assist(fake), wav).error, BudgetRefused)
        assert freed == [True, True, True]

    @pytest.mark.parametrize(
        "error", [RuntimeError("mat1 and mat2 shapes cannot be multiplied"), ValueError("bug")]
    )
    def test_any_other_error_is_a_bug_and_shows(self, assist, wav, error):
        assistant = assist(Failing(error))
        with pytest.raises(type(error), match=str(error)):
            ask(assistant, wav)
        assert assistant.store.runs("fake", "cpu") == []


class TestBudget:
    def test_what_was_predicted_and_what_was_measured(self, assistant, wav):
        report = ask(assistant, wav).report
        (run,) = assistant.store.runs("fake", "cpu")
        assert run.outcome == "ok"
        assert (run.audio_tokens, run.kept_tokens, run.keep) == (250, 100, 0.4)
        assert run.prompt_tokens == len(QUESTION.split())
        assert run.predicted_bytes > 10**6
        assert 0 < run.predicted_seconds < 60
        assert run.measured_bytes is not None
        assert run.measured_seconds > 0
        assert report.predicted_bytes > run.predicted_bytes  # with the process itself
        assert report.measured_bytes > 10**7

    def test_too_little_memory_is_refused_and_noted(self, assist, fake, wav):
        assistant = assist(memory_limit=1_000_000)
        run = ask(assistant, wav)
        assert isinstance(run.error, BudgetRefused)
        assert "set --memory-limit to" in str(run.error)
        assert fake.asked == []
        (noted,) = assistant.store.runs("fake", "cpu")
        assert (noted.outcome, noted.audio_tokens, noted.keep) == ("refused", 250, 0.4)
        assert (noted.predicted_bytes, noted.measured_bytes) == (0, None)

    def test_a_limit_with_room_is_kept_to(self, assist, wav):
        run = ask(assist(memory_limit="900GB"), wav)
        assert run.report.predicted_bytes < 900 * 10**9

    def test_history_makes_the_prediction(self, assistant, fake, wav):
        ask(assistant, wav)
        (run,) = assistant.store.runs("fake", "cpu")
        assert run.new_tokens == len(f"I heard: {QUESTION}".split())
        assert run.measured_seconds == run.prefill_seconds + run.decode_seconds
        slow = replace(run, prefill_seconds=500.0, decode_seconds=100.0)
        for other in (replace(slow, model="other"), replace(slow, device="cuda")):
            for _ in range(9):
                assistant.store.record_run(other)
        assert ask(assistant, wav).one(Planned).predicted_seconds < 60
        for _ in range(9):
            assistant.store.record_run(slow)
        plan = ask(assistant, wav).one(Planned)
        assert plan.predicted_seconds == pytest.approx(600, rel=0.01)

    def test_an_answer_within_some_seconds(self, assist, wav):
        run = ask(assist(within=0.01), wav)
        assert (run.report.keep, run.report.seconds_heard) == (0.1, pytest.approx(10.0))
        assert "instead of 0.4, to answer within 0.01 s" in run.report.reason

    def test_more_words_than_assumed_are_planned_with_anew(self, assist, fake, wav, monkeypatch):
        """Twenty seconds are assumed to hold 56 tokens of speech."""
        many = [Word(at / 200, at / 200, str(at), 1.0) for at in range(4000)]
        assistant = assist()
        recogniser = SimpleNamespace(
            words=lambda samples, offset=0.0, **how: many, language=lambda samples: "en"
        )
        assistant.models = Models(lambda: fake, lambda: recogniser)
        prompt = len(QUESTION.split())
        room = fake.cost.run_bytes(250, prompt + 4000, 0.25, 200, PIECE) / 0.95 + 1000
        for module in (nodes, budgeting):
            monkeypatch.setattr(module, "memory_now", lambda context: Memory(10**9, int(room)))
        run = ask(assistant, wav, words="on")
        assert [plan.keep for plan in run.all(Planned)] == pytest.approx([0.4, 0.225])
        (asked,) = fake.asked
        assert asked[1].keep == run.report.keep == pytest.approx(0.225)
        assert asked[1].piece == PIECE  # which is tried before less is kept
        settled = fake.cost.run_bytes(250, prompt + 4000, asked[1].keep, 200, PIECE)
        assert run.report.predicted_bytes == 10**9 + settled
        assert [r.outcome for r in assistant.store.runs("fake", "cpu")] == ["ok"]

    def test_the_longest_answer_is_planned_with(self, assist, fake, wav):
        ask(assist(max_new_tokens=7), wav)
        assert fake.asked[0][1].max_new_tokens == 7


class TestDisk:
    def test_a_full_one_while_it_listens(self, assistant, fake, wav, monkeypatch):
        def full(*args, **kwargs):
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr("headrouter.hear.index.IndexWriter.append", full)
            error = ask(assistant, wav).error
        assert isinstance(error, DiskError)
        assert "No space left on device" in str(error)
        assert "--home" in str(error)
        (recording,) = assistant.store.recordings()
        assert recording.state == "failed"
        assert ask(assistant, wav).report.notes == []
        assert assistant.store.recording(recording.id).state == "ready"

    def test_a_folder_that_cannot_be_made(self, assistant, wav):
        assistant.settings.features.write_text("a file is in the way")
        assert isinstance(ask(assistant, wav).error, DiskError)

    def test_a_full_one_when_the_answer_is_remembered(self, assistant, wav, monkeypatch):
        def full(*args, **kwargs):
            raise DiskFull("no room: free some space")

        monkeypatch.setattr(Store, "add_turn", full)
        assert isinstance(ask(assistant, wav).error, DiskFull)
