"""Assistants whose listener and recogniser need no model."""

import numpy as np
import pytest
from media import FakeRecogniser, tone, write_wav

from assistant.app import Assistant
from assistant.ask.context import Models
from assistant.settings import Settings


@pytest.fixture(autouse=True)
def bare(no_settings):
    """No setting from outside the test."""


@pytest.fixture
def recogniser():
    return FakeRecogniser()


@pytest.fixture
def assist(tmp_path, fake, recogniser):
    """Makes assistants on one and the same home, with the settings given."""
    opened = []

    def make(listener=fake, **settings):
        settings = Settings(home=tmp_path / "home", cache=tmp_path / "cache", **settings)
        opened.append(Assistant(settings, Models(lambda: listener, lambda: recogniser)))
        return opened[-1]

    yield make
    for assistant in opened:
        assistant.store.close()


@pytest.fixture
def assistant(assist):
    return assist()


@pytest.fixture
def wav(tmp_path):
    """Twenty seconds, of which the second half is louder."""
    return write_wav(tmp_path / "a.wav", np.concatenate([tone(10, 0.05), tone(10, 0.5)]))
