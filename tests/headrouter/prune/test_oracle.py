"""Pruning equals masking, for every family, backend, batch and keep ratio."""

from contextlib import contextmanager
from functools import cache

import pytest
import torch
from tiny_further import FURTHER
from transformers import DynamicCache

from headrouter import testing
from headrouter.prune.router import HeadRouter
from headrouter.testing import AUDIO, TINY, mask_oracle, tiny_inputs

tiny_model = cache(testing.tiny_model)  # HeadRouter leaves a model as it was

pytestmark = pytest.mark.usefixtures("one_thread")

LAYER = 2
KEEPS = [1.0, 0.7, 0.4, 0.1]
BATCHES = {"one": (3,), "even": (2, 2), "ragged": (3, 1)}


def dropped_positions(router, inputs):
    """(batch, tokens) bool of the audio positions that the router left out."""
    dropped = inputs["input_ids"] == AUDIO
    for row, pruned in enumerate(router.pruned):
        dropped[row, pruned.audio[pruned.kept]] = False
    return dropped


def turn(model, inputs, cache=None):
    """With a cache that slides nowhere: what gemma4's masks hide is for them to say."""
    return model(**inputs, cache=DynamicCache() if cache is None else cache, use_cache=True)


def second_turn(inputs):
    return text_after(inputs["attention_mask"], tokens=5)


def one_token(inputs):
    return text_after(second_turn(inputs)["attention_mask"], tokens=1)


def text_after(seen, tokens):
    batch, past = seen.shape
    ids = torch.full((batch, tokens), 50) + torch.arange(tokens)
    positions = torch.arange(past, past + tokens).expand(batch, -1)
    mask = torch.cat([seen, torch.ones_like(ids)], dim=1)
    return {"input_ids": ids, "attention_mask": mask, "position_ids": positions}


@pytest.mark.parametrize("keep", KEEPS)
@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize("family", TINY)
@torch.inference_mode()
def test_pruned_logits_are_the_masked_ones_over_two_turns(family, attention, batch, keep):
    model = tiny_model(family, attention=attention)
    inputs = tiny_inputs(family, BATCHES[batch])
    with HeadRouter(model, keep=keep, layer=LAYER) as router:
        first = turn(model, inputs)
        follow_up = turn(model, second_turn(inputs), first.cache)
        last = turn(model, one_token(inputs), follow_up.cache)
    dropped = dropped_positions(router, inputs)
    assert dropped.any() == (keep < 1)
    with mask_oracle(model, dropped, LAYER):
        wanted = turn(model, inputs)
        wanted_follow_up = turn(model, second_turn(inputs), wanted.cache)
        wanted_last = turn(model, one_token(inputs), wanted_follow_up.cache)
    text = 6
    torch.testing.assert_close(first.logits[:, -text:], wanted.logits[:, -text:], atol=1e-5, rtol=0)
    torch.testing.assert_close(follow_up.logits, wanted_follow_up.logits, atol=1e-5, rtol=0)
    torch.testing.assert_close(last.logits, wanted_last.logits, atol=1e-5, rtol=0)


@pytest.mark.parametrize("keep", KEEPS)
@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize("family", TINY)
@torch.inference_mode()
def test_generate_gives_the_masked_models_greedy_tokens(family, batch, keep):
    model = tiny_model(family)
    inputs = tiny_inputs(family, BATCHES[batch])
    settings = dict(max_new_tokens=6, do_sample=False, eos_token_id=None, pad_token_id=0)
    settings["suppress_tokens"] = [AUDIO]  # phi4 would look for a second clip
    with HeadRouter(model, keep=keep, layer=LAYER) as router:
        pruned = model.generate(**inputs, **settings)
    with mask_oracle(model, dropped_positions(router, inputs), LAYER):
        masked = model.generate(**inputs, **settings, cache=DynamicCache())
    assert pruned.tolist() == masked.tolist()
    if keep == 1.0:
        assert pruned.tolist() == model.generate(**inputs, **settings).tolist()


@pytest.mark.parametrize("keep", [1.0, 0.3])
@pytest.mark.parametrize("family", FURTHER)
@torch.inference_mode()
def test_families_that_the_assistant_does_not_offer_are_pruned_as_exactly(family, keep):
    model, inputs = tiny_model(FURTHER[family]), tiny_inputs(FURTHER[family], BATCHES["ragged"])
    with HeadRouter(model, keep=keep, layer=LAYER) as router:
        first = turn(model, inputs)
        follow_up = turn(model, second_turn(inputs), first.cache)
    dropped = dropped_positions(router, inputs)
    assert dropped.any() == (keep < 1)
    with mask_oracle(model, dropped, LAYER):
        wanted = turn(model, inputs)
        wanted_follow_up = turn(model, second_turn(inputs), wanted.cache)
    last = first.logits[:, -6:]
    torch.testing.assert_close(last, wanted.logits[:, -6:], atol=1e-5, rtol=0)
    torch.testing.assert_close(follow_up.logits, wanted_follow_up.logits, atol=1e-5, rtol=0)
    whole = turn(model, inputs).logits[:, -1]
    assert ((whole - last[:, -1]).abs().max() > 1e-2) == (keep < 1)


@pytest.mark.parametrize("layer", [1, 3])
@torch.inference_mode()
def test_other_pruning_layers(layer):
    model, inputs = tiny_model("voxtral"), tiny_inputs("voxtral")
    with HeadRouter(model, keep=0.3, layer=layer) as router:
        pruned = turn(model, inputs)
    with mask_oracle(model, dropped_positions(router, inputs), layer):
        masked = turn(model, inputs)
    torch.testing.assert_close(pruned.logits[:, -6:], masked.logits[:, -6:], atol=1e-5, rtol=0)


@torch.inference_mode()
def test_dropping_tokens_does_change_the_answer():
    """Without this the oracle could hold because nothing depends on the audio."""
    model, inputs = tiny_model("voxtral"), tiny_inputs("voxtral")
    whole = turn(model, inputs).logits[:, -1]
    with HeadRouter(model, keep=0.1):
        pruned = turn(model, inputs).logits[:, -1]
    assert (whole - pruned).abs().max() > 1e-2


@pytest.mark.parametrize("piece", [1, 5, 16])
@pytest.mark.parametrize("batch", ["one", "ragged"])
@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize("family", TINY)
@torch.inference_mode()
def test_a_prompt_in_pieces_gives_what_it_gives_at_once(family, attention, batch, piece):
    model = tiny_model(family, attention=attention)
    inputs = tiny_inputs(family, BATCHES[batch])
    with HeadRouter(model, keep=0.4, layer=LAYER) as whole:
        first = turn(model, inputs)
        follow_up = turn(model, second_turn(inputs), first.cache)
    with HeadRouter(model, keep=0.4, layer=LAYER, piece=piece) as pieces, passes(model) as seen:
        ours = turn(model, inputs)
        ours_later = turn(model, second_turn(inputs), ours.cache)
    assert max(seen) == piece < inputs["input_ids"].shape[1]
    for one, other in zip(whole.pruned, pieces.pruned, strict=True):
        assert one.kept.tolist() == other.kept.tolist()
    close = dict(atol=1e-4, rtol=0)  # products of other shapes are rounded otherwise
    torch.testing.assert_close(ours.logits[:, -6:], first.logits[:, -6:], **close)
    torch.testing.assert_close(ours_later.logits, follow_up.logits, **close)


@contextmanager
def passes(model):
    """How many tokens were normalised for the attention of a decoder layer, each time."""
    seen = []

    def note(module, args, found):
        seen.append(args[0].shape[1])

    layers = model.get_decoder().layers
    handles = [layer.input_layernorm.register_forward_hook(note) for layer in layers]
    yield seen
    for handle in handles:
        handle.remove()


@pytest.mark.parametrize("keep", [1.0, 0.3])
@pytest.mark.parametrize("family", TINY)
@torch.inference_mode()
def test_generate_in_pieces_gives_the_masked_models_greedy_tokens(family, keep):
    model, inputs = tiny_model(family), tiny_inputs(family, BATCHES["ragged"])
    settings = dict(max_new_tokens=6, do_sample=False, eos_token_id=None, pad_token_id=0)
    settings["suppress_tokens"] = [AUDIO]
    with HeadRouter(model, keep=keep, layer=LAYER, piece=7) as router:
        pruned = model.generate(**inputs, **settings)
    with mask_oracle(model, dropped_positions(router, inputs), LAYER):
        masked = model.generate(**inputs, **settings, cache=DynamicCache())
    assert pruned.tolist() == masked.tolist()
    assert not any("forward" in vars(layer) for layer in router.layers)  # as it was
