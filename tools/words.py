"""The words of a recording and when they were spoken, by faster-whisper.

Works on samples that are already decoded, on the CPU, from a folder on this machine: a hub is
never asked. Whisper writes fluent sentences about silence and noise, so Silero's voice detection
goes first, and what Whisper is unsure of is dropped after it. Sounds are not described, and who
speaks is not told.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from threading import Lock, local
from typing import Any

import numpy as np
import numpy.typing as npt
from faster_whisper import WhisperModel
from faster_whisper.vad import VadOptions, get_speech_timestamps

from memory import Word, has_no_spaces
from tools.audio import SAMPLE_RATE as RATE
from tools.errors import ToolError

_FILES = ("model.bin", "config.json", "tokenizer.json")  # without the last, a hub would be asked
_TEMPERATURES = (0.0, 0.4)  # the second is for passages where the first gets stuck
_MAX_TOKENS = 224  # in 30 s: the fastest speakers need 200, and a loop is cut short
_ANOTHER = 0.1  # the likelihood from which another language may be spoken in some of 30 s
_SURE = 0.6  # the likelihood from which a stretch without a pause is in a language
_SHORT = 2.0  # seconds of such a stretch that tell too little
_PAUSES = VadOptions(min_silence_duration_ms=500)  # at which the language may change

Samples = npt.NDArray[np.float32]


class _Whisper(WhisperModel):  # type: ignore[misc]  # it has no types
    """Whisper that notes which languages may be spoken, from the encoding that it needs anyway."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._of_thread = local()

    @property
    def languages(self) -> dict[str, float]:
        """The likelihood of each that is likeliest or second in some 30 s, at its most."""
        found: dict[str, float] = self._of_thread.__dict__.setdefault("languages", {})
        return found

    def generate_with_fallback(self, encoder_output: Any, *args: Any) -> Any:
        """As its parent does."""
        for token, likelihood in self.model.detect_language(encoder_output)[0][:2]:
            code = token[2:-2]
            self.languages[code] = max(likelihood, self.languages.get(code, 0.0))
        return super().generate_with_fallback(encoder_output, *args)


class Transcriber:
    """Whisper in CTranslate2's format, loaded when words are first asked for.

    Threads may share one.
    """

    def __init__(self, model_dir: Path, threads: int = 0) -> None:
        self.model_dir = model_dir
        self.threads = threads  # 0 leaves it to CTranslate2
        self._model: Any = None
        self._loading = Lock()

    def words(
        self,
        samples: Samples,
        offset: float = 0.0,
        language: str | None = None,
        stop: Callable[[], bool] = lambda: False,
        likely: str | None = None,
        hint: str | None = None,
    ) -> list[Word]:
        """The words in mono 16 kHz samples (n,) that begin at `offset` seconds of the recording.

        Silence, noise and music have none. `language` is a code such as "en"; without it each
        stretch is heard in the language that is spoken there, which is taken to be `likely` unless
        it clearly is another. Finding it costs next to nothing where one is likely, else as much as
        encoding does. `stop` is asked before each segment, of 30 s at most: once it is true, the
        words so far are all there are. `hint` is a text whose words are likely, such as a question.

        Raises:
            ToolError: the model is missing or damaged.
            ValueError: Whisper doesn't know the language.
        """
        if stop() or not get_speech_timestamps(samples):
            return []
        words, may_be = self._heard(samples, offset, language or likely, stop, hint)
        if language is not None or not may_be or stop():
            return words
        usual = words[0].language if words else likely
        parts = self._parts(samples, usual or max(may_be, key=may_be.__getitem__))
        if {code for *_, code in parts} == {usual}:
            return words
        return [
            word
            for start, end, code in parts
            for word in self._heard(samples[start:end], offset + start / RATE, code, stop, hint)[0]
        ]

    def _heard(
        self,
        samples: Samples,
        offset: float,
        language: str | None,
        stop: Callable[[], bool],
        hint: str | None,
    ) -> tuple[list[Word], Mapping[str, float]]:
        """Words in one language, and which others may be spoken there, with their likelihoods."""
        model = self._loaded()
        segments, found = model.transcribe(
            samples,
            language=language,
            temperature=_TEMPERATURES,
            max_new_tokens=_MAX_TOKENS,
            word_timestamps=True,
            vad_filter=True,
            condition_on_previous_text=False,
            hotwords=hint,
        )
        model.languages.clear()
        words = [
            replace(word, start=offset + word.start, end=offset + word.end, language=found.language)
            for segment in _until(stop, segments)
            if not _is_invented(segment)
            for word in whole_words(segment.words)
        ]
        others = {code: p for code, p in model.languages.items() if code != found.language}
        return words, {code: p for code, p in others.items() if p >= _ANOTHER}

    def _parts(self, samples: Samples, usual: str) -> list[tuple[int, int, str]]:
        """Samples from where to where are in which language, changing at pauses only."""
        parts: list[tuple[int, int, str]] = []
        for stretch in get_speech_timestamps(samples, _PAUSES):
            start, end, code = stretch["start"], stretch["end"], usual
            if end - start >= _SHORT * RATE:
                found, likelihood, _ = self._loaded().detect_language(samples[start:end])
                code = found if likelihood >= _SURE else code
            if parts and parts[-1][2] == code:
                parts[-1] = parts[-1][0], end, code
            else:
                parts.append((start, end, code))
            usual = code
        return parts

    def language(self, samples: Samples) -> str:
        """The code of the language that is most likely spoken in mono 16 kHz samples (n,).

        Raises:
            ToolError: the model is missing or damaged.
        """
        code: str = self._loaded().detect_language(samples, vad_filter=True)[0]
        return code

    def _loaded(self) -> Any:
        with self._loading:
            if self._model is None:
                self._model = _load(self.model_dir, self.threads)
            return self._model


def _load(folder: Path, threads: int) -> Any:
    advice = "run 'headrouter models pull nano'"
    missing = [name for name in _FILES if not (folder / name).is_file()]
    if missing:
        raise ToolError(f"{folder} holds no speech model ({missing[0]} is missing): {advice}.")
    try:
        return _Whisper(
            str(folder),
            device="cpu",
            compute_type="int8",
            cpu_threads=threads,
            local_files_only=True,
        )
    except Exception as error:  # the tokenizer's library raises nothing narrower
        raise ToolError(f"The speech model in {folder} can't be loaded: {advice}.") from error


def _until(stop: Callable[[], bool], segments: Iterator[Any]) -> Iterator[Any]:
    while not stop() and (segment := next(segments, None)) is not None:
        yield segment


def whole_words(pieces: Iterable[Any]) -> list[Word]:
    """The words of a segment, from what Whisper takes for such: a word begins with a space.

    What it cut off ("o", "'clock"; "$10", ",500") is put back. In scripts without spaces each piece
    is a word, and no space parts it from the one before.
    """
    words: list[Word] = []
    for piece in pieces:
        text = piece.word.strip()
        if not text:
            continue
        alone = has_no_spaces(text[0])
        spaced = piece.word[0].isspace() or not (words or alone)
        word = Word(float(piece.start), float(piece.end), text, float(piece.probability), spaced)
        if spaced or not words or alone or has_no_spaces(words[-1].text[-1]):
            words.append(word)
        else:
            before = words.pop()
            words.append(
                replace(word, text=before.text + text, start=before.start, spaced=before.spaced)
            )
    return words


def _is_invented(segment: Any) -> bool:
    """Whether Whisper made it up, or wrote down a cough.

    The thresholds were chosen by eye on held-out sounds and read speech; some sneezes and barks
    still pass as words. `benchmarks/words.py` measures how many.
    """
    probabilities = [word.probability for word in segment.words]
    return (
        segment.compression_ratio > 2.4  # it repeats itself
        or segment.no_speech_prob > 0.6
        or (segment.no_speech_prob > 0.2 and segment.avg_logprob < -0.8)
        or not probabilities
        or float(np.mean(probabilities)) < 0.3
    )
