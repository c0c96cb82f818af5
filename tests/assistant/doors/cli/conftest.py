"""Commands, run in this process with fakes."""

from dataclasses import replace

import pytest
from desk import Desk
from media import FakeDiariser, FakeRecogniser, tone, write_wav

import assistant.app
from headrouter.fakes import FakeListener
from headrouter.models import MODELS


@pytest.fixture(autouse=True)
def bare(no_settings, monkeypatch, tmp_path):
    """No setting from outside the test, and lines as long as they like."""
    monkeypatch.setenv("HEADROUTER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HEADROUTER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "400")


@pytest.fixture
def fake():
    return FakeListener(
        card=replace(MODELS["nano"], name="fake", words_by_default=False, sounds=())
    )


@pytest.fixture(autouse=True)
def loaded(monkeypatch, fake):
    """The assistant loads fakes."""
    recogniser = FakeRecogniser()
    monkeypatch.setattr(assistant.app, "check_model", lambda settings: None)
    monkeypatch.setattr(assistant.app, "load_listener", lambda settings: fake)
    monkeypatch.setattr(assistant.app, "load_recogniser", lambda settings: recogniser)
    monkeypatch.setattr(assistant.app, "load_diariser", lambda settings: FakeDiariser())
    return recogniser


@pytest.fixture
def desk(tmp_path, capsys, monkeypatch):
    return Desk(tmp_path, capsys, monkeypatch)


@pytest.fixture
def wav(tmp_path):
    return write_wav(tmp_path / "a.wav", tone(10))
