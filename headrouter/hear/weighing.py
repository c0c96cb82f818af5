"""Weighing a question: which tokens of an index matter for it; the model is not run on them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

import torch
from torch import Tensor

from headrouter.hear.answer import Scan
from headrouter.hear.heads import read_heads
from headrouter.hear.index import AudioIndex
from headrouter.hear.letters import CLASSES
from headrouter.hear.loaded import Loaded
from headrouter.hear.spans import Span
from headrouter.hear.spotting import Heard, as_sounds, likelihoods, pointed, spotted
from headrouter.prune.probe import contrasted, streamed_attention
from headrouter.prune.routing import Route, route
from headrouter.prune.scorers import over_a_phrase

SCAN_TOKENS = 4_096  # audio tokens that are weighed at once
Blocks = Callable[[], Iterable[Tensor]]
"""Gives keys block by block, each (key heads, tokens, dim), as often as it is called."""


class Weighing(Loaded):
    """The part of a model that weighs tokens."""

    def scan(
        self,
        index: AudioIndex,
        question: str,
        first: int,
        last: int,
        *,
        stop: Callable[[], bool] = lambda: False,
    ) -> Scan | None:
        """Routes ``question`` over tokens ``first`` to ``last`` and scores each of them.

        ``stop`` is asked at every SCAN_TOKENS of them; None when stopped.
        """
        keys, heard = self._blocks(index, [(first, last)], stop)
        try:
            found = self.weigh(self.queries([question]), keys)
            return Scan(self.point(found, question, heard), first)
        except _ScanStopped:
            return None

    def weigh(self, queries: Tensor, blocks: Blocks) -> Route:
        """Routes queries over tokens whose keys come block by block; attention alone counts."""
        return route(self.attended(queries, blocks), self.profile, queries)

    @torch.inference_mode()
    def point(self, found: Route, question: str, heard: Heard) -> Route:
        """The route with its weight moved to where the question's words are heard.

        By their letters too, the less the more the question is routed as acoustic. As it is where
        the model's audio tokens are no words, or the question names nothing.
        """
        if self._lexicon is None:
            return found
        said = 1.0 - found.as_dict()["acoustic"]
        spots = spotted(self._lexicon, question, heard, self.token_seconds, said)
        if spots is None:
            return found
        return replace(found, importance=pointed(found.importance, spots, self.token_seconds))

    @torch.inference_mode()
    def attended(self, queries: Tensor, blocks: Blocks) -> Tensor:
        """(heads, audio): what each head attends to under a question's queries.

        The softmax runs over all tokens, so the result is exact for any length. Where the card
        has neutral questions it is what is attended to beyond these, averaged over a phrase: what
        is asked for is one.
        """
        neutral, scaling = self._neutral, self._attention().scaling
        attention = streamed_attention(queries, blocks, scaling)
        if neutral is None:
            return attention
        beyond = contrasted(attention, streamed_attention(neutral, blocks, scaling))
        return over_a_phrase(beyond, self.token_seconds)

    @torch.inference_mode()
    def spot(
        self, index: AudioIndex, names: Sequence[str], first: int, last: int, *, said: bool = False
    ) -> Tensor:
        """(names, tokens) how likely each sound is from ``first`` to ``last``, in [0, 1].

        ``said``: how likely each word is. Of a sound that the reader of sounds was taught, what it
        reads counts too, where the index holds it.
        For a model whose audio tokens lie where its words do, as its card's ``spotting`` says.
        """
        assert self._lexicon is not None
        if not names:
            return torch.zeros(0, last - first)
        _, heard = self._blocks(index, [(first, last)])
        terms = [self._lexicon.spell(name) for name in names]
        found: Iterable[Tensor] = likelihoods(self._lexicon, terms, heard, self.token_seconds)
        if not said:
            found = as_sounds(names, found, heard, self.token_seconds)
        return torch.stack(list(found)).cpu()

    def _blocks(
        self,
        index: AudioIndex,
        spans: Sequence[Span],
        stop: Callable[[], bool] = lambda: False,
    ) -> tuple[Blocks, Heard]:
        """The keys of spans of an index, and its tokens, a few at a time.

        Reading them raises _ScanStopped once ``stop`` says so.
        """

        def pieces() -> Iterator[Span]:
            for first, last in spans:
                for start in range(first, last, SCAN_TOKENS):
                    if stop():
                        raise _ScanStopped
                    yield start, min(start + SCAN_TOKENS, last)

        def blocks() -> Iterator[Tensor]:
            for first, last in pieces():
                yield index.key_rows(first, last).to(self.device)

        def words() -> Iterator[tuple[Tensor, Tensor]]:
            for first, last in pieces():
                rows, mass = index.embedding_rows([(first, last)]), index.mass_rows(first, last)
                yield rows.to(self.device), mass.to(self.device)

        def sounds(names: Sequence[str]) -> Mapping[str, Tensor]:
            if self.sounds is None:
                return {}
            known = self.sounds.columns(names)
            rows = index.sound_rows(spans, list(known.values()))
            return {} if rows is None else dict(zip(known, rows.T, strict=True))

        return blocks, Heard(words, lambda: index.letter_rows(list(spans), CLASSES), sounds)

    @cached_property
    def _neutral(self) -> Tensor | None:
        """(heads, text, dim) queries of the card's neutral questions; None if it has none."""
        return self.queries(self.card.neutral) if self.card.neutral else None

    @torch.inference_mode()
    def queries(self, questions: Sequence[str]) -> Tensor:
        """(heads, text, dim) queries of layer M-1 of questions asked about nothing."""
        found = []
        for question in questions:
            before, after = self._asked(question)
            states, besides = self._embed(before + after), self.backend.besides(before, 0, after)
            with self.lock:
                read = read_heads(self.model, states[None], self.profile.layer, besides)
            found.append(read["queries"][0, :, len(before) :])
        return torch.cat(found, dim=1)


class _ScanStopped(Exception):
    """Who reads an index block by block is to end; caught in ``AudioLM.scan``."""
