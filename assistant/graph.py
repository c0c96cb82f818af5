"""The agent: a LangGraph graph around the nodes.

resolve -> ingest -+-> route -> budget -> listen -> check -> respond -> remember
                   |              ^          |        |
                   |              +----------+--------+   out of memory, or unsure
                   +-> transcribe ----------------^       a request for words
                   +------------------------------^       nothing audible
"""

from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from assistant import nodes
from assistant.context import Context
from assistant.state import State

Graph = CompiledStateGraph[State, Context, State, State]


def build(checkpointer: BaseCheckpointSaver[Any] | None = None) -> Graph:
    """The compiled graph; run it with a Context."""
    graph = StateGraph(State, context_schema=Context)
    graph.add_node("resolve", nodes.resolve)
    graph.add_node("ingest", nodes.listen_once)
    graph.add_node("route", nodes.route)
    graph.add_node("budget", nodes.budget)
    graph.add_node("listen", nodes.listen)
    graph.add_node("transcribe", nodes.transcribe)
    graph.add_node("check", nodes.check)
    graph.add_node("respond", nodes.respond)
    graph.add_node("remember", nodes.remember)
    graph.add_edge(START, "resolve")
    graph.add_edge("resolve", "ingest")
    graph.add_conditional_edges("ingest", after_ingest, ["check", "transcribe", "route"])
    graph.add_edge("route", "budget")
    graph.add_edge("budget", "listen")
    graph.add_conditional_edges("listen", again_or("check"), ["budget", "check"])
    graph.add_edge("transcribe", "check")
    graph.add_conditional_edges("check", again_or("respond"), ["budget", "respond"])
    graph.add_edge("respond", "remember")
    graph.add_edge("remember", END)
    return graph.compile(checkpointer=checkpointer)


def after_ingest(state: State) -> str:
    """Silence goes straight to the check, a request for words to the recogniser."""
    if not state["audible"]:
        return "check"
    return "transcribe" if state["intent"] == "words" else "route"


def again_or(onward: str) -> Any:
    """Back to the budget while another attempt is wanted, else ``onward``."""

    def choose(state: State) -> str:
        return onward if state["next_keep"] is None else "budget"

    return choose
