"""``headrouter doctor --report``: what a bug report needs, without who reports it."""

import getpass
import re
import socket
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.doors.cli.doctor import Check

if TYPE_CHECKING:
    from assistant.settings import Settings

TOLD = (  # settings whose values name nobody and no place
    "keep memory_limit index_limit device threads precision offload words language remember_voices "
    "keep_loaded default_keep within max_new_tokens allow_addresses behind_proxy max_upload "
    "max_file max_seconds max_channels offline"
).split()
SHORTEST = 3  # letters of a name that is worth hiding: shorter ones are in any text
_PLACE = re.compile(r"(?<![\w.>~])(?:[A-Za-z]:)?[/\\][^\s,;:'\")]+")


def report(checks: Sequence[Check], settings: "Settings") -> str:
    """Markdown to paste: the version, what was checked, settings that are not as they come."""
    lines = [f"- headrouter: {version('headrouter')}"]
    lines += [
        f"- {check.name}: {check.status}, {without_persons(check.found, settings)}"
        for check in checks
    ]
    for name, field in type(settings).model_fields.items():
        value, usual = getattr(settings, name), field.get_default(call_default_factory=True)
        if value != usual:
            lines.append(f"- {name}: {value if name in TOLD else 'set'}")
    return "\n".join(lines) + "\n"


def without_persons(text: str, settings: "Settings") -> str:
    """A text without places of this machine, its name, and that of its user."""
    known = {str(settings.home): "<home>", str(settings.cache): "<cache>", str(Path.home()): "~"}
    known |= {settings.model: "<model>"} if Path(settings.model).is_absolute() else {}
    for place in sorted(known, key=len, reverse=True):
        text = text.replace(place, known[place])
    text = _PLACE.sub("<place>", text)
    for name in sorted((_user(), socket.gethostname()), key=len, reverse=True):
        text = text.replace(name, "<name>") if len(name) >= SHORTEST else text
    return text


def _user() -> str:
    with suppress(OSError, KeyError, ImportError):  # one without a name
        return getpass.getuser()
    return ""
