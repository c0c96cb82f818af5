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
from functools import cached_property
from pathlib import Path
from typing import Any, Self
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from headrouter.errors import RouterRefusal
from headrouter.prune.families import Model, family_of
from headrouter.prune.probe import Row, Sample
from headrouter.prune.profiles import Profile, uniform_profile
from headrouter.prune.routing import Route, check_keep, kept_count, route, top_tokens
from headrouter.prune.scorers import MERGING, find_scorer

DEFAULT_LAYER = 2  # M in the paper

Rotary = tuple[Tensor, Tensor]
"""Cosines and sines, each (batch or 1, tokens, dim)."""


@dataclass(frozen=True, eq=False)
class Pruned:
    """What happened to the audio of one row of a prefill."""

    sample: Sample
    profile: Profile
    audio: Tensor  # (audio,), where the audio tokens stand in the sequence
    kept: Tensor  # (kept,), which of them stay: indices into ``audio``, in time order

    @cached_property
    def route(self) -> Route:
        """The routing of this row, whatever scorer chose the tokens."""
        return route(self.sample.attention, self.profile, self.sample.asked)


@dataclass
class _Kept:
    """Which positions the layers from M on still hold, for one cache."""

    positions: Tensor  # (batch, kept) absolute, ascending
    real: Tensor  # (batch, kept) bool; False marks filler that evens out a ragged batch
    length: int  # length of the whole sequence so far

    @property
    def pruned(self) -> bool:
        return self.positions.shape[1] < self.length

    @cached_property
    def even(self) -> bool:
        """Whether there is no filler. Asked once a pass: on a GPU the answer is waited for."""
        return bool(self.real.all())

    def extend(self, positions: Tensor, real: Tensor, tokens: int) -> "_Kept":
        positions = torch.cat([self.positions, positions + self.length], dim=1)
        return _Kept(positions, torch.cat([self.real, real], dim=1), self.length + tokens)


@dataclass
class _Step:
    """One forward pass: what is known at its start, and what layer M decides."""

    audio_mask: Tensor  # (batch, tokens) bool
    text_mask: Tensor  # (batch, tokens) bool: the rows that ask
    real: Tensor  # (batch, tokens) bool, False for padding
    read: dict[str, Tensor] = field(default_factory=dict)  # layer M-1's queries and keys
    gather: Tensor | None = None  # (batch, kept) of this pass's tokens; None keeps all
    rows: int = 0  # how many tokens of this pass go on
    kept: _Kept | None = None


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
    ) -> None:
        self.model, self.family = model, family_of(model)
        self.layers = self.family.layers(model)
        self.layer = layer if layer is not None else profile.layer if profile else DEFAULT_LAYER
        if not 1 <= self.layer < len(self.layers):
            raise RouterRefusal(
                f"layer={self.layer}: pruning needs one layer below to read from and one above; "
                f"choose between 1 and {len(self.layers) - 1}"
            )
        attention: Model = self.layers[self.layer - 1].self_attn
        heads = int(attention.config.num_attention_heads)
        self.scaling = float(attention.scaling)
        model_id = model_id or checkpoint_name(model)
        self.profile = profile or uniform_profile(model_id, self.layer, heads)
        self.profile.check(model=model_id, layer=self.layer, heads=heads)
        self.keep, self.scorer, self.seed = check_keep(keep), find_scorer(scorer), seed
        self.merge, self.hints = merge or scorer in MERGING, hints or {}
        self.audio_mask = audio_mask
        self.pruned: list[Pruned] = []
        self._caches: WeakKeyDictionary[Any, _Kept] = WeakKeyDictionary()
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
        for index, layer in enumerate(self.layers):
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
            refuse_generation(given | given.get("kwargs", {}), configs)
            return generate(*args, **kwargs)

        return guarded

    def _begin(self, model: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        inputs = inspect.signature(model.forward).bind_partial(*args, **kwargs).arguments
        inputs = {**inputs, **inputs.get("kwargs", {})}
        if inputs.get("labels") is not None:
            raise RouterRefusal("labels: a loss over pruned tokens is not defined; leave them out")
        audio_mask = self._locate_audio(inputs)
        self.family.refuse(inputs, audio_mask)
        real = real_tokens(audio_mask, inputs.get("attention_mask"))
        self._step = _Step(audio_mask, asking_rows(audio_mask) & real, real)

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
                self._step.read |= read(output)

        return hook

    def _prune(self, index: int) -> Any:
        def hook(layer: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            if self._step is None:
                raise RouterRefusal("the decoder was called by itself: call the model given")
            if index == self.layer:
                states = args[0] if args else kwargs["hidden_states"]
                rotary = kwargs["position_embeddings"]
                self._decide(self._step, kwargs["cache"], states, rotary)
                args, kwargs = self._gather_states(self._step, states, args, kwargs)
            return args, self._gather_rest(self._step, kwargs)

        return hook

    def _end(self, *_: Any) -> None:
        self._step = None

    # -- choosing

    def _decide(self, step: _Step, cache: Any, states: Tensor, rotary: Rotary) -> None:
        """Chooses this pass's tokens and notes them for the cache."""
        batch, tokens = step.audio_mask.shape
        positions, real = self._choose(step, states, rotary)
        step.rows = positions.shape[1]
        if step.rows < tokens:
            step.gather = positions
        empty = torch.empty(batch, 0, dtype=torch.long, device=positions.device)
        before = _Kept(empty, empty.bool(), 0)
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

    def _choose(self, step: _Step, states: Tensor, rotary: Rotary) -> tuple[Tensor, Tensor]:
        """(batch, kept) positions of this pass in order, and which of them are real."""
        keep_mask = ~step.audio_mask
        if step.audio_mask.any():
            rows = range(len(keep_mask))
            self.pruned = [self._choose_row(step, row, states[row], rotary) for row in rows]
            for row, pruned in enumerate(self.pruned):
                keep_mask[row, pruned.audio[pruned.kept]] = True
        return even_out(keep_mask)

    def _choose_row(self, step: _Step, row: int, states: Tensor, rotary: Rotary) -> Pruned:
        audio = step.audio_mask[row].nonzero().flatten()
        asking = step.text_mask[row].nonzero().flatten()
        if len(audio) and not len(asking):
            raise RouterRefusal(
                "audio without text after it: the question must follow the audio in the same "
                "forward pass (prefill_chunk_size and audio at the very end can't be pruned)"
            )
        queries, keys = step.read["queries"][row], step.read["keys"][row]
        hints = {name: rows[row] for name, rows in self.hints.items()}
        sample = Sample(queries[:, asking], keys[:, audio], self.scaling, self.seed, hints)
        if not len(audio):
            return Pruned(sample, self.profile, audio, audio)
        count = kept_count(len(audio), self.keep)
        kept = torch.arange(count, device=audio.device)
        if count < len(audio):
            rotated = self._rotated(queries, keys, row, rotary)
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

    def _gather_rest(self, step: _Step, kwargs: dict[str, Any]) -> dict[str, Any]:
        assert step.kept is not None  # layer M decided
        kwargs = dict(kwargs)
        if step.gather is not None:
            kwargs["position_embeddings"] = tuple(
                gather_tokens(part, step.gather) for part in kwargs["position_embeddings"]
            )
            kwargs["position_ids"] = None  # gaps would read as packed sequences
        if step.kept.pruned:
            kwargs["attention_mask"] = prune_mask(
                kwargs.get("attention_mask"), step.kept, step.gather, step.rows
            )
        return kwargs


def merged(states: Tensor, pruned: Pruned) -> Tensor:
    """(tokens, width) states in which kept audio tokens have taken in the dropped ones.

    Each dropped token goes to the more similar of the kept ones before and after it, with its
    cosine to that one as its weight (none if that is negative); a kept token weighs 1.
    """
    audio, kept = states[pruned.audio], pruned.kept
    places = torch.arange(len(audio), device=kept.device)
    after = torch.searchsorted(kept, places).clamp(max=len(kept) - 1)
    before = (torch.searchsorted(kept, places, right=True) - 1).clamp(min=0)
    units = torch.nn.functional.normalize(audio.float(), dim=-1)
    cosines = torch.stack([(units * units[kept[near]]).sum(-1) for near in (before, after)])
    best = cosines.max(dim=0)
    home = torch.where(best.indices == 0, before, after)
    weights = best.values.clamp(min=0.0)[:, None]
    sums = torch.zeros(len(kept), audio.shape[1], device=audio.device)
    sums.index_add_(0, home, weights * audio.float())
    totals = torch.zeros(len(kept), 1, device=audio.device).index_add_(0, home, weights)
    result = states.clone()
    result[pruned.audio[kept]] = (sums / totals).to(states.dtype)
    return result


def _shadow(model: Model, name: str, value: Any, stack: ExitStack) -> None:
    """Sets an attribute of the instance until ``stack`` unwinds."""
    if name in vars(model):
        stack.callback(setattr, model, name, vars(model)[name])
    else:
        stack.callback(delattr, model, name)
    setattr(model, name, value)


def checkpoint_name(model: Model) -> str:
    """The last part of the checkpoint's name or path; the model type where there is none."""
    return Path(model.config.name_or_path or "").name or str(model.config.model_type)


def real_tokens(audio_mask: Tensor, attention_mask: Tensor | None) -> Tensor:
    """(batch, tokens) bool: False for the padding that a mask of padding alone tells of."""
    if attention_mask is None or attention_mask.dim() != 2:
        return torch.ones_like(audio_mask)
    return attention_mask[:, -audio_mask.shape[1] :].bool()


def asking_rows(audio_mask: Tensor) -> Tensor:
    """(batch, tokens) bool: what stands after each row's last audio token."""
    audio_to_come = audio_mask.int().flip(1).cummax(dim=1).values.flip(1).bool()
    return ~audio_to_come


def even_out(keep_mask: Tensor) -> tuple[Tensor, Tensor]:
    """Positions of the True entries, as one rectangle.

    keep_mask: (batch, tokens). Rows that keep fewer tokens are filled up with dropped ones;
    the second tensor is False there, so that the filler can be masked.
    """
    counts = keep_mask.sum(dim=1)
    most = int(counts.max())
    first = keep_mask.int().argsort(dim=1, descending=True, stable=True)[:, :most]
    positions = first.sort(dim=1).values
    return positions, keep_mask.gather(1, positions)


def gather_tokens(states: Tensor, index: Tensor) -> Tensor:
    """(..., batch or 1, tokens, dim) -> (..., batch, kept, dim) by index (batch, kept)."""
    return torch.take_along_dim(states, index[..., None], dim=-2)


def prune_mask(mask: object, kept: _Kept, gather: Tensor | None, rows: int) -> Tensor | None:
    """The attention mask for the positions that layers from M on hold.

    A mask of None stays None while causality says it all: sdpa and flash take it so.
    """
    if mask is not None and not isinstance(mask, Tensor):
        raise RouterRefusal(
            f"attn_implementation={type(mask).__name__}: only tensor masks can be pruned; load "
            "the model with attn_implementation='sdpa'"
        )
    columns, even = kept.positions, kept.even
    queries = columns[:, -rows:]
    if mask is None:
        causal = columns[:, None, None, :] <= queries[:, None, :, None]
        return None if even else causal & _visible(kept, queries)
    if mask.dim() == 2:  # flash attention: padding alone
        return torch.take_along_dim(mask, columns, dim=-1) * kept.real
    if gather is not None:
        mask = torch.take_along_dim(mask, gather[:, None, :, None], dim=-2)
    mask = torch.take_along_dim(mask, columns[:, None, None, :], dim=-1)
    if even:
        return mask
    visible = _visible(kept, queries)
    if mask.dtype == torch.bool:
        return mask & visible
    return mask.masked_fill(~visible, torch.finfo(mask.dtype).min)


def _visible(kept: _Kept, queries: Tensor) -> Tensor:
    """(batch, 1, rows, columns): filler is seen by nobody but itself, so that no row is empty."""
    itself = kept.positions[:, None, None, :] == queries[:, None, :, None]
    return kept.real[:, None, None, :] | itself


def refuse_cache(cache: Any, layer: int) -> None:
    """Raises RouterRefusal for a cache that can't hold fewer tokens from ``layer`` on."""
    from transformers import DynamicCache  # here, so that importing headrouter stays light

    if not isinstance(cache, DynamicCache):
        raise RouterRefusal(
            f"cache_implementation ({type(cache).__name__}): only a dynamic cache can be pruned; "
            "leave cache_implementation unset"
        )
    if not set(cache.is_sliding[layer:]) <= set(cache.is_sliding[:layer]):
        raise RouterRefusal(
            f"layer={layer}: transformers sizes each kind of attention mask by the first layer of "
            "that kind, full or sliding, and one kind has none below; choose a higher layer"
        )
    for held in cache.layers[layer:]:
        window = getattr(held, "sliding_window", None)
        if window is not None and cache.get_seq_length(layer - 1) > window:
            raise RouterRefusal(
                f"sliding_window={window}: the sequence is longer than the attention window, "
                "which counts positions that pruning removes; shorten the recording"
            )


def refuse_generation(given: Mapping[str, Any], configs: Sequence[Any]) -> None:
    """Raises RouterRefusal for a setting of ``generate`` under which pruning would be wrong.

    given: what the call names; configs: where transformers looks for the rest, in this order.
    """
    harmless: dict[str, tuple[Any, ...]] = {
        "num_beams": (None, 1),
        "use_cache": (None, True),
        "cache_implementation": (None, "dynamic"),
        "prefill_chunk_size": (None,),
        "assistant_model": (None,),
        "assistant_early_exit": (None,),
        "prompt_lookup_num_tokens": (None,),
        "use_mtp": (None, False),
    }
    for name, values in harmless.items():
        found = (getattr(config, name, None) for config in configs)
        value = given[name] if name in given else next((v for v in found if v is not None), None)
        if value not in values:
            raise RouterRefusal(
                f"{name} can't be combined with pruning: leave it out of the call to generate and "
                "of the generation config"
            )
