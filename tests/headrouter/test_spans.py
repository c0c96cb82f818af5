"""Which stretches are listened to, and which are cited."""

import itertools

import pytest
import torch

from headrouter.spans import choose_spans, cited_spans, join


def covered(spans):
    """The tokens of the spans, each as often as it is in one."""
    return [token for first, last in spans for token in range(first, last)]


def peaks(total, at, width=1):
    importance = torch.full((total,), 1e-3)
    for rank, first in enumerate(at):
        importance[first : first + width] = 1.0 / (rank + 1)
    return importance / importance.sum()


class TestChoosing:
    @pytest.mark.parametrize("budget", [10, 11, 500])
    def test_what_fits_is_taken_whole(self, budget):
        assert choose_spans(torch.rand(10), budget, 4) == [(0, 10)]

    def test_the_best_blocks_in_time_order(self):
        importance = peaks(100, at=[70, 10, 40])
        assert choose_spans(importance, 20, 10) == [(10, 20), (70, 80)]
        assert choose_spans(importance, 30, 10) == [(10, 20), (40, 50), (70, 80)]

    def test_neighbours_are_joined(self):
        assert choose_spans(peaks(100, at=[20, 30, 80]), 30, 10) == [(20, 40), (80, 90)]

    def test_the_rest_of_the_budget_is_the_beginning_of_the_next_best_block(self):
        assert choose_spans(peaks(100, at=[70, 10]), 14, 10) == [(10, 14), (70, 80)]

    def test_a_budget_shorter_than_a_block(self):
        assert choose_spans(peaks(100, at=[45]), 5, 10) == [(45, 50)]

    def test_the_last_block_ends_with_the_recording(self):
        assert choose_spans(peaks(95, at=[94, 0]), 15, 10) == [(0, 10), (90, 95)]

    def test_a_mass_of_small_weights_beats_one_spike(self):
        importance = torch.zeros(30)
        importance[5], importance[20:30] = 0.3, 0.07
        assert choose_spans(importance, 10, 10) == [(20, 30)]

    def test_the_budget_is_used_up_and_never_passed(self):
        generator = torch.Generator().manual_seed(0)
        for total, budget, length in itertools.product(
            [1, 9, 100, 101, 137], [1, 7, 50, 99, 100], [1, 3, 10, 125]
        ):
            importance = torch.rand(total, generator=generator)
            spans = choose_spans(importance, budget, length)
            tokens = covered(spans)
            assert tokens == sorted(set(tokens))
            assert all(0 <= first < last <= total for first, last in spans)
            assert all(a[1] < b[0] for a, b in itertools.pairwise(spans))
            assert len(tokens) <= budget
            assert len(tokens) > min(total, budget) - min(length, budget)


class TestJoining:
    def test_touching_spans_are_one(self):
        assert join([(0, 2), (2, 4), (5, 6)], gap=0) == [(0, 4), (5, 6)]

    def test_spans_within_the_gap_are_one(self):
        assert join([(0, 2), (4, 5), (9, 10)], gap=2) == [(0, 5), (9, 10)]

    def test_a_span_inside_another(self):
        assert join([(0, 9), (2, 4), (9, 10)], gap=0) == [(0, 10)]

    def test_none(self):
        assert join([], gap=3) == []


class TestCiting:
    def test_the_heaviest_first_with_their_share(self):
        positions = torch.tensor([3, 4, 5, 50, 90, 91])
        weights = torch.tensor([0.1, 0.1, 0.1, 0.5, 0.1, 0.1])
        spans = cited_spans(positions, weights, gap=2)
        assert [span for span, _ in spans] == [(50, 51), (3, 6), (90, 92)]
        assert [share for _, share in spans] == pytest.approx([0.5, 0.3, 0.2])

    def test_at_most_so_many(self):
        positions = torch.arange(0, 100, 10)
        spans = cited_spans(positions, torch.arange(10) + 1.0, gap=2, most=3)
        assert [span for span, _ in spans] == [(90, 91), (80, 81), (70, 71)]
        assert sum(share for _, share in spans) == pytest.approx((10 + 9 + 8) / 55)

    def test_the_gap_joins(self):
        spans = cited_spans(torch.tensor([0, 5, 6]), torch.ones(3), gap=4)
        assert spans == [((0, 7), 1.0)]

    def test_no_weight_at_all(self):
        assert cited_spans(torch.tensor([4]), torch.zeros(1), gap=0) == [((4, 5), 0.0)]
