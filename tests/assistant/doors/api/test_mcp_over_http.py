"""MCP at /mcp, by its own client."""

import anyio
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

from memory import StoreError


def test_mcp_over_http(address, recording):
    async def ask():
        async with streamable_http_client(f"{address}/mcp") as (read, write, _):
            async with ClientSession(read, write) as client:
                await client.initialize()
                arguments = {"recording": recording.id, "question": "Loud?"}
                good = await client.call_tool("ask_recording", arguments)
                arguments = {"recording": str(recording.path), "question": "Loud?"}
                return good, await client.call_tool("ask_recording", arguments)

    good, bad = anyio.run(ask)
    assert good.structuredContent["answer"] == "I heard: Loud?"
    assert bad.isError
    assert "allowed_folders" in bad.content[0].text


def test_mcp_over_http_names_no_folder(address, assistant, recording, monkeypatch):
    def fail(*_):
        raise StoreError("/home/somebody/headrouter/headrouter.db is damaged")

    async def ask():
        async with streamable_http_client(f"{address}/mcp") as (read, write, _):
            async with ClientSession(read, write) as client:
                await client.initialize()
                return await client.call_tool("search_recordings", {"query": "x"})

    monkeypatch.setattr(assistant.store, "search", fail)
    told = anyio.run(ask)
    assert told.isError
    assert "headrouter.db is damaged" in told.content[0].text
    assert "somebody" not in told.content[0].text
