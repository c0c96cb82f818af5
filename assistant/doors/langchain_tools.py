"""The assistant as LangChain tools, for a LangGraph agent of the user's own.

The same functions as the MCP server's, with the same descriptions; they are asynchronous, so the
agent is run with ``ainvoke``.
"""

import inspect
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from langchain_core.tools import BaseTool, StructuredTool, ToolException
from mcp.server.fastmcp.exceptions import ToolError

from assistant.app import Assistant
from assistant.doors.mcp_server import Door
from assistant.doors.places import Places
from assistant.work.jobs import Jobs


def langchain_tools(
    assistant: Assistant, jobs: Jobs | None = None, words: str | None = None
) -> list[BaseTool]:
    """Typed tools; what is refused comes back to the agent as the tool's message.

    Files and addresses may be named as far as the settings allow (``allowed_folders``,
    ``allow_addresses``), for an agent reads what was said in recordings. ``jobs``: where long work
    is begun; an own one if left out. ``words``: the user's own; where they are given, a recording
    that is not known yet has to be named in them too, and so has a speaker.
    """
    places = Places(assistant)
    find = places.recording if words is None else lambda place: places.named(place, words)
    door = Door(assistant, jobs or Jobs(assistant), find, words=words)
    return [
        StructuredTool.from_function(
            coroutine=_telling(function),
            name=function.__name__,
            description=inspect.getdoc(function),
            handle_tool_error=True,
        )
        for function in door.tools()
    ]


def _telling(function: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """The function, whose refusals are LangChain's."""

    @wraps(function)
    async def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return await function(*args, **kwargs)
        except ToolError as error:
            raise ToolException(str(error)) from error

    return call
