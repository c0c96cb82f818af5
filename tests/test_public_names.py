"""The names that users import and the commands that they type, wherever their code lies."""

import re
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

import assistant

ROOT = Path(__file__).parent.parent
PAGES = ("README.md", "docs/doors.md", "AGENTS.md", "llms.txt")
OURS = r"from ((?:assistant|headrouter|memory|tools|ui)[\w.]*) import (\w+(?:, \w+)*)"
SHOWN = [
    (module, name)
    for page in PAGES
    for module, names in re.findall(OURS, (ROOT / page).read_text())
    for name in names.split(", ")
]


@pytest.mark.parametrize(("module", "name"), SHOWN)
def test_what_the_documents_import_is_there(module, name):
    assert getattr(import_module(module), name) is not None


@pytest.mark.parametrize("name", assistant.__all__)
def test_every_public_name_of_the_assistant_is_there(name):
    assert getattr(assistant, name).__name__ == name


def test_an_unknown_name_of_the_assistant():
    with pytest.raises(AttributeError, match="module 'assistant' has no attribute 'assist'"):
        assistant.assist  # noqa: B018


def test_the_tools_for_langchain_are_the_same_in_both_places():
    import tools

    assert tools.langchain_tools is assistant.langchain_tools


def test_naming_the_assistant_loads_nothing_heavy():
    absent = {"torch", "langgraph", "typer", "gradio"}
    code = f"import sys, assistant; sys.exit(str({absent!r} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, stderr=subprocess.PIPE, text=True)
    assert run.stderr.strip() == "set()"


def test_the_command_that_is_installed_starts_what_exists():
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    module, _, function = scripts["headrouter"].partition(":")
    assert callable(getattr(import_module(module), function))


@pytest.mark.parametrize("module", ["headrouter.lab", "headrouter.nano"])
def test_nano_is_trained_by_this_command(module):
    command = [sys.executable, "-m", module, "--help"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in ("speak", "hear", "compose", "align", "tune", "evaluate"):
        assert name in shown
