"""A chat model that says what it is told to, tool calls included."""

from typing import Any

from langchain_core.language_models.fake_chat_models import FakeMessagesListChatModel
from langchain_core.messages import AIMessage


class Scripted(FakeMessagesListChatModel):
    """Its answers in order, whatever is asked; takes tools as a real one does."""

    def bind_tools(self, tools: Any, **kwargs: Any) -> "Scripted":
        """Obeys the contract of a chat model that can call tools."""
        return self


def calls(name: str, /, **arguments: Any) -> AIMessage:
    """The message that calls a tool."""
    return AIMessage("", tool_calls=[{"name": name, "args": arguments, "id": name}])
