"""What an agent can do with a recording, as plain typed functions.

``langchain_tools`` is the assistant's, found here for whoever looks for tools among the tools. It
is imported when it is asked for, so that nothing in this package needs what lies above it.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assistant.doors.langchain_tools import langchain_tools as langchain_tools


def __getattr__(name: str) -> Any:
    if name == "langchain_tools":
        from assistant.doors.langchain_tools import langchain_tools

        return langchain_tools
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
