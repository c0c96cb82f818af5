"""Where the folders of a clone lie in a wheel: all below one package, `headrouter`.

In a clone, `assistant`, `tools`, `memory` and `ui` are packages of their own. Installed beside
other projects they would be in the way of packages of the same names. So in a wheel they are
`headrouter.app.assistant` and so on, and the imports of each other are changed accordingly. An
editable install keeps the folders as they are.
"""

import ast
import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.command.egg_info import egg_info

ROOMS = ("assistant", "memory", "samples", "tools", "ui")
HOME = "headrouter.app"


def moved(source: str) -> str:
    """The source of a module with imports of the rooms changed to where they lie in a wheel."""
    lines = source.splitlines(keepends=True)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            if any(alias.name.split(".")[0] in ROOMS for alias in node.names):
                raise SystemExit(f"line {node.lineno}: only 'from ... import' can be moved")
        elif isinstance(node, ast.ImportFrom) and not node.level:
            old = node.module or ""
            if old.split(".")[0] in ROOMS:
                row = node.lineno - 1
                lines[row] = lines[row].replace(f"from {old}", f"from {HOME}.{old}", 1)
    return "".join(lines)


class Build(build_py):
    """Builds as ever, then moves the rooms below `headrouter.app`."""

    def run(self) -> None:
        """Build into ``build_lib``."""
        build = Path(self.build_lib)
        if not self.editable_mode:
            shutil.rmtree(build, ignore_errors=True)  # an earlier build's files would come along
        super().run()
        if self.editable_mode:
            return
        home = build.joinpath(*HOME.split("."))
        home.mkdir()
        home.joinpath("__init__.py").write_text(
            '"""The assistant; in a clone its rooms are packages."""\n', encoding="utf-8"
        )
        for room in ROOMS:
            shutil.move(build / room, home / room)
        for module in build.rglob("*.py"):
            module.write_text(moved(module.read_text(encoding="utf-8")), encoding="utf-8")

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        """The files that were built, where they lie now."""
        if self.editable_mode:
            return super().get_outputs(include_bytecode)
        return [str(path) for path in Path(self.build_lib).rglob("*") if path.is_file()]


class Info(egg_info):
    """Names the one package in the metadata, too."""

    def run(self) -> None:
        """Write as ever, then ``top_level.txt`` anew."""
        super().run()
        Path(self.egg_info, "top_level.txt").write_text("headrouter\n", encoding="utf-8")


setup(cmdclass={"build_py": Build, "egg_info": Info})
