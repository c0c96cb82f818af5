"""When float32 is multiplied in bfloat16."""

import pytest
import torch

from headrouter.backends.products import multiplies_in_bfloat16, quick_products

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
