"""What is written beside a model: what it was made from, and the sha256 of each of its files."""

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from headrouter.nano import parts

RECORD = "headrouter.json"
VERIFIED = "verified.json"


def write_record(model: Path, origin: dict[str, object]) -> None:
    """Writes down what a model was made from, and the sha256 of each file that it has."""
    made = sorted(path for path in model.rglob("*") if path.is_file())
    files = {path.relative_to(model).as_posix(): parts.sha256(path) for path in made}
    (model / RECORD).write_text(
        json.dumps({"origin": origin, "files": files}, indent=2) + "\n", encoding="utf-8"
    )
    write_verified(model, {file: state(model / file) for file in files})


def read_record(model: Path) -> dict[str, dict[str, Any]] | None:
    """What `write_record` wrote; None if it is not there or not that."""
    try:
        record = json.loads((model / RECORD).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    whole = isinstance(record, dict) and all(
        isinstance(record.get(key), dict) for key in ("origin", "files")
    )
    return record if whole else None


def damaged(model: Path, files: dict[str, Any]) -> list[str]:
    """The files of a model that are not as they were written."""
    missing = [name for name in files if not (model / name).is_file()]
    return [f"{name} is missing" for name in missing] + [
        f"{name} is damaged"
        for name, pinned in files.items()
        if name not in missing and parts.sha256(model / name) != pinned
    ]


def changed(model: Path, files: dict[str, Any]) -> list[str]:
    """What is wrong with files that are not as they were when they were last found right.

    Of those that are, only size and time are looked at.
    """
    missing = [f"{name} is missing" for name in files if not (model / name).is_file()]
    if missing:
        return missing
    now = {file: state(model / file) for file in files}
    seen = read_verified(model)
    others = {file: files[file] for file in now if seen.get(file) != now[file]}
    problems = damaged(model, others)
    if others and not problems:
        write_verified(model, now)
    return problems


def state(path: Path) -> list[int]:
    """What of a file changes when it does."""
    found = path.stat()
    return [found.st_size, found.st_mtime_ns]


def read_verified(model: Path) -> dict[str, list[int]]:
    """The states in which files were found right; none where that is not known."""
    try:
        seen = json.loads((model / VERIFIED).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return seen if isinstance(seen, dict) else {}


def write_verified(model: Path, states: dict[str, list[int]]) -> None:
    """Notes them; in a folder that can't be written everything is read each time."""
    partial = model / f".{VERIFIED}.{os.getpid()}"
    with suppress(OSError):
        partial.write_text(json.dumps(states), encoding="utf-8")
        partial.chmod(0o644)  # whoever may read the model
        partial.replace(model / VERIFIED)
