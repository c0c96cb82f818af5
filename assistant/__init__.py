"""The agent: `ask` answers a question, `budget` plans it, `work` goes on beside, `doors` lead in.

    from assistant import Assistant, Request, load_settings

    with Assistant(load_settings({})) as assistant:
        for event in assistant.ask(Request("meeting.m4a", "What was decided?")):
            print(event)

What is named here is public. It is imported when it is asked for, so that ``--help`` stays quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.app import Assistant
    from assistant.ask.state import Request
    from assistant.doors.langchain_tools import langchain_tools
    from assistant.doors.subgraph import subgraph
    from assistant.settings import load_settings
else:
    _HOMES = {
        "Assistant": "app",
        "Request": "ask.state",
        "langchain_tools": "doors.langchain_tools",
        "load_settings": "settings",
        "subgraph": "doors.subgraph",
    }

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


__all__ = ["Assistant", "Request", "langchain_tools", "load_settings", "subgraph"]
