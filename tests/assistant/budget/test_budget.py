"""The token budget, with numbers worked out by hand."""

import re
from dataclasses import replace

import pytest
import torch

from assistant.budget.costs import ENOUGH, FIRST_OPERATIONS, CostModel
from assistant.budget.plan import (
    LOWEST_KEEP,
    SHORTEST_TOKENS,
    Demand,
    Memory,
    gigabytes,
    ladder,
    make_plan,
)
from assistant.errors import BudgetRefused
from assistant.settings import Settings
from headrouter.hear.cost import ModelCost
from headrouter.prune.pieces import PIECE
from headrouter.prune.router import HeadRouter
from headrouter.testing import TINY, tiny_inputs, tiny_model
from memory import BudgetRun

COST = ModelCost(layers=4, layer=2, width=10, inner=20, heads=2, kv_token_layer=100, vocabulary=50)
# layer-tokens: 2 x (100 + 10) below layer 2, 2 x (40 + 10) above; then 4 x 5 for the answer
CACHED = (220 + 100 + 20) * 100
# embeddings 4 x 110 x 10, a layer 110 x (60 + 60), the probe 2 x 2 x 10 x 100, logits 4 x 50
NUMBERS = 4400 + 13_200 + 4000 + 200
RUN = CACHED + 4 * NUMBERS  # bytes of 100 audio and 10 text tokens at keep 0.4, 5 new ones
VOXTRAL = ModelCost(30, 2, 3072, 8192, 32, 2 * 8 * 128 * 2, 131_072, 2, 128)
PLENTY = Memory(used=1000, free=10**12)


def demand(audio=1000, keep=0.4, fixed=False, whole=1500, text=10, new=5, seconds=None):
    return Demand(audio, text, new, whole, keep, "the usual ratio", fixed, seconds)


def needing(run, used=1000, limited=False):
    """Memory that has room for ``run`` bytes and not for a hundred more."""
    return Memory(used, int((run + 50) / 0.95), limited)


def past(measured=None, predicted=1000, outcome="ok", audio=100, keep=0.4, seconds=None):
    return BudgetRun("m", "cpu", audio, 40, 10, keep, predicted, measured, 1.0, seconds, outcome)


class TestCost:
    def test_by_hand(self):
        assert COST.layer_tokens(100, 10, 0.4) == 320
        assert COST.run_bytes(100, 10, 0.4, 5) == RUN == 121_200

    def test_in_pieces_by_hand(self):
        # prompt, its parts, the residual stream and what a layer puts together: 5 x 110 x 10
        # the queries and keys that are read: 110 x (10 + 12); the cache's copy, values and keys
        # for each head, a mask: 110 x (2 x 12 + 0 + 2 x 8); a piece of a layer: 8 x 120
        read, beside, layer = 110 * 22, 110 * (24 + 16), 8 * 120
        numbers = 5500 + max(read + beside + layer, 2 * read + 4000) + 200
        assert COST.run_bytes(100, 10, 0.4, 5, piece=8) == CACHED + 4 * numbers
        grouped = replace(COST, kv_token_layer=40)  # 5 numbers
        more = replace(grouped, heads=1)  # so that what is beside it decides, not the probe
        read, beside = 110 * 15, 110 * (10 + 20 + 16)
        numbers = 5500 + read + beside + layer + 200
        assert more.run_bytes(100, 10, 0.4, 5, piece=8) == CACHED * 0.4 + 4 * numbers

    def test_a_prompt_no_longer_than_a_piece_is_one(self):
        assert COST.run_bytes(100, 10, 0.4, 5, piece=110) == RUN

    def test_without_audio(self):
        assert COST.layer_tokens(0, 10, 0.4) == 40

    def test_keeping_all_is_no_pruning(self):
        assert COST.layer_tokens(100, 10, 1.0) == 4 * 110

    def test_of_a_model(self):
        assert ModelCost.of(tiny_model("voxtral"), layer=2) == ModelCost(
            layers=4,
            layer=2,
            width=48,
            inner=64,
            heads=6,
            kv_token_layer=2 * 2 * 8 * 4,  # keys and values, two heads of eight, four bytes
            vocabulary=99,
            bytes_a_number=4,
            head_dim=8,
        )

    def test_heads_wider_than_the_model_cost_what_they_are(self):
        """Those of Voxtral-Mini are: 32 of 128 in a width of 3,072."""
        wide = replace(COST, head_dim=10)
        pairs, projections = 10 * 11 * (20 - 10), 10 * 2 * 10 * (20 - 10)
        assert wide.operations(0, 10, 1.0) - COST.operations(0, 10, 1.0) == 4 * (
            pairs + projections
        )

    def test_of_layers_that_differ_or_share_keys(self):
        """Gemma's: in five of eight, two heads of 8, or of 16 where all is attended to."""
        cost = ModelCost.of(tiny_model("gemma4"), layer=2)
        assert (cost.layers, cost.heads, cost.head_dim) == (8, 6, 16)
        assert cost.kv_token_layer == 2 * 4 * (3 * 2 * 8 + 2 * 2 * 16) // 8

    @pytest.mark.parametrize("family", TINY)
    def test_of_every_family(self, family):
        cost = ModelCost.of(tiny_model(family), layer=2)
        assert cost.run_bytes(100, 10, 0.4, 5) > cost.run_bytes(100, 10, 0.1, 5) > 0

    def test_of_experts_those_count_that_a_token_is_given_to(self):
        assert ModelCost.of(tiny_model("qwen3_omni_moe"), layer=2).inner == 2 * 16

    def test_of_a_model_in_half_precision_without_a_head_size_of_its_own(self):
        cost = ModelCost.of(tiny_model("qwen2_audio").half(), layer=1)
        assert (cost.kv_token_layer, cost.bytes_a_number) == (2 * 6 * 8 * 2, 2)

    @pytest.mark.usefixtures("one_thread")
    @torch.inference_mode()
    def test_the_cache_of_a_real_run(self):
        """What the model caches in a pruned prefill is what is counted."""
        model, inputs = tiny_model("voxtral"), tiny_inputs("voxtral", (3,), question=6)
        with HeadRouter(model, keep=0.4, layer=2) as router:
            cache = model(**inputs, use_cache=True).cache
        held = sum(
            part.numel() * part.element_size()
            for layer in cache.layers
            for part in (layer.keys, layer.values)
        )
        cost, audio = ModelCost.of(model, 2), len(router.pruned[0].audio)
        text = inputs["input_ids"].shape[1] - audio
        assert cost.layer_tokens(audio, text, 0.4) * cost.kv_token_layer == held


class TestLadder:
    def test_keep_goes_down_first_and_then_the_length(self):
        steps = ladder(1000, demand())
        assert [audio for audio, _ in steps] == [1000] * 6 + [500, 250, 125]
        keeps = [0.4, 0.3, 0.225, 0.16875, 0.1265625, 0.1, 0.1, 0.1, 0.1]
        assert [keep for _, keep in steps] == pytest.approx(keeps)

    def test_a_fixed_keep_stays(self):
        assert ladder(1000, demand(fixed=True)) == [(n, 0.4) for n in (1000, 500, 250, 125)]

    def test_a_keep_below_the_lowest_is_not_raised(self):
        assert ladder(300, demand(keep=0.05)) == [(300, 0.05), (150, 0.05), (125, 0.05)]

    def test_a_short_recording_is_not_shortened(self):
        assert ladder(60, demand(keep=LOWEST_KEEP)) == [(60, LOWEST_KEEP)]
        assert ladder(SHORTEST_TOKENS, demand(keep=0.1)) == [(SHORTEST_TOKENS, 0.1)]


class TestPlan:
    def test_with_room_to_spare(self):
        plan = make_plan(demand(100), COST, PLENTY)
        assert (plan.keep, plan.audio_tokens) == (0.4, 100)
        assert (plan.run_bytes, plan.predicted_bytes) == (RUN, 1000 + RUN)
        assert plan.predicted_seconds == CostModel.fitted(COST, ()).seconds(100, 10, 0.4, 5)
        assert plan.reason == "keep 0.4: the usual ratio"

    def test_it_says_what_all_of_it_would_take_unpruned(self):
        plan = make_plan(demand(9000, whole=1500), COST, PLENTY)
        assert plan.unpruned_bytes == COST.run_bytes(9000, 10, 1.0, 5) > 5 * plan.run_bytes
        assert plan.peak_unpruned == 1000 + plan.unpruned_bytes

    def test_the_reserve_is_not_planned_with(self):
        just = Memory(used=1000, free=int(RUN / 0.95) + 1)
        assert just.allowed == 1000 + RUN
        assert make_plan(demand(100, fixed=True), COST, just).run_bytes == RUN
        less = Memory(used=1000, free=int(RUN / 0.95) - 1)
        with pytest.raises(BudgetRefused):
            make_plan(demand(100, fixed=True), COST, less)

    def test_a_step_down_the_keep_ratio(self):
        second = COST.run_bytes(1000, 10, 0.3, 5)
        plan = make_plan(demand(), COST, needing(second))
        assert (plan.keep, plan.audio_tokens) == (pytest.approx(0.3), 1000)
        assert plan.reason == "keep 0.3 instead of 0.4, for memory"

    def test_a_long_prompt_is_read_in_pieces_before_anything_is_given_up(self):
        wanted, cost = demand(40_000, whole=40_000), VOXTRAL
        at_once = cost.run_bytes(40_000, 10, 0.4, 5)
        in_pieces = cost.run_bytes(40_000, 10, 0.4, 5, PIECE)
        assert in_pieces < 0.75 * at_once
        plan = make_plan(wanted, cost, needing(at_once))
        assert (plan.piece, plan.run_bytes) == (None, at_once)
        plan = make_plan(wanted, cost, needing(in_pieces))
        assert (plan.keep, plan.audio_tokens, plan.piece) == (0.4, 40_000, PIECE)
        assert (plan.run_bytes, plan.predicted_bytes) == (in_pieces, 1000 + in_pieces)
        assert plan.reason == (
            "keep 0.4: the usual ratio; the prompt is read in pieces, for memory"
        )

    def test_less_of_the_recording(self):
        shorter = COST.run_bytes(250, 10, 0.1, 5)
        plan = make_plan(demand(), COST, needing(shorter))
        assert (plan.keep, plan.audio_tokens) == (0.1, 250)
        assert (
            plan.reason == "keep 0.1 instead of 0.4, for memory; less of the recording, for memory"
        )

    def test_a_fixed_keep_is_not_lowered(self):
        shorter = COST.run_bytes(250, 10, 0.4, 5)
        plan = make_plan(demand(fixed=True), COST, needing(shorter))
        assert (plan.keep, plan.audio_tokens) == (0.4, 250)
        assert plan.reason == "keep 0.4: the usual ratio; less of the recording, for memory"

    def test_more_than_the_model_takes_at_once(self):
        plan = make_plan(demand(9000), COST, PLENTY)
        assert plan.audio_tokens == 1500
        assert "the model takes no more at once" in plan.reason
        assert "for memory" not in plan.reason

    def test_more_memory_never_gives_a_worse_plan(self):
        best = COST.run_bytes(1500, 300, 0.7, 200)
        found = []
        for free in range(0, int(best * 1.2), best // 200):
            try:
                plan = make_plan(demand(9000, 0.7, text=300, new=200), COST, Memory(10**6, free))
            except BudgetRefused:
                assert not found
            else:
                found.append((plan.audio_tokens, plan.keep))
                assert plan.predicted_bytes <= Memory(10**6, free).allowed
        assert found == sorted(found)
        assert (found[0], found[-1]) == ((125, 0.1), (1500, 0.7))
        assert len(set(found)) > 8


class TestRefusal:
    CASES = (
        demand(),
        demand(fixed=True, keep=1.0),
        demand(60),
        demand(9000, text=5000, new=2000),
    )
    REAL = ModelCost(30, 2, 576, 1536, 9, 1536, 49_152)

    @pytest.mark.parametrize("asked", CASES, ids=range(4))
    @pytest.mark.parametrize("used", [0, 612_345_678, 3_994_999_999])
    @pytest.mark.parametrize("history", [(), (past(1800),)], ids=["no history", "history"])
    def test_the_limit_that_it_names_is_enough(self, asked, used, history):
        with pytest.raises(BudgetRefused, match="the memory limit allows") as caught:
            make_plan(asked, self.REAL, Memory(used, 0, limited=True), history)
        (named,) = re.findall(r"set --memory-limit to (.+) or more$", str(caught.value))
        limit = Settings(memory_limit=named).memory_limit
        plan = make_plan(asked, self.REAL, Memory(used, limit - used, limited=True), history)
        assert plan.predicted_bytes <= limit

    @pytest.mark.parametrize("asked", CASES, ids=range(4))
    def test_the_room_that_it_names_is_enough(self, asked):
        with pytest.raises(BudgetRefused, match="the free memory allows") as caught:
            make_plan(asked, self.REAL, Memory(10**9, 10**6))
        (named,) = re.findall(r"close other programs until (.+) GB are free$", str(caught.value))
        assert make_plan(asked, self.REAL, Memory(10**9, int(float(named) * 1e9)))
        assert "--memory-limit" not in str(caught.value)

    def test_what_it_says(self):
        with pytest.raises(BudgetRefused) as caught:
            make_plan(demand(100), COST, Memory(2 * 10**9, 0, limited=True))
        assert str(caught.value) == (
            "even 100 audio tokens at keep 0.1 need 2.00 GB and the memory limit allows 2.00 GB: "
            "set --memory-limit to 2.01 GB or more"
        )


def timed(seconds, audio=100, keep=0.4):
    """A run whose prefill took ``seconds``, and its one token next to nothing."""
    run = past(1000, audio=audio, keep=keep, seconds=seconds)
    return replace(run, prefill_seconds=seconds, decode_seconds=1e-9, new_tokens=1)


class TestHistory:
    def test_what_was_measured_is_planned_with(self):
        plan = make_plan(demand(100), COST, PLENTY, [past(1200)])
        assert plan.run_bytes == RUN  # what is recorded again, so that errors don't multiply
        assert plan.predicted_bytes == pytest.approx(1000 + 1.2 * RUN, abs=1)

    def test_a_run_that_took_more_than_predicted_makes_the_next_plan_smaller(self):
        memory = needing(COST.run_bytes(1000, 10, 0.4, 5))
        assert make_plan(demand(), COST, memory).keep == 0.4
        assert make_plan(demand(), COST, memory, [past(1200)]).keep < 0.4

    def test_a_slow_machine_is_expected_to_stay_slow(self):
        runs = [timed(COST.operations(n, 10, 0.4) / 1e6, n) for n in range(100, 600, 100)]
        assert len(runs) >= ENOUGH
        plan = make_plan(demand(1000), COST, PLENTY, runs)
        assert plan.predicted_seconds == pytest.approx(COST.operations(1000, 10, 0.4) / 1e6)


class TestLatency:
    """Without history seconds are operations over a known rate; answers take next to no time."""

    def seconds(self, audio, keep):
        return COST.operations(audio, 10, keep) / FIRST_OPERATIONS + 1e-5

    def test_time_to_spare_changes_nothing(self):
        assert make_plan(demand(seconds=60.0), COST, PLENTY) == make_plan(demand(), COST, PLENTY)

    def test_less_is_kept(self):
        plan = make_plan(demand(seconds=self.seconds(1000, 0.3)), COST, PLENTY)
        assert (plan.keep, plan.audio_tokens) == (pytest.approx(0.3), 1000)
        assert re.fullmatch(r"keep 0\.3 instead of 0\.4, to answer within [\d.e-]+ s", plan.reason)

    def test_then_less_is_listened_to(self):
        plan = make_plan(demand(seconds=self.seconds(500, 0.1)), COST, PLENTY)
        assert (plan.keep, plan.audio_tokens) == (LOWEST_KEEP, 500)
        assert "; less of the recording, to answer within" in plan.reason

    def test_what_no_plan_can_do_is_said(self):
        plan = make_plan(demand(seconds=1e-9), COST, PLENTY)
        assert (plan.keep, plan.audio_tokens) == (LOWEST_KEEP, SHORTEST_TOKENS)
        assert plan.reason.endswith("because less would be no answer")

    def test_a_fixed_keep_is_not_lowered(self):
        plan = make_plan(demand(fixed=True, seconds=self.seconds(500, 0.4)), COST, PLENTY)
        assert (plan.keep, plan.audio_tokens) == (0.4, 500)

    def test_both_are_short(self):
        memory = needing(COST.run_bytes(1000, 10, 0.3, 5))
        plan = make_plan(demand(seconds=self.seconds(1000, 0.225)), COST, memory)
        assert plan.keep == pytest.approx(0.225)
        assert "for memory and to answer within" in plan.reason


def test_sizes_for_people():
    assert gigabytes(1_234_567_890) == "1.23 GB"
