"""Who may import whom: ui -> assistant -> tools -> {memory, headrouter}."""

import ast
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
        assert ours <= ALLOWED[package], f"{file} imports {ours - ALLOWED[package]}"
        assert not found & FORBIDDEN_OUTSIDE.get(package, set()), file
