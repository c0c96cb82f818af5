"""The cost model, fitted to histories whose coefficients are known."""

from dataclasses import replace

import numpy as np
import pytest

from assistant.budget.costs import (
    ENOUGH,
    FIRST_BANDWIDTH,
    FIRST_MOVING,
    FIRST_OPERATIONS,
    LEAST_MEMORY,
    CostModel,
    fit_line,
)
from headrouter.backends.offloading import Offload
from headrouter.hear.cost import ModelCost
from memory import BudgetRun

NANO = ModelCost(30, 2, 576, 1536, 9, 1536, 49_152)
SPEED, TOKEN, FIXED = 2e10, 0.05, 0.2  # operations and tokens a second, seconds
SHARE, BASE = 0.8, 20e6  # of the bytes counted, and bytes that every run takes


def histories(count, noise=0.0, seed=0):
    """Runs of nano as a machine with these coefficients would have had them."""
    rng = np.random.default_rng(seed)

    def noisy(value):
        return float(value * rng.normal(1.0, noise)) if noise else float(value)

    for _ in range(count):
        audio, text = int(rng.integers(100, 1500)), int(rng.integers(15, 500))
        keep, new = float(rng.uniform(0.1, 1.0)), int(rng.integers(2, 200))
        counted = NANO.run_bytes(audio, text, keep, 200)
        prefill = noisy(FIXED + NANO.operations(audio, text, keep) / SPEED)
        decode = noisy(TOKEN * new)
        yield BudgetRun(
            model="nano",
            device="cpu",
            audio_tokens=audio,
            kept_tokens=int(audio * keep),
            prompt_tokens=text,
            keep=keep,
            predicted_bytes=counted,
            measured_bytes=int(noisy(BASE + SHARE * counted)),
            predicted_seconds=1.0,
            measured_seconds=prefill + decode,
            outcome="ok",
            prefill_seconds=prefill,
            decode_seconds=decode,
            new_tokens=new,
        )


def test_operations_by_hand():
    cost = ModelCost(4, 2, width=10, inner=20, heads=2, kv_token_layer=80, vocabulary=50)

    # a token: 10 x (20 for queries and output + 20 for keys and values + 60 of the MLP)
    def layer(tokens):
        return tokens * 1000 + tokens * (tokens + 1) * 10

    assert cost.operations(100, 10, 0.4) == 2 * layer(110) + 2 * layer(50)
    assert cost.operations(0, 10, 0.4) == 4 * layer(10)
    assert cost.weight_bytes == (4 * 1000 + 500) * 4


class TestCoefficients:
    def test_without_noise_they_are_found(self):
        model = CostModel.fitted(NANO, list(histories(ENOUGH)))
        assert model.prefill.slope == pytest.approx(1 / SPEED, rel=1e-6)
        assert model.prefill.fixed == pytest.approx(FIXED, rel=1e-6)
        assert model.decode.slope == pytest.approx(TOKEN, rel=1e-6)
        assert model.memory.slope == pytest.approx(SHARE, rel=1e-4)
        assert model.memory.fixed == pytest.approx(BASE, rel=1e-2)

    @pytest.mark.parametrize("seed", range(5))
    def test_within_the_noise(self, seed):
        model = CostModel.fitted(NANO, list(histories(100, noise=0.05, seed=seed)))
        assert model.prefill.slope == pytest.approx(1 / SPEED, rel=0.05)
        assert model.decode.slope == pytest.approx(TOKEN, rel=0.05)
        assert model.memory.slope == pytest.approx(SHARE, rel=0.05)

    def test_a_run_that_was_disturbed_changes_little(self):
        runs = list(histories(20, noise=0.01))
        disturbed = replace(runs[3], prefill_seconds=900.0, measured_bytes=9 * 10**9)
        before, after = (CostModel.fitted(NANO, r) for r in (runs, [*runs, disturbed]))
        assert after.prefill.slope == pytest.approx(before.prefill.slope, rel=0.1)
        assert after.memory.slope == pytest.approx(before.memory.slope, rel=0.1)

    @pytest.mark.parametrize("y", [[3.0, 2.0, 1.0], [-1.0, 1.0, 3.0], [0.0, 0.0, 0.0]])
    def test_nothing_is_below_zero(self, y):
        line = fit_line(np.array([1.0, 2.0, 3.0]), np.array(y))
        assert line.fixed >= 0
        assert line.slope >= 0


class TestHeldOut:
    """Better than the median rate of layer-tokens and the median ratio of bytes."""

    @pytest.mark.parametrize("seed", range(3))
    def test_it_predicts_better_than_medians(self, seed):
        runs = list(histories(120, noise=0.1, seed=seed))
        known, held_out = runs[:20], runs[20:]
        model = CostModel.fitted(NANO, known)
        rate = np.median([self.layer_tokens(r) / r.measured_seconds for r in known])
        ratio = np.median([r.measured_bytes / r.predicted_bytes for r in known])
        fitted = [
            model.prefill_seconds(r.audio_tokens, r.prompt_tokens, r.keep)
            + model.decode.at(r.new_tokens)
            for r in held_out
        ]
        seconds = [r.measured_seconds for r in held_out]
        medians = [self.layer_tokens(r) / rate for r in held_out]
        assert self.error(fitted, seconds) < 0.5 * self.error(medians, seconds)
        measured = [r.measured_bytes for r in held_out]
        by_fit = [model.memory.at(r.predicted_bytes) for r in held_out]
        by_median = [ratio * r.predicted_bytes for r in held_out]
        assert self.error(by_fit, measured) < self.error(by_median, measured)

    def layer_tokens(self, run):
        return NANO.layer_tokens(run.audio_tokens, run.prompt_tokens, run.keep)

    def error(self, predicted, measured):
        return float(np.sqrt(np.mean((np.array(predicted) / measured - 1) ** 2)))


class TestDefaults:
    def test_before_there_is_enough(self):
        model = CostModel.fitted(NANO, [])
        seconds = NANO.operations(100, 10, 0.4) / FIRST_OPERATIONS
        assert model.prefill_seconds(100, 10, 0.4) == pytest.approx(seconds)
        answer = 200 * NANO.weight_bytes / FIRST_BANDWIDTH
        assert model.seconds(100, 10, 0.4, 200) == pytest.approx(seconds + answer)
        assert model.run_bytes(100, 10, 0.4, 200) == NANO.run_bytes(100, 10, 0.4, 200)
        few = CostModel.fitted(NANO, list(histories(ENOUGH - 1)))
        assert (few.prefill, few.decode) == (model.prefill, model.decode)

    def test_layers_that_are_offloaded_move_once_for_the_prompt_and_once_a_token(self):
        offloaded = replace(NANO, offload=Offload(on_disk=5, layer_bytes=10**9))
        kept, moved = CostModel.fitted(NANO, []), CostModel.fitted(offloaded, [])
        more = moved.seconds(1000, 50, 0.4, 200) - kept.seconds(1000, 50, 0.4, 200)
        assert more == pytest.approx(201 * 5e9 / FIRST_MOVING)
        assert moved.run_bytes(1000, 50, 0.4, 200) == 10**9 + kept.run_bytes(1000, 50, 0.4, 200)

    @pytest.mark.parametrize(("ratios", "expected"), [([1.3], 1.3), ([0.4], 1.0), ([1, 9, 2], 2)])
    def test_few_runs_may_raise_memory_and_never_lower_it(self, ratios, expected):
        (run,) = histories(1)
        runs = [replace(run, measured_bytes=int(ratio * run.predicted_bytes)) for ratio in ratios]
        model = CostModel.fitted(NANO, runs)
        counted = NANO.run_bytes(500, 20, 0.4, 200)
        assert model.run_bytes(500, 20, 0.4, 200) == pytest.approx(expected * counted, rel=1e-3)

    def test_the_floor_holds_whatever_was_measured(self):
        """A run that finds memory freed by an earlier one takes next to nothing."""
        runs = [replace(run, measured_bytes=4096) for run in histories(30)]
        model = CostModel.fitted(NANO, runs)
        for audio, keep in ((100, 0.1), (1500, 1.0)):
            floor = LEAST_MEMORY * NANO.run_bytes(audio, 20, keep, 200)
            assert model.run_bytes(audio, 20, keep, 200) == int(floor)

    @pytest.mark.parametrize("outcome", ["oom", "refused", "stopped"])
    def test_runs_that_did_not_end_say_nothing(self, outcome):
        runs = [replace(run, outcome=outcome) for run in histories(20)]
        assert CostModel.fitted(NANO, runs) == CostModel.fitted(NANO, [])

    def test_runs_from_before_times_were_kept_apart(self):
        old = [
            replace(r, prefill_seconds=None, decode_seconds=None, new_tokens=None)
            for r in histories(20)
        ]
        model = CostModel.fitted(NANO, old)
        assert model.prefill == CostModel.fitted(NANO, []).prefill
        assert model.memory.slope == pytest.approx(SHARE, rel=1e-3)


def test_answers_are_expected_to_be_as_long_as_usual():
    lengths = [8, 9, 10, 11, 12, 13, 14, 15, 16, 200]
    runs = [
        replace(run, new_tokens=tokens, decode_seconds=0.05 * tokens)
        for run, tokens in zip(histories(10), lengths, strict=True)
    ]
    model = CostModel.fitted(NANO, runs)
    assert model.usual_answer == 15
    prefill = model.prefill_seconds(100, 10, 0.4)
    assert model.seconds(100, 10, 0.4, 200) == pytest.approx(prefill + 0.75)
    assert model.seconds(100, 10, 0.4, 4) == pytest.approx(prefill + 0.2)
