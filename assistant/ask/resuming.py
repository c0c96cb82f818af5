"""What lets a long run go on after its process was killed: the parts that it had finished.

Each finished part waits in the store, under all that its answer depends on, until the whole answer
is there. The same question goes on behind the last of them, in any process.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence

from pydantic import TypeAdapter, ValidationError

from assistant.ask.budgeting import chosen_keep, words_choice
from assistant.ask.context import Context
from assistant.ask.state import Partial, State

PARTIAL = TypeAdapter(Partial)


def finished_before(state: State, context: Context) -> list[Partial]:
    """The parts that an earlier run of the same question finished, in order."""
    return list(_readable(context.store.finished_parts(_run(state, context))))


def _readable(found: Sequence[object]) -> Iterator[Partial]:
    for values in found:
        try:
            yield PARTIAL.validate_python(values)
        except ValidationError:  # another version of the program wrote it: from here on again
            return


def keep_part(state: State, context: Context, partial: Partial) -> None:
    """Lets the next run of the same question begin behind this part."""
    values = PARTIAL.dump_python(partial, mode="json")
    number = len(state.partials) + 1
    context.store.finish_part(_run(state, context), state.recording, number, values)


def forget_parts(state: State, context: Context) -> None:
    """The answer is whole: asked again, the question begins from the start."""
    context.store.drop_parts(_run(state, context))


def _run(state: State, context: Context) -> str:
    """The name of all runs whose parts would answer alike."""
    request, settings, listener = state.request, context.settings, context.models.listener()
    same = [
        state.recording,
        state.scope,
        request.scope,
        request.question,
        words_choice(request, context),
        chosen_keep(request, context),
        settings.language,
        settings.max_new_tokens,
        listener.model_id,
    ]
    return hashlib.sha256(json.dumps(same).encode()).hexdigest()
