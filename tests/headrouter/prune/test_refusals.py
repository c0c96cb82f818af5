"""Whatever would make pruning wrong is refused by name, and each refusal is really provoked."""

import math
from dataclasses import replace
from functools import cache

import pytest
import torch
import transformers
from tiny_further import FURTHER
from torch import nn
from torch.nn.attention.flex_attention import create_block_mask
from transformers.cache_utils import Cache, DynamicLayer

from headrouter import testing
from headrouter.errors import (
    HeadRouterError,
    InvalidKeep,
    ProfileMismatch,
    RouterRefusal,
    UnknownScorer,
    UnsupportedModel,
)
from headrouter.prune.families import FAMILIES, family_of
from headrouter.prune.profiles import uniform_profile
from headrouter.prune.router import HeadRouter, checkpoint_name
from headrouter.testing import AUDIO, HIDDEN, TINY, tiny_inputs

tiny_model = cache(testing.tiny_model)  # HeadRouter leaves a model as it was

pytestmark = pytest.mark.usefixtures("one_thread")

GREEDY = {"max_new_tokens": 3, "do_sample": False, "eos_token_id": None, "pad_token_id": 0}


@pytest.fixture
def model():
    return tiny_model("voxtral")


@pytest.fixture
def inputs():
    return tiny_inputs("voxtral")


@pytest.fixture(autouse=True)
def inference():
    with torch.inference_mode():
        yield


# -- at construction


@pytest.mark.parametrize("keep", [0, 7, -1, math.nan])
def test_keep_ratios_out_of_range(model, keep):
    with pytest.raises(InvalidKeep, match=r"is outside \(0, 1\]"):
        HeadRouter(model, keep=keep)


@pytest.mark.parametrize("layer", [-1, 0, 4, 5])
def test_layers_without_a_layer_below_or_above(model, layer):
    with pytest.raises(RouterRefusal, match=f"layer={layer}: .* choose between 1 and 3"):
        HeadRouter(model, layer=layer)


def test_an_unknown_scorer(model):
    with pytest.raises(UnknownScorer, match="no scorer 'best'; known: headrouter"):
        HeadRouter(model, scorer="best")


def test_profiles_of_another_model_layer_or_head_count(model):
    profile = uniform_profile("voxtral", 2, 6)
    assert HeadRouter(model, profile).profile is profile
    with pytest.raises(ProfileMismatch, match="made for model 'other', not 'voxtral'"):
        HeadRouter(model, replace(profile, model="other"))
    with pytest.raises(ProfileMismatch, match="made for layer 2, not 3"):
        HeadRouter(model, profile, layer=3)
    with pytest.raises(ProfileMismatch, match="made for heads 4, not 6"):
        HeadRouter(model, uniform_profile("voxtral", 2, 4))
    assert HeadRouter(model, replace(profile, model="other"), model_id="other").layer == 2
    assert HeadRouter(model, replace(profile, layer=3)).layer == 3


def test_the_model_id_is_the_checkpoints_name(model, monkeypatch):
    assert checkpoint_name(model) == "voxtral"  # no checkpoint: the model type
    for path in ("some-one/Tiny-3B", "/models/Tiny-3B", "/models/Tiny-3B/"):
        monkeypatch.setattr(model.config, "name_or_path", path)
        assert checkpoint_name(model) == "Tiny-3B"


def tiny_llama():
    config = transformers.LlamaConfig(
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        vocab_size=9,
        bos_token_id=1,
        eos_token_id=2,
    )
    return transformers.LlamaForCausalLM(config)


def test_a_model_that_hears_nothing_lists_the_supported_ones():
    with pytest.raises(UnsupportedModel, match="no seam for a llama model; supported: ") as caught:
        HeadRouter(tiny_llama())
    assert all(name in str(caught.value) for name in FAMILIES)


def test_a_module_that_is_no_transformers_model():
    with pytest.raises(UnsupportedModel, match="no seam for a Linear model"):
        HeadRouter(nn.Linear(2, 2))


OMNI = {
    "qwen2_5_omni": ("Qwen2_5OmniConfig", "Qwen2_5OmniForConditionalGeneration"),
    "qwen3_omni_moe": ("Qwen3OmniMoeConfig", "Qwen3OmniMoeForConditionalGeneration"),
}


@pytest.mark.parametrize("family", OMNI)
def test_a_full_omni_model_is_asked_for_its_thinker(family):
    config, kind = (getattr(transformers, name) for name in OMNI[family])
    thinker = tiny_model(family).config.to_dict()
    whole = kind(config(thinker_config=thinker, enable_audio_output=False)).eval()
    with pytest.raises(UnsupportedModel, match=r"hand over model\.thinker instead"):
        HeadRouter(whole)
    with HeadRouter(whole.thinker) as router:
        whole.thinker(**tiny_inputs(family))
    assert router.pruned


@pytest.mark.parametrize("family", TINY)
def test_every_family_is_reached_by_a_tiny_model(family):
    assert family_of(tiny_model(family)) is FAMILIES[tiny_model(family).config.model_type]


def test_every_supported_family_has_a_tiny_model():
    known = {tiny_model(family).config.model_type for family in TINY}
    assert known | {*FURTHER} == {*FAMILIES}


# -- settings of generate

REFUSED = {
    "num_beams": 2,
    "use_cache": False,
    "cache_implementation": "static",
    "prefill_chunk_size": 4,
    "assistant_early_exit": 1,
    "prompt_lookup_num_tokens": 2,
    "use_mtp": True,
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_setting_in_the_call(model, inputs, name):
    with HeadRouter(model) as router, pytest.raises(RouterRefusal, match=f"^{name} can't be comb"):
        model.generate(**inputs, **GREEDY, **{name: REFUSED[name]})
    assert not router.pruned


@pytest.mark.parametrize("name", REFUSED)
def test_a_setting_in_a_generation_config(model, inputs, name):
    config = transformers.GenerationConfig(**GREEDY)
    setattr(config, name, REFUSED[name])
    with HeadRouter(model), pytest.raises(RouterRefusal, match=f"^{name} can't be combined"):
        model.generate(**inputs, generation_config=config)
    ids = inputs.pop("input_ids")
    with HeadRouter(model), pytest.raises(RouterRefusal, match=f"^{name} can't be combined"):
        model.generate(ids, config, **inputs)


@pytest.mark.parametrize("name", REFUSED)
def test_a_setting_of_the_models_own_generation_config(model, inputs, name, monkeypatch):
    monkeypatch.setattr(model.generation_config, name, REFUSED[name])
    with HeadRouter(model), pytest.raises(RouterRefusal, match=f"^{name} can't be combined"):
        model.generate(**inputs, **GREEDY)
    config = transformers.GenerationConfig(**GREEDY)  # what it leaves open comes from the model
    with HeadRouter(model), pytest.raises(RouterRefusal, match=f"^{name} can't be combined"):
        model.generate(**inputs, generation_config=config)


def test_the_call_overrules_the_models_own_generation_config(model, inputs, monkeypatch):
    monkeypatch.setattr(model.generation_config, "num_beams", 4)
    with HeadRouter(model) as router:
        model.generate(**inputs, **GREEDY, num_beams=1)
    assert router.pruned


@pytest.mark.parametrize("implementation", ["offloaded_static", "offloaded", "quantized"])
def test_other_cache_implementations(model, inputs, implementation):
    with HeadRouter(model), pytest.raises(RouterRefusal, match="cache_implementation"):
        model.generate(**inputs, **GREEDY, cache_implementation=implementation)


def test_an_assistant_model(model, inputs):
    with HeadRouter(model), pytest.raises(RouterRefusal, match="assistant_model can't be combined"):
        model.generate(**inputs, **GREEDY, assistant_model=model)


@pytest.mark.parametrize("settings", [{"use_cache": True}, {"cache_implementation": "dynamic"}])
def test_harmless_settings_pass(model, inputs, settings):
    with HeadRouter(model) as router:
        model.generate(**inputs, **GREEDY, **settings)
    assert router.pruned


# -- caches


def static_cache(model):
    return transformers.StaticCache(config=model.config.text_config, max_cache_len=64)


def quantized_cache(model):
    return transformers.QuantizedCache("fp8", model.config)


def other_cache(model):
    return Cache(layer_class_to_replicate=DynamicLayer)


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (static_cache, "StaticCache"),
        (quantized_cache, "QuantizedCache"),
        (other_cache, "Cache"),
    ],
)
def test_caches_of_another_kind(model, inputs, make, name):
    with HeadRouter(model), pytest.raises(RouterRefusal, match=rf"\({name}\): only a dynamic"):
        model(**inputs, cache=make(model), use_cache=True)


def follow_up(tokens=2):
    return torch.arange(50, 50 + tokens)[None]


def test_a_cache_from_outside(model, inputs):
    cache = model(**inputs, use_cache=True).cache
    with HeadRouter(model), pytest.raises(RouterRefusal, match="tokens from outside"):
        model(follow_up(), cache=cache)


def test_a_cache_of_another_router(model, inputs):
    with HeadRouter(model):
        cache = model(**inputs, use_cache=True).cache
    with HeadRouter(model), pytest.raises(RouterRefusal, match="tokens from outside"):
        model(follow_up(), cache=cache)


def test_a_cache_cropped_outside(model, inputs):
    with HeadRouter(model):
        cache = model(**inputs, use_cache=True).cache
        cache.crop(-1)
        with pytest.raises(RouterRefusal, match="or was cropped"):
            model(follow_up(), cache=cache)


def test_a_cache_cropped_only_below_the_pruning_layer(model, inputs):
    """As by a crop to a length between the pruned and the whole one."""
    with HeadRouter(model, layer=1):
        cache = model(**inputs, use_cache=True).cache
        cache.layers[0].crop(-1)
        with pytest.raises(RouterRefusal, match="or was cropped"):
            model(follow_up(), cache=cache)


def test_a_cache_that_a_failed_pass_left_half_filled(inputs):
    model = testing.tiny_model("voxtral")

    def fail(*_):
        raise MemoryError

    cache = transformers.DynamicCache(config=model.config)
    with HeadRouter(model, layer=2):
        handle = model.get_decoder().layers[2].self_attn.register_forward_pre_hook(fail)
        with pytest.raises(MemoryError):
            model(**inputs, cache=cache, use_cache=True)
        handle.remove()
        with pytest.raises(RouterRefusal, match="or was cropped"):
            model(**inputs, cache=cache, use_cache=True)


# -- inputs


def test_labels(model, inputs):
    with HeadRouter(model), pytest.raises(RouterRefusal, match=r"labels: .* leave them out"):
        model(**inputs, labels=inputs["input_ids"])


def test_audio_after_the_text(model, inputs):
    ids = torch.cat([inputs["input_ids"][:, -6:], inputs["input_ids"][:, :-6]], dim=1)
    assert ids[0, -1] == AUDIO
    with HeadRouter(model), pytest.raises(RouterRefusal, match="audio without text after it"):
        model(**(inputs | {"input_ids": ids}))


def test_audio_with_only_padding_after_it(model, inputs):
    mask = inputs["attention_mask"].clone()
    mask[:, -6:] = 0
    with HeadRouter(model), pytest.raises(RouterRefusal, match="audio without text after it"):
        model(**(inputs | {"attention_mask": mask}))


@pytest.mark.parametrize("keep", [0.4, 1.0])
def test_one_row_of_a_batch_without_a_question(model, keep):
    inputs = tiny_inputs("voxtral", (1, 1))
    inputs["input_ids"][1] = inputs["input_ids"][1].flip(0)
    inputs["input_ids"][1, -3:] = AUDIO
    inputs["input_ids"][1, 6:9] = 20
    with HeadRouter(model, keep=keep), pytest.raises(RouterRefusal, match="audio without text"):
        model(**inputs)


def test_a_placeholder_that_the_model_utters_is_no_audio(model, inputs):
    with HeadRouter(model) as router:
        cache = model(**inputs, use_cache=True).cache
        heard, held = router.pruned, cache.get_seq_length(3)
        model(torch.tensor([[AUDIO]]), cache=cache)
    assert router.pruned is heard
    assert cache.get_seq_length(3) == held + 1


@pytest.mark.parametrize("shape", [None, (1, 19), (2, 20), (20,)])
def test_embeddings_that_do_not_say_where_the_audio_is(model, shape):
    mask = None if shape is None else torch.zeros(shape, dtype=torch.bool)
    embeds = torch.zeros(1, 20, HIDDEN)
    with HeadRouter(model, audio_mask=mask):
        with pytest.raises(RouterRefusal, match=r"pass audio_mask=, .* shape \(1, 20\)"):
            model(inputs_embeds=embeds)
        with pytest.raises(RouterRefusal, match="pass audio_mask="):
            model.generate(inputs_embeds=embeds, **GREEDY)


def test_a_call_with_nothing(model):
    with HeadRouter(model), pytest.raises(RouterRefusal, match="neither input_ids nor inputs_emb"):
        model()


def test_the_decoder_called_by_itself(model):
    embeds = torch.zeros(1, 20, HIDDEN)
    with HeadRouter(model) as router, pytest.raises(RouterRefusal, match="was called by itself"):
        model.get_decoder()(inputs_embeds=embeds)
    assert not router.pruned


def test_qwen2_audios_legacy_merge():
    model, inputs = tiny_model("qwen2_audio"), tiny_inputs("qwen2_audio", (1,))
    inputs["input_ids"] = torch.tensor([[11, 12, 13, AUDIO, 14, 15, 16]])
    inputs["attention_mask"] = torch.ones(1, 7, dtype=torch.long)
    with HeadRouter(model), pytest.raises(RouterRefusal, match="legacy merge"):
        model(**inputs)


# -- attention


def test_flex_attention(inputs):
    """Its block masks can't be sliced. Running it whole would need a compiler."""
    model = testing.tiny_model("voxtral")
    length = inputs["input_ids"].shape[1]
    mask = create_block_mask(lambda b, h, q, k: q >= k, None, None, length, length, device="cpu")

    def as_flex(layer, args, kwargs):
        return args, {**kwargs, "attention_mask": mask}

    model.get_decoder().layers[2].register_forward_pre_hook(as_flex, with_kwargs=True)
    with HeadRouter(model), pytest.raises(RouterRefusal, match="attn_implementation='sdpa'"):
        model(**inputs)


def windowed(window, full_layers):
    """A tiny Audio Flamingo 3 whose layers from ``full_layers`` on attend within a window."""
    values = tiny_model("audioflamingo3").config.to_dict()
    text = values["text_config"] | {"use_sliding_window": True, "sliding_window": window}
    text |= {"max_window_layers": full_layers, "layer_types": None}
    config = transformers.AudioFlamingo3Config(**(values | {"text_config": text}))
    return transformers.AudioFlamingo3ForConditionalGeneration(config).eval()


def test_a_sequence_longer_than_the_attention_window():
    model, inputs = windowed(32, full_layers=0), tiny_inputs("audioflamingo3", (2,))
    assert inputs["input_ids"].shape[1] > 32
    with HeadRouter(model), pytest.raises(RouterRefusal, match=r"sliding_window=32: .* shorten"):
        model(**inputs, use_cache=True)


def test_a_sequence_that_outgrows_the_attention_window_while_decoding():
    model, inputs = windowed(32, full_layers=0), tiny_inputs("audioflamingo3", (1,))
    settings = GREEDY | {"suppress_tokens": [AUDIO]}
    with HeadRouter(model) as router:
        model.generate(**inputs, **settings)
        assert router.pruned
        with pytest.raises(RouterRefusal, match="sliding_window=32"):
            model.generate(**inputs, **settings | {"max_new_tokens": 9})


@pytest.mark.parametrize(("layer", "full_layers"), [(2, 2), (2, 3), (1, 1)])
def test_a_first_sliding_layer_that_is_pruned(layer, full_layers):
    """Its mask would be sized by a layer that holds fewer tokens."""
    model, inputs = windowed(200, full_layers), tiny_inputs("audioflamingo3")
    message = f"layer={layer}: .* choose a higher layer"
    with HeadRouter(model, layer=layer), pytest.raises(RouterRefusal, match=message):
        model.generate(**inputs, **GREEDY)


@pytest.mark.parametrize(("layer", "full_layers"), [(2, 0), (2, 1), (3, 2), (2, 4)])
@pytest.mark.parametrize("clips", [(2,), (2, 1)])
def test_layers_of_both_kinds_below_are_enough(layer, full_layers, clips):
    model, inputs = windowed(200, full_layers), tiny_inputs("audioflamingo3", clips)
    settings = GREEDY | {"suppress_tokens": [AUDIO], "max_new_tokens": 6}
    with HeadRouter(model, keep=0.3, layer=layer) as router:
        pruned = model.generate(**inputs, **settings)
    dropped = inputs["input_ids"] == AUDIO
    for row, found in enumerate(router.pruned):
        dropped[row, found.audio[found.kept]] = False
    with testing.mask_oracle(model, dropped, layer):
        assert pruned.tolist() == model.generate(**inputs, **settings).tolist()


# -- two at once


def test_a_router_inside_a_router(model, inputs):
    with HeadRouter(model, keep=0.5) as outer:
        with pytest.raises(RouterRefusal, match="already inside a HeadRouter"):
            HeadRouter(model).__enter__()
        with pytest.raises(RouterRefusal, match="already inside a HeadRouter"):
            outer.__enter__()
        model(**inputs)  # the outer one is still at work
    assert len(outer.pruned[0].kept) == 15
    assert "generate" not in vars(model)


def test_two_models_at_once(inputs):
    one, two = testing.tiny_model("voxtral"), testing.tiny_model("voxtral", seed=1)
    with HeadRouter(one) as first, HeadRouter(two, keep=0.2) as second:
        one(**inputs)
        two(**inputs)
    assert (len(first.pruned[0].kept), len(second.pruned[0].kept)) == (12, 6)


def test_refusals_are_caught_by_the_root_of_the_tree(model):
    with pytest.raises(HeadRouterError):
        HeadRouter(model, layer=0)


class TestPieces:
    def test_without_a_cache(self):
        model, inputs = tiny_model("voxtral"), tiny_inputs("voxtral")
        with HeadRouter(model, piece=4), pytest.raises(RouterRefusal, match="leave out use_cache"):
            model(**inputs, use_cache=False)

    def test_of_no_size(self):
        with pytest.raises(RouterRefusal, match="give a number of tokens"):
            HeadRouter(tiny_model("voxtral"), piece=0)

    def test_where_attention_takes_no_masks(self, monkeypatch):
        model = tiny_model("voxtral")
        config = model.config.get_text_config()
        monkeypatch.setattr(config, "_attn_implementation_internal", "flash_attention_2")
        with pytest.raises(RouterRefusal, match="attn_implementation='sdpa'"):
            HeadRouter(model, piece=4)
        HeadRouter(model)
