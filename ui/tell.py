"""Small things that every part of the page needs: errors as sentences, files to download."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

import gradio as gr

from assistant.errors import EXPECTED
from tools.system import plain_name


@contextmanager
def as_sentences() -> Iterator[None]:
    """What is refused on purpose appears on the page as its sentence."""
    try:
        yield
    except EXPECTED as error:
        raise gr.Error(str(error), print_exception=False) from error


def save_as(name: str, data: bytes) -> str:
    """A file to download; Gradio serves it from the folder for temporary files."""
    path = Path(mkdtemp()) / plain_name(name, "export")
    path.write_bytes(data)
    return str(path)
