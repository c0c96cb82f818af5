"""Listening once: windows of sound become what an index holds of them."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import closing
from functools import cached_property
from itertools import groupby, islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from headrouter.backends import SAMPLE_RATE, Samples
from headrouter.backends.products import quick_products
from headrouter.hear.cost import key_shape
from headrouter.hear.heads import first_layers, read_heads
from headrouter.hear.index import AudioIndex, IndexWriter, bytes_for
from headrouter.hear.letters import CLASSES, FRAMES
from headrouter.hear.loaded import Loaded
from headrouter.hear.threads import ahead, side_by_side


class Window(NamedTuple):
    """What an index holds of a window."""

    embeddings: Tensor
    keys: Tensor
    mass: Tensor | None
    letters: Tensor | None
    sounds: Tensor | None

    def beginning(self, count: int) -> "Window":
        """Of its first tokens."""
        return Window(
            self.embeddings[:count],
            self.keys[:, :count],
            None if self.mass is None else self.mass[:count],
            None if self.letters is None else self.letters[: count * FRAMES],
            None if self.sounds is None else self.sounds[:count],
        )


class Hearing(Loaded):
    """The part of a model that hears."""

    @torch.inference_mode()
    def ingest(
        self,
        windows: Iterable[Samples],
        folder: Path,
        *,
        levels: Callable[[Samples, float], NDArray[np.float32]],
        silent_dbfs: float = -math.inf,
        on_progress: Callable[[float], None] = lambda seconds: None,
        stop: Callable[[], bool] = lambda: False,
        grow: bool = False,
        batch: int | None = None,
    ) -> AudioIndex | None:
        """Hears windows of at most ``card.window_seconds`` and writes their index to ``folder``.

        levels: (samples, hop seconds) -> dBFS per hop. A window with no hop above
        ``silent_dbfs`` is not encoded: its tokens are those of digital silence. on_progress gets
        seconds heard so far.
        All windows but the last are whole. Returns None when stopped; what was heard by then,
        or by an earlier call that was killed, is not heard again. ``grow``: the recording has
        become longer since its index was finished. batch: windows that are heard at once.
        """
        threads = torch.get_num_threads() if self.device.type == "cpu" else 1
        batch = batch or max(4, 2 * threads)
        window = round(self.card.window_seconds * self.card.tokens_per_second)

        def loudness(group: Sequence[Samples]) -> list[NDArray[np.float32]]:
            return [levels(samples, self.token_seconds) for samples in group]

        with IndexWriter(
            folder, self.model_id, self.token_seconds, group=batch * window, grow=grow
        ) as writer:
            done = writer.tokens // window
            heard = done * self.card.window_seconds
            groups = batched(islice(windows, done, None), batch)
            coming = ahead((group, loudness(group)) for group in groups)
            with closing(coming), side_by_side(threads) as pool:
                for group, volumes in coming:
                    audible = [bool((level > silent_dbfs).any()) for level in volumes]
                    with self.lock:  # questions come in between
                        for found, level in zip(
                            self._hear(group, audible, pool), volumes, strict=True
                        ):
                            level = level[: len(found.embeddings)]
                            writer.append(
                                found.embeddings,
                                found.keys,
                                level,
                                found.mass,
                                found.letters,
                                found.sounds,
                            )
                    heard += sum(map(len, group)) / SAMPLE_RATE
                    on_progress(heard)
                    if stop():
                        return None
            return writer.finish(heard)

    def index_bytes(self, seconds: float) -> int:
        """What the index of so many seconds of sound will take on disk, to within a token."""
        config = self.model.config.get_text_config()
        tokens = round(seconds * self.card.tokens_per_second)
        keys = key_shape(config, self.profile.layer - 1)
        letters = 0 if self.letters is None else FRAMES * CLASSES
        sounds = 0 if self.sounds is None else len(self.sounds.names)
        return bytes_for(tokens, config.hidden_size, *keys, letters, sounds)

    def _hear(
        self, windows: Sequence[Samples], audible: Sequence[bool], pool: Executor
    ) -> list[Window]:
        """What is kept of each window; what is audible is encoded."""
        loud = [samples for samples, heard in zip(windows, audible, strict=True) if heard]
        encoded = iter(self._encode(loud, pool))
        return [
            next(encoded) if heard else self._silence.beginning(self.backend.tokens(len(samples)))
            for samples, heard in zip(windows, audible, strict=True)
        ]

    def _encode(self, windows: Sequence[Samples], pool: Executor) -> Iterable[Window]:
        """All at once on a GPU; on a CPU each by a thread, which scales better than sharing it."""
        if not windows or self.device.type != "cpu":
            return self.hear(windows) if windows else ()
        with first_layers(self.model.get_decoder(), self.profile.layer):  # for all, undone once
            return list(pool.map(self._encode_one, windows))

    @torch.inference_mode()
    def _encode_one(self, samples: Samples) -> Window:
        return self.hear([samples])[0]

    @cached_property
    def _silence(self) -> Window:
        """A window of digital silence, encoded by itself."""
        window = np.zeros(round(self.card.window_seconds * SAMPLE_RATE), np.float32)
        return self.hear([window])[0]

    def hear(self, windows: Sequence[Samples]) -> list[Window]:
        """What an index holds of windows of sound."""
        if self.sounds is None:
            return self.windows(self.embed(windows))
        embeddings, layers = self.backend.embed_and_states(windows, self.sounds.layers)
        read = [
            self.sounds.read(states, len(rows))
            for states, rows in zip(layers, embeddings, strict=True)
        ]
        return self.windows(embeddings, read)

    def windows(
        self, embeddings: Sequence[Tensor], sounds: Sequence[Tensor] | None = None
    ) -> list[Window]:
        """What an index holds of windows, each (tokens, width) and (tokens, names)."""
        lengths = [len(rows) for rows in embeddings]
        mass = self.mass(torch.cat(list(embeddings)))
        masses = [None] * len(lengths) if mass is None else torch.split(mass, lengths)
        letters = [self.read(rows) for rows in embeddings]
        known = [None] * len(lengths) if sounds is None else sounds
        keys = self.keys(embeddings)
        found = zip(embeddings, keys, masses, letters, known, strict=True)
        return [Window(*each) for each in found]

    def embed(self, windows: Sequence[Samples]) -> list[Tensor]:
        """For each window (tokens, width), as the language model is given them."""
        return self.backend.embed(windows)

    def keys(self, windows: Sequence[Tensor]) -> list[Tensor]:
        """Of each window (key heads, tokens, head dim) of layer M-1 after the prompt's prefix.

        windows: each (tokens, width). Neighbours of one length are read at once.
        """
        return [
            keys.to(self.backend.dtype)
            for _, alike in groupby(windows, len)
            for keys in self._keys(torch.stack(list(alike)))
        ]

    def _keys(self, windows: Tensor) -> Tensor:
        """(windows, key heads, tokens, head dim) of (windows, tokens, width)."""
        before = self.backend.prompts.prefix()
        prefix = self._embed(before).expand(len(windows), -1, -1)
        besides = self.backend.besides(before, windows.shape[1], ())
        if besides and len(windows) > 1:  # it is made for one
            return torch.cat([self._keys(window[None]) for window in windows])
        with quick_products(self.device, self.backend.dtype):
            states = torch.cat([prefix, windows], dim=1)
            read = read_heads(self.model, states, self.profile.layer, besides)
        return read["keys"][:, :, len(before) :]

    def mass(self, embeddings: Tensor) -> Tensor | None:
        """(tokens,) of (tokens, width) in the vocabulary; None where audio tokens are no words."""
        return None if self._lexicon is None else self._lexicon.mass(embeddings)


def batched(items: Iterable[Samples], size: int) -> Iterator[list[Samples]]:
    """Lists of up to ``size`` items (itertools.batched needs Python 3.12)."""
    rest = iter(items)
    while group := list(islice(rest, size)):
        yield group
