"""Scorers inside real models: what they are given is what the model computes, and merging."""

from functools import cache

import pytest
import torch

from headrouter import testing
from headrouter.errors import RouterRefusal
from headrouter.prune.probe import Sample
from headrouter.prune.profiles import uniform_profile
from headrouter.prune.pruned import Pruned, merged
from headrouter.prune.router import HeadRouter
from headrouter.prune.routing import kept_count
from headrouter.prune.scorers import SCORERS
from headrouter.testing import AUDIO, TINY, mask_oracle, tiny_inputs

tiny_model = cache(testing.tiny_model)

pytestmark = pytest.mark.usefixtures("one_thread")

LAYER = 2


def hints_for(inputs):
    counts = (inputs["input_ids"] == AUDIO).sum(dim=1).tolist()
    generator = torch.Generator().manual_seed(2)
    rows = [torch.rand(count, generator=generator) for count in counts]
    return {"levels": rows, "received": rows, "contrast": rows, "spotting": rows}


@pytest.mark.parametrize("clips", [(2, 1)], ids=["ragged"])
@pytest.mark.parametrize("scorer", sorted(set(SCORERS) - {"merge"}))
@pytest.mark.parametrize("family", TINY)
@torch.inference_mode()
def test_every_scorer_prunes_every_family_as_the_mask_would(family, scorer, clips):
    model, inputs = tiny_model(family), tiny_inputs(family, clips)
    hints = hints_for(inputs)
    with HeadRouter(model, keep=0.4, layer=LAYER, scorer=scorer, hints=hints) as router:
        pruned = model(**inputs, use_cache=True).logits
    dropped = inputs["input_ids"] == AUDIO
    for row, found in enumerate(router.pruned):
        assert len(found.kept) == kept_count(len(found.audio), 0.4)
        assert found.sample.row is None
        dropped[row, found.audio[found.kept]] = False
    with mask_oracle(model, dropped, LAYER):
        wanted = model(**inputs, use_cache=True).logits
    torch.testing.assert_close(pruned[:, -6:], wanted[:, -6:], atol=1e-5, rtol=0)


@pytest.mark.parametrize("clips", [(3,), (3, 1)], ids=["one", "ragged"])
@pytest.mark.parametrize("family", TINY)
@torch.inference_mode()
def test_fastv_is_what_the_model_attends_to(family, clips, monkeypatch):
    model, inputs = tiny_model(family, attention="eager"), tiny_inputs(family, clips)
    weights = model(**inputs, output_attentions=True, use_cache=False).attentions[LAYER - 1]
    found = []
    monkeypatch.setitem(
        SCORERS, "spy", lambda *args: found.append(SCORERS["fastv"](*args)) or found[-1]
    )
    with HeadRouter(model, keep=0.4, layer=LAYER, scorer="spy") as router:
        model(**inputs, use_cache=False)
    for row, (scores, pruned) in enumerate(zip(found, router.pruned, strict=True)):
        wanted = weights[row, :, -1].mean(dim=0)[pruned.audio]
        torch.testing.assert_close(scores, wanted, atol=1e-5, rtol=1e-3)


@torch.inference_mode()
def test_merging_gives_kept_tokens_a_part_of_the_dropped():
    model, inputs = tiny_model("voxtral"), tiny_inputs("voxtral")
    given = []
    handle = (
        model.get_decoder()
        .layers[LAYER]
        .register_forward_hook(lambda module, args, output: given.append(args[0]))
    )
    try:
        model(**inputs, use_cache=False)
        with HeadRouter(model, keep=0.4, layer=LAYER, merge=True) as router:
            model(**inputs, use_cache=False)
    finally:
        handle.remove()
    whole, short = given
    pruned = router.pruned[0]
    text = (inputs["input_ids"][0] != AUDIO).nonzero().flatten()
    kept = torch.cat([text, pruned.audio[pruned.kept]]).sort().values
    assert torch.equal(short[0], merged(whole[0], pruned)[kept])
    assert torch.equal(short[0][:3], whole[0][:3])  # text stays as it was
    assert not torch.allclose(short[0], whole[0][kept])


def test_a_dropped_token_goes_to_the_neighbour_that_is_more_like_it():
    states = torch.tensor([[9.0, 9.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.0, -1.0]])
    sample = Sample(torch.zeros(2, 1, 4), torch.zeros(2, 4, 4), 0.5)
    profile = uniform_profile("tiny", 2, 2)
    pruned = Pruned(sample, profile, torch.tensor([1, 2, 3, 4]), torch.tensor([0, 2]))
    states[2] = torch.tensor([3.0, 1.0])  # more like the first
    found = merged(states, pruned)
    weight = 3 / 10**0.5
    torch.testing.assert_close(found[1], (states[1] + weight * states[2]) / (1 + weight))
    torch.testing.assert_close(found[3], states[3])  # what is unlike it weighs nothing
    assert torch.equal(found[0], states[0])


@torch.inference_mode()
def test_a_hint_that_is_missing_is_named_and_the_model_left_as_it_was():
    model, inputs = tiny_model("voxtral"), tiny_inputs("voxtral")
    before = model(**inputs).logits
    with pytest.raises(RouterRefusal, match="hints="):
        with HeadRouter(model, keep=0.4, scorer="energy"):
            model(**inputs)
    assert torch.equal(model(**inputs).logits, before)
