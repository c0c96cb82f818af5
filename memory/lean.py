"""sqlite_utils without pandas and NumPy, which it imports where they are, for types we don't store.

That takes half a second, and each command opens the store.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import cast


@contextmanager
def without(name: str) -> Iterator[None]:
    """Inside, nothing can import a module that was not imported before."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = cast(ModuleType, None)  # as the import system has it
    try:
        yield
    finally:
        del sys.modules[name]


with without("pandas"), without("numpy"):
    import sqlite_utils  # noqa: F401
