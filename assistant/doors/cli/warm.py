"""Asking the server in the background, which has the model in memory, and starting it.

Light: nothing of the model is imported here.
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path
from typing import Any

from assistant.doors import wire
from assistant.doors.cli import background
from assistant.errors import ServerGone
from assistant.home import running
from assistant.home.running import Note
from assistant.settings import Settings
from tools.context import Stop
from tools.errors import Stopped
from tools.system import on_its_own

Tell = Callable[[str, float | None], None]

SECRETS = {"api_key", "remote_key"}  # which a dump hides; they come by environment and file
QUICK = 10.0  # seconds within which all but an answer comes
END = 20.0  # seconds that a server has to end
LOOK = 0.1  # seconds between looks at a process
STARTING = "starting the server"
UNSETTLED = (ConnectionError, HTTPException, TimeoutError)


def server_for(
    settings: Settings, stop: Stop = lambda: False, tell: Tell = lambda stage, fraction: None
) -> Note | None:
    """The server that answers under these settings, started if need be, which is told.

    None where another one is there that may not be ended: it is somebody's page, or it is busy.
    Raises what kept it from starting, ServerGone, and Stopped.
    """
    note = running.find(settings.home)
    if note is None:
        tell(STARTING, None)
        return start(settings, stop)
    if (note.build, note.settings) == (running.build(), running.fingerprint(settings)):
        return note
    if note.kind != "background" or is_busy(note):
        return None
    tell(STARTING, None)
    end(settings.home, note)
    return start(settings, stop)


def start(settings: Settings, stop: Stop = lambda: False) -> Note:
    """Starts a server in the background, unless another command does so at this moment."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", background.__name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **on_its_own(),
    )
    assert process.stdin and process.stdout and process.stderr
    with process.stdin as given, process.stdout, process.stderr as complaints:
        json.dump(settings.model_dump(mode="json", exclude=SECRETS, exclude_none=True), given)
        given.close()
        said = first_line(process, stop)
        if "ready" in said:
            process.returncode = 0  # it lives on, and nobody waits for it
        else:
            process.wait(QUICK)
        if "kind" in said:
            raise wire.raised(said)
        if not said:
            last = (complaints.read().strip().splitlines() or ["it said nothing"])[-1]
            raise ServerGone(f"the server does not start ({last}): give --no-server")
    return wait_for(settings.home)


def first_line(process: subprocess.Popen[str], stop: Stop) -> dict[str, Any]:
    """What a process says first; nothing where it ends without a word. Raises Stopped."""
    said: list[str] = []
    assert process.stdout
    reading = threading.Thread(
        target=lambda out: said.append(out.readline()), args=(process.stdout,), daemon=True
    )
    reading.start()
    while reading.is_alive():
        reading.join(LOOK)
        if stop():
            process.kill()
            process.wait()
            reading.join()
            raise Stopped
    return json.loads(said[0]) if said[0] else {}


def wait_for(home: Path) -> Note:
    """The server, which is there or says in a moment where it is. Raises ServerGone."""
    until = time.monotonic() + QUICK
    while time.monotonic() < until:
        if (note := running.find(home)) is not None:
            return note
        time.sleep(LOOK)
    raise ServerGone(f"the server does not answer; its log is {running.log(home)}")


@contextmanager
def connected(note: Note, timeout: float | None = QUICK) -> Iterator[HTTPConnection]:
    """A connection to a server, closed at the end."""
    connection = HTTPConnection("127.0.0.1", note.port, timeout=timeout)
    try:
        yield connection
    finally:
        connection.close()


def sent(
    connection: HTTPConnection, note: Note, method: str, path: str, body: object = None
) -> HTTPResponse:
    """The reply to a request. Raises one of UNSETTLED where there is none."""
    headers = {"Authorization": f"Bearer {note.token}", "Content-Type": "application/json"}
    connection.request(method, path, json.dumps(body), headers)
    reply = connection.getresponse()
    if reply.status != 200:
        raise ServerGone(
            f"the server refuses ({reply.status} {reply.reason}): run `headrouter stop`, then try "
            "again"
        )
    return reply


def called(note: Note, method: str, path: str) -> dict[str, Any]:
    """What the server says to a call. Raises one of UNSETTLED."""
    with connected(note) as connection:
        told: dict[str, Any] = json.loads(sent(connection, note, method, path).read())
    return told


def is_busy(note: Note) -> bool:
    """Whether a question is under way."""
    with suppress(*UNSETTLED):
        return bool(called(note, "GET", "/status")["under_way"])
    return False


def end(home: Path, note: Note) -> None:
    """Ends a server, and waits until its memory is free. Raises ServerGone."""
    with suppress(*UNSETTLED):
        called(note, "POST", "/stop")
    wait_for_end(home, note)


def make_way(home: Path) -> None:
    """Ends a server in the background that answers nobody now, for another to take its place."""
    note = running.find(home)
    if note is not None and note.kind == "background" and not is_busy(note):
        end(home, note)


def wait_for_end(home: Path, note: Note) -> None:
    """Until a server has gone. Raises ServerGone where it stays."""
    until = time.monotonic() + END
    while running.lives(home) and running.find(home) in (note, None):
        if time.monotonic() > until:
            raise ServerGone(f"the server does not end: end the process {note.pid}, then try again")
        time.sleep(LOOK)
