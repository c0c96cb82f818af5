"""How much room folders take; light to import."""

from pathlib import Path


def bytes_in(folder: Path) -> int:
    """What lies in a folder, however deep; nothing if there is none."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
