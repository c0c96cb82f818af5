"""The recognised words that a prompt carries."""

from assistant.ask.budgeting import words_choice, words_on
from assistant.ask.stages import Run, progress, stage
from assistant.ask.state import State
from memory import Word
from tools.errors import MediaError, Stopped
from tools.transcript import words_in_ranges


def words_for_prompt(state: State, runtime: Run) -> tuple[list[Word] | None, str]:
    """The words that the prompt carries, None without; and a note where they can't be had."""
    request, context = state.request, runtime.context
    if not words_on(request, context):
        return None, ""
    try:
        return heard_words(state, runtime), ""
    except MediaError as error:  # what was heard is in the index, but words need the file
        if words_choice(request, context) == "on":
            raise
        return None, f"answered without recognised words: {error}"


def heard_words(state: State, runtime: Run) -> list[Word]:
    """The words of the stretches to be listened to, for the prompt."""
    context = runtime.context
    words = words_in_ranges(
        context.store,
        context.models.recogniser,
        context.store.recording(state.recording),
        context.heard.times(state.spans),
        language=context.settings.language,
        on_fraction=progress(runtime, stage(state, "recognising words")),
        stop=context.stop,
    )
    if context.stop():
        raise Stopped
    return words
