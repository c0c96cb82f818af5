"""The server that a user's commands talk to: one for each home folder, told by a note in it.

Whoever is it holds a lock as long as it lives, which the system gives back however it dies. So a
note of a process that has gone is never believed, whatever has its number or its port by now.
"""

import json
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from filelock import FileLock, Timeout

from assistant.settings import Settings

ROOT = Path(__file__).parents[2]
PACKAGES = ("assistant", "headrouter", "memory", "tools", "ui")
PATIENCE = 2.0  # seconds: somebody who only looks whether the lock is held lets go at once
OF_A_QUESTION = frozenset("keep words within language planner default_keep max_new_tokens".split())
OF_OTHER_DOORS = frozenset(
    "api_key allowed_folders allow_addresses allowed_origins behind_proxy max_upload max_file "
    "keep_loaded".split()
)


@dataclass(frozen=True)
class Note:
    """Where the server is, and what it is."""

    kind: str  # the command that it is of: background, serve or ui
    pid: int
    port: int  # on 127.0.0.1
    token: str  # that it asks for
    build: str  # of the program
    settings: str  # fingerprint of those that all its questions share
    begun: float  # seconds since 1970


class Taken(Exception):
    """Another process is the server of this home folder."""


def place(home: Path) -> Path:
    """Of the note."""
    return home / "server.json"


def log(home: Path) -> Path:
    """What a server in the background would have said."""
    return home / "server.log"


def _lock(home: Path) -> FileLock:
    return FileLock(home / "server.lock", thread_local=False)


def build() -> str:
    """The program's version, and when a file of it was changed last."""
    files = (file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))
    return f"{version('headrouter')} {max((file.stat().st_mtime_ns for file in files), default=0)}"


def fingerprint(settings: Settings) -> str:
    """The same for settings that differ at most in what each question brings with it."""
    shared = settings.model_dump(mode="json", exclude={*OF_A_QUESTION, *OF_OTHER_DOORS})
    if settings.remote_key is not None:  # hidden in a dump, so that another one looked the same
        shared["remote_key"] = settings.remote_key.get_secret_value()
    return sha256(json.dumps(shared, sort_keys=True).encode()).hexdigest()


def of_a_question(settings: Settings) -> dict[str, object]:
    """The settings that a question brings with it, as plain JSON values."""
    return settings.model_dump(mode="json", include={*OF_A_QUESTION})


def find(home: Path) -> Note | None:
    """The server that lives now; None where there is none, or it does not say yet where it is."""
    if not place(home).exists() or not lives(home):
        return None
    try:
        return Note(**json.loads(place(home).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):  # gone meanwhile, or of another version
        return None


def lives(home: Path) -> bool:
    """Whether some process is the server of a home folder."""
    if not (home / "server.lock").exists():
        return False
    try:
        with _lock(home).acquire(timeout=0):
            return False
    except Timeout:
        return True


@contextmanager
def announced(settings: Settings, kind: str, port: int) -> Iterator[Note]:
    """Inside, this process is the server. Raises Taken if another is, OSError for a full disk."""
    home = settings.home
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = _lock(home)
    try:
        lock.acquire(timeout=PATIENCE)
    except Timeout:
        raise Taken from None
    try:
        token = secrets.token_urlsafe(32)
        note = Note(kind, os.getpid(), port, token, build(), fingerprint(settings), time.time())
        _write(place(home), note)
        yield note
    finally:
        with suppress(OSError):
            place(home).unlink(missing_ok=True)
        lock.release()


def _write(at: Path, note: Note) -> None:
    """Whole or not at all, for its user only."""
    beside = at.with_suffix(".new")
    beside.unlink(missing_ok=True)
    file = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(file, "w", encoding="utf-8") as text:
        json.dump(asdict(note), text)
    beside.replace(at)
