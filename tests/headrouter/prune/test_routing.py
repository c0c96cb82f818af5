"""The paper's equations against numbers worked out by hand."""

import math
from dataclasses import replace

import pytest
import torch

from headrouter.errors import HeadRouterError, InvalidKeep, RouterRefusal
from headrouter.prune.profiles import Profile
from headrouter.prune.routing import (
    check_keep,
    head_weights,
    kept_count,
    question_vector,
    route,
    route_weights,
    selectivity,
    spread,
    stride_index,
    thin,
    top_tokens,
)

# exp(-d^2 / (2 sigma^2)) is 2^-(d^2) for this width, which makes Gaussians countable.
HALVING = math.sqrt(1 / (2 * math.log(2)))


def profile(*, semantic=(1.0, 0.0), acoustic=(0.0, 1.0), mus=(0.0, 1.0, 2.0), sigma=HALVING):
    return Profile("tiny", 2, "", semantic, acoustic, *mus, sigma=sigma)


def assert_close(found, wanted):
    torch.testing.assert_close(found, torch.tensor(wanted), atol=1e-6, rtol=0)


def test_selectivity():
    heads = torch.tensor(
        [
            [1 / 4, 1 / 4, 1 / 4, 1 / 4],  # flat: H = log 4, so 1 - 1 = 0
            [1.0, 0.0, 0.0, 0.0],  # one token: H = 0, so 1
            [1 / 2, 1 / 2, 0.0, 0.0],  # H = log 2, half of log 4
            [1 / 2, 1 / 4, 1 / 8, 1 / 8],  # H = 1/2 + 2/4 + 3/8 + 3/8 = 1.75 of 2 bits
        ]
    )
    assert_close(selectivity(heads), [0.0, 1.0, 0.5, 0.125])


@pytest.mark.parametrize("audio", [3, 7, 4500])
def test_selectivity_of_flat_heads_is_never_negative(audio):
    flat = selectivity(torch.full((5, audio), 1 / audio))
    assert (flat >= 0).all()
    assert_close(flat, [0.0] * 5)


def test_selectivity_of_a_single_token_is_zero_not_a_division_by_log_one():
    assert selectivity(torch.ones(3, 1)).tolist() == [0.0, 0.0, 0.0]


def test_spread_is_the_population_deviation():
    # mean 1/2; squares 1/4, 1/4, 0 over three heads: sqrt(1/6)
    assert spread(torch.tensor([0.0, 1.0, 0.5])) == pytest.approx(math.sqrt(1 / 6))
    assert spread(torch.tensor([0.7, 0.7, 0.7])) == pytest.approx(0.0, abs=1e-7)
    assert spread(torch.tensor([0.7])) == 0.0


@pytest.mark.parametrize(
    ("signal", "wanted"),
    [
        (0.0, [16 / 25, 8 / 25, 1 / 25]),  # distances 0, 1, 2: 1, 1/2, 1/16; sum 25/16
        (1.0, [1 / 4, 1 / 2, 1 / 4]),  # distances 1, 0, 1: 1/2, 1, 1/2; sum 2
        (2.0, [1 / 25, 8 / 25, 16 / 25]),
    ],
)
def test_route_weights(signal, wanted):
    assert_close(route_weights(signal, profile()), wanted)


def test_equal_centres_leave_the_routes_alike():
    third = [1 / 3, 1 / 3, 1 / 3]
    assert_close(route_weights(0.9, profile(mus=(0.1, 0.1, 0.1), sigma=0.01)), third)


def test_a_signal_far_from_every_centre_goes_to_the_nearest():
    assert_close(route_weights(100.0, profile(sigma=0.01)), [0.0, 0.0, 1.0])


def test_head_weights():
    routes = torch.tensor([0.5, 0.25, 0.25])
    # 1/2 (1, 0) + 1/4 (1/2, 1/2) + 1/4 (0, 1)
    assert_close(head_weights(routes, profile()), [0.625, 0.375])


def test_head_weights_do_not_depend_on_the_scale_of_a_profile():
    routes = torch.tensor([0.5, 0.25, 0.25])
    scaled = profile(semantic=(4.0, 0.0), acoustic=(0.0, 0.2))
    assert_close(head_weights(routes, scaled), [0.625, 0.375])


def test_route():
    attention = torch.tensor([[0.0, 0.0, 1.0, 0.0], [0.25, 0.25, 0.25, 0.25]])
    # selectivities 1 and 0: mean 1/2, deviation 1/2. Distances from it to the centres 0, 1, 0:
    # weights 1, 1/2, 1, normalised 2/5, 1/5, 2/5.
    # heads: 2/5 (1, 0) + 1/5 (1/2, 1/2) + 2/5 (0, 1) = (1/2, 1/2)
    # importance: 1/2 (0, 0, 1, 0) + 1/2 (1/4, 1/4, 1/4, 1/4)
    found = route(attention, profile(mus=(0.5, 1.5, 0.5)))
    assert found.signal == pytest.approx(0.5)
    assert_close(found.routes, [0.4, 0.2, 0.4])
    assert_close(found.heads, [0.5, 0.5])
    assert_close(found.importance, [0.125, 0.125, 0.625, 0.125])
    assert found.as_dict() == pytest.approx({"semantic": 0.4, "uniform": 0.2, "acoustic": 0.4})


def test_a_route_can_silence_a_head():
    attention = torch.tensor([[0.0, 0.0, 1.0, 0.0], [0.25, 0.25, 0.25, 0.25]])
    # signal 1/2 lies on the acoustic centre, whose weights know the flat head alone
    found = route(attention, profile(mus=(0.0, 1.0, 0.5), sigma=0.01))
    assert_close(found.heads, [0.0, 1.0])
    assert_close(found.importance, [0.25, 0.25, 0.25, 0.25])


def test_a_direction_takes_the_place_of_the_spread():
    attention = torch.tensor([[0.0, 0.0, 1.0, 0.0], [0.25, 0.25, 0.25, 0.25]])
    queries = torch.tensor([[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]])
    # mean over the text: head one (2, 3), head two (6, 7); along (1, 0, 0, -1) that is 2 - 7
    assert_close(question_vector(queries), [2.0, 3.0, 6.0, 7.0])
    towards = replace(profile(mus=(-5.0, 0.0, 5.0), sigma=0.1), direction=(1.0, 0.0, 0.0, -1.0))
    found = route(attention, towards, queries)
    assert found.signal == pytest.approx(-5.0)
    assert_close(found.heads, [1.0, 0.0])  # the semantic ones
    with pytest.raises(RouterRefusal, match="pass hints={'asked'"):
        route(attention, towards)


def test_importance_is_a_distribution():
    attention = torch.rand(2, 50, generator=torch.Generator().manual_seed(0)).softmax(dim=1)
    assert route(attention, profile()).importance.sum().item() == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize(
    ("audio", "keep", "wanted"),
    [
        (10, 0.4, 4),
        (10, 0.39, 3),  # 3.9: the floor
        (10, 0.39999, 3),  # rounding errors are forgiven, this is none
        (7, 0.5, 3),
        (100, 0.29, 29),  # 28.999999999999996 in floating point
        (1000, 0.057, 57),  # 57.00000000000001
        (3, 1.0, 3),
        (10, 0.01, 1),  # never none
        (1, 0.1, 1),
        (0, 0.5, 0),
    ],
)
def test_kept_count(audio, keep, wanted):
    assert kept_count(audio, keep) == wanted


@pytest.mark.parametrize("keep", [0.0, -1.0, 1.0001, 7.0, math.nan, math.inf, -math.inf])
def test_a_keep_ratio_out_of_range_is_named(keep):
    with pytest.raises(InvalidKeep, match=f"keep ratio {keep:g} is outside") as caught:
        check_keep(keep)
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, HeadRouterError)
    with pytest.raises(InvalidKeep):
        kept_count(10, keep)


@pytest.mark.parametrize(
    ("audio", "count", "wanted"),
    [
        (10, 4, [0, 2, 5, 7]),  # 0, 2.5, 5, 7.5
        (7, 3, [0, 2, 4]),  # 0, 2.33, 4.67
        (5, 5, [0, 1, 2, 3, 4]),
        (9, 1, [0]),
        (1, 1, [0]),
    ],
)
def test_stride_index(audio, count, wanted):
    assert stride_index(audio, count).tolist() == wanted


def test_thin_leaves_a_stride():
    scores = torch.arange(10.0)
    off = -math.inf
    assert thin(scores, 0.4, 2).tolist() == [0, off, 2, off, off, 5, off, 7, off, off]
    assert scores.tolist() == list(range(10))


def test_thin_is_off_at_one():
    scores = torch.arange(10.0)
    assert thin(scores, 1.0, 2).tolist() == scores.tolist()


def test_thin_never_leaves_fewer_than_will_be_kept():
    left = thin(torch.arange(10.0), 0.2, 4)
    assert left.isfinite().nonzero().flatten().tolist() == [0, 2, 5, 7]


@pytest.mark.parametrize(
    ("scores", "count", "wanted"),
    [
        ([0.1, 0.9, 0.5, 0.7], 2, [1, 3]),
        ([0.7, 0.1, 0.9], 2, [0, 2]),  # in time order, not by score
        ([0.1, -math.inf, 0.0], 2, [0, 2]),
        ([0.3], 1, [0]),
    ],
)
def test_top_tokens(scores, count, wanted):
    assert top_tokens(torch.tensor(scores), count).tolist() == wanted


def test_top_tokens_of_equal_scores_are_as_many_as_asked_for():
    assert len(set(top_tokens(torch.zeros(9), 4).tolist())) == 4
