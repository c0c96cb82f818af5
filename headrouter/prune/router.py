"""HeadRouter: prunes the audio tokens of a running transformers model, at decoder layer M.

Inside ``with HeadRouter(model, profile, keep):`` the model's own ``generate`` and ``forward``
run with fewer audio tokens from layer M on; afterwards the model is as it was. Layers below M
see, and cache, the whole sequence; kept tokens keep their positions. Assumes a dynamic cache
and causal decoding; everything else is refused by name (``RouterRefusal``).
"""

import inspect
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Self
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from headrouter.errors import RouterRefusal
from headrouter.prune.families import Model, checkpoint_name, family_of
from headrouter.prune.gathering import (
    Kept,
    asking_rows,
    even_out,
    gather_tokens,
    prune_mask,
    real_tokens,
)
from headrouter.prune.pieces import check_piece, in_pieces, joined
from headrouter.prune.probe import Row, Sample
from headrouter.prune.profiles import Profile, uniform_profile
from headrouter.prune.pruned import Pruned, merged
from headrouter.prune.refusals import refuse_cache, refuse_generation
from headrouter.prune.routing import check_keep, kept_count, top_tokens
from headrouter.prune.scorers import MERGING, find_scorer

DEFAULT_LAYER = 2  # M in the paper

Rotary = tuple[Tensor, Tensor]
"""Cosines and sines, each (batch or 1, tokens, dim)."""


@dataclass
class _Step:
    """One forward pass: what is known at its start, and what layer M decides."""

    audio_mask: Tensor  # (batch, tokens) bool
    text_mask: Tensor  # (batch, tokens) bool: the rows that ask
    real: Tensor  # (batch, tokens) bool, False for padding
    read: dict[str, list[Tensor]] = field(default_factory=dict)  # M-1's queries and keys, by piece
    rotary: Rotary | None = None  # that layer's: there can be several kinds
    gather: Tensor | None = None  # (batch, kept) of this pass's tokens; None keeps all
    kept: Kept | None = None

    def cut(self, part: Any) -> Any:
        """The rows that go on of (..., tokens, dim) or of a mask; anything else as it is."""
        tokens = self.audio_mask.shape[1]
        if self.gather is None or not isinstance(part, Tensor) or part.dim() < 3:
            return part
        if part.shape[-2] != tokens:  # transformers itself has cut to the last tokens
            return part
        mask = part.dim() == 4  # (batch, heads or 1, tokens, positions)
        return gather_tokens(part, self.gather[:, None] if mask else self.gather)


class HeadRouter:
    """Context manager that prunes ``model``'s audio tokens to ``keep`` of them.

    Args:
        model: a supported transformers audio LLM (see ``headrouter.prune.families``).
        profile: from calibration, or None for uniform head weights.
        keep: share of the audio tokens that stays, in (0, 1].
        scorer: a name in ``SCORERS``.
        layer: M, the first decoder layer that sees fewer tokens; the profile's own if it has one.
        audio_mask: (batch, tokens) bool; only needed when calling with ``inputs_embeds``.
        model_id: what the profile must be made for; by default the checkpoint's name.
        seed: for the random scorer.
        merge: whether kept tokens take in the dropped ones beside them, instead of losing them.
        hints: what some scorers need besides, by name: one tensor (audio,) for each row. "asked"
            is (heads, text, dim), for a profile whose routing has a direction.
        piece: tokens that a decoder layer takes at once, which needs less memory; None: all.

    Raises InvalidKeep, UnknownScorer, UnsupportedModel, ProfileMismatch at construction, and
    RouterRefusal here or inside ``generate`` for settings under which pruning would be wrong.

    ``pruned`` holds one ``Pruned`` a row of the last pass that contained audio.
    """

    def __init__(
        self,
        model: Model,
        profile: Profile | None = None,
        keep: float = 0.4,
        *,
        scorer: str = "headrouter",
        layer: int | None = None,
        audio_mask: Tensor | None = None,
        model_id: str | None = None,
        seed: int = 0,
        merge: bool = False,
        hints: Mapping[str, Sequence[Tensor]] | None = None,
        piece: int | None = None,
    ) -> None:
        self.model, self.family = model, family_of(model)
        self.layers = self.family.layers(model)
        self.layer = layer if layer is not None else profile.layer if profile else DEFAULT_LAYER
        highest = self.family.highest(model)
        if not 1 <= self.layer <= highest:
            raise RouterRefusal(
                f"layer={self.layer}: pruning needs one layer below to read from and one above; "
                f"choose between 1 and {highest}"
            )
        attention: Model = self.layers[self.layer - 1].self_attn
        heads = int(attention.config.num_attention_heads)
        self.scaling = float(attention.scaling)
        model_id = model_id or checkpoint_name(model)
        self.profile = profile or uniform_profile(model_id, self.layer, heads)
        self.profile.check(model=model_id, layer=self.layer, heads=heads)
        self.keep, self.scorer, self.seed = check_keep(keep), find_scorer(scorer), seed
        self.merge, self.hints = merge or scorer in MERGING, hints or {}
        self.audio_mask, self.piece = audio_mask, check_piece(piece, model)
        self.pruned: list[Pruned] = []
        self._caches: WeakKeyDictionary[Any, Kept] = WeakKeyDictionary()
        self._step: _Step | None = None
        self._installed = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            if hasattr(self.model, "_headrouter_inside"):
                raise RouterRefusal("this model is already inside a HeadRouter: leave that first")
            _shadow(self.model, "_headrouter_inside", True, stack)
            self._install(stack)
            self._installed = stack.pop_all()
        return self

    def __exit__(self, *exception: object) -> None:
        self._installed.close()
        self._step = None

    def _install(self, stack: ExitStack) -> None:
        def hook(handle: Any) -> None:
            stack.callback(handle.remove)

        if hasattr(self.model, "generate"):
            _shadow(self.model, "generate", self._guarded(self.model.generate), stack)
        hook(self.model.register_forward_pre_hook(self._begin, with_kwargs=True))
        hook(self.model.register_forward_hook(self._end, always_call=True))
        attention: Model = self.layers[self.layer - 1].self_attn
        for module, read in self.family.readers(attention):
            hook(module.register_forward_hook(self._read(read)))
        reads: Model = self.layers[self.layer - 1]
        hook(reads.register_forward_pre_hook(self._note_rotary, with_kwargs=True))
        for index, layer in enumerate(self.layers):
            if self.piece is not None:
                borrows = self.family.borrows_keys(layer.self_attn)
                _shadow(layer, "forward", in_pieces(layer.forward, self.piece, borrows), stack)
            if index >= self.layer:
                hook(layer.register_forward_pre_hook(self._prune(index), with_kwargs=True))

    # -- one forward pass, in the order in which the hooks fire

    def _guarded(self, generate: Any) -> Any:
        """``generate``, refusing settings that ``forward`` never gets to see."""

        def guarded(*args: Any, **kwargs: Any) -> Any:
            given = inspect.signature(generate).bind_partial(*args, **kwargs).arguments
            configs = (
                given.get("generation_config"),
                getattr(self.model, "generation_config", None),
            )
            given = given | given.get("kwargs", {})
            refuse_generation(given, configs)
            if given.get("cache") is None and (cache := self.family.cache()) is not None:
                kwargs["cache"] = cache
            return generate(*args, **kwargs)

        return guarded

    def _begin(self, model: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        inputs = inspect.signature(model.forward).bind_partial(*args, **kwargs).arguments
        inputs = {**inputs, **inputs.get("kwargs", {})}
        if inputs.get("labels") is not None:
            raise RouterRefusal("labels: a loss over pruned tokens is not defined; leave them out")
        audio_mask = self._locate_audio(inputs)
        self.family.refuse(inputs, audio_mask)
        real = real_tokens(audio_mask, inputs.get("attention_mask"))
        self._step = _Step(audio_mask, asking_rows(audio_mask) & real, real)
        caches = inputs.get("use_cache") is not False and inputs.get("cache") is None
        if caches and (cache := self.family.cache()) is not None:
            kwargs = {**kwargs, "cache": cache}
        return args, kwargs

    def _locate_audio(self, inputs: Mapping[str, Any]) -> Tensor:
        ids, embeds = inputs.get("input_ids"), inputs.get("inputs_embeds")
        if ids is not None:
            if ids.shape[1] == 1:  # decoding: a model may utter the placeholder, it is not audio
                return torch.zeros_like(ids, dtype=torch.bool)
            return torch.as_tensor(ids == self.family.audio_token_id(self.model))
        if embeds is None:
            raise RouterRefusal("the model was called with neither input_ids nor inputs_embeds")
        if self.audio_mask is None or self.audio_mask.shape != embeds.shape[:2]:
            raise RouterRefusal(
                "inputs_embeds don't say where the audio is: pass audio_mask=, a bool tensor of "
                f"shape {tuple(embeds.shape[:2])}, to HeadRouter"
            )
        return self.audio_mask.to(embeds.device)

    def _read(self, read: Any) -> Any:
        def hook(module: nn.Module, args: Any, output: Tensor) -> None:
            if self._step is not None and self._step.audio_mask.any():
                for name, piece in read(output).items():
                    self._step.read.setdefault(name, []).append(piece)

        return hook

    def _note_rotary(self, layer: Any, args: Any, kwargs: dict[str, Any]) -> None:
        if self._step is not None:
            self._step.rotary = kwargs["position_embeddings"]

    def _prune(self, index: int) -> Any:
        def hook(layer: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            if self._step is None:
                raise RouterRefusal("the decoder was called by itself: call the model given")
            if index == self.layer:
                states = args[0] if args else kwargs["hidden_states"]
                self._decide(self._step, kwargs["cache"], states)
                args, kwargs = self._gather_states(self._step, states, args, kwargs)
            return self._gather_rest(self._step, args, kwargs)

        return hook

    def _end(self, *_: Any) -> None:
        self._step = None

    # -- choosing

    def _decide(self, step: _Step, cache: Any, states: Tensor) -> None:
        """Chooses this pass's tokens and notes them for the cache."""
        batch, tokens = step.audio_mask.shape
        positions, real = self._choose(step, states)
        if positions.shape[1] < tokens:
            step.gather = positions
        empty = torch.empty(batch, 0, dtype=torch.long, device=positions.device)
        before = Kept(empty, empty.bool(), 0)
        if cache is not None:
            refuse_cache(cache, self.layer)
            before = self._caches.get(cache, before)
            below = cache.get_seq_length(self.layer - 1) - tokens  # that layer has seen this pass
            above = cache.get_seq_length(self.layer)
            if (before.length, before.positions.shape[1]) != (below, above):
                raise RouterRefusal(
                    "this cache holds tokens from outside this HeadRouter, or was cropped: "
                    "begin the conversation and go on with it inside one and the same context"
                )
        step.kept = before.extend(positions, real, tokens)
        if cache is not None:
            self._caches[cache] = step.kept

    def _choose(self, step: _Step, states: Tensor) -> tuple[Tensor, Tensor]:
        """(batch, kept) positions of this pass in order, and which of them are real."""
        keep_mask = ~step.audio_mask
        if step.audio_mask.any():
            rows = range(len(keep_mask))
            with torch.autocast(states.device.type, enabled=False):  # rounding must choose nothing
                self.pruned = [self._choose_row(step, row, states[row]) for row in rows]
            for row, pruned in enumerate(self.pruned):
                keep_mask[row, pruned.audio[pruned.kept]] = True
        return even_out(keep_mask)

    def _choose_row(self, step: _Step, row: int, states: Tensor) -> Pruned:
        audio = step.audio_mask[row].nonzero().flatten()
        asking = step.text_mask[row].nonzero().flatten()
        if len(audio) and not len(asking):
            raise RouterRefusal(
                "audio without text after it: the question must follow the audio in the same "
                "forward pass (prefill_chunk_size and audio at the very end can't be pruned)"
            )
        queries, keys = joined(step.read["queries"])[row], joined(step.read["keys"])[row]
        hints = {name: rows[row] for name, rows in self.hints.items()}
        sample = Sample(queries[:, asking], keys[:, audio], self.scaling, self.seed, hints)
        if not len(audio):
            return Pruned(sample, self.profile, audio, audio)
        count = kept_count(len(audio), self.keep)
        kept = torch.arange(count, device=audio.device)
        if count < len(audio):
            assert step.rotary is not None  # the layer below has been run
            rotated = self._rotated(queries, keys, row, step.rotary)
            sample.row = Row(states, rotated, audio, asking, step.real[row])
            kept = top_tokens(self.scorer(sample, self.profile, count), count)
            sample.row = None
        return Pruned(sample, self.profile, audio, kept)

    def _rotated(self, queries: Tensor, keys: Tensor, row: int, rotary: Rotary) -> Any:
        """The row's queries and keys with rotary embedding, once they are asked for."""
        attention = self.layers[self.layer - 1].self_attn

        def rotated() -> tuple[Tensor, Tensor]:
            cos, sin = (part[row : row + 1] if len(part) > 1 else part for part in rotary)
            q, k = self.family.rotate(attention, queries[None], keys[None], (cos, sin))
            return q[0], k[0]

        return rotated

    # -- cutting

    def _gather_states(
        self, step: _Step, states: Tensor, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        if step.gather is None:
            return args, kwargs
        if self.merge and step.audio_mask.any():
            states = torch.stack(
                [merged(row, pruned) for row, pruned in zip(states, self.pruned, strict=True)]
            )
        states = gather_tokens(states, step.gather)
        if args:
            return (states, *args[1:]), kwargs
        return args, kwargs | {"hidden_states": states}

    def _gather_rest(
        self, step: _Step, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """What has a row for each token of the pass, cut to those that go on."""
        assert step.kept is not None  # layer M decided
        kwargs = dict(kwargs)
        if step.gather is not None:
            args = (*args[:1], *(step.cut(part) for part in args[1:]))
            kwargs["position_embeddings"] = tuple(map(step.cut, kwargs["position_embeddings"]))
            kwargs["position_ids"] = None  # gaps would read as packed sequences
        if step.kept.pruned:
            states = args[0] if args else kwargs["hidden_states"]
            mask = step.cut(kwargs.get("attention_mask"))
            kwargs["attention_mask"] = prune_mask(mask, step.kept, states.shape[1])
        return args, kwargs


def _shadow(model: Model, name: str, value: Any, stack: ExitStack) -> None:
    """Sets an attribute of the instance until ``stack`` unwinds."""
    if name in vars(model):
        stack.callback(setattr, model, name, vars(model)[name])
    else:
        stack.callback(delattr, model, name)
    setattr(model, name, value)
