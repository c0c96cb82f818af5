"""An assistant whose model is a fake, for the tests of everything around it."""

from dataclasses import replace

import pytest
from media import FakeDiariser, FakeRecogniser

from assistant.app import Assistant
from assistant.ask.context import Models
from assistant.settings import Settings
from headrouter.fakes import FakeListener
from headrouter.models import MODELS


@pytest.fixture
def fake():
    """A listener that repeats the question and needs no words."""
    return FakeListener(
        card=replace(MODELS["nano"], name="fake", words_by_default=False, sounds=())
    )


@pytest.fixture
def assistant(tmp_path, fake):
    """With a home and a cache of its own."""
    settings = Settings(home=tmp_path / "home", cache=tmp_path / "cache")
    with Assistant(settings, Models(lambda: fake, FakeRecogniser, FakeDiariser)) as assistant:
        yield assistant
