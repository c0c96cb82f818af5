"""Models on servers: what they are sent, where it may go, and what goes wrong."""

import base64
import io
import os
import socket
import wave
from dataclasses import replace

import httpx
import numpy as np
import pytest
from hearing_server import hearing_server
from media import FakeRecogniser, tone, write_wav

import assistant.app
import assistant.choosing
from assistant.app import Assistant
from assistant.ask.events import Done, Failed, Heard, Progress, Token
from assistant.ask.state import Request
from assistant.choosing import check_model, choose, load_listener, shown
from assistant.errors import BadRequest
from assistant.remote import server_of
from assistant.settings import Settings
from headrouter.errors import ModelMissing, RemoteFailed, UnknownModel
from headrouter.fakes import FakeListener
from headrouter.hear import remote
from headrouter.hear.remote import RemoteLM, Server
from headrouter.models import MODELS

QUESTION = "What is heard after the tone?"


@pytest.fixture(autouse=True)
def bare(no_settings, monkeypatch):
    for name in [name for name in os.environ if name.startswith("OPENAI_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def server():
    with hearing_server() as server:
        yield server


@pytest.fixture
def ear():
    return FakeListener(card=replace(MODELS["nano"], name="ear"), model_id="ear@1")


@pytest.fixture
def assist(tmp_path, server, ear, monkeypatch):
    """An assistant whose model is on the server, with the settings given."""
    monkeypatch.setattr(assistant.choosing, "load_listener", lambda settings: ear)
    monkeypatch.setattr(assistant.app, "check_model", lambda settings: None)
    monkeypatch.setattr(assistant.app, "load_recogniser", lambda settings: FakeRecogniser())
    opened = []

    def make(**settings):
        given = {"model": f"openai:parrot@{server.address}", "words": "off"} | settings
        home = {"home": tmp_path / "home", "cache": tmp_path / "cache"}
        opened.append(Assistant(Settings(**home, **given)))
        return opened[-1]

    yield make
    for one in opened:
        one.store.close()


@pytest.fixture
def wav(tmp_path):
    return write_wav(tmp_path / "a.wav", np.concatenate([tone(10, 0.05), tone(10, 0.5)]))


def ask(assistant, wav, question=QUESTION, **request):
    return list(assistant.ask(Request(str(wav), question, **request)))


def one(events, kind):
    (event,) = [event for event in events if isinstance(event, kind)]
    return event


def sent_audio(body):
    """The seconds of each clip in a request."""
    clips = [
        part["input_audio"] for part in body["messages"][-1]["content"] if "input_audio" in part
    ]
    assert {clip["format"] for clip in clips} == {"wav"}
    return [seconds(base64.b64decode(clip["data"])) for clip in clips]


def seconds(data):
    with wave.open(io.BytesIO(data)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16_000, 1, 2)
        return file.getnframes() / 16_000


def texts(body):
    return [part["text"] for part in body["messages"][-1]["content"] if part["type"] == "text"]


class TestAsking:
    def test_the_stretches_are_sent_as_sound_with_their_times_and_the_answer_streams(
        self, assist, server, wav
    ):
        events = ask(assist(), wav)
        assert one(events, Done).answer == "A dog barks."
        assert [e.text for e in events if isinstance(e, Token)] == ["A dog", " barks."]
        (body,) = server.asked
        assert (body["model"], body["stream"], body["max_tokens"]) == ("parrot", True, 200)
        assert sent_audio(body) == [pytest.approx(20.0)]
        assert texts(body) == ["The recording from 0:00 to 0:20:", QUESTION]
        assert server.keys == [None]

    def test_the_report_says_what_left_this_machine_and_that_nothing_was_pruned(self, assist, wav):
        events = ask(assist(), wav)
        report = one(events, Heard).report
        (note,) = report.notes
        assert note == (
            "20 s of sound went to 127.0.0.1, and nothing was pruned there; the stretches were "
            "chosen here by ear@1"
        )
        assert (report.model, report.keep, report.tokens_kept) == ("openai:parrot", 1.0, 250)
        assert report.reason == "keep 1: nothing is pruned of what is sent"
        assert report.confidence is None
        told = [event.stage for event in events if isinstance(event, Progress)]
        assert "sending 20 s of sound to 127.0.0.1" in told

    def test_the_sounds_that_are_located_here_go_along_with_their_times(
        self, assist, server, ear, wav
    ):
        ear.sounds["dog"] = [(12.0, 15.0)]
        events = ask(assist(), wav, "Describe what you can hear")
        told = "Sounds that were located in it, with their times: dog (0:12-0:15)."
        assert texts(server.asked[-1])[-1] == f"{told}\nDescribe what you can hear"
        assert "the model was given what was found." in one(events, Heard).report.notes
        ask(assist(), wav, "What did they decide?")  # of which sounds say nothing
        assert texts(server.asked[-1])[-1] == "What did they decide?"

    def test_recognised_words_go_along_where_they_are_on(self, assist, server, wav):
        events = ask(assist(words="on"), wav)
        (_, words, _) = texts(server.asked[0])
        assert words.startswith('A recogniser heard these words there: "word0 word1')
        notes = "\n".join(one(events, Heard).report.notes)
        assert "20 s of sound with the words recognised in it went to 127.0.0.1" in notes

    def test_of_a_long_recording_only_the_loudest_stretches_are_sent(
        self, assist, server, tmp_path, monkeypatch
    ):
        monkeypatch.setattr(remote, "MOST_SECONDS", 12.0)
        samples = tone(60, 0.01)
        samples[16_000 * 40 : 16_000 * 45] = tone(5, 0.5)
        ask(assist(), write_wav(tmp_path / "long.wav", samples), "Who knocks at 0:42?")
        (body,) = server.asked
        assert sum(sent_audio(body)) < 13.0

    def test_a_quote_sends_nothing(self, assist, server, wav):
        events = ask(assist(), wav, 'Quote what is said about "word3".')
        assert "word3" in one(events, Done).answer
        assert server.asked == []
        assert not [n for n in one(events, Heard).report.notes if "went to" in n]

    def test_earlier_turns_go_along(self, assist, server, wav):
        helper = assist()
        session = one(ask(helper, wav), Done).session
        ask(helper, wav, "Who owns it?", session=session)
        roles = [(m["role"], m["content"]) for m in server.asked[1]["messages"][:-1]]
        assert roles == [("user", QUESTION), ("assistant", "A dog barks.")]

    def test_stopping_ends_the_stream(self, ear, server):
        server.reply = lambda body: ["word "] * 1000
        said = []
        text = RemoteLM(ear, Server("parrot", server.address)).write(
            "Go on.", on_text=said.append, stop=lambda: len(said) >= 3
        )
        assert text == "word word word"

    def test_the_budget_learns_nothing_from_it(self, assist, wav):
        helper = assist()
        ask(helper, wav)
        assert helper.store.runs("ear@1", "cpu") == []

    def test_the_index_is_the_local_models(self, assist, ear, wav):
        helper = assist()
        ask(helper, wav)
        heard = ear.ingested
        ask(helper, wav)
        assert heard == ear.ingested > 0


class TestFailures:
    @pytest.mark.parametrize(
        ("reply", "message"),
        [
            ((401, {"error": {"message": "bad key"}}), "wants another key (401: bad key): set HEA"),
            ((403, {}), "wants another key"),
            ((404, {"error": "no such model"}), "knows no model parrot, or is no OpenAI API (404"),
            ((400, {"error": {"message": "no audio"}}), "(400: no audio): parrot has to be one"),
            ((422, {"detail": "input_audio"}), "has to be one that hears"),
            ((413, b"too large"), "no request of this size (too large): ask about a shorter range"),
            ((500, b"<html>" + b"x" * 1000), "failed (500: <html>xxx"),
            ((302, b""), "failed (302"),
            ((200, b"data: junk\n\n"), "does not answer as OpenAI's API does"),
            ((200, b'data: {"choices": [{}]}\n\n'), "does not answer as OpenAI's API does"),
            ((200, b"data: [1]\n\n"), "does not answer as OpenAI's API does"),
            (
                ["A", {"error": {"message": "out of memory"}}],
                "broke off (out of memory): try again",
            ),
            (["x" * 60_000] * 2, "does not end after 100000 letters"),
        ],
    )
    def test_a_server_that_fails_is_told_with_what_to_do(self, ear, server, reply, message):
        server.reply = lambda body: reply
        with pytest.raises(RemoteFailed) as failure:
            RemoteLM(ear, Server("parrot", server.address)).write("Hello?")
        assert message in str(failure.value)
        assert len(str(failure.value)) < 500

    def test_nobody_listens_there(self, ear):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
            with pytest.raises(RemoteFailed, match="can't be reached .*: start the server, or"):
                RemoteLM(ear, Server("parrot", url)).write("Hello?")

    @pytest.mark.parametrize(
        ("error", "message"),
        [
            (httpx.ReadTimeout("slow"), "sent nothing for 120 s: ask about a shorter range"),
            (httpx.ConnectTimeout("slow"), "can't be reached within 10 s"),
            (httpx.RemoteProtocolError("cut"), "does not answer as OpenAI's API does"),
        ],
    )
    def test_a_server_that_is_silent(self, ear, monkeypatch, error, message):
        def fail(*args, **settings):
            raise error

        monkeypatch.setattr(httpx.Client, "stream", fail)
        with pytest.raises(RemoteFailed, match=message):
            RemoteLM(ear, Server("parrot", "http://127.0.0.1:1/v1")).write("Hello?")

    def test_the_run_fails_with_it(self, assist, server, wav):
        server.reply = lambda body: (401, {"error": {"message": "no"}})
        assert isinstance(one(ask(assist(), wav), Failed).error, RemoteFailed)


def settings(model="openai:parrot@http://127.0.0.1:8000/v1", **more):
    return Settings(model=model, **more)


def resolved(monkeypatch, address):
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **more: found)


class TestWhere:
    def test_this_machine_and_its_network_may_be_named(self, monkeypatch):
        assert server_of(settings()) == Server("parrot", "http://127.0.0.1:8000/v1")
        resolved(monkeypatch, "192.168.1.7")
        assert server_of(settings("openai:org/m:8b@http://gpu.local:8000/v1/")).model == "org/m:8b"

    def test_outside_this_network_only_where_that_is_allowed_and_by_https(self, monkeypatch):
        resolved(monkeypatch, "93.184.216.34")
        asked = "openai:parrot@https://hears.example/v1"
        with pytest.raises(BadRequest, match="would be sent to hears.example, outside this net"):
            server_of(settings(asked))
        assert server_of(settings(asked, send_outside=True)).host == "hears.example"
        with pytest.raises(BadRequest, match="give an address with https://"):
            server_of(settings(asked.replace("https", "http"), send_outside=True))

    def test_offline_means_this_machine(self, monkeypatch):
        assert server_of(settings(offline=True))
        resolved(monkeypatch, "192.168.1.7")
        with pytest.raises(BadRequest, match="offline is set, and gpu.local is not this machine"):
            server_of(settings("openai:parrot@http://gpu.local/v1", offline=True))

    @pytest.mark.parametrize(
        "model",
        ["openai:", "openai:parrot", "openai:@http://127.0.0.1/v1", "openai:parrot@127.0.0.1"],
    )
    def test_what_is_no_model_on_a_server_says_how_one_is_written(self, model):
        with pytest.raises(BadRequest, match="write openai:voxtral@http://127.0.0.1:8000/v1"):
            server_of(settings(model))

    def test_keys_are_not_in_addresses(self):
        with pytest.raises(BadRequest, match="set HEADROUTER_REMOTE_KEY"):
            server_of(settings("openai:parrot@http://me:secret@127.0.0.1/v1"))

    def test_the_key_for_openai_goes_to_openai_alone(self, monkeypatch, server, ear):
        monkeypatch.setenv("OPENAI_API_KEY", "sk-openai")
        assert server_of(settings()).key is None
        monkeypatch.setenv("HEADROUTER_REMOTE_KEY", "mine")
        RemoteLM(ear, replace(server_of(settings()), url=server.address)).write("Hello?")
        assert server.keys == ["Bearer mine"]
        monkeypatch.delenv("HEADROUTER_REMOTE_KEY")
        resolved(monkeypatch, "93.184.216.34")
        outside = settings("openai:gpt@https://api.openai.com/v1", send_outside=True)
        assert server_of(outside).key == "sk-openai"

    def test_nano_has_to_be_here(self, tmp_path):
        with pytest.raises(ModelMissing, match="headrouter models pull nano"):
            check_model(settings(cache=tmp_path))

    def test_what_needs_a_model_here_refuses_it(self):
        with pytest.raises(BadRequest, match="openai:parrot is on a server: this needs a model"):
            load_listener(settings())

    def test_clients_see_no_address_and_can_name_no_server(self, assist, server):
        name = f"openai:parrot@{server.address}"
        assert choose(settings(name)).name == name
        assert shown(name) == "openai:parrot"
        helper = assist()
        assert helper.menu() == ["openai:parrot"]
        assert helper.named("openai:parrot") == name
        with pytest.raises(UnknownModel):
            assist(model="nano").named(name)
