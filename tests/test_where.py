"""What docs/where.md says that a further scorer, family or door takes is all that it takes.

A further language is in tests/headrouter/question/test_languages.py.
"""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny_checkpoints
import torch
from fastapi.testclient import TestClient
from media import FakeDiariser, FakeRecogniser, tone, write_wav

from assistant.app import Assistant
from assistant.ask.context import Models
from assistant.doors.server import create
from assistant.settings import Settings
from headrouter import UnsupportedModel
from headrouter.backends import BACKENDS, card_of
from headrouter.fakes import FakeListener
from headrouter.hear.listener import AudioLM, Listening
from headrouter.models import MODELS
from headrouter.prune.families import FAMILIES, family_of
from headrouter.prune.router import HeadRouter
from headrouter.prune.scorers import SCORERS
from headrouter.testing import tiny_inputs, tiny_model

DOCS = Path(__file__).parents[1] / "docs"


def example(page, name, **known):
    """What a block of Python in a page defines under a name, given what it imports."""
    blocks = re.findall(r"```python\n(.*?)```", (DOCS / page).read_text(), re.S)
    (block,) = [block for block in blocks if re.search(rf"^(def )?{name}\b", block, re.M)]
    exec(block, known)
    return known[name]


def test_a_further_scorer_is_a_function_and_a_line(monkeypatch):
    from headrouter.prune.probe import Sample
    from headrouter.prune.profiles import Profile

    kinds = {"Sample": Sample, "Profile": Profile, "Tensor": torch.Tensor, "torch": torch}
    monkeypatch.setitem(SCORERS, "first", example("where.md", "first", **kinds))
    model, inputs = tiny_model("voxtral"), tiny_inputs("voxtral")
    with HeadRouter(model, keep=0.5, scorer="first") as router, torch.no_grad():
        model(**inputs)
    for row in router.pruned:
        assert row.kept.tolist() == list(range(len(row.kept)))
        assert len(row.kept) < len(row.audio)


def test_a_further_family_is_a_line_in_each_of_two_tables(monkeypatch, tmp_path):
    folder = tiny_checkpoints.save("qwen2_audio", tmp_path / "newcomer")
    seam, backend = FAMILIES["qwen2_audio"], BACKENDS["qwen2_audio"]
    monkeypatch.delitem(FAMILIES, "qwen2_audio")
    monkeypatch.delitem(BACKENDS, "qwen2_audio")
    with pytest.raises(UnsupportedModel, match="not supported"):
        card_of(folder)
    monkeypatch.setitem(BACKENDS, "qwen2_audio", backend)
    with pytest.raises(UnsupportedModel, match="no seam for a qwen2_audio model"):
        family_of(tiny_model("qwen2_audio"))
    monkeypatch.setitem(FAMILIES, "qwen2_audio", seam)
    listener = AudioLM.load(folder, card_of(folder))
    windows, loud = [np.zeros(16_000, np.float32)], lambda samples, hop: np.zeros(25, np.float32)
    index = listener.ingest(windows, tmp_path / "index", levels=loud)
    plan = Listening(((0, index.meta.tokens),), keep=0.5, max_new_tokens=3)
    answer = listener.answer(index, "What?", plan)
    assert len(answer.kept) < index.meta.tokens


@pytest.fixture
def assistant(tmp_path):
    card = replace(MODELS["nano"], name="fake", words_by_default=False, sounds=())
    settings = Settings(home=tmp_path / "home", cache=tmp_path / "cache")
    fakes = Models(lambda: FakeListener(card=card), FakeRecogniser, FakeDiariser)
    with Assistant(settings, fakes) as assistant:
        yield assistant


def test_a_further_door_is_a_mount_behind_the_same_guard(assistant, tmp_path):
    from fastapi import FastAPI
    from fastapi.responses import PlainTextResponse

    from assistant.ask.outcome import Outcome
    from assistant.ask.state import Request

    names = (FastAPI, PlainTextResponse, Outcome, Request, Assistant)
    mount = example("where.md", "mount", **{name.__name__: name for name in names})
    wav = str(write_wav(tmp_path / "a.wav", tone(3)))
    with TestClient(create(assistant, doors=True, mount=mount), "http://localhost") as client:
        asked = {"recording": wav, "question": "What is loud?"}
        assert client.get("/ask", params=asked).text == "I heard: What is loud?"
        missing = client.get("/ask", params=asked | {"recording": "cafe"})
        assert (missing.status_code, missing.json()["error"]["type"]) == (404, "NotFound")
        elsewhere = client.get("/ask", params=asked, headers={"Host": "evil.example"})
        assert elsewhere.status_code == 421
