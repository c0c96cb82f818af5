"""A LangGraph agent whose tools are the MCP server's, by langchain-mcp-adapters."""

import json
import os
import sys
from pathlib import Path

import anyio
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, ToolMessage
from langchain_mcp_adapters.client import MultiServerMCPClient
from langchain_mcp_adapters.tools import load_mcp_tools
from media import tone, write_wav
from scripted import Scripted, calls
from test_mcp import SERVER, TOOLS


def test_an_agent_asks_a_recording_over_standard_input_and_output(tmp_path):
    wav = str(write_wav(tmp_path / "talk.wav", tone(5)))
    here = Path(__file__).parents[1]
    script = SERVER.format(
        tests=[str(Path(__file__).parent), str(here.parent)], home=str(tmp_path / "home")
    )
    client = MultiServerMCPClient(
        {
            "headrouter": {
                "transport": "stdio",
                "command": sys.executable,
                "args": ["-c", script],
                "env": dict(os.environ),
                "cwd": str(here.parents[1]),
            }
        }
    )
    model = Scripted(
        responses=[
            calls("ask_recording", recording=wav, question="What is loud?"),
            calls("ask_recording", recording="/no/such.wav", question="And there?"),
            AIMessage("A tone is loud."),
        ]
    )

    async def ask():
        async with client.session("headrouter") as session:
            tools = await load_mcp_tools(session)
            agent = create_agent(model, tools)
            found = await agent.ainvoke({"messages": [("user", "What is loud in the talk?")]})
            return {tool.name for tool in tools}, found["messages"]

    names, messages = anyio.run(ask)
    assert names == TOOLS
    good, bad = [message for message in messages if isinstance(message, ToolMessage)]
    answer = json.loads(good.content[0]["text"])
    assert answer["answer"] == "I heard: What is loud?"
    assert answer["heard"]["seconds_heard"] == 5.0
    assert answer["citations"]
    assert bad.status == "error"
    assert "was not found" in str(bad.content)
    assert messages[-1].content == "A tone is loud."
