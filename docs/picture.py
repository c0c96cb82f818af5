"""Draws what a terminal showed: `tmux capture-pane -e -p | python docs/picture.py demo.svg`."""

import sys
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text


def main() -> None:
    """Reads standard input, writes the picture to the path given."""
    text = Text.from_ansi(sys.stdin.read().strip("\n"))
    width = max(len(line) for line in text.plain.splitlines())
    console = Console(record=True, width=width, file=StringIO())
    console.print(text)
    Path(sys.argv[1]).write_text(console.export_svg(title="headrouter"))


if __name__ == "__main__":
    main()
