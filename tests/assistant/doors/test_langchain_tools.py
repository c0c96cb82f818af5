"""An agent of the user's own, with a scripted chat model, calls the tools."""

import json
from dataclasses import replace
from typing import Any

import anyio
import pytest
from langchain_core.language_models.fake_chat_models import FakeMessagesListChatModel
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition
from media import FakeDiariser, FakeRecogniser, tone, write_wav

from assistant.app import Assistant
from assistant.ask.context import Models
from assistant.doors.langchain_tools import langchain_tools
from assistant.settings import Settings
from headrouter.fakes import FakeListener
from headrouter.models import MODELS


@pytest.fixture
def tools(tmp_path):
    card = replace(MODELS["nano"], name="fake", words_by_default=False, sounds=())
    settings = Settings(
        home=tmp_path / "home", cache=tmp_path / "cache", allowed_folders=(tmp_path,)
    )
    models = Models(lambda: FakeListener(card=card), FakeRecogniser, FakeDiariser)
    with Assistant(settings, models) as assistant:
        yield langchain_tools(assistant)


def test_they_are_found_among_the_tools():
    from tools import langchain_tools as found

    assert found is langchain_tools
    with pytest.raises(ImportError, match="no_such_tool"):
        from tools import no_such_tool  # noqa: F401


def run(tools, name, arguments) -> list[Any]:
    """What an agent that calls one tool and then is done hears."""
    calls = [{"name": name, "args": arguments, "id": "1"}]
    model = FakeMessagesListChatModel(
        responses=[AIMessage("", tool_calls=calls), AIMessage("That is all.")]
    )
    graph = StateGraph(MessagesState)
    graph.add_node("model", lambda state: {"messages": [model.invoke(state["messages"])]})
    graph.add_node("tools", ToolNode(tools))
    graph.add_edge(START, "model")
    graph.add_conditional_edges("model", tools_condition)
    graph.add_edge("tools", "model")
    agent = graph.compile()
    state = {"messages": [HumanMessage("What is in the recording?")]}

    async def ask():
        return (await agent.ainvoke(state))["messages"]

    return anyio.run(ask)


def test_an_agent_gets_an_answer_with_its_moments(tools, tmp_path):
    wav = str(write_wav(tmp_path / "talk.wav", tone(5)))
    messages = run(tools, "ask_recording", {"recording": wav, "question": "What is loud?"})
    (told,) = [message for message in messages if isinstance(message, ToolMessage)]
    found = json.loads(told.content)
    assert found["answer"] == "I heard: What is loud?"
    assert found["citations"]
    assert messages[-1].content == "That is all."


def test_what_is_refused_is_told_to_the_agent(tools, tmp_path):
    messages = run(tools, "ask_recording", {"recording": str(tmp_path / "no.wav"), "question": "x"})
    (told,) = [message for message in messages if isinstance(message, ToolMessage)]
    assert "was not found" in told.content


@pytest.mark.parametrize(
    ("place", "told"),
    [("/no/such.wav", "allowed_folders"), ("https://example.org/a.wav", "allow_addresses")],
)
def test_the_settings_hold(tools, place, told):
    for name, more in (("ingest", {}), ("ask_recording", {"question": "x"})):
        messages = run(tools, name, {"recording": place} | more)
        (said,) = [message for message in messages if isinstance(message, ToolMessage)]
        assert told in said.content


def test_every_tool_has_a_schema(tools):
    schemas = {tool.name: tool.args_schema.model_json_schema() for tool in tools}
    assert schemas["ask_recording"]["required"] == ["recording", "question"]
    assert len(schemas) == 16
    assert all(len(tool.description) > 40 for tool in tools)
