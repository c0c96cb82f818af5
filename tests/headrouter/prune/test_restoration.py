"""After the context, however it ended, the model is the object it was before."""

import gc
import weakref

import pytest
import torch
import transformers
from torch import nn

from headrouter import testing
from headrouter.errors import RouterRefusal
from headrouter.prune.families import Family
from headrouter.prune.router import HeadRouter
from headrouter.testing import AUDIO, TINY, tiny_inputs

pytestmark = pytest.mark.usefixtures("one_thread")

GREEDY = {"max_new_tokens": 4, "do_sample": False, "eos_token_id": None, "pad_token_id": 0}


@pytest.fixture(autouse=True)
def inference():
    with torch.inference_mode():
        yield


@pytest.fixture
def model():
    return testing.tiny_model("voxtral")


@pytest.fixture
def inputs():
    return tiny_inputs("voxtral")


def state(model):
    """What every module holds, by identity: hooks, attributes, parameters, children."""

    def held(value):
        return (
            {key: id(item) for key, item in value.items()} if isinstance(value, dict) else id(value)
        )

    return {
        (name, attribute): held(value)
        for name, module in model.named_modules()
        for attribute, value in vars(module).items()
        if attribute != "rope_deltas"  # Qwen's omni models note it anew in every pass
    }


def test_the_comparison_sees_hooks_attributes_and_parameters(model):
    before = state(model)
    assert state(model) == before
    handle = model.get_decoder().layers[2].register_forward_pre_hook(lambda *_: None)
    assert state(model) != before
    handle.remove()
    assert state(model) == before
    model.extra = 1
    assert state(model) != before
    del model.extra
    assert state(model) == before
    model.lm_head.weight = nn.Parameter(model.lm_head.weight.clone())
    assert state(model) != before


@pytest.mark.parametrize("keep", [0.3, 1.0])
@pytest.mark.parametrize("family", TINY)
def test_the_same_model_before_and_after(family, keep):
    model, inputs = testing.tiny_model(family), tiny_inputs(family, (2, 1))
    settings = GREEDY | {"suppress_tokens": [AUDIO]}  # phi4 would look for a second clip
    before, logits = state(model), model(**inputs).logits
    tokens = model.generate(**inputs, **settings)
    with HeadRouter(model, keep=keep) as router:
        assert state(model) != before
        model.generate(**inputs, **settings)
        pruned = model(**inputs).logits
    assert router.pruned
    assert (pruned.shape == logits.shape) == (keep == 1)
    assert state(model) == before
    assert "generate" not in vars(model)
    assert model.generate.__func__ is type(model).generate
    assert torch.equal(model(**inputs).logits, logits)
    assert torch.equal(model.generate(**inputs, **settings), tokens)


def test_after_an_exception_inside_the_context(model, inputs):
    before, logits = state(model), model(**inputs).logits
    with pytest.raises(ZeroDivisionError), HeadRouter(model):
        model(**inputs)
        raise ZeroDivisionError
    assert state(model) == before
    assert torch.equal(model(**inputs).logits, logits)


@pytest.mark.parametrize("error", [MemoryError, KeyboardInterrupt])
@pytest.mark.parametrize("layer", [0, 1, 2, 3])
def test_after_an_exception_inside_a_forward(model, inputs, layer, error):
    def fail(*_):
        raise error

    before, logits = state(model), model(**inputs).logits
    with pytest.raises(error), HeadRouter(model):
        handle = model.get_decoder().layers[layer].mlp.register_forward_pre_hook(fail)
        try:
            model.generate(**inputs, **GREEDY)
        finally:
            handle.remove()
    assert state(model) == before
    assert torch.equal(model(**inputs).logits, logits)


@pytest.mark.parametrize("layer", [0, 1, 2, 3])
def test_the_context_goes_on_after_a_failed_forward(model, inputs, layer):
    def fail(*_):
        raise MemoryError

    with HeadRouter(model):
        wanted = model(**inputs).logits
        handle = model.get_decoder().layers[layer].mlp.register_forward_pre_hook(fail)
        with pytest.raises(MemoryError):
            model(**inputs)
        handle.remove()
        with pytest.raises(RouterRefusal, match="called by itself"):  # no pass is left open
            model.get_decoder()(inputs_embeds=torch.zeros(1, 9, testing.HIDDEN))
        assert torch.equal(model(**inputs).logits, wanted)


class Breaking(Family):
    """Finds one module to hook, then fails."""

    def readers(self, attention):
        yield next(super().readers(attention))
        raise AttributeError("no k_proj")


def test_after_an_exception_while_entering(model, inputs):
    before, logits = state(model), model(**inputs).logits
    router = HeadRouter(model)
    family, router.family = router.family, Breaking()
    with pytest.raises(AttributeError, match="no k_proj"):
        router.__enter__()
    assert state(model) == before
    assert torch.equal(model(**inputs).logits, logits)
    router.family = family
    with router:
        model(**inputs)
    assert router.pruned


def test_after_a_refusal(model, inputs):
    before = state(model)
    with pytest.raises(RouterRefusal), HeadRouter(model):
        model.generate(**inputs, num_beams=2)
    assert state(model) == before


def test_hooks_and_attributes_of_the_user_stay(model, inputs):
    calls = []
    whole = model.generate

    def counted(*args, **kwargs):
        calls.append("generate")
        return whole(*args, **kwargs)

    model.generate = counted
    layer = model.get_decoder().layers[2]
    layer.register_forward_pre_hook(lambda *_: calls.append("layer"))
    before = state(model)
    with HeadRouter(model) as router:
        model.generate(**inputs, **GREEDY | {"max_new_tokens": 1})
    assert router.pruned
    assert state(model) == before
    assert model.generate is counted
    assert calls == ["generate", "layer"]


def test_entering_again(model, inputs):
    before, router = state(model), HeadRouter(model)
    with router:
        first = model.generate(**inputs, **GREEDY)
    with router:
        second = model.generate(**inputs, **GREEDY)
    with HeadRouter(model):
        third = model.generate(**inputs, **GREEDY)
    assert first.tolist() == second.tolist() == third.tolist()
    assert state(model) == before


def test_a_conversation_goes_on_when_its_router_is_entered_again(model, inputs):
    question = torch.arange(50, 53)[None]

    def two_turns(router):
        with router:
            cache = model(**inputs, use_cache=True).cache
            if router is parted:
                router.__exit__(None, None, None)
                router.__enter__()
            return model(question, cache=cache).logits

    parted = HeadRouter(model)
    assert torch.equal(two_turns(parted), two_turns(HeadRouter(model)))


def test_caches_are_not_kept_alive(model, inputs):
    with HeadRouter(model) as router:
        output = model(**inputs, use_cache=True)
        cache = weakref.ref(output.cache)
        assert isinstance(cache(), transformers.DynamicCache)
        del output
        gc.collect()
        assert cache() is None
        assert not router._caches


def test_a_router_does_not_keep_its_model_hooked_when_dropped(model, inputs):
    """Nothing on the model points to a router that has left."""
    router = HeadRouter(model)
    with router:
        model(**inputs)
    left = weakref.ref(router)
    del router
    gc.collect()
    assert left() is None


# -- embeddings instead of ids


def embeddings(model, inputs):
    """What the first decoder layer gets: text and audio embeddings merged."""
    found = []

    def record(layer, args, kwargs):
        found.append(args[0] if args else kwargs["hidden_states"])

    handle = model.get_decoder().layers[0].register_forward_pre_hook(record, with_kwargs=True)
    model(**inputs)
    handle.remove()
    return found[0]


@pytest.mark.parametrize("keep", [1.0, 0.4, 0.1])
@pytest.mark.parametrize("family", TINY)
def test_embeddings_give_the_tokens_that_ids_give(family, keep):
    model, inputs = testing.tiny_model(family), tiny_inputs(family, (3, 1))
    settings = GREEDY | {"suppress_tokens": [AUDIO]}
    embeds, audio = embeddings(model, inputs), inputs["input_ids"] == AUDIO
    with HeadRouter(model, keep=keep) as by_ids:
        wanted = model.generate(**inputs, **settings)[:, -4:]
    with HeadRouter(model, keep=keep, audio_mask=audio) as by_embeds:
        found = model.generate(
            inputs_embeds=embeds, attention_mask=inputs["attention_mask"], **settings
        )
    assert found.tolist() == wanted.tolist()
    for one, other in zip(by_ids.pruned, by_embeds.pruned, strict=True):
        assert one.kept.tolist() == other.kept.tolist()
