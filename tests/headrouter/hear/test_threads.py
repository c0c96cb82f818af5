"""Threads that work ahead, and threads that work side by side."""

import threading

import pytest
import torch

from headrouter.hear.threads import ahead, side_by_side


def test_the_next_is_made_while_one_is_used():
    begun = threading.Event()

    def items():
        yield 1
        begun.set()
        yield 2

    coming = ahead(items())
    assert next(coming) == 1
    assert begun.wait(10)
    assert list(coming) == [2]


def test_an_error_comes_where_the_item_would_have_been():
    def items():
        yield 1
        raise OSError("gone")

    coming = ahead(items())
    assert next(coming) == 1
    with pytest.raises(OSError, match="gone"):
        next(coming)


def test_no_thread_is_left_when_it_is_closed():
    before = threading.active_count()
    coming = ahead(iter(range(9)))
    next(coming)
    coming.close()
    assert threading.active_count() == before


def test_threads_side_by_side_compute_with_one_each_and_nobody_else_does():
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        with side_by_side(2) as pool:
            met = threading.Barrier(2)

            def count(_):
                met.wait(10)  # so that each of the two counts once
                return torch.get_num_threads()

            assert list(pool.map(count, range(2))) == [1, 1]
            assert torch.get_num_threads() == 3
        others = []
        thread = threading.Thread(target=lambda: others.append(torch.get_num_threads()))
        thread.start()
        thread.join()
        assert others == [3]
    finally:
        torch.set_num_threads(before)
