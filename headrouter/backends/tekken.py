"""Mistral's own tokenizer and prompt, for checkpoints whose vocabulary is a tekken.json."""

import base64
import io
import wave
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from transformers.utils.import_utils import (
    MISTRAL_COMMON_MIN_VERSION,
    is_mistral_common_available,
)

from headrouter.backends.prompts import MARK, Turns
from headrouter.errors import ModelUnreadable


def is_tekken(folder: Path) -> bool:
    """Whether a checkpoint is asked as mistral-common writes, having no chat template."""
    templates = ("chat_template.jinja", "chat_template.json")
    return (folder / "tekken.json").exists() and not any(
        (folder / name).exists() for name in templates
    )


def load_tekken(folder: Path) -> Any:
    """The tokenizer of a folder with a tekken.json. Raises ModelUnreadable."""
    if not is_mistral_common_available():  # nor one that transformers is too new for
        raise ModelUnreadable(
            f"{folder} has Mistral's tokenizer (tekken.json), which needs mistral-common "
            f"{MISTRAL_COMMON_MIN_VERSION} or newer; run: pip install -U 'headrouter[voxtral]'"
        )
    from transformers.tokenization_mistral_common import MistralCommonBackend

    return MistralCommonBackend.from_pretrained(folder, local_files_only=True)


class TekkenPrompts:
    """What mistral-common writes around a clip; it encodes each piece of text by itself."""

    def __init__(self, tokenizer: Any, audio: int) -> None:
        self.tokenizer, self.audio = tokenizer, audio
        self._rendered: dict[tuple[tuple[str, str], ...], tuple[list[int], list[int]]] = {}

    @property
    def end(self) -> list[int]:
        """What ends an answer."""
        return [int(self.tokenizer.eos_token_id)]

    def prefix(self, turns: Turns = ()) -> list[int]:
        """Before the audio."""
        return self._render(turns)[0]

    def suffix(self, question: str, turns: Turns = ()) -> list[int]:
        """After the audio."""
        after, mark = self._render(turns)[1], self.written(MARK)
        place = next(n for n in range(len(after)) if after[n : n + len(mark)] == mark)
        return after[:place] + self.written(question) + after[place + len(mark) :]

    def written(self, text: str) -> list[int]:
        """Of text from elsewhere; this vocabulary's control tokens can't be spelled in text."""
        ids: list[int] = self.tokenizer.encode(text, add_special_tokens=False)
        return ids

    def _render(self, turns: Turns) -> tuple[list[int], list[int]]:
        """The ids before and after the audio, with MARK for the question."""
        known = tuple((asked, answered) for asked, answered in turns)
        if known not in self._rendered:
            ids = self.tokenizer.apply_chat_template(_messages(known), tokenize=True)
            ids = list(ids["input_ids"] if hasattr(ids, "keys") else ids)
            first = ids.index(self.audio)
            last = len(ids) - ids[::-1].index(self.audio)
            self._rendered = {known: (ids[:first], ids[last:])}  # of one conversation at a time
        return self._rendered[known]


def _messages(turns: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for asked, answered in turns:
        found += [
            {"role": "user", "content": [{"type": "text", "text": asked}]},
            {"role": "assistant", "content": answered},
        ]
    content = [{"type": "audio", "base64": _silence()}, {"type": "text", "text": MARK}]
    return [*found, {"role": "user", "content": content}]


def _silence() -> str:
    """A tenth of a second of it, as a WAV file in base64."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(16_000)
        out.writeframes(bytes(3200))
    return base64.b64encode(file.getvalue()).decode()
