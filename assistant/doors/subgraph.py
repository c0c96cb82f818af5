"""The assistant as a graph inside a LangGraph graph of the user's own.

The outer graph shares the keys that it wants to: ``recording`` and ``question`` go in, ``answer``
and what it rests on come out. The run itself is `assistant.ask.graph`'s, behind the lane that all
questions of the process stand in; its events are the subgraph's custom stream.
"""

from contextlib import closing
from functools import cache
from typing import Any, NotRequired, cast

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import StreamWriter
from typing_extensions import TypedDict  # pydantic takes no other before Python 3.12

from assistant.app import Assistant
from assistant.ask.outcome import Outcome
from assistant.ask.state import Request
from assistant.ask.whole import Scope
from assistant.settings import load_settings


class Asked(TypedDict):
    """What goes in; as in `assistant.ask.state.Request`."""

    recording: str  # a path, or an id
    question: str
    start: NotRequired[float | None]  # seconds
    end: NotRequired[float | None]
    keep: NotRequired[float | None]
    scope: NotRequired[Scope]
    session: NotRequired[int | None]


class Answered(TypedDict):
    """What comes out."""

    answer: str
    citations: list[dict[str, Any]]  # of events.Citation
    heard: dict[str, Any]  # of events.HeardReport
    recording: str  # its id
    session: NotRequired[int | None]
    turn: int


class Listened(Asked, Answered):
    """Both."""


Subgraph = CompiledStateGraph[Listened, None, Asked, Answered]


def subgraph(assistant: Assistant) -> Subgraph:
    """A compiled graph, to be run by itself or added as a node; raises what `ask` refuses."""

    def listen(state: Asked, writer: StreamWriter) -> Answered:
        given = {name: value for name, value in state.items() if name in Asked.__annotations__}
        outcome = Outcome()
        request = Request(**given)  # type: ignore[arg-type]  # by name
        with closing(assistant.ask(request)) as events:
            for event in outcome.taking(events):
                writer(event)
        found = {"answer": outcome.answer, **outcome.place(), **outcome.evidence()}
        return cast(Answered, found)

    graph = StateGraph(Listened, input_schema=Asked, output_schema=Answered)
    graph.add_node("listen", listen)
    graph.add_edge(START, "listen")
    graph.add_edge("listen", END)
    return graph.compile()


def make_graph() -> Subgraph:
    """For LangGraph's own server: `langgraph.json` names it. Raises SettingsError, StoreError."""
    return _served()


@cache  # the server asks for the graph at every run; the model is loaded once a process
def _served() -> Subgraph:
    return subgraph(Assistant(load_settings({})))
