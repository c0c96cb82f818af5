"""Calls to the server in the background: a question, and what is wanted of many recordings.

Light: nothing of the model is imported here.
"""

import socket
import threading
from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path
from queue import Empty, Queue
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter
from pydantic_core import to_jsonable_python

from assistant.ask.events import Done, Event, Failed, Progress
from assistant.ask.request import Request
from assistant.doors import wire
from assistant.doors.cli import warm
from assistant.doors.cli.warm import LOOK, STARTING, UNSETTLED, Tell, called, connected, sent
from assistant.errors import ServerGone
from assistant.find.found import AcrossAnswer, Found
from assistant.home import running
from assistant.home.running import Note
from assistant.settings import Settings

if TYPE_CHECKING:
    from assistant.find.selection import Selection


def ask(
    note: Note, settings: Settings, request: Request, stop: threading.Event, **going_on: bool
) -> Generator[Event, None, None]:
    """A question to the server, as `Assistant.ask` gives its events.

    going_on: as `Assistant.going_on` takes it. Raises ServerGone.
    """
    asked = {
        "request": vars(request) | {"recording": from_anywhere(request.recording)},
        "settings": running.of_a_question(settings),
        **going_on,
    }
    for event in _answered(note, settings, "/ask", asked, stop):
        assert not isinstance(event, wire.Gave)
        yield event


def find(
    note: Note,
    settings: Settings,
    query: str,
    selection: "Selection",
    most: int,
    stop: threading.Event,
    tell: Tell,
) -> Found:
    """As `Assistant.find`. Raises ServerGone besides."""
    called = {"text": query, "selection": _plain(selection), "most": most}
    return TypeAdapter(Found).validate_python(_called(note, settings, "/find", called, stop, tell))


def ask_all(
    note: Note,
    settings: Settings,
    question: str,
    selection: "Selection",
    stop: threading.Event,
    tell: Tell,
) -> AcrossAnswer:
    """As `Assistant.ask_all`. Raises ServerGone besides."""
    called = {"text": question, "selection": _plain(selection)}
    given = _called(note, settings, "/ask-all", called, stop, tell)
    return TypeAdapter(AcrossAnswer).validate_python(given)


def _plain(selection: "Selection") -> dict[str, Any]:
    """As JSON; a folder as the server has to be told it."""
    folder = selection.folder and selection.folder.expanduser().absolute()
    told: dict[str, Any] = to_jsonable_python(replace(selection, folder=folder))
    return told


def _called(
    note: Note,
    settings: Settings,
    path: str,
    called: dict[str, Any],
    stop: threading.Event,
    tell: Tell,
) -> dict[str, Any]:
    """What the server gives for a call. Raises what the call raised, and ServerGone."""
    for event in _answered(note, settings, path, called, stop):
        match event:
            case Progress():
                tell(event.stage, event.fraction)
            case Failed():
                raise event.error
            case wire.Gave():
                return event.value
    raise AssertionError("a call that gave nothing has raised")


def _answered(
    note: Note, settings: Settings, path: str, asked: dict[str, Any], stop: threading.Event
) -> Generator[Event | wire.Gave, None, None]:
    """The events of a call to the server, to the last. Raises ServerGone."""
    asked = {"id": token_hex(8), **asked}
    for attempt in range(2):
        latest: Event | wire.Gave | None = None
        with suppress(*UNSETTLED):
            for latest in _told(note, path, asked, stop):
                yield latest
        if isinstance(latest, Done | Failed | wire.Gave):
            return
        if latest is not None or attempt:
            break
        yield Progress(STARTING)  # it ended, idle for long enough, as we came
        warm.wait_for_end(settings.home, note)
        note = warm.start(settings, stop.is_set)
    raise ServerGone(
        "the server in the background ended before its answer: ask again, or give --no-server; "
        f"its log is {running.log(settings.home)}"
    )


def _told(
    note: Note, path: str, asked: dict[str, Any], stop: threading.Event
) -> Iterator[Event | wire.Gave]:
    """The events as they come. When ``stop`` is set, the server is told.

    They are read in a thread, for a signal need not wake up one that reads.
    """
    lines: Queue[bytes | Exception] = Queue()
    with connected(note, timeout=None) as connection:
        reading = threading.Thread(
            target=_read, args=(connection, note, path, asked, lines), daemon=True
        )
        reading.start()
        try:
            yield from _taken(lines, note, asked["id"], stop)
        finally:
            if connection.sock is not None:
                with suppress(OSError):
                    connection.sock.shutdown(socket.SHUT_RDWR)
            reading.join()


def _read(
    connection: HTTPConnection,
    note: Note,
    path: str,
    asked: object,
    lines: "Queue[bytes | Exception]",
) -> None:
    """The lines of the reply, and an empty one, or what went wrong."""
    try:
        for line in sent(connection, note, "POST", path, asked):
            lines.put(line)
        lines.put(b"")
    except Exception as error:
        lines.put(error)


def _taken(
    lines: "Queue[bytes | Exception]", note: Note, id: str, stop: threading.Event
) -> Iterator[Event | wire.Gave]:
    told = False
    while True:
        if stop.is_set() and not told:
            with suppress(*UNSETTLED):
                told = called(note, "POST", f"/ask/{id}/stop")["stopped"]
        try:
            line = lines.get(timeout=LOOK)
        except Empty:
            continue
        if isinstance(line, Exception):
            raise line
        if not line:
            return
        if not line.endswith(b"\n"):
            raise ConnectionError("it broke off")
        yield wire.event(line)


def from_anywhere(recording: str) -> str:
    """A place as the server has to be told it: it runs in another folder."""
    path = Path(recording)
    with suppress(RuntimeError):  # "~name" of nobody here
        path = path.expanduser()
    with suppress(OSError, ValueError):  # a name that is too long, or none
        if path.exists() or path.suffix or len(path.parts) > 1:
            return str(path.absolute())
    return recording
