"""Who may import whom: ui -> assistant -> tools -> {memory, headrouter}, and so in each of them.

A room is a folder, or a module that stands alone; a module belongs to the smallest room around it.
A new room is one more line here.
"""

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from headrouter.question.reading import LANGUAGES

ROOT = Path(__file__).parent.parent
MOST_LINES = 350  # of a module: then it is split by concern
PRUNING = "headrouter.errors headrouter.prune"
MODELS = f"{PRUNING} headrouter.quiet headrouter.question headrouter.nano headrouter.models"
HEARING = f"{MODELS} headrouter.backends headrouter.hear"
LAB = f"{HEARING} headrouter.lab.corpus"
TOOLS = f"{HEARING} memory tools"
ASKING = f"{TOOLS} assistant.errors assistant.settings assistant.budget assistant.ask"
WORKING = (
    f"{ASKING} assistant.home assistant.remote assistant.choosing assistant.find assistant.app "
    "assistant.work"
)
ROOMS = {  # room: those that it may import from
    "headrouter.errors": "",
    "headrouter.quiet": "",
    "headrouter.prune": "headrouter.errors",
    "headrouter.question": "headrouter.errors",
    "headrouter.nano": "headrouter.errors headrouter.quiet headrouter.question",
    "headrouter.models": f"{PRUNING} headrouter.question headrouter.nano",
    "headrouter.backends": MODELS,
    "headrouter.hear": f"{MODELS} headrouter.backends",
    "headrouter.fakes": HEARING,
    "headrouter.testing": f"{HEARING} headrouter.fakes",
    "headrouter.lab.corpus": "headrouter.errors headrouter.question headrouter.nano",
    "headrouter.lab.train": LAB,
    "headrouter.lab.evidence": f"{LAB} headrouter.lab.train",
    "headrouter.lab": f"{LAB} headrouter.lab.train headrouter.lab.evidence",
    "headrouter": PRUNING,
    "memory": "",
    "tools": f"{HEARING} memory",
    "assistant.errors": TOOLS,
    "assistant.setting_kinds": "",
    "assistant.settings": f"{TOOLS} assistant.setting_kinds",
    "assistant.settings_file": f"{TOOLS} assistant.settings",
    "assistant.budget": f"{TOOLS} assistant.errors",
    "assistant.ask": f"{TOOLS} assistant.errors assistant.settings assistant.budget",
    "assistant.home": f"{TOOLS} assistant.errors assistant.settings",
    "assistant.remote": f"{TOOLS} assistant.errors assistant.settings",
    "assistant.choosing": f"{TOOLS} assistant.errors assistant.settings assistant.budget "
    "assistant.remote",
    "assistant.find": ASKING,
    "assistant.app": f"{ASKING} assistant.home assistant.choosing assistant.find assistant.remote",
    "assistant.work": f"{ASKING} assistant.home assistant.choosing assistant.find assistant.app",
    "assistant.doors": WORKING,
    "assistant.doors.cli": f"{WORKING} assistant.settings_file assistant.doors {LAB} "
    "headrouter.lab.evidence",
    "assistant": f"{WORKING} assistant.doors",
    "ui": "assistant.errors assistant.settings assistant.settings_file assistant.budget "
    "assistant.ask assistant.choosing assistant.app assistant.work assistant.doors "
    "assistant.doors.cli tools memory",
}
# These say where public names live, and have no module of their own beside them.
FACES = {"headrouter", "assistant", "headrouter.lab"}
LATE = {
    # `from tools import langchain_tools` is promised; it is imported when asked for, never before.
    "tools": {"assistant.doors"},
    # The command's old name, which no module imports.
    "headrouter.nano.__main__": {"headrouter.lab"},
}
FORBIDDEN_OUTSIDE = {
    "memory": {"torch"},
    "ui": {"torch", "transformers"},
    "assistant": {"gradio"},
    "tools": {"gradio"},
    "headrouter": {"gradio"},
}
PACKAGES = list(FORBIDDEN_OUTSIDE)


def name_of(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {name_of(file): file for package in PACKAGES for file in (ROOT / package).rglob("*.py")}


def imported(file: Path) -> set[str]:
    """Full names of all modules that a file imports, however deep in it."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            whole = {f"{node.module}.{alias.name}" for alias in node.names}
            modules = whole & set(MODULES)
            names |= modules | ({node.module} if whole - modules else set())
    return names


def room_of(module: str) -> str:
    around = (room for room in ROOMS if f"{module}.".startswith(f"{room}."))
    return max(around, key=len)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_what_lies_below_it(room):
    modules = [name for name in MODULES if room_of(name) == room]
    assert modules, f"{room} is empty"
    for module in modules:
        ours = {room_of(name) for name in imported(MODULES[module]) if name in MODULES} - {room}
        allowed = {*ROOMS[room].split()} | LATE.get(module, set())
        assert ours <= allowed, f"{module} imports {ours - allowed}"


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_does_without_what_is_another_ones(package):
    for module, file in MODULES.items():
        if module.split(".")[0] == package:
            outside = {name.split(".")[0] for name in imported(file)}
            assert not outside & FORBIDDEN_OUTSIDE[package], module


def test_no_rooms_stand_in_a_circle():
    table = {room: below.split() for room, below in ROOMS.items()}
    order = list(TopologicalSorter(table).static_order())  # raises CycleError
    assert set(order) == set(ROOMS)  # and nothing is allowed that is no room


def test_every_module_has_a_room():
    in_faces = {name for name in MODULES if room_of(name) in FACES}
    assert in_faces == FACES | {"headrouter.__main__", "headrouter.lab.__main__"}


def test_a_module_is_short_enough_to_be_read():
    tables = {f"headrouter.question.{code}" for code in LANGUAGES}  # of words, as many as they are
    lines = {name: len(file.read_text().splitlines()) for name, file in MODULES.items()}
    assert {name: n for name, n in lines.items() if n > MOST_LINES and name not in tables} == {}


def test_the_tools_need_nothing_above_them():
    code = "import sys, tools; sys.exit('assistant' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
