"""Where to listen in a recording too long to hear whole: the recogniser helps the ear.

The model's ear gives the moments where a question's words may be said, some of them wrongly. There
the recogniser is asked, the likeliest first, before it is decided which stretches are listened to.
"""

import time
from collections.abc import Sequence
from contextlib import suppress
from itertools import islice

from torch import Tensor

from assistant.ask.budgeting import words_on
from assistant.ask.context import Context
from assistant.ask.said import by_words, where_said
from assistant.ask.stages import Run, Update, here, progress, took
from assistant.ask.state import State
from headrouter.hear.spans import heaviest_stretches
from headrouter.question.reading import Question
from memory import Word
from tools import transcript
from tools.errors import MediaError
from tools.transcript import RECOGNISER, words_in, words_in_ranges
from tools.wordforms import as_said, stems

MOMENT_SECONDS = 4.0
SECONDS_PER_MOMENT = 120.0  # of what is listened in: more places sound like the word in more sound
LEAST, MOST = 30, 90  # moments
AT_ONCE = int(transcript.AT_ONCE // (MOMENT_SECONDS + 2 * transcript.MARGIN))  # moments, in a piece


def seek(state: State, runtime: Run) -> Update:
    """Recognises words where the question's may be said, until one moment has them all.

    Not where the whole range is listened to anyway, nor for a question about sounds.
    """
    request, context = state.request, runtime.context
    first, last = here(state)
    fits = last - first <= context.models.listener().card.whole_tokens
    question = context.question
    if (
        fits
        or not question.words
        or not words_on(request, context)
        or state.routes["acoustic"] >= 0.5
    ):
        return {}
    begun, tell = time.perf_counter(), progress(runtime, "looking for the words")
    recording = context.store.recording(state.recording)
    hop = context.heard.meta.token_seconds
    length = round(MOMENT_SECONDS / hop)
    count = moments_in((last - first) * hop)
    likeliest = heaviest_stretches(looked_for(state, context), count * length, length)
    with suppress(MediaError):  # words need the file: what comes of that, listening will tell
        for done in range(0, count, AT_ONCE):
            tell(done / count)
            chosen = [(first + begin, first + end) for begin, end in islice(likeliest, AT_ONCE)]
            moments = context.heard.times(chosen)
            words = words_in_ranges(
                context.store,
                context.models.recogniser,
                recording,
                moments,
                language=context.settings.language,
                stop=context.stop,
            )
            if context.stop() or any(
                has_all(question, words_in(words, [moment])) for moment in moments
            ):
                break
    return {"seconds": took(state, "seek", begun)}


def has_all(question: Question, words: Sequence[Word]) -> bool:
    """Whether all words of a question are among those of a moment, in any of their forms."""
    said = {word.language or question.language for word in words}
    by_language = {
        language: {stem for word in words for stem in stems(word.text, language)}
        for language in said
    }
    return all(
        any(as_said(asked, stems_said, language) for language, stems_said in by_language.items())
        for asked in question.words
    )


def moments_in(seconds: float) -> int:
    """At how many moments of so many seconds the recogniser is asked, at most."""
    return min(max(LEAST, round(seconds / SECONDS_PER_MOMENT)), MOST)


def looked_for(state: State, context: Context) -> Tensor:
    """(tokens,) where in the range to listen: by ear, and by what is known to be said."""
    assert context.scan is not None  # route ran
    importance, hop = context.scan.importance.cpu(), context.heard.meta.token_seconds
    ((start, end),) = context.heard.times([here(state)])
    words = context.store.words(state.recording, RECOGNISER, start, end)
    places = where_said(context.question, words, start, hop, len(importance))
    return by_words(importance, places, state.routes)
