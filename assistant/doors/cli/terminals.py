"""Which conversation a terminal is in: one for each terminal session and day."""

import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path

from assistant.home.private import privately
from tools.system import terminal

FILE = "terminals.json"  # in the home folder: names of terminals, and the sessions they are in


def here() -> str | None:
    """The name of this terminal session, today; None where no person sits at one."""
    if not (sys.stdin.isatty() or sys.stderr.isatty()):
        return None
    import psutil

    leader = terminal()
    with suppress(psutil.Error):  # without its beginning, a number that came again looks the same
        return f"{date.today()} {leader} {psutil.Process(leader).create_time():.0f}"
    return f"{date.today()} {leader}"


def session_of(home: Path, name: str) -> int | None:
    """The conversation that a terminal is in; it may have been removed."""
    return _known(home).get(name)


def remember(home: Path, name: str, session: int) -> None:
    """Notes the conversation of a terminal, and forgets those of other days.

    Where it can't be written, the next question begins a conversation of its own.
    """
    today = str(date.today())
    known = {one: id for one, id in _known(home).items() if one.startswith(today)}
    beside = home / f"{FILE}.{os.getpid()}"
    with suppress(OSError), privately():
        beside.write_text(json.dumps(known | {name: session}), encoding="utf-8")
        beside.replace(home / FILE)


def _known(home: Path) -> Mapping[str, int]:
    with suppress(OSError, ValueError, TypeError, AttributeError):  # damaged
        known = json.loads((home / FILE).read_text(encoding="utf-8"))
        return {str(name): int(id) for name, id in known.items()}
    return {}
