"""What the tools need from outside, handed in by whoever runs them: never a global.

Only types: nothing of what they name is imported, so that what reads the store starts at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from memory import Voice, Word

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import torch

    from headrouter.hear.cost import ModelCost
    from headrouter.hear.index import AudioIndex
    from headrouter.hear.listener import Answer, Listening, Scan
    from headrouter.models import ModelCard
    from headrouter.prune.profiles import Profile

OnFraction = Callable[[float | None], None]
"""Told how much is done, 0 to 1, or None where the end isn't known."""
OnSize = Callable[[int], None]
"""Told once how many bytes what is about to be made will take on disk, about."""
Stop = Callable[[], bool]
"""Asked again and again; True ends the work at the next safe point."""


class Listener(Protocol):
    """A loaded audio LLM: ``headrouter.AudioLM``, or the fake of ``headrouter.testing``."""

    model_id: str
    card: ModelCard
    profile: Profile

    @property
    def ear(self) -> Listener:
        """What locates sounds by their names: itself, or what listens here for one elsewhere."""

    @property
    def device(self) -> torch.device:
        """Where the weights are."""

    @property
    def token_seconds(self) -> float:
        """Seconds of sound in one audio token."""

    @property
    def cost(self) -> ModelCost:
        """What a run costs."""

    def index_bytes(self, seconds: float) -> int:
        """What the index of so many seconds of sound will take on disk."""

    def ingest(
        self,
        windows: Iterable[npt.NDArray[np.float32]],
        folder: Path,
        *,
        levels: Callable[[npt.NDArray[np.float32], float], npt.NDArray[np.float32]],
        silent_dbfs: float = ...,
        on_progress: Callable[[float], None] = ...,
        stop: Stop = ...,
        grow: bool = ...,
    ) -> AudioIndex | None:
        """Hears windows once and writes their index to ``folder``; None when stopped.

        Windows with no hop above ``silent_dbfs`` are not encoded. Goes on where it was stopped.
        ``grow``: the recording became longer since it was heard.
        """

    def scan(
        self, index: AudioIndex, question: str, first: int, last: int, *, stop: Stop = ...
    ) -> Scan | None:
        """Routes a question and scores every token between two; None when stopped."""

    def spot(
        self, index: AudioIndex, names: Sequence[str], first: int, last: int, *, said: bool = False
    ) -> torch.Tensor:
        """(names, tokens) how likely each sound, or word that is said, is, in [0, 1]."""

    def answer(
        self,
        index: AudioIndex,
        question: str,
        plan: Listening,
        *,
        on_text: Callable[[str], None] = ...,
        stop: Stop = ...,
    ) -> Answer:
        """Listens to the planned spans and answers."""

    def write(
        self,
        text: str,
        *,
        max_new_tokens: int = ...,
        on_text: Callable[[str], None] = ...,
        stop: Stop = ...,
    ) -> str:
        """Answers a text without any audio."""

    def question_tokens(self, question: str, words: str | None = None) -> int:
        """Text tokens around the audio."""


class Recogniser(Protocol):
    """Hears words: ``tools.words.Transcriber``."""

    def words(
        self,
        samples: npt.NDArray[np.float32],
        offset: float = 0.0,
        language: str | None = None,
        stop: Stop = ...,
        likely: str | None = None,
        hint: str | None = None,
    ) -> list[Word]:
        """The words in (n,) samples that begin ``offset`` seconds into the recording.

        Without ``language`` they are in those that are spoken, ``likely`` where it isn't clear.
        The words of ``hint`` are likelier than others.
        """

    def language(self, samples: npt.NDArray[np.float32]) -> str:
        """The code of the language spoken in (n,) samples."""


OpenDiariser = Callable[[], "AbstractContextManager[Diariser]"]
"""Gives a diariser; what it loads goes when the context is left."""


@dataclass(frozen=True)
class Spoken:
    """Somebody speaks; seconds from the start of the samples."""

    start: float
    end: float
    label: str


@dataclass(frozen=True)
class Diarised:
    """Who speaks when in some samples, and the voice of each; labels mean something only here."""

    turns: list[Spoken]  # by start; two may overlap
    voices: dict[str, Voice]  # by label; none of whom no voice is known


class Diariser(Protocol):
    """Tells speakers apart: ``tools.diariser.Apart``."""

    name: str  # voices can be compared where this is the same
    part: float  # seconds at most that it is to go over at once

    def diarise(self, samples: npt.NDArray[np.float32], *, stop: Stop = ...) -> Diarised:
        """Who speaks when in mono 16 kHz samples (n,) in [-1, 1]. Nobody does in silence.

        Raises SpeakersError, and Stopped soon after ``stop`` turns true.
        """
