"""Asking the server in the background: the same as asking in one's own process, only sooner."""

import http.server
import json
import os
import stat
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path

import pytest
import test_ask_command
import test_ctrl_c
from desk import ANSWER, QUESTION, Desk
from media import tone, write_wav
from pydantic import SecretStr

from assistant.app import Assistant
from assistant.ask.request import Request
from assistant.doors import local, wire
from assistant.doors.cli import calling, warm
from assistant.doors.local import serve
from assistant.errors import BudgetRefused, ServerGone
from assistant.home import running
from assistant.home.running import Taken, announced
from assistant.settings import Settings, load_settings
from headrouter.errors import ModelMissing, UnknownModel
from memory import NotFound
from tools.errors import Stopped

never = threading.Event  # nobody stops what is asked


@contextmanager
def serving(settings, kind="background", idle=None):
    """A server of this process, in a thread."""
    with Assistant(settings) as assistant:
        ready = threading.Event()
        thread = threading.Thread(target=serve, args=(assistant, kind, ready.set, idle))
        thread.start()
        assert ready.wait(60)
        try:
            yield running.find(settings.home)
        finally:
            if (note := running.find(settings.home)) is not None:
                warm.end(settings.home, note)
            thread.join(60)


@pytest.fixture(autouse=True)
def answered_here():
    """Asks the server, as a user does."""


@pytest.fixture
def asked(monkeypatch):
    """The questions that the server was asked."""
    questions, usual = [], local.Local.ask

    def ask(self, asked):
        questions.append(asked.request["question"])
        return usual(self, asked)

    ask.__annotations__ = usual.__annotations__
    monkeypatch.setattr(local.Local, "ask", ask)
    return questions


@pytest.fixture
def started(monkeypatch):
    """Servers that a command would have started; it answers by itself."""
    homes = []
    monkeypatch.setattr(warm, "start", lambda settings, stop: homes.append(settings.home))
    return homes


@pytest.fixture
def desk(tmp_path, capsys, monkeypatch, asked, started):
    """As elsewhere, with a server that is there already."""
    with serving(load_settings({})):
        yield Desk(tmp_path, capsys, monkeypatch)


class TestAsk(test_ask_command.TestAsk):
    """All of that once more, asked of the server."""

    @pytest.fixture(autouse=True)
    def is_asked(self, asked, started, request):
        yield
        assert asked
        assert len(started) == ("elsewhere" in request.node.name)

    def test_a_bug_is_not_hidden(self, desk, wav, fake):
        fake.reply = lambda question, plan: 1 / 0
        note, settings = running.find(desk.home), load_settings({})
        asked = calling.ask(note, settings, Request(str(wav), QUESTION), never(), by_default=False)
        with pytest.raises(ServerGone, match="ended before its answer: .* its log is "):
            list(asked)


class TestCtrlC(test_ctrl_c.TestCtrlC):
    """All of that once more, asked of the server."""


@pytest.mark.parametrize(
    ("code", "message", "args"),
    [
        (2, "keep = '0' (flag) is not allowed: give the part", ["--keep", "0"]),
        (3, "the range 2:00 to 0:10 holds nothing", ["--from", "2:00"]),
        (3, "There is no session 99", ["--session", "99"]),
    ],
)
def test_what_is_refused_is_refused_in_the_same_words(desk, wav, code, message, args):
    desk.refused(code, message, "ask", wav, QUESTION, *args)


def test_paths_mean_the_same_though_the_server_is_elsewhere(desk, wav, monkeypatch, asked):
    monkeypatch.chdir(wav.parent)
    assert desk.run("ask", wav.name, QUESTION).out == f"{ANSWER}\n"
    desk.refused(3, f"{wav.parent / 'b.wav'} was not found", "ask", "b.wav", QUESTION)
    assert asked


def test_bytes_that_are_no_text(desk, wav):
    desk.refused(3, "is not valid UTF-8", "ask", wav, os.fsdecode(b"caf\xe9"))


class TestWhichServer:
    def test_no_server_is_asked_nor_started_where_none_is_wanted(self, desk, wav, asked, started):
        assert desk.run("ask", wav, QUESTION, "--no-server").out == f"{ANSWER}\n"
        desk.monkeypatch.setenv("HEADROUTER_KEEP_LOADED", "0")
        assert desk.run("ask", wav, QUESTION).out == f"{ANSWER}\n"
        assert asked == started == []

    @pytest.mark.parametrize("flag", ["--device=cpu", "--memory-limit=9GB", "--precision=fp32"])
    def test_one_with_other_settings_is_replaced(self, desk, wav, asked, started, flag):
        assert desk.run("ask", wav, QUESTION, flag).out == f"{ANSWER}\n"
        assert (asked, started) == ([], [desk.home])
        assert running.find(desk.home) is None  # that which had others has ended

    def test_what_a_question_brings_with_it_makes_no_other(self, desk, wav, asked, started):
        desk.run("ask", wav, QUESTION, "--keep=0.5", "--words=off", "--within=9", "--language=de")
        assert (asked, started) == ([QUESTION], [])

    def test_one_of_another_version_is_replaced(self, desk, wav, asked, started, monkeypatch):
        monkeypatch.setattr(running, "build", lambda: "0.0.1 0")
        assert desk.run("ask", wav, QUESTION).out == f"{ANSWER}\n"
        assert (asked, started) == ([], [desk.home])

    def test_one_that_answers_somebody_else_is_left_alone(self, desk, wav, started, monkeypatch):
        monkeypatch.setattr(warm, "is_busy", lambda note: True)
        assert desk.run("ask", wav, QUESTION, "--device=cpu").out == f"{ANSWER}\n"
        assert started == []
        assert running.find(desk.home) is not None

    def test_that_of_a_page_is_asked_and_never_ended(self, tmp_path, capsys, monkeypatch, asked):
        desk = Desk(tmp_path, capsys, monkeypatch)
        path = write_wav(tmp_path / "a.wav", tone(10))
        with serving(load_settings({}), "ui") as note:
            assert desk.run("ask", path, QUESTION).out == f"{ANSWER}\n"
            assert desk.run("ask", path, QUESTION, "--device=cpu").out == f"{ANSWER}\n"
            desk_says = desk.run("stop")
            assert desk_says.code == 3
            assert f"`headrouter ui` answers here (process {note.pid})" in desk_says.err
            assert running.find(desk.home) == note
        assert asked == [QUESTION]


class TestStatus:
    def test_it_tells_what_runs_and_stop_ends_it(self, desk, wav):
        desk.run("ask", wav, QUESTION)
        told = desk.run("status", "--json").json
        assert told["running"]
        assert (told["pid"], told["answered"], told["under_way"]) == (os.getpid(), 1, 0)
        assert "model: nano, in memory\n" in desk.run("status").out
        assert desk.run("stop", "--json").json == {"stopped": True, "pid": os.getpid()}
        assert desk.run("status").out == "running: False\n"
        assert desk.run("stop", "--json").json == {"stopped": False, "pid": None}


class TestWhoMayAsk:
    def test_nobody_without_the_token(self, desk):
        note = running.find(desk.home)
        for headers in ({}, {"Authorization": "Bearer guessed"}):
            for method, path in (("GET", "/status"), ("POST", "/ask"), ("POST", "/stop")):
                connection = HTTPConnection("127.0.0.1", note.port, timeout=10)
                connection.request(method, path, "{}", headers)
                assert connection.getresponse().status == 401, path
                connection.close()
        assert running.find(desk.home) == note

    def test_the_token_is_its_users_alone(self, desk):
        assert stat.S_IMODE(running.place(desk.home).stat().st_mode) == 0o600

    def test_no_page_of_a_browser_may(self, desk):
        note = running.find(desk.home)
        headers = {"Authorization": f"Bearer {note.token}", "Origin": "https://evil.example"}
        connection = HTTPConnection("127.0.0.1", note.port, timeout=10)
        connection.request("POST", "/stop", "{}", headers)
        assert connection.getresponse().status == 403
        connection.close()


class TestTheNote:
    @pytest.fixture
    def settings(self, tmp_path):
        return Settings(home=tmp_path / "home", cache=tmp_path / "cache")

    def test_there_is_one_server_for_a_home(self, settings, monkeypatch):
        monkeypatch.setattr(running, "PATIENCE", 0.01)
        with announced(settings, "background", 1) as note:
            assert running.find(settings.home) == note
            with pytest.raises(Taken), announced(settings, "background", 2):
                pass
            assert running.find(settings.home) == note
        assert running.find(settings.home) is None
        assert not running.lives(settings.home)

    def test_what_a_dead_process_left_is_not_believed(self, settings):
        with announced(settings, "background", 1):
            left = running.place(settings.home).read_text()
        running.place(settings.home).write_text(left)  # its number and its port may live again
        assert running.find(settings.home) is None

    @pytest.mark.parametrize("text", ["", "{}", "[1]", '{"port": 1, "later": 2}', "\0"])
    def test_one_that_is_damaged_or_of_another_version(self, settings, text):
        with announced(settings, "background", 1):
            running.place(settings.home).write_text(text)
            assert running.find(settings.home) is None
            assert running.lives(settings.home)

    def test_settings_that_questions_share_make_another_fingerprint(self, settings):
        same = running.fingerprint(settings)
        for name, value in dict(keep=0.5, words="on", api_key=None, keep_loaded=1.0).items():
            assert running.fingerprint(settings.model_copy(update={name: value})) == same
        for name, value in dict(model="x", device="cpu", threads=1, offline=True).items():
            assert running.fingerprint(settings.model_copy(update={name: value})) != same
        keys = [settings.model_copy(update={"remote_key": SecretStr(key)}) for key in ("a", "b")]
        assert len({same, *map(running.fingerprint, keys)}) == 3

    def test_no_secret_is_handed_over_hidden(self):
        secret = {name for name, field in Settings.model_fields.items() if "Secret" in str(field)}
        assert secret == warm.SECRETS


class TestThatEnds:
    def test_when_nobody_asks(self, tmp_path):
        settings = load_settings({})
        with serving(settings, idle=0.01):
            until = time.monotonic() + 30
            while running.lives(settings.home):
                assert time.monotonic() < until
                time.sleep(0.01)
        assert not running.place(settings.home).exists()

    def test_not_while_a_question_is_under_way(self):
        work = local.Work()
        with work.of("a", threading.Event()):
            work.last -= 1000
            assert work.idle() == 0
        assert work.idle() < 100

    def test_as_a_question_comes(self, desk, wav, monkeypatch):
        """It was there when it was looked for, and had gone when it was asked."""
        note = running.find(desk.home)
        warm.end(desk.home, note)
        again = []

        def start(settings, stop):
            again.append(stack.enter_context(serving(settings)))
            return again[0]

        with ExitStack() as stack:
            monkeypatch.setattr(warm, "server_for", lambda *given: note)
            monkeypatch.setattr(warm, "start", start)
            assert desk.run("ask", wav, QUESTION).out == f"{ANSWER}\n"
        assert len(again) == 1

    def test_killed_in_the_middle(self, tmp_path, capsys, monkeypatch, wav):
        """What was answered so far is not taken for the answer."""

        class Breaks(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b'{"event": "Token", "text": "Half an"}\n{"event": "To')

            def log_message(self, *args):
                pass

        desk, settings = Desk(tmp_path, capsys, monkeypatch), load_settings({})
        with http.server.HTTPServer(("127.0.0.1", 0), Breaks) as broken:
            thread = threading.Thread(target=broken.serve_forever, args=(0.01,))
            thread.start()
            with announced(settings, "background", broken.server_port):
                result = desk.run("ask", wav, QUESTION)
            broken.shutdown()
            thread.join()
        assert (result.code, result.out) == (4, "")
        assert "ended before its answer: ask again, or give --no-server" in result.err


class TestStarting:
    @pytest.fixture(autouse=True)
    def really(self, monkeypatch):
        monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[4]))

    @pytest.fixture
    def loaded(self):
        """No fake crosses into another process."""

    def test_it_starts_and_what_is_killed_is_started_again(self, nano_cache, monkeypatch):
        monkeypatch.setenv("HEADROUTER_CACHE", str(nano_cache))
        settings = load_settings({})
        note = warm.server_for(settings)
        assert (note.kind, note.build) == ("background", running.build())
        assert warm.called(note, "GET", "/status")["ends_in_seconds"] <= 900
        assert warm.server_for(settings) == note
        os.kill(note.pid, 9)
        until = time.monotonic() + 30
        while running.lives(settings.home):
            assert time.monotonic() < until
            time.sleep(0.01)
        assert running.find(settings.home) is None

    def test_a_model_that_is_missing_is_told_and_nothing_is_written(self, desk_alone, wav):
        result = desk_alone.run("ask", wav, QUESTION)
        assert result.code == 4
        assert "model 'nano' is not on this machine; run: headrouter models pull" in result.err
        assert not desk_alone.home.exists()

    @pytest.fixture
    def desk_alone(self, tmp_path, capsys, monkeypatch):
        return Desk(tmp_path, capsys, monkeypatch)

    def test_one_that_can_not_start_says_why(self, monkeypatch):
        monkeypatch.setattr(warm.background, "__name__", "no_such_module")
        with pytest.raises(ServerGone, match="the server does not start .*no_such_module"):
            warm.start(load_settings({}))

    def test_ctrl_c_ends_what_has_not_started(self, monkeypatch):
        begun = []
        usual = subprocess.Popen

        def popen(command, **options):
            begun.append(usual([sys.executable, "-c", "input(); input()"], **options))
            return begun[0]

        monkeypatch.setattr(subprocess, "Popen", popen)
        monkeypatch.setattr(warm.json, "dump", lambda value, file: None)
        with pytest.raises(Stopped):
            warm.start(load_settings({}), lambda: True)
        assert begun[0].returncode is not None


class TestWire:
    @pytest.mark.parametrize(
        "error",
        [
            NotFound("no\nsuch"),
            UnknownModel("there is no model 'x'"),
            ModelMissing("m"),
            BudgetRefused("caf\udce9"),
            Stopped(),
        ],
        ids=lambda error: type(error).__name__,
    )
    def test_what_was_raised_is_the_same_afterwards(self, error):
        told = wire.event(wire.line(wire.Failed(error))).error
        assert (type(told), str(told)) == (type(error), str(error))

    def test_what_this_version_does_not_know_is_an_error_all_the_same(self):
        told = wire.event(json.dumps({"event": "Failed", "kind": "Later", "message": "m"}))
        assert str(told.error) == "m"

    def test_events_are_the_same_afterwards(self, assistant_events):
        for event in assistant_events:
            assert wire.event(wire.line(event)) == event

    @pytest.fixture
    def assistant_events(self, wav):
        with Assistant(load_settings({})) as assistant:
            events = list(assistant.ask(Request(str(wav), QUESTION)))
        assert {"Progress", "Planned", "Token", "Heard", "Cited", "Done"} <= {
            type(event).__name__ for event in events
        }
        return events


def test_two_questions_are_answered_at_once(desk, wav, fake):
    """Each command is a client of its own, and one that goes away gives its turn back."""
    settings, note = load_settings({}), running.find(desk.home)
    request = Request(str(wav), QUESTION)
    first = calling.ask(note, settings, request, never(), by_default=False)
    next(first)
    first.close()
    second = replace(request, question="What else?")
    *_, done = calling.ask(note, settings, second, never(), by_default=False)
    assert done.answer == "I heard: What else?"
