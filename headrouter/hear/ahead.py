"""Work that is done ahead, by a thread."""

from collections.abc import Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Item = TypeVar("Item")
_END: Any = object()


def ahead(items: Iterable[Item]) -> Generator[Item]:
    """The items, each made by a thread while the one before it is used."""
    rest = iter(items)
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, rest, _END)
        while (item := coming.result()) is not _END:
            coming = pool.submit(next, rest, _END)
            yield item
