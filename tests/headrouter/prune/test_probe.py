"""The probe against plain loops, and against the attention of the models themselves."""

import math
from contextlib import contextmanager
from functools import cache

import pytest
import torch

from headrouter import testing
from headrouter.prune.probe import Sample, position_free_attention, streamed_attention
from headrouter.prune.router import HeadRouter
from headrouter.testing import AUDIO, TINY, tiny_inputs

tiny_model = cache(testing.tiny_model)  # HeadRouter leaves a model as it was

pytestmark = pytest.mark.usefixtures("one_thread")

CLIPS = (3, 1)  # a ragged batch: padding must not shift the rows and columns that are read


def noise(*shape, seed):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def by_loops(queries, keys, scaling, key_head):
    """Eq 15-17 word for word: softmax over audio per head and text row, mean over rows."""
    heads, text, _ = queries.shape
    found = torch.zeros(heads, keys.shape[1], dtype=torch.float64)
    for head in range(heads):
        for row in range(text):
            logits = [
                float(queries[head, row].double() @ key.double()) * scaling
                for key in keys[key_head(head)]
            ]
            total = sum(math.exp(logit) for logit in logits)
            for token, logit in enumerate(logits):
                found[head, token] += math.exp(logit) / total / text
    return found.float()


@pytest.mark.parametrize(("heads", "key_heads"), [(6, 6), (6, 2), (6, 1), (1, 1)])
def test_the_probe_equals_plain_loops(heads, key_heads):
    queries, keys = noise(heads, 5, 8, seed=1), noise(key_heads, 7, 8, seed=2)
    found = position_free_attention(queries, keys, 0.3)
    group = heads // key_heads
    wanted = by_loops(queries, keys, 0.3, lambda head: head // group)
    torch.testing.assert_close(found, wanted, atol=1e-6, rtol=0)
    torch.testing.assert_close(found.sum(dim=1), torch.ones(heads))


def test_interleaved_key_heads_would_be_told_apart():
    queries, keys = noise(6, 5, 8, seed=1), noise(2, 7, 8, seed=2)
    interleaved = by_loops(queries, keys, 0.3, lambda head: head % 2)
    assert (position_free_attention(queries, keys, 0.3) - interleaved).abs().max() > 0.01


@pytest.mark.parametrize("cuts", [(), (1,), (7, 8), (3, 10, 11, 30)])
def test_block_by_block_is_the_same(cuts):
    queries, keys = noise(6, 5, 8, seed=1), 3 * noise(2, 40, 8, seed=2)
    given = []

    def blocks():
        given.append("pass")
        yield from torch.tensor_split(keys, cuts, dim=1)

    found = streamed_attention(queries, blocks, 0.4)
    torch.testing.assert_close(
        found, position_free_attention(queries, keys, 0.4), atol=1e-6, rtol=1e-6
    )
    assert given == ["pass", "pass"]


def test_block_by_block_over_hours_sums_to_one():
    queries, keys = noise(9, 12, 64, seed=1), noise(3, 135_000, 64, seed=2)
    found = streamed_attention(queries, lambda: keys.split(4096, dim=1), 64**-0.5)
    assert found.shape == (9, 135_000)
    torch.testing.assert_close(found.sum(dim=1), torch.ones(9), atol=1e-5, rtol=0)


def test_a_single_audio_token_gets_everything():
    found = position_free_attention(noise(4, 3, 8, seed=1), noise(2, 1, 8, seed=2), 0.3)
    assert found.tolist() == [[1.0]] * 4


def test_half_precision_is_scored_in_float32():
    queries, keys = noise(4, 3, 8, seed=1).bfloat16(), noise(2, 9, 8, seed=2).bfloat16()
    found = position_free_attention(queries, keys, 0.3)
    assert found.dtype == torch.float32
    assert torch.equal(found, position_free_attention(queries.float(), keys.float(), 0.3))


def test_a_sample_computes_its_attention_once():
    sample = Sample(noise(4, 3, 8, seed=1), noise(2, 9, 8, seed=2), 0.3)
    assert sample.audio_tokens == 9
    assert sample.attention is sample.attention
    wanted = position_free_attention(sample.queries, sample.keys, 0.3)
    assert torch.equal(sample.attention, wanted)


@contextmanager
def without_rotation(model):
    """cos = 1 and sin = 0: the model's own attention becomes position-free."""

    def identity(module, args, output):
        cos, sin = output
        return torch.ones_like(cos), torch.zeros_like(sin)

    handle = model.get_decoder().rotary_emb.register_forward_hook(identity)
    try:
        yield
    finally:
        handle.remove()


@contextmanager
def recorded_weights(attention):
    """The (batch, heads, queries, columns) weights that an eager attention module computes."""
    weights = []
    handle = attention.register_forward_hook(lambda module, args, output: weights.append(output[1]))
    try:
        yield weights
    finally:
        handle.remove()


@pytest.mark.parametrize("layer", [1, 2, 3])
@pytest.mark.parametrize("family", TINY)
@torch.inference_mode()
def test_the_probe_is_the_models_own_attention_without_rotation(family, layer):
    model, inputs = tiny_model(family, attention="eager"), tiny_inputs(family, CLIPS)
    router = HeadRouter(model, keep=0.4, layer=layer)
    attention = router.layers[layer - 1].self_attn
    with without_rotation(model), recorded_weights(attention) as recorded, router:
        model(**inputs)
    (weights,) = recorded
    for row, pruned in enumerate(router.pruned):
        audio = inputs["input_ids"][row] == AUDIO
        assert pruned.audio.tolist() == audio.nonzero().flatten().tolist()
        to_audio = weights[row][:, -6:][:, :, audio]  # the question's six rows
        wanted = (to_audio / to_audio.sum(dim=-1, keepdim=True)).mean(dim=1)
        assert wanted.std(dim=1).min() > 1e-3  # flat heads would prove nothing
        torch.testing.assert_close(pruned.sample.attention, wanted, atol=1e-5, rtol=0)


@pytest.mark.parametrize("family", TINY)
@torch.inference_mode()
def test_the_probe_is_read_before_rotation(family):
    """Layer 0's input holds no position, so with M = 1 the rotation must not show."""
    model, inputs = tiny_model(family), tiny_inputs(family, CLIPS)
    with HeadRouter(model, layer=1) as router:
        model(**inputs)
        rotated = router.pruned
        with without_rotation(model):
            model(**inputs)
    for before, after in zip(rotated, router.pruned, strict=True):
        assert torch.equal(before.sample.attention, after.sample.attention)


@pytest.mark.parametrize("family", TINY)
@torch.inference_mode()
def test_the_question_is_asked_by_the_text_after_the_audio_alone(family):
    model, inputs = tiny_model(family), tiny_inputs(family, CLIPS)
    with HeadRouter(model) as router:
        model(**inputs)
    for pruned in router.pruned:
        assert pruned.sample.queries.shape[1] == 6
        assert pruned.sample.audio_tokens == len(pruned.audio)
