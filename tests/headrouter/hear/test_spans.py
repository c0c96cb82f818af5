"""Which stretches are listened to, and which are cited."""

import itertools

import pytest
import torch

from headrouter.hear.spans import (
    choose_spans,
    cited_spans,
    equal_parts,
    join,
    parts_at_pauses,
    phrase_around,
    to_pauses,
)


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

    def test_the_best_stretches_in_time_order_with_their_peak_in_the_middle(self):
        importance = peaks(100, at=[70, 10, 40])
        assert choose_spans(importance, 20, 10) == [(5, 15), (65, 75)]
        assert choose_spans(importance, 30, 10) == [(5, 15), (35, 45), (65, 75)]

    def test_neighbours_are_joined(self):
        assert choose_spans(peaks(100, at=[30, 40]), 20, 10) == [(25, 45)]

    def test_the_rest_of_the_budget_is_the_best_of_the_next_stretch(self):
        short, long = choose_spans(peaks(100, at=[70, 10]), 14, 10)
        assert (long[1] - long[0], short[1] - short[0]) == (10, 4)
        assert short[0] <= 10 < short[1]

    def test_a_budget_shorter_than_a_stretch(self):
        ((first, last),) = choose_spans(peaks(100, at=[45]), 5, 10)
        assert last - first == 5
        assert first <= 45 < last

    def test_the_ends_of_the_recording(self):
        assert choose_spans(peaks(95, at=[94, 0]), 20, 10) == [(0, 10), (85, 95)]

    def test_a_high_peak_beats_a_broad_one(self):
        importance = torch.zeros(30)
        importance[5:7], importance[15:30] = 0.08, 0.05
        ((first, last),) = choose_spans(importance, 10, 10)
        assert first <= 5 < 7 <= last

    def test_around_a_peak_what_is_heaviest(self):
        importance = torch.zeros(60)
        importance[30], importance[31:39] = 0.2, 0.1
        ((first, last),) = choose_spans(importance, 9, 9)
        assert (first, last) == (30, 39)

    def test_gaps_that_are_too_short_are_filled_at_last(self):
        importance = torch.ones(30)
        assert sum(b - a for a, b in choose_spans(importance, 29, 10)) == 29

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
            assert len(tokens) == min(total, budget)


class TestPauses:
    @pytest.fixture
    def levels(self):
        """Loud, with pauses at 18, 33 and 70."""
        levels = torch.full((100,), -20.0)
        levels[[18, 33, 70]] = -60.0
        return levels

    def test_the_ends_move_to_the_pauses(self, levels):
        assert to_pauses([(20, 30)], levels, 5, 100) == [(18, 33)]

    def test_without_a_pause_nearby_they_stay(self, levels):
        assert to_pauses([(50, 60)], levels, 5, 100) == [(50, 60)]

    def test_the_ends_of_the_recording_stay(self, levels):
        assert to_pauses([(0, 100)], levels, 5, 100) == [(0, 100)]

    def test_spans_that_meet_are_one(self, levels):
        assert to_pauses([(10, 30), (36, 68)], levels, 4, 100) == [(10, 70)]

    def test_the_budget_holds(self, levels):
        assert to_pauses([(20, 30), (60, 69)], levels, 3, 20) == [(18, 33), (60, 65)]
        assert to_pauses([(20, 30), (60, 69)], levels, 3, 15) == [(18, 33)]
        assert to_pauses([(20, 30), (60, 69)], levels, 3, 7) == [(18, 25)]

    def test_a_span_does_not_close_up(self):
        levels = torch.full((20,), -20.0)
        levels[10] = -60.0
        assert to_pauses([(9, 11)], levels, 3, 20) == [(9, 11)]


class TestJoining:
    def test_touching_spans_are_one(self):
        assert join([(0, 2), (2, 4), (5, 6)], gap=0) == [(0, 4), (5, 6)]

    def test_spans_within_the_gap_are_one(self):
        assert join([(0, 2), (4, 5), (9, 10)], gap=2) == [(0, 5), (9, 10)]

    def test_a_span_inside_another(self):
        assert join([(0, 9), (2, 4), (9, 10)], gap=0) == [(0, 10)]

    def test_none(self):
        assert join([], gap=3) == []


def speech(total, pauses):
    """Levels of a recording with pauses in it."""
    levels = torch.full((total,), -20.0) + torch.arange(total) % 3
    for first, last in pauses:
        levels[first:last] = -70.0
    return levels


class TestCiting:
    LEVELS = speech(100, [(0, 10), (30, 36), (60, 66), (90, 100)])

    def cite(self, positions, weights, spans=((0, 100),), longest=50, **more):
        return cited_spans(
            torch.tensor(positions),
            torch.tensor(weights),
            self.LEVELS,
            list(spans),
            longest=longest,
            pause=4,
            **more,
        )

    def test_a_peak_is_cited_with_the_phrase_around_it(self):
        assert self.cite([45], [1.0]) == [((36, 60), 1.0)]
        assert self.cite([10], [1.0]) == [((10, 30), 1.0)]

    def test_the_highest_peak_first_with_the_share_of_its_phrase(self):
        found = self.cite([12, 13, 14, 45, 70, 89], [0.2, 0.1, 0.1, 0.5, 0.05, 0.05])
        assert [span for span, _ in found] == [(36, 60), (10, 30), (66, 90)]
        assert [share for _, share in found] == pytest.approx([0.5, 0.4, 0.1])

    def test_a_high_peak_comes_before_much_that_is_low(self):
        found = self.cite([*range(10, 30), 45], [0.04] * 20 + [0.2])
        assert found == [((36, 60), pytest.approx(0.2)), ((10, 30), pytest.approx(0.8))]

    def test_at_most_so_many(self):
        assert len(self.cite([12, 45, 70], [0.2, 0.5, 0.3], most=2)) == 2

    def test_a_phrase_ends_where_listening_did(self):
        assert self.cite([45], [1.0], spans=[(5, 20), (40, 50)]) == [((40, 50), 1.0)]

    def test_a_long_phrase_is_cut_about_its_peak(self):
        (((first, last), share),) = self.cite([48], [1.0], longest=12)
        assert (last - first, share) == (12, 1.0)
        assert first + 4 <= 48 < last - 4

    def test_of_a_phrase_that_is_cut_in_two_no_token_is_cited_twice(self):
        (one, _), (other, _) = self.cite([44, 53], [0.6, 0.4], longest=12)
        assert one[0] <= 44 < one[1] <= other[0] <= 53 < other[1]

    def test_a_breath_is_no_pause(self):
        levels = speech(40, [(0, 5), (20, 23), (35, 40)])
        assert phrase_around(12, levels, (0, 40), 40, 4) == (5, 35)
        assert phrase_around(12, levels, (0, 40), 40, 3) == (5, 20)

    def test_without_any_pause(self):
        assert phrase_around(12, torch.full((40,), -20.0), (0, 40), 40, 4) == (0, 40)

    def test_no_weight_at_all(self):
        assert self.cite([45], [0.0]) == [((36, 60), 0.0)]


class TestParts:
    @pytest.mark.parametrize(
        ("total", "most", "count"), [(100, 100, 1), (101, 100, 2), (300.0, 60.0, 5), (0.5, 60, 1)]
    )
    def test_equal_ones(self, total, most, count):
        parts = list(equal_parts(total, most))
        assert len(parts) == count
        assert (parts[0][0], parts[-1][1]) == (0, total)
        assert all(end - start <= most + 1e-9 for start, end in parts)
        assert [end for _, end in parts[:-1]] == [start for start, _ in parts[1:]]

    def test_they_are_cut_where_it_is_quiet(self):
        levels = torch.full((100,), -20.0)
        levels[[47, 72]] = -60.0
        assert parts_at_pauses(levels, most=60, slack=5) == [(0, 47), (47, 100)]

    def test_what_fits_is_one(self):
        assert parts_at_pauses(torch.zeros(60), 60, 5) == [(0, 60)]

    def test_none_is_too_long_and_none_is_missing(self):
        generator = torch.Generator().manual_seed(0)
        for total in range(61, 900, 37):
            levels = -60 * torch.rand(total, generator=generator)
            parts = parts_at_pauses(levels, 60, 10)
            assert covered(parts) == list(range(total))
            assert all(0 < last - first <= 60 for first, last in parts)
