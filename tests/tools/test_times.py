"""How long work will still take."""

import pytest

from tools.times import TimeLeft


def test_by_how_fast_it_went():
    seconds = iter([100.0, 110.0, 140.0])
    left = TimeLeft(lambda: next(seconds))
    assert left.at(0.0) is None
    assert left.at(0.25) == pytest.approx(30.0)
    assert left.at(0.8) == pytest.approx(10.0)


def test_what_was_done_earlier_took_no_time_now():
    seconds = iter([0.0, 10.0])
    left = TimeLeft(lambda: next(seconds))
    assert left.at(0.5) is None
    assert left.at(0.6) == pytest.approx(40.0)


def test_where_it_cannot_be_told():
    left = TimeLeft()
    assert left.at(None) is None
    assert left.at(0.5) is None
    assert left.at(0.5) is None  # nothing was done since
