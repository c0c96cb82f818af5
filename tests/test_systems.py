"""What differs between Linux, macOS and Windows is told apart in one module, tools/system.py.

These tests run on Linux. What another system lacks is known from mypy's stubs of Python's library;
how a branch behaves there is tried by naming that system.
"""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.doors.cli import terminals
from assistant.home import private
from assistant.settings import Settings
from tools import system
from tools.fetch import free_path

ROOT = Path(__file__).parent.parent
PACKAGES = ("assistant", "headrouter", "memory", "tools", "ui")
TREES = {
    file: ast.parse(file.read_text())
    for package in PACKAGES
    for file in sorted((ROOT / package).rglob("*.py"))
}
SYSTEM = ROOT / "tools" / "system.py"
ONE_SYSTEMS = {  # modules that read what one system alone has, where it is there
    ROOT / "assistant/budget/machine.py",
    ROOT / "headrouter/lab/corpus/texts.py",
    ROOT / "tools/own.py",
}
TELLING = {"sys.platform", "os.name", "platform.system"}
OF_POSIX = re.compile(r"/(proc|sys|dev|etc|tmp|var|usr)\b")
DIFFERING = re.compile(  # modules of which a system has only a part
    r"^ *(?:import|from) (?:asyncio|ctypes|fcntl|grp|mmap|multiprocessing|os|psutil|pwd|resource|"
    r"select|signal|socket|subprocess|termios|time)\b",
    re.M,
)
OPTIONS = {"start_new_session", "preexec_fn", "process_group", "creationflags"}
NOT_FILES = {"av", "os", "wave", "wheel", "webbrowser"}  # whose `open` takes no encoding


def nodes(kind, *, but=()):
    for file, tree in TREES.items():
        if file not in but:
            for node in ast.walk(tree):
                if isinstance(node, kind):
                    yield f"{file.relative_to(ROOT)}:{node.lineno}", node


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_nothing_is_called_that_a_system_lacks(platform, tmp_path):
    """Of what Python's library and psutil have, as their stubs tell."""
    (mistake := tmp_path / "mistake.py").write_text("import os\nos.sched_getaffinity(0)\n")
    near = [file for file in TREES if DIFFERING.search(file.read_text())]
    command = [sys.executable, "-m", "mypy", "--platform", platform, "--config-file="]
    command += ["--follow-imports", "skip", "--ignore-missing-imports", "--cache-dir", tmp_path]
    checked = subprocess.run([*command, mistake, *near], cwd=ROOT, capture_output=True, text=True)
    lacking = re.findall(r".*(?:Module|Process\") has no attribute.*", checked.stdout)
    assert "sched_getaffinity" in lacking.pop(0)
    assert lacking == []


def test_systems_are_told_apart_in_one_place():
    but = {SYSTEM, *ONE_SYSTEMS}
    told = [at for at, node in nodes(ast.Attribute, but=but) if ast.unparse(node) in TELLING]
    given = [at for at, node in nodes(ast.keyword, but=but) if node.arg in OPTIONS]
    assert told + given == []


def test_no_place_is_named_that_only_one_system_has():
    named = [
        at
        for at, node in nodes(ast.Constant, but={SYSTEM, *ONE_SYSTEMS})
        if isinstance(node.value, str) and OF_POSIX.match(node.value)
    ]
    assert named == []


def without_encoding(call):
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    if any(word.arg == "encoding" for word in call.keywords):
        return False
    if name in ("read_text", "write_text"):
        return len(call.args) < 1 + (name == "write_text")
    if name not in ("open", "fdopen") or not isinstance(call.func, ast.Name | ast.Attribute):
        return False
    owner = getattr(getattr(call.func, "value", None), "id", "")
    modes = [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    is_file = name == "fdopen" or (owner not in NOT_FILES and not owner[:1].isupper())
    return is_file and not any("b" in mode for mode in modes)


def test_text_is_read_and_written_in_one_encoding():
    """Without a word Windows takes its code page, which has no Greek in Paris."""
    assert [at for at, node in nodes(ast.Call) if without_encoding(node)] == []


@pytest.mark.parametrize("name", ["CON", "nul.wav", "com1.tar.gz", "LPT9 .wav", "Aux"])
def test_a_file_is_never_named_like_a_device_of_windows(name, tmp_path):
    assert free_path(tmp_path, name) == tmp_path / f"_{name}"


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("a:b?.wav", "a_b_.wav"),
        ("../x", "_x"),
        ("end. ", "end"),
        ("...", "else"),
        ("consul.wav", "consul.wav"),
        ("ж" * 99 + ".wav", "ж" * 48 + ".wav"),
    ],
)
def test_a_name_becomes_one_that_every_system_takes(name, plain):
    assert system.plain_name(name, "else") == plain


def test_a_terminal_of_windows_is_known_by_its_shell(monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.delattr(system.os, "getsid")
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    assert str(system.os.getppid()) in terminals.here()


def test_a_server_outlives_a_terminal_of_windows(monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(subprocess, "DETACHED_PROCESS", 8, raising=False)
    monkeypatch.setattr(subprocess, "CREATE_NO_WINDOW", 1 << 27, raising=False)
    assert system.on_its_own() == {"creationflags": 8 | 1 << 27}


@pytest.mark.parametrize(("platform", "mode"), [("darwin", 0o600), ("win32", 0o644)])
def test_modes_are_mended_where_they_mean_something(platform, mode, monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "platform", platform)
    settings = Settings(home=tmp_path)
    settings.database.write_bytes(b"")
    settings.database.chmod(0o644)
    private.mend(settings)
    assert settings.database.stat().st_mode & 0o777 == mode


def test_windows_has_no_limit_of_open_files_to_lift(monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setitem(sys.modules, "resource", None)  # importing it fails
    system.allow_many_files()
