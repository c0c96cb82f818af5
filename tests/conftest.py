"""Fixtures shared by all tests."""

import os

# A hub is never asked, whatever a test loads.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
if "PYTEST_XDIST_WORKER" in os.environ:  # as many tests run beside each other as there are cores
    os.environ.setdefault("OMP_NUM_THREADS", "1")
# Nor is a process left in the background.
os.environ["HEADROUTER_KEEP_LOADED"] = "0"

import pytest
import torch

from assistant.doors.cli import warm
from assistant.settings import load_settings
from headrouter import models


@pytest.fixture(scope="module")  # what a module computes once must be the same to the last bit
def one_thread():
    """Tiny models are faster on one thread, and a busy machine makes two far slower."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def bfloat16(monkeypatch):
    """As on a processor that multiplies bfloat16, where nobody ruled it out."""
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: True)
    monkeypatch.setattr(torch, "get_float32_matmul_precision", lambda: "medium")


@pytest.fixture(autouse=True)
def answered_here(monkeypatch):
    """Commands that a test runs in this process answer in it, with its fakes."""
    monkeypatch.setattr(warm, "server_for", lambda *given: None)


@pytest.fixture
def no_settings(monkeypatch, tmp_path):
    """No setting comes from outside the test."""
    for name in [name for name in os.environ if name.startswith("HEADROUTER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "no config"))


@pytest.fixture(autouse=True)
def full_precision():
    """Loading a model sets what its whole process multiplies in; tests compare to the last bits."""
    torch.set_float32_matmul_precision("highest")


@pytest.fixture(scope="session")
def nano_cache():
    """A cache folder with the default model in it: fetched once for this machine, if need be."""
    cache = load_settings({}).cache
    models.pull("nano", cache)
    return cache
