"""Prompts: the tokens around the audio, as a checkpoint was taught to be asked.

What a user writes or a recording says is text only: what is spelled like a control token becomes
none. Everything else is the checkpoint's own, from its chat template or, for nano, from its card.
"""

import re
import threading
from collections.abc import Sequence
from typing import Any, Protocol

from jinja2 import TemplateError

from headrouter.models import ModelCard

Turns = Sequence[tuple[str, str]]
"""Earlier questions, each with its answer."""

MARK = "HEADROUTER{}SAYS"  # stands for text from elsewhere while a template is rendered
MARKS = re.compile(MARK.format(r"(\d+)"))

# Whether control tokens are read is a state of the tokenizer, which transformers sets at each call:
# of two calls at once, one would be read as the other asked.
_READING = threading.Lock()


class Prompts(Protocol):
    """How one checkpoint is asked. All ids; audio stands between prefix and suffix."""

    @property
    def end(self) -> list[int]:
        """What ends an answer."""

    def prefix(self, turns: Turns = ()) -> list[int]:
        """Before the audio."""

    def suffix(self, question: str, turns: Turns = ()) -> list[int]:
        """After the audio."""

    def written(self, text: str) -> list[int]:
        """Of text from elsewhere, by itself."""


def plain_ids(tokenizer: Any, text: str) -> list[int]:
    """The tokens of text that is only text: what is spelled like a control token becomes none."""
    return _ids(tokenizer, text, split_special_tokens=True)


def own_ids(tokenizer: Any, text: str) -> list[int]:
    """The tokens of a template's own text, with its control tokens."""
    return _ids(tokenizer, text)


def _ids(tokenizer: Any, text: str, *, add_special_tokens: bool = False, **how: Any) -> list[int]:
    with _READING:
        ids: list[int] = tokenizer(text, add_special_tokens=add_special_tokens, **how).input_ids
    return ids


class CardPrompts:
    """A prompt that is fixed in a model's card, which knows no earlier turns."""

    def __init__(self, tokenizer: Any, card: ModelCard) -> None:
        self.tokenizer, self.card = tokenizer, card

    @property
    def end(self) -> list[int]:
        """What ends an answer."""
        return own_ids(self.tokenizer, self.card.end)

    def prefix(self, turns: Turns = ()) -> list[int]:
        """Before the audio."""
        return own_ids(self.tokenizer, self.card.prefix)

    def suffix(self, question: str, turns: Turns = ()) -> list[int]:
        """After the audio."""
        before, after = self.card.suffix.split("{question}")
        own = own_ids(self.tokenizer, before), own_ids(self.tokenizer, after)
        return own[0] + self.written(question) + own[1]

    def written(self, text: str) -> list[int]:
        """Of text from elsewhere, by itself."""
        return plain_ids(self.tokenizer, text)


class TemplatePrompts:
    """A checkpoint's own chat template, rendered once for each number of earlier turns.

    Args:
        tokenizer: of transformers.
        template: in Jinja.
        audio: how the template writes one clip.
        around: what the checkpoint's processor writes before and after a clip's audio tokens.
        end: ids of which each ends an answer.

    Raises ValueError where the template takes no audio, or puts text before it.
    """

    def __init__(
        self,
        tokenizer: Any,
        template: str,
        audio: str,
        *,
        around: tuple[str, str] = ("", ""),
        end: Sequence[int] = (),
    ) -> None:
        self.tokenizer, self.template, self.audio, self.around = tokenizer, template, audio, around
        self._end = list(end)
        self._rendered: dict[int, tuple[str, str]] = {}
        self._render(0)

    @property
    def end(self) -> list[int]:
        """What ends an answer."""
        return self._end[:1]

    def prefix(self, turns: Turns = ()) -> list[int]:
        """Before the audio."""
        said = [text for turn in turns for text in turn]
        text = self._render(len(turns))[0]
        bos = self.tokenizer.bos_token
        first: list[int] = []
        if not (bos and text.startswith(bos)):  # as transformers' processors do
            first = _ids(self.tokenizer, "", add_special_tokens=True)
        return first + self._ids(text, said)

    def suffix(self, question: str, turns: Turns = ()) -> list[int]:
        """After the audio."""
        said = [text for turn in turns for text in turn] + [question]
        return self._ids(self._render(len(turns))[1], said)

    def written(self, text: str) -> list[int]:
        """Of text from elsewhere, by itself."""
        return plain_ids(self.tokenizer, text)

    def _ids(self, text: str, said: Sequence[str]) -> list[int]:
        """Of rendered text with what was said in its places.

        All at once, because a tokenizer may join the end of one with the beginning of the other;
        apart where something that was said looks like a control token.
        """
        pieces = MARKS.split(text)
        said = [word.strip() for word in said]
        own, places = pieces[::2], [int(number) for number in pieces[1::2]]
        if not any(self._has_marks(said[place]) for place in places):
            return own_ids(self.tokenizer, MARKS.sub(lambda found: said[int(found[1])], text))
        ids = own_ids(self.tokenizer, own[0])
        for place, after in zip(places, own[1:], strict=True):
            ids += self.written(said[place]) + own_ids(self.tokenizer, after)
        return ids

    def _has_marks(self, text: str) -> bool:
        return own_ids(self.tokenizer, text) != self.written(text)

    def _render(self, turns: int) -> tuple[str, str]:
        """The template's text before and after the audio, with marks for what is said."""
        if turns not in self._rendered:
            messages = []
            for number in range(turns):
                asked, answered = MARK.format(2 * number), MARK.format(2 * number + 1)
                messages += [_text("user", asked), _text("assistant", answered)]
            question = MARK.format(2 * turns)
            try:
                text = self._applied([*messages, _heard(question)])
            except (TypeError, TemplateError):  # it takes text alone
                said = {"role": "user", "content": self.audio + question}
                text = self._applied([*(_flat(message) for message in messages), said])
            before, found, after = text.partition(self.audio)
            if not found or question not in after:
                raise ValueError(
                    "its chat template has no place for audio with a question after it"
                )
            self._rendered[turns] = (before + self.around[0], self.around[1] + after)
        return self._rendered[turns]

    def _applied(self, messages: list[dict[str, Any]]) -> str:
        text: str = self.tokenizer.apply_chat_template(
            messages,
            chat_template=self.template,
            tokenize=False,
            add_generation_prompt=True,
            enable_thinking=False,
        )
        return text


def _text(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "content": [{"type": "text", "text": text}]}


def _flat(message: dict[str, Any]) -> dict[str, Any]:
    return {"role": message["role"], "content": message["content"][0]["text"]}


def _heard(question: str) -> dict[str, Any]:
    """A user's message with one clip before its question, in words that all templates know."""
    clip = {"type": "audio", "audio": "clip.wav", "audio_url": "clip.wav"}
    return {"role": "user", "content": [clip, {"type": "text", "text": question}]}
