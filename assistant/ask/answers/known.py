"""What was found about a question, for the prompt of a model that words its answers itself."""

from assistant.ask.answers.compose import BY_WORDS
from assistant.ask.answers.evidence import Evidence
from assistant.ask.answers.sounds import MOST, by_length, described
from assistant.ask.answers.wording import CANNOT, listed
from assistant.ask.stages import Run
from assistant.ask.state import State
from headrouter.errors import ModelMissing
from headrouter.question.language import Kind

LEAD = "Found in the recording, with the times at which it is:"
HEARD = "Sounds that were located in it, with their times:"
KINDS: tuple[Kind, ...] = ("said", "quote", "when", "count", "whether", "order")  # about some place
OF_WORDS: tuple[Kind, ...] = ("said", "quote", "tasks", "language")  # sounds say little of these


def known(state: State, runtime: Run, *, words: bool) -> tuple[str, str]:
    """Quotes with their times and speakers, counts and sounds; and a note on them for the report.

    words: whether the prompt carries any; then quotes may too. Empty for a model that answers from
    these by itself, for lettered choices, and where nothing was found: that is no evidence for a
    model that may have heard it. Raises Stopped.
    """
    context = runtime.context
    if context.models.listener().card.quotes or context.question.options:
        return "", ""
    told, how = said(state, runtime) if words else ("", "")
    heard = sounds(state, runtime)
    note = f"the model was given what was found. {how}".rstrip() if told or heard else how
    return "\n".join(filter(None, [told, heard])), note


def said(state: State, runtime: Run) -> tuple[str, str]:
    """What composers find in the words, and how; or why it can't be looked for."""
    question, models = runtime.context.question, runtime.context.models
    if models.load_encoder is None or question.by_ear or question.kind not in KINDS:
        return "", ""
    try:
        found = BY_WORDS[question.kind](question, Evidence(state, runtime))
    except ModelMissing as error:  # what tells which sentences fit comes with nano
        return "", f"answered without quotes: {error}"
    if found is None or not (found.moments or found.quotes) or found.text.startswith(CANNOT):
        return "", ""
    return f"{LEAD}\n{found.text}", found.how


def sounds(state: State, runtime: Run) -> str:
    """The sounds of the stretches that are listened to, where something here locates them.

    That is so with a model on a server, for which nano listens here.
    """
    context = runtime.context
    question = context.question
    if not context.models.listener().ear.card.sounds:
        return ""
    if question.kind in OF_WORDS and not question.named:
        return ""
    spans = context.heard.times(state.spans)
    inside = [
        one
        for one in Evidence(state, runtime).ear.all_sounds
        if any(one.start < end and one.end > start for start, end in spans)
    ]
    told = listed([described(name, places) for name, places in by_length(inside)[:MOST]])
    return f"{HEARD} {told}." if told else ""
