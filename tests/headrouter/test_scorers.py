"""One matrix over all scorers, then what each of them means."""

from dataclasses import replace

import pytest
import torch

from headrouter.errors import UnknownScorer
from headrouter.probe import Sample
from headrouter.profiles import Profile, uniform_profile
from headrouter.routing import route, top_tokens
from headrouter.scorers import SCORERS, find_scorer

HEADS, AUDIO = 6, 23
PROFILE = Profile(
    model="tiny",
    layer=2,
    prompt="",
    semantic=(0.7, 0.1, 0.1, 0.1, 0.0, 0.0),
    acoustic=(0.0, 0.0, 0.1, 0.1, 0.1, 0.7),
    mu_semantic=0.05,
    mu_uniform=0.10,
    mu_acoustic=0.15,
    sigma=0.05,
    frame_keep=0.7,
)
FILTERED = {"headrouter", "hard", "heads_mean", "semantic", "acoustic"}


def sample(audio=AUDIO, seed=0):
    generator = torch.Generator().manual_seed(1)
    sharpness = torch.linspace(0.5, 3.0, HEADS)[:, None, None]  # so that heads differ
    queries = torch.randn(HEADS, 4, 8, generator=generator) * sharpness
    return Sample(queries, torch.randn(2, audio, 8, generator=generator), 8**-0.5, seed)


@pytest.mark.parametrize("count", [1, 5, 16, AUDIO])
@pytest.mark.parametrize("frame_keep", [0.3, 0.7, 1.0])
@pytest.mark.parametrize("name", SCORERS)
def test_every_scorer_ranks_every_token(name, frame_keep, count):
    profile = replace(PROFILE, frame_keep=frame_keep)
    scores = SCORERS[name](sample(), profile, count)
    assert scores.shape == (AUDIO,)
    assert scores.dtype == torch.float32
    assert (scores.isfinite() | scores.isneginf()).all()
    kept = top_tokens(scores, count)
    assert len(set(kept.tolist())) == count
    assert scores[kept].isfinite().all()
    assert torch.equal(scores, SCORERS[name](sample(), profile, count))


@pytest.mark.parametrize("name", SCORERS)
def test_every_scorer_takes_a_single_token(name):
    assert top_tokens(SCORERS[name](sample(audio=1), PROFILE, 1), 1).tolist() == [0]


@pytest.mark.parametrize("name", SCORERS)
def test_the_frame_pre_filter_is_where_it_should_be(name):
    filtered = SCORERS[name](sample(), PROFILE, 4).isneginf().any()
    assert filtered == (name in FILTERED)


def test_headrouter_is_the_routed_importance():
    wanted = route(sample().attention, PROFILE).importance
    scores = SCORERS["headrouter"](sample(), PROFILE, 4)
    left = scores.isfinite()
    assert left.sum() == 16  # floor(23 * 0.7)
    assert torch.equal(scores[left], wanted[left])
    assert torch.equal(SCORERS["unfiltered"](sample(), PROFILE, 4), wanted)


@pytest.mark.parametrize(
    ("mus", "nearest"),
    [((0.0, 1.0, 2.0), "semantic"), ((2.0, 0.0, 1.0), "heads_mean"), ((1.0, 2.0, 0.0), "acoustic")],
)
def test_hard_takes_the_nearest_route_alone(mus, nearest):
    names = ("mu_semantic", "mu_uniform", "mu_acoustic")
    profile = replace(PROFILE, sigma=9.0, **dict(zip(names, mus, strict=True)))
    assert 0 < route(sample().attention, profile).signal < 0.5  # zero is the nearest centre
    found = SCORERS["hard"](sample(), profile, 4)
    torch.testing.assert_close(found, SCORERS[nearest](sample(), profile, 4))
    soft = SCORERS["headrouter"](sample(), profile, 4)
    assert not torch.allclose(found, soft, atol=1e-4)


def test_semantic_and_acoustic_weigh_their_own_heads():
    profile = replace(PROFILE, semantic=(0, 1, 0, 0, 0, 0), acoustic=(0, 0, 0, 0, 3, 0))
    profile = replace(profile, frame_keep=1.0)
    attention = sample().attention
    torch.testing.assert_close(SCORERS["semantic"](sample(), profile, 4), attention[1])
    torch.testing.assert_close(SCORERS["acoustic"](sample(), profile, 4), attention[4])


def test_without_a_profile_headrouter_is_the_mean_over_heads():
    profile = uniform_profile("tiny", 2, HEADS)
    wanted = sample().attention.mean(dim=0)
    torch.testing.assert_close(SCORERS["headrouter"](sample(), profile, 4), wanted)
    torch.testing.assert_close(SCORERS["heads_mean"](sample(), profile, 4), wanted)


@pytest.mark.parametrize("count", [1, 4, 5, 16, AUDIO])
def test_frame_is_the_uniform_stride(count):
    kept = top_tokens(SCORERS["frame"](sample(), PROFILE, count), count)
    assert kept.tolist() == [int(i * AUDIO / count) for i in range(count)]


def test_random_depends_on_the_seed_alone():
    random = SCORERS["random"]
    first = random(sample(seed=3), PROFILE, 4)
    state = torch.get_rng_state()
    assert torch.equal(first, random(sample(seed=3), replace(PROFILE, sigma=9.0), 4))
    assert torch.equal(state, torch.get_rng_state())
    assert not torch.equal(first, random(sample(seed=4), PROFILE, 4))


def test_random_keeps_every_token_about_equally_often():
    kept = torch.zeros(10)
    for seed in range(2000):
        kept[top_tokens(SCORERS["random"](sample(10, seed), PROFILE, 3), 3)] += 1
    # 600 of 2000 each, with a deviation of sqrt(2000 * 0.3 * 0.7) = 20
    assert (kept - 600).abs().max() < 100


def test_an_unknown_name_lists_the_known():
    with pytest.raises(UnknownScorer) as caught:
        find_scorer("fastv2")
    assert str(caught.value) == f"no scorer 'fastv2'; known: {', '.join(SCORERS)}"
    assert isinstance(caught.value, KeyError)


@pytest.mark.parametrize("name", SCORERS)
def test_a_known_name_is_found(name):
    assert find_scorer(name) is SCORERS[name]
