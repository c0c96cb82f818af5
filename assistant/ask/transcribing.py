"""The node that answers a request for words."""

import time

from assistant.ask.events import (
    Citation,
    Token,
)
from assistant.ask.stages import Run, Update, progress, took
from assistant.ask.state import State
from memory import as_text
from tools.errors import Stopped
from tools.transcript import words_between


def transcribe(state: State, runtime: Run) -> Update:
    """A request for words goes to the recogniser, not to the audio LLM."""
    context, begun = runtime.context, time.perf_counter()
    words = words_between(
        context.store,
        context.models.recogniser,
        context.store.recording(state.recording),
        *state.scope,
        language=context.settings.language,
        on_fraction=progress(runtime, "recognising words"),
        stop=context.stop,
    )
    if context.stop() and not words:
        raise Stopped
    answer = as_text(words) or "No words were recognised."
    runtime.stream_writer(Token(answer))
    cited = [Citation(words[0].start, words[-1].end, 1.0, answer)] if words else []
    return {
        "answer": answer,
        "stopped": context.stop(),
        "words": "transcript",
        "citations": cited,
        "seconds": took(state, "recognise", begun),
    }
