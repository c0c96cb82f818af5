"""One matrix over all scorers, then what each of them means."""

from dataclasses import replace

import pytest
import torch

from headrouter.errors import RouterRefusal, UnknownScorer
from headrouter.prune.probe import Row, Sample
from headrouter.prune.profiles import Profile, uniform_profile
from headrouter.prune.routing import route, top_tokens
from headrouter.prune.scorers import SCORERS, find_scorer, moving_average, with_quotas

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
FILTERED |= {"rotary", "smooth", "floors"}
WIDTH, TEXT = 12, 4


def sample(audio=AUDIO, seed=0, states=None):
    """Three tokens before the audio, four that ask after it; rotary embedding leaves all as is."""
    generator = torch.Generator().manual_seed(1)
    sharpness = torch.linspace(0.5, 3.0, HEADS)[:, None, None]  # so that heads differ
    tokens = 3 + audio + TEXT
    queries = torch.randn(HEADS, tokens, 8, generator=generator) * sharpness
    keys = torch.randn(2, tokens, 8, generator=generator)
    made = torch.randn(tokens, WIDTH, generator=generator)
    if states is not None:
        made[3 : 3 + audio] = states
    heard, asking = torch.arange(3, 3 + audio), torch.arange(3 + audio, tokens)
    return Sample(
        queries[:, asking],
        keys[:, heard],
        8**-0.5,
        seed,
        {
            name: torch.rand(audio, generator=generator)
            for name in ("levels", "received", "contrast", "spotting")
        },
        Row(made, lambda: (queries, keys), heard, asking, torch.ones(tokens, dtype=torch.bool)),
    )


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


def test_what_stands_out_is_kept_and_the_rest_at_a_uniform_stride():
    def kept(high, count):
        spotted = torch.rand(40, generator=torch.Generator().manual_seed(3)) / 100 + 0.02
        spotted[high] = 1.0 + torch.arange(len(high))
        asked = replace(sample(audio=40), hints={"spotting": spotted})
        return set(top_tokens(SCORERS["peaks"](asked, PROFILE, count), count).tolist())

    assert kept([21, 23, 25], 23) == set(range(0, 40, 2)) | {21, 23, 25}  # 20 at the stride
    assert kept([21, 22, 23, 25], 4) == {0, 20, 23, 25}  # half of what is kept at most
    assert kept([], 10) == set(range(0, 40, 4))  # nothing stands out


def test_floors_spread_half_and_choose_the_rest():
    profile = replace(PROFILE, frame_keep=1.0)
    scores = SCORERS["floors"](sample(audio=40), profile, 20)
    tenths = top_tokens(scores, 20) // 4
    assert set(tenths.tolist()) == set(range(10))
    best = SCORERS["headrouter"](sample(audio=40), profile, 20).topk(10).indices
    assert set(best.tolist()) <= set(top_tokens(scores, 20).tolist())


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


def kept_by(name, count, **changes):
    return top_tokens(SCORERS[name](sample(**changes), PROFILE, count), count).tolist()


def test_energy_keeps_the_loudest():
    assert kept_by("energy", 3) == sorted(sample().hints["levels"].topk(3).indices.tolist())


@pytest.mark.parametrize("name", ["energy", "segment"])
def test_a_scorer_names_the_hint_that_it_misses(name):
    bare = sample()
    bare.hints = {}
    with pytest.raises(RouterRefusal, match=r"pass hints=\{'(levels|received)'"):
        SCORERS[name](bare, PROFILE, 4)
    bare.hints = {"levels": torch.zeros(5), "received": torch.zeros(5)}
    with pytest.raises(RouterRefusal, match=r"shape \(23,\)"):
        SCORERS[name](bare, PROFILE, 4)


@pytest.mark.parametrize("name", ["rotary", "fastv", "dart", "merge"])
def test_a_scorer_that_looks_at_the_row_says_so_when_it_is_gone(name):
    bare = sample()
    bare.row = None
    with pytest.raises(RouterRefusal, match="whole row"):
        SCORERS[name](bare, PROFILE, 4)


def test_segment_keeps_the_best_of_each_tenth():
    kept = kept_by("segment", 10, audio=40)
    received = sample(audio=40).hints["received"].reshape(10, 4)
    assert kept == [4 * i + int(received[i].argmax()) for i in range(10)]


def test_quotas_hold_and_the_rest_goes_by_score():
    scores = torch.arange(20.0)
    kept = top_tokens(with_quotas(scores, 10), 14).tolist()
    assert kept == [1, 3, 5, 7, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19]


def test_a_moving_average_is_fair_at_the_ends():
    scores = torch.tensor([3.0, 0.0, 0.0, 6.0, 0.0, 0.0])
    torch.testing.assert_close(
        moving_average(scores, 3), torch.tensor([1.5, 1.0, 2.0, 2.0, 2.0, 0.0])
    )


def test_merge_keeps_where_something_new_begins():
    states = torch.eye(WIDTH)[[0, 0, 0, 1, 1, 2, 2, 2, 2, 3]]
    assert kept_by("merge", 4, audio=10, states=states) == [0, 3, 5, 9]


def test_dart_keeps_pivots_and_what_is_least_like_them():
    made = sample()
    size = made.keys.abs().sum(dim=(0, 2))
    pivots = size.topk(4).indices.tolist()
    kept = kept_by("dart", 12)
    assert set(pivots) <= set(kept)
    states = torch.nn.functional.normalize(made.whole.states[made.whole.audio], dim=-1)
    likeness = states @ states[pivots[0]]  # the largest pivot chooses first
    likeness[pivots] = torch.inf
    assert int(likeness.argmin()) in kept


def test_dart_keeps_the_same_ones_whatever_more_is_kept():
    assert kept_by("dart", 2) == sorted(
        sample().keys.abs().sum(dim=(0, 2)).topk(2).indices.tolist()
    )


def test_fastv_is_the_attention_of_the_last_token():
    made = sample()
    row = made.whole
    queries, keys = row.rotated()
    logits = queries[:, -1:] @ keys.repeat_interleave(HEADS // 2, 0).transpose(1, 2) * made.scaling
    wanted = logits.softmax(-1).mean(0)[0, row.audio]
    torch.testing.assert_close(SCORERS["fastv"](made, PROFILE, 4), wanted)
    assert wanted.sum() < 1  # the text gets its share


def test_fastv_does_not_see_padding():
    made = sample()
    seen = SCORERS["fastv"](made, PROFILE, 4)
    made.whole.real[0] = False
    again = SCORERS["fastv"](made, PROFILE, 4)
    assert (again > seen).all()  # what the first token got is shared out
