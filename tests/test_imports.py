"""Who may import whom: ui -> assistant -> tools -> {memory, headrouter}."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ALLOWED = {
    "headrouter": set(),
    "memory": set(),
    "tools": {"memory", "headrouter"},
    "assistant": {"tools", "memory", "headrouter"},
    "ui": {"assistant", "tools", "memory"},
}
# `from tools import langchain_tools` is promised; it is imported when asked for, never before.
LATE = {ROOT / "tools" / "__init__.py": {"assistant"}}
FORBIDDEN_OUTSIDE = {
    "memory": {"torch"},
    "ui": {"torch", "transformers"},
    "assistant": {"gradio"},
    "tools": {"gradio"},
    "headrouter": {"gradio"},
}


def imported(file: Path) -> set[str]:
    """First parts of all modules that a file imports, however deep in it."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("package", ALLOWED)
def test_a_package_imports_only_what_lies_below_it(package):
    files = list((ROOT / package).rglob("*.py"))
    assert files
    for file in files:
        found = imported(file)
        ours = found & set(ALLOWED) - {package}
        allowed = ALLOWED[package] | LATE.get(file, set())
        assert ours <= allowed, f"{file} imports {ours - allowed}"
        assert not found & FORBIDDEN_OUTSIDE.get(package, set()), file


def test_the_tools_need_nothing_above_them():
    code = "import sys, tools; sys.exit('assistant' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
