"""The API and MCP, served without the page."""

import openai
import pytest
from media import tone, write_wav
from serving import assistants, served

from tools.ingest import add_recording


@pytest.fixture
def listener(fake):
    return fake


@pytest.fixture
def opened(tmp_path, listener):
    """Assistants with the settings given."""
    with assistants(tmp_path, listener) as make:
        yield make


@pytest.fixture
def assistant(opened):
    return opened()


@pytest.fixture
def address(assistant):
    with served(assistant, page=False, doors=True) as address:
        yield address


@pytest.fixture
def wav(tmp_path):
    (tmp_path / "inside").mkdir()
    return write_wav(tmp_path / "inside" / "talk.wav", tone(5))


@pytest.fixture
def recording(assistant, wav):
    return assistant.ingest(add_recording(assistant.store, wav), lambda fraction: None)


@pytest.fixture
def client(address):
    with openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0) as client:
        yield client
