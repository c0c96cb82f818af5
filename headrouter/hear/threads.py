"""Work in threads: done ahead, or side by side."""

from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import Any, TypeVar

import torch

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


@contextmanager
def side_by_side(count: int) -> Iterator[ThreadPoolExecutor]:
    """So many threads, each of which computes by itself.

    Threads that share each product wait for each other at every one, for long where other programs
    have the processor. What else runs in this process keeps the number of threads it has.
    """
    shared, started = torch.get_num_threads(), Barrier(count)

    def alone() -> None:
        torch.get_num_threads()  # a thread takes the number of all when it first looks
        torch.set_num_threads(1)  # of this thread, and of those that are yet to come
        started.wait()

    with ThreadPoolExecutor(count) as pool:
        for begun in [pool.submit(alone) for _ in range(count)]:
            begun.result()
        torch.set_num_threads(shared)
        yield pool
