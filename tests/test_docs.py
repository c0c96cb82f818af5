"""The README can't drift from what the commands are."""

import ast
import inspect
import json
import re
import shlex
from pathlib import Path

import pytest
import typer.main

from assistant.doors.cli import main as cli
from assistant.settings import Settings
from ui.main import app

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
COMMANDS = re.findall(r"^headrouter .*?(?=\s+#|$)", README, flags=re.M)


def options(words):
    """Options of the command that ``words`` names, and the words that are left."""
    command = typer.main.get_command(app)
    while words and hasattr(command, "commands") and words[0] in command.commands:
        command = command.commands[words.pop(0)]
    return {name for parameter in command.params for name in parameter.opts}, command


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_shown_exists_with_its_options(line):
    words = shlex.split(line)[1:]
    known, command = options(words)
    assert not hasattr(command, "commands"), f"{line} names no command"
    assert {word for word in words if word.startswith("--")} <= known


def test_exit_codes_are_those_of_the_program():
    codes = [cli.USAGE, cli.BAD_INPUT, cli.NO_MODEL, cli.NO_BUDGET, cli.NO_STORE, cli.INTERRUPTED]
    (shown,) = re.findall(r"Exit codes: ([^.]+)\.", README.replace("\n", " "))
    assert [int(number) for number in re.findall(r"\d+", shown)] == [0, *codes]


def test_every_tool_is_named_where_agents_look():
    from assistant.doors.finding import Finding
    from assistant.doors.mcp_server import Door
    from assistant.doors.mcp_speakers import Corrections

    every = {**vars(Door), **vars(Finding), **vars(Corrections)}
    tools = [name for name, value in every.items() if inspect.iscoroutinefunction(value)]
    tools = [name for name in tools if not name.startswith("_") and name != "describe"]
    assert len(tools) == 17
    for place in ("docs/doors.md", "AGENTS.md", "llms.txt"):
        text = (ROOT / place).read_text()
        assert [name for name in tools if name not in text] == [], place


def test_configurations_to_copy_are_whole_and_start_what_exists():
    blocks = re.findall(r"```json\n(.*?)```", (ROOT / "docs/doors.md").read_text(), re.S)
    servers = [
        server
        for block in blocks
        for group in json.loads(block).values()
        for server in group.values()
    ]
    assert len(servers) == 3
    for server in servers:
        if "command" in server:
            assert not hasattr(options(list(server["args"]))[1], "commands")
        else:
            assert server["url"].endswith("/mcp")


def test_settings_shown_exist():
    shown = re.findall(r"^\| `(max_\w+)` \|", (ROOT / "docs/doors.md").read_text(), re.M)
    assert {*shown} == {name for name in Settings.model_fields if name.startswith("max_")} - {
        "max_new_tokens"
    }


@pytest.mark.parametrize(
    "place", ["README.md", "AGENTS.md", "llms.txt", "docs/doors.md", "docs/security.md"]
)
def test_links_lead_somewhere(place):
    text = (ROOT / place).read_text()
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", text):
        assert ((ROOT / place).parent / target).exists(), target


def test_the_tests_that_hold_a_promise_exist():
    shown = re.findall(r"`(tests/[\w/]+\.py)((?:::\w+)+)`", (ROOT / "docs/security.md").read_text())
    assert len(shown) > 20
    for place, names in shown:
        body = ast.parse((ROOT / place).read_text()).body
        for name in names.split("::")[1:]:
            (found,) = [node for node in body if getattr(node, "name", "") == name]
            body = found.body


PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("samples/*.md")]


def prose(text):
    """(number, line) of all but code, tables and comments."""
    code = False
    for number, line in enumerate(text.splitlines(), 1):
        fence = line.lstrip().startswith("```")
        code ^= fence
        if not (fence or code or line.startswith(("|", "    ", "<!--"))):
            yield number, line


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_lines_of_prose_are_at_most_100_characters(page):
    """A name that can't be broken, as of a test, may be longer."""
    lines = prose(page.read_text())
    long = [number for number, line in lines if len(line) > 100 and " " in line.strip("-* ")]
    assert long == []


def test_the_first_screen_has_two_commands_and_a_picture():
    first_screen = "\n".join(README.splitlines()[:30])
    assert re.search(r"!\[.+\]\(docs/demo\.svg\)", first_screen)
    assert "make demo" in first_screen
    assert "make test" in first_screen
