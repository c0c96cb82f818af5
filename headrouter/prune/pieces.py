"""A long prompt, read a piece at a time in each decoder layer: the same states, less memory.

Attention is causal, so that a piece needs nothing but itself and the keys before it, which the
cache holds. What a layer computes besides is then as large as a piece, not as the prompt.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from headrouter.errors import RouterRefusal

PIECE = 1_024  # tokens
ATTENTIONS = ("sdpa", "eager")  # that take masks as tensors


def check_piece(piece: int | None, model: Any) -> int | None:
    """The tokens of a piece. Raises RouterRefusal where they can't be taken apart."""
    attention = model.config.get_text_config()._attn_implementation
    if piece is not None and piece < 1:
        raise RouterRefusal(f"piece={piece}: give a number of tokens, or None to read all at once")
    if piece is not None and attention not in ATTENTIONS:
        raise RouterRefusal(
            f"piece={piece} needs masks, which attn_implementation={attention!r} does not take; "
            "load the model with attn_implementation='sdpa'"
        )
    return piece


def in_pieces(forward: Callable[..., Any], piece: int, all_keys: bool) -> Callable[..., Any]:
    """A decoder layer's ``forward`` that takes at most ``piece`` tokens at once.

    all_keys: whether the layer attends to another's keys, which are all there from the beginning.
    """

    def run(*args: Any, **kwargs: Any) -> Any:
        states: Tensor = args[0] if args else kwargs["hidden_states"]
        tokens = states.shape[-2]
        if tokens <= piece:
            return forward(*args, **kwargs)
        if kwargs.get("cache") is None:
            raise RouterRefusal(
                f"piece={piece} needs a cache for the keys of the pieces before: leave out "
                "use_cache=False"
            )
        mask, found = kwargs.pop("attention_mask", None), torch.empty_like(states)
        before = 0 if mask is None else mask.shape[-1] - tokens  # held by the cache
        for first in range(0, tokens, piece):
            last = min(first + piece, tokens)

            def cut(part: Any, rows: slice = slice(first, last)) -> Any:
                return _rows(part, tokens, rows)

            cut_kwargs = {name: cut(part) for name, part in kwargs.items()}
            seen = before + (tokens if all_keys else last)
            cut_kwargs["attention_mask"] = (
                _causal(first, last, seen, states) if mask is None else cut(mask)[..., :seen]
            )
            found[..., first:last, :] = forward(*map(cut, args), **cut_kwargs)
        return found

    return run


def joined(pieces: list[Tensor]) -> Tensor:
    """All pieces (..., tokens, dim) as one, which takes their place."""
    pieces[:] = [torch.cat(pieces, dim=-2)] if len(pieces) > 1 else pieces
    return pieces[0]


def _rows(part: Any, tokens: int, rows: slice) -> Any:
    """Those of what has a row for each token, such as (..., tokens, dim); the rest as it is."""
    if isinstance(part, tuple):
        return tuple(_rows(each, tokens, rows) for each in part)
    if not isinstance(part, Tensor):
        return part
    if part.dim() >= 3 and part.shape[-2] == tokens:
        return part[..., rows, :]
    return part[..., rows] if part.shape[-1] == tokens else part


def _causal(first: int, last: int, seen: int, like: Tensor) -> Tensor:
    """(1, 1, last - first, seen) bool: each token sees itself and those before it."""
    columns = torch.arange(seen, device=like.device)
    return columns <= torch.arange(first, last, device=like.device)[None, None, :, None]
