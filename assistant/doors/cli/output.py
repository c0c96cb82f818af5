"""Standard output and error of the commands: whatever they are connected to, they may fail.

What the encoding of a terminal or pipe lacks is escaped; a document that is written to a file is
refused instead, for nobody would notice there.
"""

import errno
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any, TextIO, cast

import typer

Out = Annotated[
    Path | None, typer.Option("--out", "-o", help="File to write, instead of printing it.")
]


DIGITS = 4  # after the point: a tenth of a millisecond, a hundredth of a percent


class OutputFailed(Exception):
    """Standard output or error can't be written; the message says why and what to do."""

    def __init__(self, message: str, *, gone: bool = False) -> None:
        super().__init__(message)
        self.gone = gone  # whoever read it has gone, and needs no message


class _Checked:
    """A stream whose failures are told apart from all others."""

    def __init__(self, stream: TextIO, name: str) -> None:
        self._stream, self._name = stream, name

    def write(self, text: str) -> int:
        with self._told():
            return self._stream.write(text)

    def flush(self) -> None:
        with self._told():
            if not self._stream.closed:  # MCP's library closes it where its client has gone
                self._stream.flush()

    def write_bytes(self, data: bytes) -> None:
        """Bytes as they are, after the text so far."""
        with self._told():
            self._stream.flush()
            self._stream.buffer.write(data)
            self._stream.buffer.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self._give_up()
            raise OutputFailed(
                f"standard {self._name} can't be written ({error.strerror}): make room there, or "
                "send it elsewhere",
                gone=error.errno == errno.EPIPE,
            ) from error

    def _give_up(self) -> None:
        """What is left to write goes nowhere: Python tries once more when it ends."""
        with suppress(OSError, ValueError):  # ValueError: a stream that is no file
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)


@contextmanager
def checked_output() -> Iterator[None]:
    """Inside, writing to standard output and error raises nothing but OutputFailed."""
    before = sys.stdout, sys.stderr
    for stream in before:
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    sys.stdout = _Checked(before[0], "output")
    sys.stderr = _Checked(before[1], "error")
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    finally:
        sys.stdout, sys.stderr = before


def is_asked() -> bool:
    """Whether a person at a terminal can be asked something: both ends are there."""
    return sys.stdin.isatty() and sys.stderr.isatty() and "--json" not in sys.argv


def print_json(value: Any) -> None:
    """One line of JSON, numbers rounded; in an encoding other than UTF-8, of ASCII alone."""
    unicode = sys.stdout.encoding.lower().replace("_", "-") in ("utf-8", "utf8")
    print(json.dumps(rounded(value), ensure_ascii=not unicode))


def rounded(value: Any) -> Any:
    """Plain values with their numbers rounded to DIGITS."""
    match value:
        case float():
            return round(value, DIGITS)
        case dict():
            return {name: rounded(inner) for name, inner in value.items()}
        case list() | tuple():
            return [rounded(inner) for inner in value]
    return value


def print_document(text: str) -> None:
    """A document, to the letter. Raises OutputFailed where standard output's encoding lacks one."""
    try:
        text.encode(sys.stdout.encoding)
    except UnicodeEncodeError as error:
        lacking = text[error.start]
        raise OutputFailed(
            f"standard output is in {sys.stdout.encoding}, which has no {lacking!a}: set "
            "PYTHONIOENCODING=utf-8"
        ) from None
    print(text, end="")


def print_or_write(data: bytes, out: Path | None) -> None:
    """A document: into a file, or to standard output, which a terminal shows only text on.

    Raises DiskError where the file can't be written, Misused for what a terminal can't show.
    """
    from assistant.errors import Misused
    from tools.errors import DiskError

    if out is not None:
        try:
            out.write_bytes(data)
        except OSError as error:
            raise DiskError(f"{out} can't be written ({error.strerror})") from error
        return
    with suppress(UnicodeDecodeError):
        print_document(data.decode())
        return
    if sys.stdout.isatty():
        raise Misused("a terminal can't show this format: give --out FILE")
    cast(_Checked, sys.stdout).write_bytes(data)
