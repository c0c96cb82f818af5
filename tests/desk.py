"""A desk at which commands are typed."""

import io
import json
import sqlite3
import sys
from contextlib import closing
from dataclasses import dataclass

import pytest
from media import tone, write_wav

from assistant.doors.cli import main as cli

QUESTION = "What is there to hear?"
ANSWER = f"I heard: {QUESTION}"


@dataclass
class Result:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        (line,) = self.out.splitlines()
        return json.loads(line)


class Desk:
    """A home of its own, and a terminal that is none."""

    def __init__(self, folder, capsys, monkeypatch):
        self.folder, self.capsys, self.monkeypatch = folder, capsys, monkeypatch
        self.home = folder / "home"

    def run(self, *args) -> Result:
        """``headrouter`` with these arguments."""
        self.monkeypatch.setattr(sys, "argv", ["headrouter", *map(str, args)])
        self.capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = self.capsys.readouterr()
        assert "Traceback" not in out + err
        return Result(ended.value.code or 0, out, err)

    def refused(self, code, message, *args):
        """Asserts one sentence on standard error; and with --json one object on standard output."""
        plain, told = self.run(*args), self.run(*args, "--json")
        assert plain.out == ""
        for result in (plain, told):
            assert result.code == code
            (line,) = result.err.splitlines()
            assert line.startswith("headrouter: ")
            assert message in line
        assert told.json.keys() == {"error"}
        assert told.json["error"].keys() == {"kind", "message"}
        assert f"headrouter: {told.json['error']['message']}\n" == told.err
        self.check_whole()

    def check_whole(self):
        """The database is sound, and is still used."""
        good = write_wav(self.folder / "good.wav", tone(2))
        assert self.run("ask", good, QUESTION).out == f"{ANSWER}\n"
        with closing(sqlite3.connect(self.home / "headrouter.db")) as db:
            assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert db.execute("PRAGMA foreign_key_check").fetchall() == []


class Seated(io.StringIO):
    """A terminal."""

    def isatty(self):
        return True
