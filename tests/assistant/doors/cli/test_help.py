"""What each command says about itself."""

from importlib.metadata import version

import pytest
import typer

from assistant.doors.cli import main as cli


def test_the_version(desk):
    result = desk.run("--version")
    assert (result.code, result.out) == (0, f"headrouter {version('headrouter')}\n")


def commands(command, path=()):
    """Every command, by the words that call it."""
    yield path, command
    for name, part in getattr(command, "commands", {}).items():
        yield from commands(part, (*path, name))


COMMANDS = dict(commands(typer.main.get_command(cli.app)))


@pytest.mark.parametrize("path", COMMANDS, ids=lambda path: " ".join(path) or "headrouter")
def test_help_says_something_about_everything(desk, path):
    result = desk.run(*path, "--help")
    assert result.code == 0
    said = " ".join(result.out.replace("│", " ").split())
    command = COMMANDS[path]
    assert command.help.splitlines()[0] in said
    for part in command.params:
        if "completion" in part.name or part.name == "help":
            continue
        assert len(part.help) > 15, part.name
        assert part.help in said
        assert max(part.opts, key=len) in said
    for name, part in getattr(command, "commands", {}).items():
        assert name in said
        assert part.help.split(".")[0] in said


def test_the_help_tells_the_exit_codes(desk):
    said = " ".join(desk.run("--help").out.split())
    for code in (cli.USAGE, cli.BAD_INPUT, cli.NO_MODEL, cli.NO_BUDGET, cli.NO_STORE, 130):
        assert f"{code} " in said
