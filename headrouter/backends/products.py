"""Products of float32 made in bfloat16, where the processor has it and that is quicker."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask


def multiplies_in_bfloat16(device: torch.device, dtype: torch.dtype) -> bool:
    """Whether float32 is multiplied in bfloat16: the processor has it, and nobody ruled it out.

    PyTorch's own setting of it (``torch.set_float32_matmul_precision``) rules it out by "highest"
    and quickens nothing on AVX-512, so hearing casts by itself.
    """
    return (
        device.type == "cpu"
        and dtype == torch.float32
        and torch.get_float32_matmul_precision() != "highest"
        and torch.cpu._is_avx512_bf16_supported()
    )


def quick_products(device: torch.device, dtype: torch.dtype) -> torch.autocast:
    """A context in which a float32 model multiplies as `multiplies_in_bfloat16` says.

    Sums, norms and what layers hand on stay float32.
    """
    enabled = multiplies_in_bfloat16(device, dtype)
    return torch.autocast("cpu", torch.bfloat16, enabled=enabled)


@contextmanager
def quick_first_pass(
    decoder: nn.Module, device: torch.device, dtype: torch.dtype
) -> Iterator[None]:
    """Inside, the first pass of a decoder multiplies as `quick_products`: that over a prompt.

    Those after it have a token or a few, and would wait for the weights to be cast.
    """
    with ExitStack() as hooks, ExitStack() as quick:

        def begin(module: nn.Module, args: Any) -> None:
            quick.enter_context(quick_products(device, dtype))

        def end(module: nn.Module, args: Any, output: Any) -> None:
            quick.close()
            hooks.close()

        hooks.callback(decoder.register_forward_pre_hook(begin).remove)
        hooks.callback(decoder.register_forward_hook(end, always_call=True).remove)
        yield


BY_HEAD = "by_head"  # its name as an attention implementation of transformers


def attention_by_head(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float,
    **others: Any,
) -> tuple[Tensor, None]:
    """Attention of an encoder, one head after the other where products are made in bfloat16.

    query, key, value: (batch, heads, tokens, dim); returns (batch, tokens, heads, dim). PyTorch's
    fused kernel takes 1.6 times as long on AVX-512, where its bfloat16 products are not oneDNN's.
    """
    quick = query.dtype == torch.bfloat16 and query.device.type == "cpu"
    if not quick or attention_mask is not None or getattr(module, "is_causal", True):
        return sdpa_attention_forward(
            module, query, key, value, attention_mask, scaling=scaling, **others
        )
    heads = zip(*(part.flatten(0, 1) for part in (query * scaling, key, value)), strict=True)
    found = [(asked @ offered.T).softmax(dim=-1) @ given for asked, offered, given in heads]
    return torch.stack(found).view_as(query).transpose(1, 2), None


AttentionInterface.register(BY_HEAD, attention_by_head)
AttentionMaskInterface.register(BY_HEAD, sdpa_mask)
