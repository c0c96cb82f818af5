"""Questions, asked to the end, and what came of them."""

from dataclasses import dataclass, field, replace

from assistant.ask.events import Done, Failed, Heard, HeardReport, Token
from assistant.ask.state import Request
from headrouter.models import MODELS

CARD = replace(MODELS["nano"], name="fake", words_by_default=False, sounds=())
QUESTION = "How does it sound there?"
INDEX = " (index: about 0.01 MB)"  # of twenty seconds


@dataclass
class Run:
    """One question, asked to the end."""

    events: list = field(default_factory=list)

    def all(self, kind):
        return [event for event in self.events if isinstance(event, kind)]

    def one(self, kind):
        (event,) = self.all(kind)
        return event

    @property
    def done(self) -> Done:
        assert not self.all(Failed)
        return self.one(Done)

    @property
    def report(self) -> HeardReport:
        return self.one(Heard).report

    @property
    def error(self) -> Exception:
        assert not self.all(Done)
        assert isinstance(self.events[-1], Failed)
        return self.one(Failed).error

    @property
    def said(self) -> str:
        return "".join(token.text for token in self.all(Token))


def ask(assistant, recording, question=QUESTION, *, stop=lambda: False, **request) -> Run:
    return Run(list(assistant.ask(Request(str(recording), question, **request), stop)))
