"""What is printed where, to terminals, pipes and files."""

import io
import json
import os
import re
import sys
from pathlib import Path

import pytest
from desk import QUESTION
from media import tone, write_wav
from rich.console import Console

from assistant.ask.events import (
    Again,
    Citation,
    Cited,
    Done,
    Failed,
    Heard,
    HeardReport,
    Part,
    Progress,
    Token,
)
from assistant.doors.cli.output import rounded
from assistant.doors.cli.render import Stages, Terminal
from tools.errors import MediaError


class TestOutput:
    """Whatever standard output is connected to, and whatever a file is called."""

    NAME = "a\x1b[31m *red*\nline <b>天.wav"
    SHOWN = r"a\x1b[31m *red*\nline <b>天.wav"

    @pytest.fixture
    def named(self, desk, wav):
        path = wav.rename(wav.with_name(self.NAME))
        desk.run("ask", path, QUESTION)
        return path

    def test_names_are_shown_escaped(self, desk, named):
        listed = desk.run("recordings", "list")
        assert self.SHOWN in listed.out
        shown = desk.run("recordings", "show", named)
        assert f"name: {self.SHOWN}" in shown.out.splitlines()
        assert desk.run("recordings", "list", "--json").json[0]["name"] == self.NAME
        named.write_bytes(b"RIFF of nothing")
        gone = desk.run("ingest", named)
        assert len(gone.err.splitlines()) == 1
        assert self.SHOWN in gone.err
        assert "\x1b" not in listed.out + shown.out + gone.err

    @pytest.mark.parametrize("args", [["transcript", "--format", "md"], ["minutes"]], ids=str)
    def test_names_mean_nothing_in_markdown(self, desk, named, args):
        command, *options = args
        first = desk.run(command, named, *options).out.splitlines()[0]
        assert first == r"# a\\x1b\[31m \*red\* line \<b\>天.wav"

    def test_what_an_encoding_lacks_is_escaped(self, desk, named):
        for args in (["list"], ["list", "--json"]):
            data = io.BytesIO()
            desk.monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(data, "cp1252"))
            assert desk.run("recordings", *args).code == 0
            assert r"\u5929.wav" in data.getvalue().decode("cp1252")
        assert json.loads(data.getvalue())[0]["name"] == self.NAME

    def test_a_document_in_an_encoding_that_lacks_a_letter_is_refused(self, desk, named):
        desk.monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), "cp1252"))
        result = desk.run("transcript", named, "--format", "md")
        assert result.code == 6
        assert "standard output is in cp1252, which has no '\\u5929': set" in result.err
        assert len(result.err.splitlines()) == 1

    @pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full")
    @pytest.mark.parametrize(
        "args",
        [["recordings", "list"], ["config", "show", "--json"], ["transcript", "a.wav"], ["--help"]],
        ids=str,
    )
    def test_a_full_disk_behind_standard_output(self, desk, wav, args):
        desk.run("ingest", wav)
        desk.monkeypatch.chdir(wav.parent)
        with Path("/dev/full").open("w") as full:
            desk.monkeypatch.setattr(sys, "stdout", full)
            result = desk.run(*args)
        assert result.code == 6
        assert "standard output can't be written (No space left on device)" in result.err

    def test_a_reader_that_has_gone_ends_it_without_a_word(self, desk):
        read, write = os.pipe()
        os.close(read)
        with os.fdopen(write, "w") as pipe:
            desk.monkeypatch.setattr(sys, "stdout", pipe)
            result = desk.run("config", "show", "--json")
        assert (result.code, result.err) == (130, "")

    def test_a_door_may_close_standard_output_when_its_client_has_gone(self, desk):
        """As the library of MCP does."""
        desk.monkeypatch.setattr("assistant.doors.cli.first.introduce", lambda: sys.stdout.close())
        desk.monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), "utf-8"))
        assert desk.run().code == 0

    def test_a_name_that_is_no_text(self, desk, wav):
        latin = os.fsdecode(b"caf\xe9")
        desk.run("ask", wav, QUESTION)
        desk.refused(3, "is not valid UTF-8", "recordings", "show", latin)
        desk.refused(3, "is not valid UTF-8", "sessions", "rename", "1", latin)
        folder = wav.parent / latin
        folder.mkdir()
        wav.rename(folder / "a.wav")
        desk.monkeypatch.chdir(folder)
        desk.refused(3, "is not valid UTF-8", "ask", "a.wav", QUESTION)


def test_numbers_are_rounded(desk, wav):
    assert rounded({"a": [0.123456789, (1 / 3,)], "b": "0.123456789", "c": 7}) == {
        "a": [0.1235, [0.3333]],
        "b": "0.123456789",
        "c": 7,
    }
    told = desk.run("ask", wav, QUESTION, "--json").out
    assert not re.search(r"\d\.\d{5}", told)


def test_seconds_are_rounded(desk, tmp_path):
    path = write_wav(tmp_path / "odd.wav", tone(3.3333))
    desk.run("ingest", path)
    assert desk.run("recordings", "list", "--json").json[0]["seconds"] == 3.33


class TestTerminal:
    """What a person sees, whose terminal shows the answer as it comes."""

    REPORT = HeardReport(
        seconds_heard=75.0,
        seconds_total=3700.0,
        tokens_kept=4,
        tokens_total=9,
        keep=0.4,
        reason="keep 0.4: the usual ratio",
        words="off",
        routes={},
        spans=[],
        model="fake",
        calibrated=True,
        seconds={"prefill": 1.25},
        predicted_bytes=0,
        measured_bytes=0,
        notes=["[odd] :dog: [/name]"],
    )

    @pytest.fixture
    def terminal(self, monkeypatch):
        terminal = Terminal()
        for name in ("out", "err"):
            console = getattr(terminal, name)
            monkeypatch.setattr(console, "file", io.StringIO())
            monkeypatch.setattr(console, "_force_terminal", True)
            monkeypatch.setattr(console, "_color_system", None)
        terminal.streams = True
        return terminal

    def test_pieces_come_as_they_are(self, terminal, capsys):
        pieces = ["[bold]I", " heard[/] a", " :dog: at 10:30", "\nand {0} %s 42"]
        events = [
            Progress("loading the model"),
            *map(Token, pieces),
            Heard(self.REPORT),
            Cited([]),
            Done("".join(pieces), "cafe", 1, 1),
        ]
        terminal.show(events)
        assert terminal.out.file.getvalue() == "".join(pieces) + "\n"
        assert capsys.readouterr().out == ""
        told = terminal.err.file.getvalue()
        assert "heard 1:15 of 1:01:40, 4 of 9 audio tokens (keep 0.4: the usual ratio)" in told
        assert "note: [odd] :dog: [/name]" in told
        assert "fake, words off, 1.2 s" in told
        assert not terminal.outcome.answered().stopped

    def test_what_is_withdrawn_and_what_fails(self, terminal):
        failed = Failed(MediaError("a.wav was not found; check the path."))
        terminal.show([Token("maybe"), Again("not sure"), failed])
        assert terminal.out.file.getvalue() == "maybe"
        assert "(not sure)" in terminal.err.file.getvalue()
        assert terminal.outcome.error is failed.error

    def test_parts_are_told_as_they_come(self, terminal):
        cited = [Citation(60.0, 65.0, 0.5, "Bread.", agreement=0.75), Citation(1.0, 2.0, 0.25)]
        events = [
            Part(2, 9, 120.0, 240.0, "[b]Bread.[/b]"),
            Token("Bread."),
            Heard(self.REPORT),
            Cited(cited),
            Done("Bread.", "cafe", 1, 1),
        ]
        terminal.show(events)
        told = terminal.err.file.getvalue()
        assert "part 2 of 9, 2:00-4:00: [b]Bread.[/b]" in told
        assert "moments 1:00-1:05 (50%, 75% of the answer's words), 0:01-0:02 (25%)" in told

    def test_bars_of_slow_stages_with_any_name(self, monkeypatch):
        monkeypatch.setattr("assistant.doors.cli.render.SLOW", -1.0)
        console = Console(file=io.StringIO(), force_terminal=True, width=120)
        with Stages(console) as stages:
            for fraction in (0.0, 0.5, 1.0):
                stages.show("listening to [odd] name [/b].wav", fraction)
            assert stages.bars.tasks[0].fields["left"] == "0:00 left"
            stages.show("loading the model", None)
        drawn = console.file.getvalue()
        assert "listening to [odd] name [/b].wav" in drawn
        assert "loading the model" in drawn

    def test_quick_stages_draw_nothing(self):
        console = Console(file=io.StringIO(), force_terminal=True, width=120)
        with Stages(console) as stages:
            stages.show("listening", 0.5)
            stages.show("listening", 1.0)
        assert console.file.getvalue() == ""
