"""What was found about a question, for the prompt of a model that words its answers itself."""

from assistant.ask.answers.compose import BY_WORDS
from assistant.ask.answers.evidence import Evidence
from assistant.ask.answers.wording import CANNOT
from assistant.ask.stages import Run
from assistant.ask.state import State
from headrouter.errors import ModelMissing
from headrouter.question.language import Kind

LEAD = "Found in the recording, with the times at which it is:"
KINDS: tuple[Kind, ...] = ("said", "quote", "when", "count", "whether", "order")  # about some place


def known(state: State, runtime: Run) -> tuple[str, str]:
    """Quotes with their times and speakers, or counts; and a note on them for the report.

    Empty for a model that quotes by itself, for other kinds of questions, and where nothing was
    found: that is no evidence for a model that may have heard it. Raises Stopped.
    """
    context = runtime.context
    question, models = context.question, context.models
    quotes = models.listener().card.quotes
    if quotes or models.load_encoder is None or question.by_ear or question.options:
        return "", ""
    composer = BY_WORDS.get(question.kind) if question.kind in KINDS else None
    try:
        found = composer(question, Evidence(state, runtime)) if composer else None
    except ModelMissing as error:  # what tells which sentences fit comes with nano
        return "", f"answered without quotes: {error}"
    if found is None or not (found.moments or found.quotes) or found.text.startswith(CANNOT):
        return "", ""
    return f"{LEAD}\n{found.text}", f"the model was given what was found. {found.how}"
