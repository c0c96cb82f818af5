"""AudioIndex: one recording as one model hears it, on disk, so that it is listened to once.

Per audio token: its embedding in the language model's space, its position-free key at layer
M-1, its loudness, its mass in the vocabulary (``headrouter.hear.spotting``), and the letters and
the sounds that are read there, where a model has readers of them (``headrouter.hear.letters``,
``headrouter.hear.sounds``). Files are
memory-mapped, written window by window into a ``.partial`` folder that is renamed when whole: an
index is there entirely or not at all, and one that was interrupted goes on where it was.
"""

import json
import math
import os
import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, Self
from zlib import crc32

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from headrouter.errors import IndexDamaged, IndexUnusable
from headrouter.hear.sounds import packed, unpacked

VERSION = 4
META = "index.json"
ARRAYS = ("embeddings", "keys", "levels", "mass", "letters", "sounds")


@dataclass(frozen=True)
class IndexMeta:
    """What the arrays of an index are, written last, so that its presence means wholeness."""

    model: str  # id of the model that listened
    tokens: int
    token_seconds: float  # length of one audio token
    seconds: float  # of audio
    width: int  # of an embedding
    key_heads: int
    head_dim: int
    letters: int = 0  # log-probabilities of letters a token
    sounds: int = 0  # names of sounds whose log-odds are known
    version: int = VERSION
    sums: dict[str, int] = field(default_factory=dict, compare=False)
    """CRC-32 of each array; none while it is under way, and of one made before there were any."""

    def check(self) -> None:
        """Raises ValueError for what no index has."""
        sizes = (self.width, self.key_heads, self.head_dim, self.letters, self.sounds)
        counts = (self.tokens, *sizes)
        if not all(isinstance(count, int) and count >= 0 for count in counts) or not self.tokens:
            raise ValueError(f"{counts} are no sizes of arrays")
        for length in (self.token_seconds, self.seconds):
            if not (isinstance(length, int | float) and 0 < length < math.inf):
                raise ValueError(f"{length!r} is no length in seconds")


@dataclass(frozen=True, eq=False)
class AudioIndex:
    """A whole index, read from disk."""

    meta: IndexMeta
    folder: Path
    embeddings: NDArray[np.float16]  # (tokens, width)
    keys: NDArray[np.float16]  # (tokens, key heads, head dim), before rotary embedding
    levels: NDArray[np.float32]  # (tokens,), dBFS
    mass: NDArray[np.float32]  # (tokens,), zero where the model's audio tokens are no words
    letters: NDArray[np.float16]  # (tokens, FRAMES x classes), none of some models
    sounds: NDArray[np.uint8]  # (tokens, names) as ``packed`` by the reader, none of some models

    @classmethod
    def open(cls, folder: Path, model: str) -> "AudioIndex":
        """Maps the index in ``folder``.

        Raises IndexUnusable if missing or foreign, IndexDamaged if its description or the sizes of
        its files are wrong. What is in them is looked at by `verify` only.
        """
        try:
            meta = IndexMeta(**json.loads((folder / META).read_text(encoding="utf-8")))
            if (meta.version, meta.model) != (VERSION, model):
                raise IndexUnusable(f"{folder} was made by {meta.model}, version {meta.version}")
            meta.check()
            for name, size in _sizes(meta).items():
                if (found := (folder / name).stat().st_size) != size:
                    raise ValueError(f"{name} has {found} bytes instead of {size}")
            arrays = {
                name: np.memmap(folder / name, dtype, "r", shape=shape)
                if math.prod(shape)
                else np.zeros(shape, dtype)  # nothing can't be mapped
                for name, (dtype, shape) in _layout(meta).items()
            }
        except (OSError, ValueError, TypeError, OverflowError) as error:
            kind = IndexDamaged if (folder / META).exists() else IndexUnusable
            raise kind(f"no usable audio index in {folder}: {error}") from error
        return cls(meta, folder, **arrays)

    def verify(self) -> None:
        """Raises IndexDamaged unless all that is in the files is as it was written.

        Reads all of them, but each once only as long as it doesn't change.
        """
        for name, wanted in self.meta.sums.items():
            try:
                found = _sum(self.folder / name)
            except OSError as error:
                raise IndexDamaged(f"{name} of {self.folder} can't be read: {error}") from error
            if found != wanted:
                raise IndexDamaged(f"{name} of {self.folder} is not as it was written")

    def tokens_between(self, start: float, end: float) -> tuple[int, int]:
        """Token range that covers ``start`` to ``end`` seconds."""
        first = int(start / self.meta.token_seconds + 1e-6)  # so that seconds_at comes back whole
        last = int(np.ceil(end / self.meta.token_seconds - 1e-6))
        return min(first, self.meta.tokens), min(max(last, first), self.meta.tokens)

    def seconds_at(self, token: int) -> float:
        """When that token begins; the end of the recording for the one after the last."""
        return min(token * self.meta.token_seconds, self.meta.seconds)

    def times(self, spans: Sequence[tuple[int, int]]) -> list[tuple[float, float]]:
        """Spans of tokens as seconds."""
        return [(self.seconds_at(first), self.seconds_at(last)) for first, last in spans]

    def key_rows(self, first: int, last: int) -> Tensor:
        """(key heads, last - first, head dim) float32."""
        return torch.from_numpy(self.keys[first:last].astype(np.float32)).transpose(0, 1)

    def mass_rows(self, first: int, last: int) -> Tensor:
        """(last - first,) float32."""
        return torch.from_numpy(np.array(self.mass[first:last]))

    def letter_rows(self, spans: list[tuple[int, int]], classes: int) -> Tensor | None:
        """(frames, classes) float32 of the tokens of spans; None where none are read."""
        if not self.meta.letters:
            return None
        return _rows(self.letters, spans).reshape(-1, classes)

    def sound_rows(
        self, spans: Sequence[tuple[int, int]], columns: Sequence[int] | slice = slice(None)
    ) -> Tensor | None:
        """(tokens of the spans, columns) log-odds of sounds; None where none are read."""
        if not self.meta.sounds:
            return None
        rows = [self.sounds[first:last, columns] for first, last in spans]
        return unpacked(torch.from_numpy(np.concatenate(rows)))

    def embedding_rows(self, spans: list[tuple[int, int]]) -> Tensor:
        """(tokens of the spans, width) float32, spans one after the other."""
        return _rows(self.embeddings, spans)


def _rows(array: NDArray[np.float16], spans: list[tuple[int, int]]) -> Tensor:
    """Float32, spans one after the other."""
    rows = [array[first:last].astype(np.float32) for first, last in spans]
    return torch.from_numpy(np.concatenate(rows))


def _layout(meta: IndexMeta) -> dict[str, tuple[Any, tuple[int, ...]]]:
    return {
        "embeddings": (np.float16, (meta.tokens, meta.width)),
        "keys": (np.float16, (meta.tokens, meta.key_heads, meta.head_dim)),
        "levels": (np.float32, (meta.tokens,)),
        "mass": (np.float32, (meta.tokens,)),
        "letters": (np.float16, (meta.tokens, meta.letters)),
        "sounds": (np.uint8, (meta.tokens, meta.sounds)),
    }


def bytes_for(
    tokens: int, width: int, key_heads: int, head_dim: int, letters: int = 0, sounds: int = 0
) -> int:
    """What the arrays of an index of that shape take on disk."""
    shape = IndexMeta("", tokens, 0.0, 0.0, width, key_heads, head_dim, letters, sounds)
    return sum(_sizes(shape).values())


def _sizes(meta: IndexMeta) -> dict[str, int]:
    """Bytes of each file."""
    return {
        name: np.dtype(dtype).itemsize * math.prod(shape)
        for name, (dtype, shape) in _layout(meta).items()
    }


def _sum(path: Path) -> int:
    found = path.stat()
    return _sum_of(path, found.st_ino, found.st_size, found.st_mtime_ns)


@lru_cache(maxsize=1024)
def _sum_of(path: Path, *state: int) -> int:
    """CRC-32 of a file in that state."""
    total = 0
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            total = crc32(piece, total)
    return total


class IndexWriter:
    """Context manager that writes an index, and goes on with one that was begun.

    ``group``: tokens that are written at once; what an earlier writer left is taken up again at
    a whole number of groups, so that the arrays become those of a writer that was never
    interrupted. 0 begins anew, and removes what is not finished. ``grow``: goes on with the
    finished index in ``folder``, of a recording that has become longer since.

    Raises OSError from the disk as it is (a full disk keeps its errno).
    """

    def __init__(
        self, folder: Path, model: str, token_seconds: float, *, group: int = 0, grow: bool = False
    ) -> None:
        self.folder, self.model, self.token_seconds = folder, model, token_seconds
        self.group, self.grow = group, grow
        self.partial = folder.with_name(folder.name + ".partial")
        self.tokens = 0
        self.files: dict[str, IO[bytes]] = {}
        self.shapes: tuple[int, int, int, int, int] | None = None

    def __enter__(self) -> Self:
        if not self._take_up():
            shutil.rmtree(self.partial, ignore_errors=True)
            self.partial.mkdir(parents=True)
            self.tokens, self.shapes = 0, None
        for name in ARRAYS:
            self.files[name] = (self.partial / name).open("ab")
        return self

    def _take_up(self) -> bool:
        """Cut what was begun to whole groups; False where there is nothing to go on with."""
        if not self.group:
            return False
        if self.grow and self._is_whole():
            shutil.rmtree(self.partial, ignore_errors=True)
            shutil.copytree(self.folder, self.partial)
        try:
            begun = IndexMeta(**json.loads((self.partial / META).read_text(encoding="utf-8")))
            made_by = (begun.version, begun.model, begun.token_seconds)
            if made_by != (VERSION, self.model, self.token_seconds):
                return False
            row_bytes = {
                name: int(np.dtype(dtype).itemsize * np.prod(shape[1:]))
                for name, (dtype, shape) in _layout(begun).items()
            }
            rows = min(
                (self.partial / name).stat().st_size // size
                for name, size in row_bytes.items()
                if size
            )
            self.tokens = rows // self.group * self.group
            for name, size in row_bytes.items():
                os.truncate(self.partial / name, self.tokens * size)
        except (OSError, ValueError, TypeError):
            return False
        self.shapes = (begun.width, begun.key_heads, begun.head_dim, begun.letters, begun.sounds)
        return True

    def _is_whole(self) -> bool:
        try:
            AudioIndex.open(self.folder, self.model).verify()
        except IndexUnusable:
            return False
        return True

    def append(
        self,
        embeddings: Tensor,
        keys: Tensor,
        levels: NDArray[np.float32],
        mass: Tensor | None = None,
        letters: Tensor | None = None,
        sounds: Tensor | None = None,
    ) -> None:
        """Adds the next window's tokens: (n, width), (key heads, n, head dim), (n,), (n,),
        (n x FRAMES, classes) and (n, names).
        """
        heads, _, dim = keys.shape
        sounds = torch.zeros(len(embeddings), 0) if sounds is None else sounds
        letters = torch.zeros(len(embeddings), 0) if letters is None else letters
        letters = letters.reshape(len(embeddings), -1)
        if self.shapes is None:
            self.shapes = (embeddings.shape[1], heads, dim, letters.shape[1], sounds.shape[1])
            self._note(0.0, {})
        rows = keys.transpose(0, 1)
        for name, array in (("embeddings", embeddings), ("keys", rows), ("letters", letters)):
            self.files[name].write(array.to("cpu", torch.float16).contiguous().numpy().tobytes())
        self.files["levels"].write(levels.astype(np.float32).tobytes())
        masses = np.zeros(len(embeddings), np.float32) if mass is None else mass.cpu().numpy()
        self.files["mass"].write(masses.astype(np.float32).tobytes())
        self.files["sounds"].write(packed(sounds).numpy().tobytes())
        for file in self.files.values():
            file.flush()  # a process that is killed loses nothing that was handed in
        self.tokens += len(embeddings)

    def finish(self, seconds: float) -> AudioIndex:
        """Puts the index in its place and opens it. ``seconds``: of audio in all."""
        if self.shapes is None:
            raise IndexUnusable("nothing was heard: an index needs at least one window")
        self._close()
        self._note(seconds, {name: _sum(self.partial / name) for name in ARRAYS})
        shutil.rmtree(self.folder, ignore_errors=True)
        self.partial.rename(self.folder)
        return AudioIndex.open(self.folder, self.model)

    def _note(self, seconds: float, sums: dict[str, int]) -> None:
        """What the arrays are; of one that is under way, without its length and sums."""
        assert self.shapes is not None
        meta = IndexMeta(
            self.model, self.tokens, self.token_seconds, seconds, *self.shapes, sums=sums
        )
        (self.partial / META).write_text(json.dumps(asdict(meta)), encoding="utf-8")

    def _close(self) -> None:
        with ExitStack() as stack:  # a full disk fails every close, and each must be tried
            for file in self.files.values():
                stack.callback(file.close)
            self.files = {}

    def __exit__(self, *exception: object) -> None:
        try:
            self._close()
        finally:
            if not self.group or self.shapes is None:
                shutil.rmtree(self.partial, ignore_errors=True)
