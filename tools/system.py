"""What differs between Linux, macOS and Windows: here they are told apart, and nowhere else.

Two modules read what Linux alone has, where it is there: `tools.own` holds files by handles, and
`assistant.budget.machine` reads the limits of control groups.
"""

import os
import re
import subprocess
import sys
from contextlib import suppress
from typing import Any

LONGEST = 100  # bytes of a file's name: with an ending and a number it fits every file system
RESERVED = frozenset(  # Windows opens a device under these names, whatever their ending is
    ["con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))]
)


def plain_name(name: str, otherwise: str) -> str:
    """A file name that every system takes, as near to ``name`` as can be; else ``otherwise``."""
    plain = re.sub(r"[^\w. -]+", "_", name).encode()[-LONGEST:].decode(errors="ignore")
    plain = plain.strip(" .") or otherwise
    return f"_{plain}" if plain.split(".")[0].strip().casefold() in RESERVED else plain


def terminal() -> int:
    """The process that leads what runs in this terminal: its shell."""
    if sys.platform == "win32":
        return os.getppid()
    return os.getsid(0)


def on_its_own() -> dict[str, Any]:
    """Options of Popen for a process that outlives this one, its terminal and Ctrl-C."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.DETACHED_PROCESS | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


def modes_keep_others_out() -> bool:
    """Whether a file's mode says who may read it; on Windows its folder's rights do."""
    return sys.platform != "win32"


def allow_many_files() -> None:
    """Lifts this process's limit of open files to what the system allows; Windows has none."""
    if sys.platform == "win32":
        return
    import resource

    with suppress(ValueError, OSError):
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def command_name() -> str:
    """What the program is called in its folder."""
    return "headrouter.exe" if sys.platform == "win32" else "headrouter"


def services() -> str | None:
    """What runs a user's services here: launchd, systemd, or nothing that is known."""
    if sys.platform == "darwin":
        return "launchd"
    return "systemd" if sys.platform == "linux" else None


def user_number() -> int:
    """This user's number. Raises OSError on Windows, where users have none."""
    if sys.platform == "win32":
        raise OSError("users of Windows have no numbers")
    return os.getuid()
