"""What a model makes of a recording and a question: weights of its tokens, and an answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from headrouter.backends import Samples
from headrouter.hear.spans import Span
from headrouter.prune.routing import Route, kept_count, top_tokens


@dataclass(frozen=True, eq=False)
class Scan:
    """What one question makes of a whole stretch of recording."""

    route: Route
    first: int  # the token of the index that importance[0] belongs to

    @property
    def importance(self) -> Tensor:
        """(tokens,), summing to one."""
        return self.route.importance


@dataclass(frozen=True)
class Listening:
    """What to listen to, and how: the plan as the model needs it."""

    spans: tuple[Span, ...]  # tokens of the index, in time order
    keep: float
    max_new_tokens: int = 200
    scorer: str | None = None  # None: what is best for the model
    piece: int | None = None  # tokens that a layer takes at once; None: all
    words: str | None = None  # what a recogniser heard there, for the prompt
    turns: tuple[tuple[str, str], ...] = ()  # earlier questions of the conversation, with answers
    known: str = ""  # about what is asked, found by other means, for the prompt
    sound: Callable[[float, float], Samples] | None = None
    """Reads the recording between two seconds, for a model elsewhere; None: none is to be sent."""

    def asked(self, question: str) -> str:
        """The question as it stands in the prompt: behind what is known."""
        return f"{self.known}\n{question}" if self.known else question


@dataclass(frozen=True, eq=False)
class Answer:
    """What came out, and what it cost."""

    text: str
    stopped: bool  # by the caller, before the end
    route: Route
    kept: Tensor  # (kept,) tokens of the index, ascending
    importance: Tensor  # (kept,) of the kept tokens
    heard_tokens: int  # audio tokens in the spans
    prompt_tokens: int  # of text
    new_tokens: int
    log_probability: float | None
    """Mean over the answer's tokens; of a choice, of its option. None where it is not known."""
    prefill_seconds: float
    decode_seconds: float


def found_by(scan: Scan, spans: Sequence[Span], keep: float) -> Answer:
    """What a scan tells of spans within it, as an answer without a text: no model is run.

    The tokens that weigh most are kept, as a prefill at that keep ratio would keep them.
    """
    positions = torch.cat([torch.arange(first, last) for first, last in spans])
    importance = scan.importance.cpu()[positions - scan.first]
    kept = top_tokens(importance, kept_count(len(positions), keep))
    return Answer(
        text="",
        stopped=False,
        route=scan.route,
        kept=positions[kept],
        importance=importance[kept],
        heard_tokens=len(positions),
        prompt_tokens=0,
        new_tokens=0,
        log_probability=0.0,
        prefill_seconds=0.0,
        decode_seconds=0.0,
    )
