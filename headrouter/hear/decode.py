"""Decoding: what a language model is asked to say after a prompt that was embedded already."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn


@contextmanager
def last_logits_only(model: Any) -> Iterator[None]:
    """Inside, a pass scores the vocabulary for its last token alone.

    Some models know no ``logits_to_keep`` and would score it for every token of a prompt: for an
    hour of audio more memory than the weights take.
    """

    def cut(_: nn.Module, args: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        states, *rest = args
        return (states[:, -1:], *rest)

    handle = model.get_output_embeddings().register_forward_pre_hook(cut)
    try:
        yield
    finally:
        handle.remove()
