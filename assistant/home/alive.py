"""Whether the process that left something undone still lives: each holds a lock while it does.

A process id would not tell: after a restart, or in another container, it is somebody else's. The
system gives a lock back when its process dies, however it dies.
"""

import secrets
import threading
import time
from pathlib import Path

from filelock import FileLock, Timeout

from tools.errors import DiskError

SETTLED = 60.0  # seconds after which a lock that nobody holds was not just made


class Alive:
    """This process, as others that share the home folder know it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.id = secrets.randbits(48)
        self._lock = FileLock(self._place(self.id), thread_local=False)
        self._first = threading.Lock()

    def _place(self, id: int) -> Path:
        return self.folder / f"{id}.lock"

    def show(self) -> int:
        """Lets others see that this process lives; its id. Raises DiskError."""
        with self._first:
            try:
                if not self._lock.is_locked:
                    self.folder.mkdir(parents=True, exist_ok=True)
                    self._lock.acquire(timeout=0)
            except OSError as error:
                raise DiskError(
                    f"{self.folder} can't be written ({error.strerror}): make room there, or "
                    "choose another place with --home"
                ) from error
        return self.id

    def lives(self, id: int) -> bool:
        """Whether the process of that id does."""
        if id == self.id:
            return True
        if not self._place(id).exists():
            return False
        lock = FileLock(self._place(id))
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return True
        lock.release()
        return False

    def sweep(self) -> None:
        """Removes the locks of processes that have gone."""
        for place in self.folder.glob("*.lock"):
            known = place.stem.isdecimal() and place.stat().st_mtime < time.time() - SETTLED
            if known and not self.lives(int(place.stem)):
                place.unlink(missing_ok=True)

    def hide(self) -> None:
        """This process is done."""
        if self._lock.is_locked:
            self._place(self.id).unlink(missing_ok=True)
            self._lock.release()
