"""Texts of several languages are compared in what they mean."""

import sys

import pytest

from tools import across


@pytest.fixture(autouse=True)
def anew():
    across.load_across.cache_clear()
    yield
    across.load_across.cache_clear()


def test_what_means_the_same_in_another_language_is_alike():
    pytest.importorskip(across.PACKAGE)
    encode = across.load_across()
    german, english, other = encode(
        ["Wann ist das nächste Treffen?", "When is the next meeting?", "The soup was cold."]
    )
    assert float(german @ english) > 0.7 > 0.3 > float(german @ other)
    assert encode([]).shape[0] == 0


def test_without_the_extra_there_is_none(monkeypatch):
    monkeypatch.setitem(sys.modules, across.PACKAGE, None)
    monkeypatch.setattr(across, "find_spec", lambda name: None)
    assert across.load_across() is None
