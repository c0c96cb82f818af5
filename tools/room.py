"""The room that indexes take on disk: bounded, the least recently used going first.

An index that went is made again when its recording is next asked about, as long as the media are
there. Which index was used when is told by the time stamp of its description.
"""

import os
import shutil
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from headrouter.hear.index import META
from memory import Store
from tools.disk import bytes_in


def used_now(folder: Path) -> None:
    """Notes that an index is being used."""
    with suppress(FileNotFoundError):  # it went this moment; what is mapped can still be read
        os.utime(folder / META)


def make_room(store: Store, features: Path, limit: int, using: Path) -> list[Path]:
    """Removes indexes until all take ``limit`` bytes at most; the folders that went.

    The least recently used goes first. ``using`` stays, and so does what is being made.
    """
    over = bytes_in(features) - limit
    gone: list[Path] = []
    whole = [file for file in features.glob(f"*/*/{META}") if file.parent.suffix != ".partial"]
    for file in sorted(whole, key=lambda file: file.stat().st_mtime):
        folder = file.parent
        if over <= 0:
            break
        if folder == using:
            continue
        size = bytes_in(folder)
        if _remove(folder):
            over -= size
            gone.append(folder)
    _note(store, gone)
    return gone


def _remove(folder: Path) -> bool:
    """Takes an index away, unless another thread or program is making it anew."""
    try:
        with FileLock(folder.with_name(f"{folder.name}.lock"), timeout=0):
            (folder / META).unlink()  # from here on there is none for whoever looks
            shutil.rmtree(folder)
    except Timeout:
        return False
    return True


def _note(store: Store, gone: list[Path]) -> None:
    """Tells of which recordings the index went."""
    contents = {folder.parent.name for folder in gone}
    for recording in store.recordings():
        if recording.sha256 in contents:
            store.set_state(
                recording.id, "new", note="removed to make room; the next question hears it again"
            )
