"""Events as lines of JSON, and back: how a server tells a command of the same user what happens."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import TypeAdapter

from assistant.ask import events
from assistant.ask.events import Event, Failed
from assistant.errors import EXPECTED, AssistantError


def line(event: "Event | Gave") -> str:
    """One event. What was raised is told by its kind and its sentence."""
    values = problem(event.error) if isinstance(event, Failed) else asdict(event)
    return json.dumps({"event": type(event).__name__, **values}, default=float) + "\n"


def event(text: str | bytes) -> "Event | Gave":
    """The event of a line."""
    values = json.loads(text)
    kind = values.pop("event")
    if kind == Failed.__name__:
        return Failed(raised(values))
    if kind == Gave.__name__:
        return Gave(**values)
    told: Event = TypeAdapter(getattr(events, kind)).validate_python(values)
    return told


@dataclass(frozen=True)
class Gave:
    """The end of a call that is no question about one recording: what it gave, as plain values."""

    value: dict[str, Any]


def problem(error: Exception) -> dict[str, str]:
    """What was raised on purpose, as plain values."""
    return {"kind": type(error).__name__, "message": str(error)}


def raised(values: dict[str, Any]) -> Exception:
    """What was raised, of the same class where this version has it."""
    kinds = {kind.__name__: kind for root in EXPECTED for kind in (root, *_below(root))}
    kind = kinds.get(values["kind"], AssistantError)
    error = kind.__new__(kind, values["message"])
    error.args = (values["message"],)
    return error


def _below(kind: type[Exception]) -> Iterator[type[Exception]]:
    for child in kind.__subclasses__():
        yield child
        yield from _below(child)
