"""The server without the page: what is installed without Gradio."""

import subprocess
import sys
from pathlib import Path

import pytest

from assistant.doors import server
from ui import main

ROOT = Path(__file__).parents[3]
WITHOUT_GRADIO = """
import sys
sys.modules["gradio"] = None  # importing it fails
from fastapi.testclient import TestClient
from media import FakeRecogniser
from pathlib import Path
from assistant.app import Assistant
from assistant.ask.context import Models
from assistant.doors.server import create
from assistant.settings import Settings
from headrouter.fakes import FakeListener
home = Path(sys.argv[1])
with Assistant(Settings(home=home, cache=home), Models(FakeListener, FakeRecogniser)) as assistant:
    with TestClient(create(assistant, doors=True), "http://localhost") as client:
        for place in ("/health", "/v1/models", "/v1/recordings", "/openapi.json", "/"):
            print(place, client.get(place).status_code)
        hello = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
        accept = {"Accept": "application/json, text/event-stream"}
        print("/mcp", client.post("/mcp", json=hello, headers=accept).status_code)
"""


def test_the_api_and_mcp_need_no_gradio(tmp_path):
    command = [sys.executable, "-c", WITHOUT_GRADIO, str(tmp_path)]
    env = {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "PATH": ""}
    run = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    served = dict(line.split() for line in run.stdout.splitlines())
    assert served.pop("/") == "404", run.stderr
    assert served.pop("/mcp") != "404"
    assert served == dict.fromkeys(
        ("/health", "/v1/models", "/v1/recordings", "/openapi.json"), "200"
    )


@pytest.fixture
def without_gradio(monkeypatch, tmp_path):
    """Commands under a home folder of their own; what is served is what this gives."""
    monkeypatch.setitem(sys.modules, "gradio", None)
    monkeypatch.setattr("assistant.app.check_model", lambda settings: None)
    asked = []
    monkeypatch.setattr(server, "serve", lambda *place, **options: asked.append(options))

    def run(command):
        monkeypatch.setattr(sys, "argv", ["headrouter", command, "--home", str(tmp_path)])
        main.main()
        return asked

    return run


def test_serving_without_gradio_says_that_there_is_no_page(without_gradio, capsys):
    with pytest.raises(SystemExit) as ended:
        without_gradio("serve")
    assert ended.value.code == 0
    said = capsys.readouterr()
    assert "without the page, which needs Gradio: pip install" in said.err
    assert said.out.startswith("http://127.0.0.1:7860/")


def test_opening_the_page_without_gradio_says_what_to_install(without_gradio, capsys):
    with pytest.raises(SystemExit) as ended:
        without_gradio("ui")
    assert ended.value.code == 3
    assert capsys.readouterr().err == "headrouter: the page needs Gradio: pip install gradio\n"


@pytest.mark.parametrize("command", ["ui", "serve"])
@pytest.mark.parametrize("by", ["flag", "environment"])
def test_no_server_starts_with_a_model_that_is_none(tmp_path, monkeypatch, capsys, command, by):
    from ui.main import main

    monkeypatch.setenv("HEADROUTER_HOME", str(tmp_path / "home"))
    args = [command, "--model", "giant"] if by == "flag" else [command]
    if by == "environment":
        monkeypatch.setenv("HEADROUTER_MODEL", "giant")
    monkeypatch.setattr("sys.argv", ["headrouter", *args])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 4
    assert "there is no model 'giant'; known: nano" in capsys.readouterr().err
    assert not (tmp_path / "home").exists()
