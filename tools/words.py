"""The words of a recording and when they were spoken, by faster-whisper.

Works on samples that are already decoded, on the CPU, from a folder on this machine: a hub is
never asked. Whisper writes fluent sentences about silence and noise, so Silero's voice detection
goes first, and what Whisper is unsure of is dropped after it. Sounds are not described, and who
speaks is not told.
"""

from collections.abc import Callable
from itertools import takewhile
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt
from faster_whisper import WhisperModel
from faster_whisper.vad import get_speech_timestamps

from memory import Word
from tools.errors import ToolError

_UNSURE = -0.8  # mean log-probability: noise that passes for speech lies below, speech above
_REPETITIVE = 2.4  # compression ratio: "hey, hey, hey, ..." is noise, as in Whisper's own decoder
_FILES = ("model.bin", "config.json", "tokenizer.json")  # without the last, a hub would be asked


class Transcriber:
    """Whisper in CTranslate2's format, loaded when the first words are asked for.

    Every call is decoded greedily at one temperature, so the same samples give the same words.
    May be shared between threads.
    """

    def __init__(self, model_dir: Path, threads: int = 0) -> None:
        self.model_dir = model_dir
        self.threads = threads  # 0 leaves it to CTranslate2
        self._model: Any = None
        self._loading = Lock()

    def words(
        self,
        samples: npt.NDArray[np.float32],
        offset: float = 0.0,
        language: str | None = None,
        stop: Callable[[], bool] = lambda: False,
    ) -> list[Word]:
        """The words in mono 16 kHz samples (n,), whose first lies at `offset` seconds.

        Silence, noise and music give none. `language` is a code such as "en"; without it, it is
        detected in each call, which costs as much again as encoding. `stop` is asked before each
        segment, of at most 30 s: once it says yes, the words so far are returned.

        Raises:
            ToolError: the model is missing or damaged.
            ValueError: Whisper doesn't know the language.
        """
        if not get_speech_timestamps(samples):
            return []
        segments, _ = self._loaded().transcribe(
            samples,
            language=language,
            temperature=0.0,
            word_timestamps=True,
            vad_filter=True,
            condition_on_previous_text=False,
        )
        return [
            Word(offset + word.start, offset + word.end, word.word, word.probability)
            for segment in takewhile(lambda _: not stop(), segments)
            if is_believable(segment)
            for word in segment.words
        ]

    def _loaded(self) -> Any:
        with self._loading:
            if self._model is None:
                self._model = self._load()
            return self._model

    def _load(self) -> Any:
        advice = "run 'headrouter models pull nano'"
        missing = [name for name in _FILES if not (self.model_dir / name).is_file()]
        if missing:
            raise ToolError(
                f"{self.model_dir} holds no speech model ({missing[0]} is missing); {advice}."
            )
        try:
            return WhisperModel(
                str(self.model_dir),
                device="cpu",
                compute_type="int8",
                cpu_threads=self.threads,
                local_files_only=True,
            )
        except Exception as error:  # the tokenizer's library raises nothing narrower
            raise ToolError(
                f"The speech model in {self.model_dir} is damaged; {advice}."
            ) from error


def is_believable(segment: Any) -> bool:
    """Whether Whisper heard what it wrote, rather than inventing it over noise or music."""
    return bool(segment.avg_logprob >= _UNSURE and segment.compression_ratio <= _REPETITIVE)
