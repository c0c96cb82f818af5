"""The agent: a LangGraph graph around the nodes.

resolve -> ingest -+-> divide -> route -> seek -> budget -> listen -> check -+-> respond -> remember
                   |               ^                ^          |        |    |      ^
                   |               |                +----------+--------+    |      |  no memory, or
                   |               |                                         |      |  unsure
                   |               +------------------------------------- collect   |  the next part
                   |                                                         +-> reduce
                   +-> transcribe --------------------------------------^   a request for words
                   +----------------------------------------------------^   nothing audible
"""

from functools import cache

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from assistant.ask import ending, nodes, passes, planning
from assistant.ask.answers.compose import compose
from assistant.ask.context import Context
from assistant.ask.seeking import seek
from assistant.ask.state import State
from assistant.ask.transcribing import transcribe

Graph = CompiledStateGraph[State, Context, State, State]


@cache  # compiling takes as long as many answers do
def build() -> Graph:
    """The compiled graph, one for all questions of this process; run it with a Context."""
    graph = StateGraph(State, context_schema=Context)
    graph.add_node("resolve", nodes.resolve)
    graph.add_node("ingest", nodes.listen_once)
    graph.add_node("compose", compose)
    graph.add_node("divide", passes.divide)
    graph.add_node("route", planning.route)
    graph.add_node("seek", seek)
    graph.add_node("budget", planning.budget)
    graph.add_node("listen", nodes.listen)
    graph.add_node("transcribe", transcribe)
    graph.add_node("check", ending.check)
    graph.add_node("collect", passes.collect)
    graph.add_node("reduce", passes.reduce)
    graph.add_node("respond", ending.respond)
    graph.add_node("remember", ending.remember)
    graph.add_edge(START, "resolve")
    graph.add_edge("resolve", "ingest")
    graph.add_conditional_edges("ingest", after_ingest, ["check", "transcribe", "compose"])
    graph.add_conditional_edges("compose", after_compose, ["check", "divide"])
    graph.add_conditional_edges("divide", after_collect, ["route", "reduce"])
    graph.add_conditional_edges("route", after_route, ["seek", "collect"])
    graph.add_edge("seek", "budget")
    graph.add_edge("budget", "listen")
    graph.add_conditional_edges("listen", after_listen, ["budget", "check"])
    graph.add_edge("transcribe", "check")
    graph.add_conditional_edges("check", after_check, ["budget", "respond", "collect"])
    graph.add_conditional_edges("collect", after_collect, ["route", "reduce"])
    graph.add_edge("reduce", "respond")
    graph.add_edge("respond", "remember")
    graph.add_edge("remember", END)
    return graph.compile()


def after_ingest(state: State) -> str:
    """Silence goes straight to the check, a request for words to the recogniser."""
    if not state.audible:
        return "check"
    return "transcribe" if state.intent == "words" else "compose"


def after_compose(state: State) -> str:
    """On with an answer that was made from evidence, or to the model."""
    return "check" if state.made else "divide"


def after_route(state: State) -> str:
    """On, unless the user stopped: then what the parts before gave is the answer."""
    return "collect" if state.stopped else "seek"


def after_listen(state: State) -> str:
    """Back to the budget while another attempt is wanted."""
    return "check" if state.next_keep is None else "budget"


def after_check(state: State) -> str:
    """Back to the budget, on with the answer, or with what is one part's answer of several."""
    if state.next_keep is not None:
        return "budget"
    return "collect" if len(state.parts) > 1 else "respond"


def after_collect(state: State) -> str:
    """The next part, until there is none or the user stopped."""
    done = state.stopped or len(state.partials) == len(state.parts)
    return "reduce" if done else "route"
