"""The assistant inside a LangGraph graph of the user's own, and for LangGraph's own server."""

import json
from importlib import import_module
from pathlib import Path
from typing import Any, TypedDict

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph_cli.config import validate_config_file
from media import tone, write_wav

from assistant.ask.events import Done, Heard
from assistant.doors import subgraph as module
from assistant.doors.subgraph import subgraph
from tools.errors import MediaError

CONFIG = Path(__file__).parents[3] / "langgraph.json"


@pytest.fixture
def wav(tmp_path):
    return str(write_wav(tmp_path / "talk.wav", tone(5)))


class Ours(TypedDict):
    """The user's state: three keys are shared, one is not."""

    recording: str
    question: str
    answer: str
    shouted: str


def outer(assistant, **compiled) -> Any:
    graph = StateGraph(Ours)
    graph.add_node("listen", subgraph(assistant))
    graph.add_node("shout", lambda state: {"shouted": state["answer"].upper()})
    graph.add_edge(START, "listen")
    graph.add_edge("listen", "shout")
    graph.add_edge("shout", END)
    return graph.compile(**compiled)


def test_alone(assistant, wav):
    found = subgraph(assistant).invoke({"recording": wav, "question": "Loud?", "end": 4.0})
    assert found["answer"] == "I heard: Loud?"
    assert found["heard"]["seconds_total"] == 4.0
    assert found["citations"]
    assert assistant.store.turn(found["turn"]).session_id == found["session"]


def test_inside_another_graph_with_its_checkpoints(assistant, wav):
    graph = outer(assistant, checkpointer=InMemorySaver())
    thread = {"configurable": {"thread_id": "mine"}}
    found = graph.invoke({"recording": wav, "question": "Loud?"}, thread)
    assert found["shouted"] == "I HEARD: LOUD?"
    again = graph.invoke({"question": "And now?"}, thread)  # the recording is in the checkpoint
    assert again["shouted"] == "I HEARD: AND NOW?"


def test_its_events_are_in_the_outer_stream(assistant, wav):
    stream = outer(assistant).stream(
        {"recording": wav, "question": "Loud?"}, stream_mode="custom", subgraphs=True
    )
    kinds = [type(event) for _, event in stream]
    assert kinds.count(Heard) >= 1
    assert Done in kinds


def test_what_is_refused_is_raised(assistant):
    with pytest.raises(MediaError, match="was not found"):
        outer(assistant).invoke({"recording": "/no/such.wav", "question": "x"})
    assert assistant.lane._waiting == []


def test_langgraph_json_is_valid_and_names_a_graph(tmp_path, monkeypatch):
    monkeypatch.setenv("HEADROUTER_HOME", str(tmp_path / "home"))
    validate_config_file(CONFIG)  # raises for what LangGraph's server would not take
    (place,) = json.loads(CONFIG.read_text())["graphs"].values()
    name, _, factory = place.partition(":")
    make = getattr(import_module(name), factory)
    graph = make()
    assert graph is make()
    assert set(graph.get_input_jsonschema()["required"]) == {"recording", "question"}
    assert "heard" in graph.get_output_jsonschema()["properties"]
    module._served.cache_clear()
