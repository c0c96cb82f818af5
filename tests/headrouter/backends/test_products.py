"""When float32 is multiplied in bfloat16."""

import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention

from headrouter.backends.products import (
    attention_by_head,
    multiplies_in_bfloat16,
    quick_first_pass,
    quick_products,
)
from headrouter.prune.router import HeadRouter
from headrouter.prune.scorers import SCORERS
from headrouter.testing import TINY, tiny_inputs, tiny_model

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("native", "precision", "dtype", "wanted"),
    [
        (True, "medium", torch.float32, True),
        (False, "medium", torch.float32, False),
        (True, "highest", torch.float32, False),
        (True, "medium", torch.float16, False),
    ],
)
def test_bfloat16_is_multiplied_where_it_is_native_and_not_ruled_out(
    monkeypatch, native, precision, dtype, wanted
):
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: native)
    monkeypatch.setattr(torch, "get_float32_matmul_precision", lambda: precision)
    assert multiplies_in_bfloat16(CPU, dtype) is wanted
    with quick_products(CPU, dtype):
        product = torch.ones(2, 2, dtype=dtype) @ torch.ones(2, 2, dtype=dtype)
    assert product.dtype == (torch.bfloat16 if wanted else dtype)


def test_a_gpu_multiplies_as_it_is_told(bfloat16):
    assert not multiplies_in_bfloat16(torch.device("cuda"), torch.float32)


def test_the_first_pass_alone_is_multiplied_in_bfloat16(bfloat16):
    layer, rows = torch.nn.Linear(2, 2), torch.ones(1, 2)
    with quick_first_pass(layer, CPU, torch.float32):
        passes = [layer(rows).dtype for _ in range(3)]
    assert passes == [torch.bfloat16, torch.float32, torch.float32]
    assert layer(rows).dtype == torch.float32


def test_a_pass_that_fails_leaves_nothing_behind(bfloat16):
    layer = torch.nn.Linear(2, 2)
    with pytest.raises(RuntimeError), quick_first_pass(layer, CPU, torch.float32):
        layer(torch.ones(1, 3))
    assert layer(torch.ones(1, 2)).dtype == torch.float32


@torch.inference_mode()
def test_tokens_are_chosen_in_full_precision(monkeypatch, bfloat16):
    rounds = []

    def noting(sample, profile, count):
        rounds.append(torch.is_autocast_enabled("cpu"))
        return torch.arange(sample.audio_tokens).float()

    monkeypatch.setitem(SCORERS, "noting", noting)
    model, inputs = tiny_model("voxtral"), tiny_inputs("voxtral")
    with HeadRouter(model, layer=2, scorer="noting"), quick_products(CPU, torch.float32):
        assert torch.is_autocast_enabled("cpu")
        model(**inputs)
    assert rounds == [False]


@pytest.mark.parametrize("family", TINY)
@torch.inference_mode()
def test_every_family_goes_on_in_float32_from_a_prompt_read_in_bfloat16(family, bfloat16):
    model, inputs = tiny_model(family), tiny_inputs(family)
    found = []
    for device in (torch.device("meta"), CPU):  # elsewhere nothing is rounded
        with (
            HeadRouter(model, layer=2, scorer="frame"),
            quick_first_pass(model.get_decoder(), device, torch.float32),
        ):
            out = model(**inputs, use_cache=True)
            token = out.logits[:, -1:].argmax(dim=-1)
            found.append(model(input_ids=token, cache=out.cache, use_cache=True).logits)
    exact, rounded = found
    assert rounded.dtype == torch.float32
    assert not torch.equal(rounded, exact)
    assert (rounded - exact).abs().max() < 0.1 * exact.abs().max()


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_attention_by_head_is_attention(dtype, causal):
    module = torch.nn.Module()
    module.is_causal = causal
    query, key, value = torch.randn(3, 2, 4, 9, 8, generator=torch.Generator().manual_seed(0))
    wanted = scaled_dot_product_attention(query, key, value, is_causal=causal, scale=0.5)
    parts = (part.to(dtype) for part in (query, key, value))
    found, none = attention_by_head(module, *parts, None, scaling=0.5, dropout=0.0)
    assert none is None and found.dtype == dtype
    near = 1e-5 if dtype == torch.float32 else 0.03
    torch.testing.assert_close(found.float(), wanted.transpose(1, 2), atol=near, rtol=near)
