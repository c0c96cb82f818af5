"""Fixtures shared by all tests."""

import os

# A hub is never asked, whatever a test loads.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

import pytest
import torch


@pytest.fixture
def one_thread():
    """Tiny models are faster on one thread, and a busy machine makes two far slower."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
