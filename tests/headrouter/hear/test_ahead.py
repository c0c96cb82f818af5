"""Items are made by a thread while those before them are used."""

import threading

import pytest

from headrouter.hear.ahead import ahead


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
