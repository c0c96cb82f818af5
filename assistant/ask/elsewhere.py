"""What a model on a server is sent, and how that is told."""

from collections.abc import Callable, Sequence

import numpy as np

from assistant.ask.context import Context
from assistant.ask.state import State
from headrouter.backends import Samples
from tools.content import open_recording
from tools.context import Listener


def sound_of(state: State, context: Context) -> Callable[[float, float], Samples] | None:
    """What reads the recording for a model that hears elsewhere; None for one that is here.

    Raises MediaError where the file can't be read any more.
    """
    if context.models.listener().card.sent_to is None:
        return None
    reader = open_recording(context.store, context.store.recording(state.recording))
    return lambda start, end: np.concatenate(
        [window.samples for window in reader.windows(start=start, end=end)]
    )


def thinking(state: State, listener: Listener) -> str:
    """What is told while the model answers: where it is elsewhere, what leaves this machine."""
    if listener.card.sent_to is None:
        return "thinking"
    seconds = sum(last - first for first, last in state.spans) * listener.token_seconds
    return f"sending {seconds:.0f} s of sound to {listener.card.sent_to}"


def sent(spans: Sequence[tuple[float, float]], words: str, listener: Listener) -> str:
    """What an answer took to a server, for its report; empty where nothing left this machine.

    words: as the report says, "on" where recognised ones went along.
    """
    host = listener.card.sent_to
    if host is None or not spans or words in ("quoted", "transcript"):
        return ""
    seconds = sum(last - first for first, last in spans)
    along = " with the words recognised in it" if words == "on" else ""
    return (
        f"{seconds:.0f} s of sound{along} went to {host}, and nothing was pruned there; "
        f"the stretches were chosen here by {listener.model_id}"
    )
