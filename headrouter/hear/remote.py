"""A model on a server that speaks OpenAI's API and takes audio.

The local model listens to the whole recording and finds the stretches. These are sent as they are,
as WAV, with the words that were recognised in them. Nothing can be pruned of what is sent.
"""

import base64
import io
import json
import time
import wave
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from headrouter.backends import SAMPLE_RATE, Samples
from headrouter.errors import RemoteFailed
from headrouter.hear.cost import ModelCost
from headrouter.hear.index import AudioIndex
from headrouter.hear.listener import Answer, AudioLM, Listening, Scan
from headrouter.models import ModelCard
from headrouter.prune.profiles import Profile

MOST_SECONDS = 300.0  # of sound in one request: some 10 MB of WAV in base64, 13 with its frame
CONNECT, SILENCE = 10.0, 120.0  # seconds to connect in, and between two pieces of an answer
NOTHING = ModelCost(0, 0, 0, 0, 0, 0, 0)  # a run costs this machine next to nothing
MOST_ANSWER = 100_000  # characters, whatever a server sends
Content = list[dict[str, Any]]


@dataclass(frozen=True)
class Server:
    """Where a model is asked."""

    model: str  # as the server calls it
    url: str  # up to and with /v1
    key: str | None = None

    @property
    def host(self) -> str:
        """For people."""
        return httpx.URL(self.url).host

    def chat(
        self, messages: list[dict[str, Any]], most: int, stop: Callable[[], bool]
    ) -> Iterator[str]:
        """The pieces of an answer as they come; ends when ``stop`` says so.

        Raises RemoteFailed, with what to do.
        """
        body = {
            "model": self.model,
            "messages": messages,
            "max_tokens": most,
            "temperature": 0,
            "stream": True,
        }
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        timeout = httpx.Timeout(SILENCE, connect=CONNECT)
        with (
            self._told(),
            httpx.Client(timeout=timeout, trust_env=False) as client,
            client.stream(
                "POST", f"{self.url}/chat/completions", json=body, headers=headers
            ) as reply,
        ):
            if reply.status_code != 200:
                reply.read()
                raise RemoteFailed(self._refusal(reply))
            for piece in pieces(reply.iter_lines()):
                if stop():
                    return
                yield piece

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Inside, what fails on the way is told as RemoteFailed."""
        try:
            yield
        except httpx.ConnectTimeout as error:
            raise RemoteFailed(
                f"{self.url} can't be reached within {CONNECT:g} s: is the server on, and the "
                "address right?"
            ) from error
        except httpx.ConnectError as error:
            raise RemoteFailed(
                f"{self.url} can't be reached ({error}): start the server, or mend the address"
            ) from error
        except httpx.TimeoutException as error:
            raise RemoteFailed(
                f"{self.host} sent nothing for {SILENCE:g} s: ask about a shorter range with "
                "--from and --to, or look at what the server does"
            ) from error
        except (httpx.HTTPError, ValueError, LookupError, TypeError) as error:
            raise RemoteFailed(
                f"{self.url} does not answer as OpenAI's API does ({error!r}): give the address "
                "that ends in /v1"
            ) from error

    def _refusal(self, reply: httpx.Response) -> str:
        """What a status other than 200 means, in a sentence."""
        said = message_of(reply)
        if reply.status_code in (401, 403):
            return (
                f"{self.host} wants another key ({reply.status_code}: {said}): set "
                "HEADROUTER_REMOTE_KEY"
            )
        if reply.status_code == 404:
            return (
                f"{self.url} knows no model {self.model}, or is no OpenAI API (404: {said}): give "
                "openai:NAME@URL with a name of its /models, and the address that ends in /v1"
            )
        if reply.status_code in (400, 415, 422):
            return (
                f"{self.host} does not take what it was sent ({reply.status_code}: {said}): "
                f"{self.model} has to be one that hears, on a server that takes input_audio"
            )
        if reply.status_code == 413:
            return (
                f"{self.host} takes no request of this size ({said}): ask about a shorter range "
                "with --from and --to, or raise the server's limit"
            )
        return f"{self.host} failed ({reply.status_code}: {said}): look at the server, or try later"


def pieces(lines: Iterable[str]) -> Iterator[str]:
    """The pieces of text in the events of a stream."""
    length = 0
    for line in lines:
        if not line.startswith("data:") or (data := line[5:].strip()) == "[DONE]":
            continue
        event = json.loads(data)
        if "error" in event:
            raise RemoteFailed(f"the server broke off ({short(event['error'])}): try again")
        for choice in event["choices"][:1]:
            piece = choice["delta"].get("content") or ""
            length += len(piece)
            if length > MOST_ANSWER:
                raise RemoteFailed(f"the server's answer does not end after {MOST_ANSWER} letters")
            if piece:
                yield str(piece)


def message_of(reply: httpx.Response) -> str:
    """What a server says is wrong, on one short line."""
    try:
        found = reply.json()
    except ValueError:
        found = reply.text
    return short(found.get("error", found) if isinstance(found, dict) else found)


def short(error: Any) -> str:
    """An error in an answer, on one short line."""
    said = error.get("message", error) if isinstance(error, dict) else error
    line = " ".join(str(said).split())
    return line if len(line) <= 200 else f"{line[:200]}…"


def wav(samples: Samples) -> bytes:
    """(n,) samples as a file of 16 bits."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
        out.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return file.getvalue()


def moment(seconds: float) -> str:
    """A time as it is written for the model: 1:05."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


@dataclass
class RemoteLM:
    """A server's model, with a local one to find what it is to hear."""

    ear: AudioLM
    server: Server

    def __post_init__(self) -> None:
        self.model_id = self.ear.model_id  # the index of a recording is the local model's
        self.profile: Profile = self.ear.profile
        rate = self.ear.card.tokens_per_second
        self.card: ModelCard = replace(
            self.ear.card,
            name=f"openai:{self.server.model}",
            whole_tokens=round(MOST_SECONDS * rate),
            quotes=False,
            sounds=(),
            voices=(),
            answer_forms=(),
            unsure=None,
            measured="nothing is pruned of what it hears",
            sent_to=self.server.host,
        )

    @property
    def device(self) -> torch.device:
        """Of the local model."""
        return self.ear.device

    @property
    def token_seconds(self) -> float:
        """Seconds of sound in a token of the index."""
        return self.ear.token_seconds

    @property
    def cost(self) -> ModelCost:
        """What a run costs this machine."""
        return NOTHING

    def index_bytes(self, seconds: float) -> int:
        """The local model's, which hears the recording."""
        return self.ear.index_bytes(seconds)

    def ingest(
        self,
        windows: Iterable[Samples],
        folder: Path,
        *,
        levels: Callable[[Samples, float], NDArray[np.float32]],
        **settings: Any,
    ) -> AudioIndex | None:
        """The local model hears the recording: as ``AudioLM.ingest``."""
        return self.ear.ingest(windows, folder, levels=levels, **settings)

    def scan(
        self,
        index: AudioIndex,
        question: str,
        first: int,
        last: int,
        *,
        stop: Callable[[], bool] = lambda: False,
    ) -> Scan | None:
        """The local model weighs the recording: as ``AudioLM.scan``."""
        return self.ear.scan(index, question, first, last, stop=stop)

    def spot(
        self, index: AudioIndex, names: Sequence[str], first: int, last: int, *, said: bool = False
    ) -> Tensor:
        """The local model looks for sounds: as ``AudioLM.spot``."""
        return self.ear.spot(index, names, first, last, said=said)

    def question_tokens(self, question: str, words: str | None = None) -> int:
        """By the local model's tokenizer."""
        return self.ear.question_tokens(question, words)

    def answer(
        self,
        index: AudioIndex,
        question: str,
        plan: Listening,
        *,
        on_text: Callable[[str], None] = lambda text: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> Answer:
        """Sends the planned stretches with the question. Raises RemoteFailed.

        Nothing is sent where the plan gives no sound: the answer will be made of quotes.
        """
        begun = time.perf_counter()
        first, last = plan.spans[0][0], plan.spans[-1][1]
        scan = self.ear.scan(index, question, first, last)
        assert scan is not None  # nothing stopped it
        positions = torch.cat([torch.arange(a, b) for a, b in plan.spans])
        text, ready = "", begun
        if plan.sound is not None:
            times = index.times(list(plan.spans))
            content = asked([(a, plan.sound(a, b)) for a, b in times], question, plan)
            messages = [*earlier(plan.turns), {"role": "user", "content": content}]
            text, ready = self._say(messages, plan.max_new_tokens, on_text, stop)
        return Answer(
            text=text,
            stopped=stop(),
            route=scan.route,
            kept=positions,
            importance=scan.importance.cpu()[positions - first],
            heard_tokens=len(positions),
            prompt_tokens=self.question_tokens(question, plan.words),
            new_tokens=len(text.split()),
            log_probability=None,
            prefill_seconds=ready - begun,
            decode_seconds=time.perf_counter() - ready,
        )

    def write(
        self,
        text: str,
        *,
        max_new_tokens: int = 200,
        on_text: Callable[[str], None] = lambda text: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> str:
        """Answers a text without any audio. Raises RemoteFailed."""
        return self._say([{"role": "user", "content": text}], max_new_tokens, on_text, stop)[0]

    def _say(
        self,
        messages: list[dict[str, Any]],
        most: int,
        on_text: Callable[[str], None],
        stop: Callable[[], bool],
    ) -> tuple[str, float]:
        """The answer, and when it began."""
        said, ready = "", None
        for piece in self.server.chat(messages, most, stop):
            ready = ready or time.perf_counter()
            said += piece
            on_text(piece)
        return said.strip(), ready or time.perf_counter()


def earlier(turns: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """The conversation so far, as messages."""
    return [
        {"role": role, "content": text}
        for turn in turns
        for role, text in zip(("user", "assistant"), turn, strict=True)
    ]


def asked(heard: Sequence[tuple[float, Samples]], question: str, plan: Listening) -> Content:
    """The stretches with their times, the words that were recognised there, and the question."""
    content: Content = []
    for start, samples in heard:
        end = start + len(samples) / SAMPLE_RATE
        data = base64.b64encode(wav(samples)).decode()
        content.append(text_part(f"The recording from {moment(start)} to {moment(end)}:"))
        content.append({"type": "input_audio", "input_audio": {"data": data, "format": "wav"}})
    if plan.words:
        content.append(text_part(f'A recogniser heard these words there: "{plan.words}"'))
    return [*content, text_part(plan.asked(question))]


def text_part(text: str) -> dict[str, Any]:
    """Text among a message's content."""
    return {"type": "text", "text": text}
