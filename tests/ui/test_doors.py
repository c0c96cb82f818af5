"""Every door of `headrouter serve`, by the clients that people use, and who may come in."""

import base64
import json
import re
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import anyio
import gradio as gr
import httpx
import openai
import pytest
from hostile import flac_that_unfolds, wav_that_declares
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from media import FakeDiariser, FakeRecogniser, talk, tone, write_media, write_wav
from openai.types.audio import TranscriptionDiarized
from pydantic import SecretStr
from serving import served

from assistant.app import Assistant
from assistant.ask.context import Models
from assistant.ask.events import Failed
from assistant.ask.lane import CLAIM
from assistant.ask.state import Request
from assistant.doors.guard import check_host, given_key
from assistant.doors.places import Places
from assistant.doors.server import serve
from assistant.errors import BadRequest, Busy
from assistant.settings import Settings
from assistant.work.prepare import Preparing
from headrouter.fakes import FakeListener
from headrouter.models import MODELS
from memory import StoreError
from tools.errors import MediaTooLarge
from tools.ingest import add_recording
from ui.library import Library

KEY = "a key of sixteen characters"


@pytest.fixture
def listener():
    return FakeListener(
        card=replace(MODELS["nano"], name="fake", words_by_default=False, sounds=())
    )


@pytest.fixture
def opened(tmp_path, listener):
    """Assistants with the settings given."""
    made = []

    def make(**settings):
        settings = Settings(home=tmp_path / "home", cache=tmp_path / "cache", **settings)
        made.append(Assistant(settings, Models(lambda: listener, FakeRecogniser, FakeDiariser)))
        return made[-1]

    yield make
    for assistant in made:
        while assistant.store.jobs_under_way():  # their threads need the store to the end
            time.sleep(0.05)
        assistant.store.close()


@pytest.fixture
def assistant(opened):
    return opened()


@pytest.fixture
def address(assistant):
    with served(assistant, doors=True) as address:
        yield address


@pytest.fixture
def wav(tmp_path):
    (tmp_path / "inside").mkdir()
    return write_wav(tmp_path / "inside" / "talk.wav", tone(5))


@pytest.fixture
def recording(assistant, wav):
    return assistant.ingest(add_recording(assistant.store, wav), lambda fraction: None)


@pytest.fixture
def client(address):
    with openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0) as client:
        yield client


def question(text, audio=None):
    parts = [{"type": "text", "text": text}]
    if audio:
        data = base64.b64encode(audio.read_bytes()).decode()
        parts.append({"type": "input_audio", "input_audio": {"data": data, "format": "wav"}})
    return [{"role": "user", "content": parts}]


class TestSpeakers:
    @pytest.fixture
    def http(self, address):
        with httpx.Client(base_url=f"{address}/v1") as http:
            yield http

    @pytest.fixture
    def two(self, assistant, tmp_path):
        wav = write_wav(tmp_path / "two.wav", talk(("A", 3), ("B", 4)))
        return add_recording(assistant.store, wav)

    def test_they_are_found_named_and_forgotten(self, http, two):
        place = f"/recordings/{two.id}/speakers"
        before = http.get(place).json()
        assert before == {"recording": two.id, "looked_for": False, "speakers": [], "turns": []}
        begun = http.post(place)
        assert begun.status_code == 202
        while (job := http.get(f"/jobs/{begun.json()['id']}").json())["state"] == "running":
            time.sleep(0.05)
        assert [s["seconds"] for s in job["result"]["speakers"]] == [3.0, 4.0]
        named = http.put(f"{place}/2", json={"name": "Ben"}).json()
        assert [speaker["name"] for speaker in named["speakers"]] == [None, "Ben"]
        found = http.get(place).json()
        assert found["looked_for"] is True
        assert found["turns"][1] == {"start": 3.0, "end": 7.0, "speaker": "Ben", "number": "2"}
        forgotten = http.delete("/speakers/Ben").json()
        assert forgotten == {"forgotten": "Ben", "recordings": [two.id]}

    def test_they_are_merged_split_and_as_before(self, http, assistant, two):
        assistant.speakers(two)
        place = f"/recordings/{two.id}/speakers"
        before = http.get(place).json()
        merged = http.post(f"{place}/merge", json={"speakers": ["2", "1"]}).json()
        assert merged["turns"] == [
            {"start": 0.0, "end": 7.0, "speaker": "Speaker 2", "number": "2"}
        ]
        stretch = {"speaker": "2", "start": 0, "end": 1.5}
        split = http.post(f"{place}/split", json=stretch).json()
        assert [turn["end"] for turn in split["turns"]] == [1.5, 7.0]
        assert [row["speaker"] for row in split["speakers"]] == ["2", "3"]
        for _ in range(2):
            after = http.post(f"{place}/undo").json()
        assert after == before

    @pytest.mark.parametrize(
        ("call", "body", "status"),
        [
            ("merge", {"speakers": ["1"]}, 400),
            ("merge", {"speakers": ["1", "9"]}, 404),
            ("merge", {"speakers": "12"}, 400),
            ("split", {"speaker": "1", "start": 5, "end": 6}, 400),
            ("split", {"speaker": "1", "start": -1, "end": 6}, 400),
            ("split", {"speaker": "1", "start": 0}, 400),
            ("split", {"speaker": "1", "start": 0, "end": 1, "to": "9"}, 404),
            ("undo", {}, 400),
        ],
    )
    def test_what_corrects_nothing_is_refused(self, http, assistant, two, call, body, status):
        assistant.speakers(two)
        place = f"/recordings/{two.id}/speakers"
        refused = http.post(f"{place}/{call}", json=body)
        assert refused.status_code == status
        assert refused.json()["error"]["message"]
        assert len(http.get(place).json()["speakers"]) == 2

    def test_what_is_refused(self, http, two):
        place = f"/recordings/{two.id}/speakers"
        assert http.put(f"{place}/1", json={"name": "Ben"}).status_code == 404
        assert http.get("/recordings/deadbeef/speakers").status_code == 404
        assert http.delete("/speakers/Ben").status_code == 404

    def test_an_upload_that_is_known_says_who_speaks(self, client, assistant, two):
        assistant.speakers(two)
        with two.path.open("rb") as file:
            text = client.audio.transcriptions.create(
                model="nano", file=file, response_format="vtt"
            )
        assert "<v Speaker 2>word3" in text

    def test_segments_say_who_speaks_where_that_is_known(self, client, assistant, two):
        def segments():
            with two.path.open("rb") as file:
                return client.audio.transcriptions.create(
                    model="nano", file=file, response_format="verbose_json"
                ).segments

        (whole,) = segments()
        assert not hasattr(whole, "speaker")
        assistant.speakers(two)
        assistant.name_speaker(two, "2", "Ben")
        assert [(s.start, s.end, s.speaker, s.text) for s in segments()] == [
            (0.0, 2.5, "Speaker 1", "word0 word1 word2"),
            (3.0, 6.5, "Ben", "word3 word4 word5 word6"),
        ]

    def test_diarized_json_finds_who_speaks_first(self, client, two):
        with two.path.open("rb") as file:
            found = client.audio.transcriptions.create(
                model="nano", file=file, response_format="diarized_json"
            )
        assert isinstance(found, TranscriptionDiarized)
        assert found.duration == 7.0
        assert [(s.id, s.speaker, s.text) for s in found.segments] == [
            ("seg_000", "Speaker 1", "word0 word1 word2"),
            ("seg_001", "Speaker 2", "word3 word4 word5 word6"),
        ]


class TestOpenAI:
    def test_audio_in_the_message(self, client, wav):
        found = client.chat.completions.create(model="nano", messages=question("Loud?", wav))
        assert found.choices[0].message.content == "I heard: Loud?"
        assert found.choices[0].finish_reason == "stop"
        assert found.usage.prompt_tokens == 25
        assert found.headrouter["heard"]["seconds_heard"] == 5.0
        assert found.headrouter["citations"]

    def test_the_scope_is_handed_on(self, client, assistant, recording, monkeypatch):
        asked, usual = [], assistant.ask
        monkeypatch.setattr(
            assistant, "ask", lambda *given: asked.append(given[0]) or usual(*given)
        )
        for scope in ("whole", "stretches"):
            client.chat.completions.create(
                model="nano",
                messages=question("What?"),
                extra_body={"recording": recording.id, "scope": scope},
            )
        assert [request.scope for request in asked] == ["whole", "stretches"]
        with pytest.raises(openai.BadRequestError, match="'whole'"):
            client.chat.completions.create(
                model="nano",
                messages=question("What?"),
                extra_body={"recording": recording.id, "scope": "half"},
            )

    def test_a_known_recording_a_range_and_a_conversation(self, client, recording):
        extra = {"recording": recording.id, "start": 0.0, "end": 4.0, "keep": 0.2}
        first = client.chat.completions.create(
            model="nano", messages=question("What?"), extra_body=extra
        )
        heard = first.headrouter["heard"]
        assert (heard["seconds_total"], heard["keep"]) == (4.0, 0.2)
        session = first.headrouter["session"]
        second = client.chat.completions.create(
            model="nano", messages=question("And?"), extra_body={"session": session}
        )
        assert second.headrouter["session"] == session
        assert second.headrouter["recording"] == recording.id

    def test_streaming(self, client, recording):
        stream = client.chat.completions.create(
            model="nano",
            messages=question("What is loud?"),
            extra_body={"recording": recording.id},
            stream=True,
        )
        chunks = list(stream)
        said = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
        assert said == "I heard: What is loud?"
        assert len(chunks) > 3
        assert chunks[-1].choices[0].finish_reason == "stop"
        assert chunks[-1].headrouter["heard"]["tokens_kept"] == 25

    def test_a_client_that_goes_away_stops_the_answer(self, client, assistant, listener, recording):
        answer, stopped = listener.answer, threading.Event()

        def slowly(*args, on_text, stop, **kwargs):
            found = answer(
                *args, on_text=lambda text: (time.sleep(0.05), on_text(text)), stop=stop, **kwargs
            )
            if found.stopped:
                stopped.set()
            return found

        listener.answer = slowly
        listener.reply = lambda question, plan: "word " * 1000
        stream = client.chat.completions.create(
            model="nano",
            messages=question("Talk."),
            extra_body={"recording": recording.id},
            stream=True,
        )
        for number, _ in enumerate(stream):
            if number == 3:
                break
        stream.close()
        assert stopped.wait(20)

    def test_transcriptions(self, client, wav):
        def transcribed(format):
            with wav.open("rb") as file:
                return client.audio.transcriptions.create(
                    model="nano", file=file, response_format=format
                )

        words = "word0 word1 word2 word3 word4"
        assert transcribed("json").text == words
        assert transcribed("text").strip() == words
        assert transcribed("srt").startswith("1\n00:00:00,000 --> ")
        assert transcribed("vtt").startswith("WEBVTT")
        verbose = transcribed("verbose_json")
        assert verbose.duration == 5.0
        assert verbose.words[1].word == "word1"
        assert verbose.language == "en"
        assert [(s.start, s.end, s.text) for s in verbose.segments] == [(0.0, 4.5, words)]

    def test_a_language_is_used_or_refused(self, client, wav):
        def language_of(language):
            with wav.open("rb") as file:
                return client.audio.transcriptions.create(
                    model="nano", file=file, response_format="verbose_json", language=language
                ).language

        assert language_of("de") == "de"
        assert language_of("FR") == "fr"
        with pytest.raises(openai.BadRequestError, match="'klingon' is no language: give one of"):
            language_of("klingon")

    def test_what_is_wrong_with_a_file_is_told_in_every_format(self, address, tmp_path):
        part = write_media(tmp_path / "a.mp3", tone(3), rate=16_000, codec="libmp3lame")
        note = "the file declares 0:03, but the sound goes on until 0:06"
        for format in ("json", "text", "srt", "vtt", "verbose_json"):
            answer = httpx.post(
                f"{address}/v1/audio/transcriptions",
                files={"file": ("joined.mp3", 2 * part.read_bytes())},
                data={"response_format": format},
            )
            assert answer.headers["headrouter-note"] == note
            assert "word5" in answer.text
            if "json" in format:
                assert answer.json()["headrouter"]["note"] == note
        assert answer.json()["duration"] == pytest.approx(6.0, abs=0.2)

    def test_a_track_that_is_not_there(self, address, wav):
        files = {"file": ("talk.wav", wav.read_bytes())}
        for path, sent in (
            ("audio/transcriptions", {"files": files, "data": {"track": "2"}}),
            ("audio/transcriptions", {"files": files, "data": {"track": "0"}}),
        ):
            answer = httpx.post(f"{address}/v1/{path}", **sent)
            assert answer.status_code == 400
            assert "track" in answer.json()["error"]["message"]

    def test_a_recording_that_cannot_be_played_tells_no_folder(self, address, assistant, wav):
        known = add_recording(assistant.store, wav)
        assert httpx.get(f"{address}/media/{known.id}").content == wav.read_bytes()
        write_wav(wav, tone(1))
        answer = httpx.get(f"{address}/media/{known.id}")
        assert answer.status_code == 404
        assert "talk.wav no longer holds" in answer.json()["detail"]
        wav.unlink()
        answer = httpx.get(f"{address}/media/{known.id}")
        assert answer.json()["detail"] == "talk.wav was not found; check the path."

    def test_a_job_that_fails_tells_no_folder(self, address, assistant, wav):
        known = add_recording(assistant.store, wav)
        write_wav(wav, tone(1))
        job = httpx.post(f"{address}/v1/recordings", json={"recording": known.id}).json()
        while job["state"] == "running":
            time.sleep(0.05)
            job = httpx.get(f"{address}/v1/jobs/{job['id']}").json()
        assert job["error"].startswith("talk.wav no longer holds")
        asked = {"messages": question("Anything?"), "recording": known.id}
        answer = httpx.post(f"{address}/v1/chat/completions", json=asked)
        assert answer.status_code == 400
        assert answer.json()["error"]["message"].startswith("talk.wav no longer holds")

    def test_an_upload_that_is_no_recording_tells_no_folder(self, address):
        files = {"file": ("notes.wav", b"no sound at all " * 100)}
        answer = httpx.post(f"{address}/v1/audio/transcriptions", files=files)
        assert answer.json()["error"]["message"].startswith("notes.wav is not a recording")

    def test_models(self, client):
        assert [model.id for model in client.models.list()] == ["nano"]

    @pytest.mark.parametrize(
        ("messages", "extra", "kind", "told"),
        [
            (question("x"), {}, openai.BadRequestError, "no recording"),
            ([], {"recording": "x"}, openai.BadRequestError, "no message of the user"),
            (question("x"), {"recording": "deadbeef"}, openai.NotFoundError, "No recording"),
            (question(" "), {"recording": "ID"}, openai.BadRequestError, "question is empty"),
            (question("x"), {"recording": "ID", "keep": 9}, openai.BadRequestError, "outside"),
            (question("x"), {"recording": "ID", "start": -1}, openai.BadRequestError, "start"),
            (question("x"), {"recording": "ID", "session": 99}, openai.NotFoundError, "session"),
        ],
    )
    def test_errors_come_in_its_envelope(self, client, recording, messages, extra, kind, told):
        extra = {k: recording.id if v == "ID" else v for k, v in extra.items()}
        with pytest.raises(kind) as caught:
            client.chat.completions.create(model="nano", messages=messages, extra_body=extra)
        assert told in caught.value.body["message"]

    @pytest.mark.parametrize("data", ["!!!", base64.b64encode(b"no audio at all").decode(), ""])
    def test_what_is_no_audio_is_refused_and_not_kept(self, client, assistant, data):
        part = {"type": "input_audio", "input_audio": {"data": data, "format": "wav"}}
        with pytest.raises(openai.BadRequestError):
            client.chat.completions.create(
                model="nano", messages=[{"role": "user", "content": [part]}]
            )
        assert assistant.store.recordings() == []
        assert not list(assistant.settings.uploads.rglob("*.wav"))


class TestNative:
    def test_recordings_and_jobs(self, address, recording):
        with httpx.Client(base_url=address) as http:
            (listed,) = http.get("/v1/recordings").json()
            assert listed["id"] == recording.id
            assert "path" not in listed
            job = http.post("/v1/recordings", json={"recording": recording.id})
            assert job.status_code == 202
            for _ in range(100):
                found = http.get(f"/v1/jobs/{job.json()['id']}").json()
                if found["state"] == "done":
                    break
                time.sleep(0.1)
            assert found["result"]["seconds"] == 5.0
            assert http.delete(f"/v1/jobs/{found['id']}").json()["state"] == "done"
            assert http.get("/v1/jobs/x").status_code == 404
            removed = http.delete(f"/v1/recordings/{recording.id}").json()
            assert removed == {"removed": recording.id, "for_good": False}
            assert http.get("/v1/recordings").json() == []
            back = http.post(f"/v1/recordings/{recording.id}/restore").json()
            assert back["id"] == recording.id
            removed = http.delete(f"/v1/recordings/{recording.id}?now=true").json()
            assert removed == {"removed": recording.id, "for_good": True}
            assert http.get(f"/v1/recordings/{recording.id}").status_code == 404
        assert recording.path.exists()

    def test_health_and_metrics(self, address, client, recording):
        client.chat.completions.create(
            model="nano", messages=question("x"), extra_body={"recording": recording.id}
        )
        assert httpx.get(f"{address}/health").json()["status"] == "ok"
        metrics = httpx.get(f"{address}/metrics").text
        assert re.search(r"^headrouter_answers_total 1$", metrics, re.M)
        assert re.search(r"^headrouter_recordings 1$", metrics, re.M)
        resident = re.search(r"^process_resident_memory_bytes (\d+)$", metrics, re.M)
        assert int(resident[1]) > 10**7

    def test_the_page_is_there_too(self, address):
        assert "HeadRouter" in httpx.get(f"{address}/", timeout=60).text


def test_eight_clients_at_once_are_all_answered(address, assistant, recording):
    """Each asks five questions in a row; nobody fails, and nobody waits for all of another's."""
    done = []

    def ask(name):
        with openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0) as client:
            for number in range(5):
                client.chat.completions.create(
                    model="nano",
                    messages=question(f"Question {number} of {name}?"),
                    extra_body={"recording": recording.id},
                )
                done.append(name)

    with ThreadPoolExecutor(8) as pool:
        for asking in [pool.submit(ask, name) for name in range(8)]:
            asking.result(120)
    assert len(done) == 40
    assert set(done[:24]) == set(range(8))  # in the first half or so everyone had a turn
    assert assistant.lane._waiting == []


class TestClientsThatLeave:
    """Whoever hangs up gives the turn back: the next is answered as if nothing had been."""

    @pytest.fixture
    def talking(self, listener):
        """The model says a thousand words, slowly, and looks at Stop at each."""
        answer = listener.answer
        listener.reply = lambda question, plan: "word " * 1000 if "long" in question else "done"
        listener.answer = lambda *args, on_text, **kwargs: answer(
            *args, on_text=lambda text: (time.sleep(0.02), on_text(text)), **kwargs
        )

    def asked(self, address, recording, text, **extra):
        body = {"messages": question(text), "recording": recording.id} | extra
        return httpx.post(f"{address}/v1/chat/completions", json=body, timeout=60)

    def leave(self, address, recording, pieces):
        body = {"messages": question("a long one"), "recording": recording.id, "stream": True}
        with httpx.stream("POST", f"{address}/v1/chat/completions", json=body, timeout=60) as sent:
            for _, _ in zip(range(pieces), sent.iter_lines(), strict=False):
                pass

    def test_seven_streams_at_once(self, address, assistant, recording, talking):
        with ThreadPoolExecutor(8) as pool:
            left = [pool.submit(self.leave, address, recording, n % 3) for n in range(7)]
            answer = self.asked(address, recording, "short")
            assert answer.json()["choices"][0]["message"]["content"] == "done"
            for one in left:
                one.result(60)
        self.empty(assistant)

    def test_a_plain_request(self, address, assistant, recording, talking):
        with pytest.raises(httpx.ReadTimeout):
            body = {"messages": question("a long one"), "recording": recording.id}
            httpx.post(f"{address}/v1/chat/completions", json=body, timeout=1.0)
        assert self.asked(address, recording, "short").is_success
        self.empty(assistant)

    def test_a_failure_gives_its_turn_back_before_it_is_told(self, assistant, recording):
        events = assistant.ask(Request(recording.id, " "))
        assert any(isinstance(event, Failed) for event in events)
        events = assistant.ask(Request("nothing", "x"))
        assert isinstance([next(events) for _ in range(1)][-1], Failed)
        assert assistant.lane._waiting == []  # though nobody closed it

    def empty(self, assistant):
        for _ in range(400):
            if not assistant.lane._waiting:
                return
            time.sleep(0.05)
        raise AssertionError(f"still waiting: {assistant.lane._waiting}")


class TestManyClients:
    """Clients are told apart by address; a proxy on this machine passes it on."""

    @pytest.fixture
    def assistant(self, opened):
        return opened(behind_proxy=True)

    @pytest.fixture
    def slow(self, listener):
        """The model answers once the event is set."""
        answer, go = listener.answer, threading.Event()
        listener.answer = lambda *args, **kwargs: (go.wait(60), answer(*args, **kwargs))[1]
        yield go
        go.set()

    def asking(self, address, recording, client, stream=False):
        return httpx.post(
            f"{address}/v1/chat/completions",
            headers={"X-Forwarded-For": client},
            json={"messages": question("x"), "recording": recording.id, "stream": stream},
            timeout=60,
        )

    def until(self, assistant, waiting):
        for _ in range(200):
            if len(assistant.lane._waiting) == waiting:
                return
            time.sleep(0.05)
        raise AssertionError(f"{len(assistant.lane._waiting)} are waiting")

    def test_one_may_not_take_all_places_and_the_turn_goes_round(
        self, address, assistant, recording, slow, monkeypatch
    ):
        monkeypatch.setattr("assistant.ask.lane.MOST_OF_ONE", 3)
        with ThreadPoolExecutor(8) as pool:
            greedy = [
                pool.submit(self.asking, address, recording, "10.0.0.1", stream)
                for stream in (False, False, True)
            ]
            self.until(assistant, 3)
            for stream in (False, True):
                refused = self.asking(address, recording, "10.0.0.1", stream)
                assert refused.status_code == 429
                assert "3 questions of yours" in refused.json()["error"]["message"]
                assert 0 < float(refused.headers["Retry-After"]) < CLAIM
            modest = pool.submit(self.asking, address, recording, "10.0.0.2")
            self.until(assistant, 4)
            order = [ticket.client for ticket in assistant.lane._waiting]
            assert order == ["10.0.0.1 api", "10.0.0.2 api", "10.0.0.1 api", "10.0.0.1 api"]
            slow.set()
            assert [answer.result().status_code for answer in (*greedy, modest)] == [200] * 4

    def test_whom_a_request_names_counts_behind_a_proxy_only(self, opened, listener, wav):
        assistant, seen = opened(), []
        recording = assistant.ingest(add_recording(assistant.store, wav), lambda fraction: None)
        assistant.ask = lambda request, stop: iter(
            [seen.append(request.client), Failed(Busy("x"))][1:]
        )
        with served(assistant, doors=True) as address:
            self.asking(address, recording, "10.0.0.1")
        assert seen == ["127.0.0.1 api"]

    def test_a_stream_tells_its_refusal_by_its_status(self, address, recording):
        body = {"messages": question(" "), "recording": recording.id, "stream": True}
        assert httpx.post(f"{address}/v1/chat/completions", json=body).status_code == 400

    def test_mcp_is_told_apart_by_its_address_too(self, address, assistant, recording, slow):
        async def ask():
            async with streamable_http_client(f"{address}/mcp") as (read, write, _):
                async with ClientSession(read, write) as client:
                    await client.initialize()
                    arguments = {"recording": recording.id, "question": "x", "wait_seconds": 0.0}
                    await client.call_tool("ask_recording", arguments)

        anyio.run(ask)
        self.until(assistant, 1)
        assert [ticket.client for ticket in assistant.lane._waiting] == ["127.0.0.1 mcp"]
        slow.set()
        self.until(assistant, 0)

    def test_whose_job_it_is_stays_inside(self, address, recording):
        body = {"recording": recording.id}
        job = httpx.post(f"{address}/v1/recordings", json=body).json()
        assert job["arguments"] == body

    def test_what_is_quick_does_not_wait_behind_those_who_wait(self, address, assistant, recording):
        here, go = [], threading.Event()

        def waiting(request, stop):
            here.append(request.client)
            go.wait(60)
            yield Failed(Busy("enough"))

        assistant.ask = waiting
        with ThreadPoolExecutor(45) as pool:
            answers = [
                pool.submit(self.asking, address, recording, f"10.0.0.{n}") for n in range(45)
            ]
            while len(here) < 40:  # as many threads as there are by default
                time.sleep(0.05)
            assert httpx.get(f"{address}/v1/models", timeout=20).is_success
            go.set()
            assert {answer.result().status_code for answer in answers} == {429}


def test_mcp_over_http(address, recording):
    async def ask():
        async with streamable_http_client(f"{address}/mcp") as (read, write, _):
            async with ClientSession(read, write) as client:
                await client.initialize()
                arguments = {"recording": recording.id, "question": "Loud?"}
                good = await client.call_tool("ask_recording", arguments)
                arguments = {"recording": str(recording.path), "question": "Loud?"}
                return good, await client.call_tool("ask_recording", arguments)

    good, bad = anyio.run(ask)
    assert good.structuredContent["answer"] == "I heard: Loud?"
    assert bad.isError
    assert "allowed_folders" in bad.content[0].text


def test_mcp_over_http_names_no_folder(address, assistant, recording, monkeypatch):
    def fail(*_):
        raise StoreError("/home/somebody/headrouter/headrouter.db is damaged")

    async def ask():
        async with streamable_http_client(f"{address}/mcp") as (read, write, _):
            async with ClientSession(read, write) as client:
                await client.initialize()
                return await client.call_tool("search_recordings", {"query": "x"})

    monkeypatch.setattr(assistant.store, "search", fail)
    told = anyio.run(ask)
    assert told.isError
    assert "headrouter.db is damaged" in told.content[0].text
    assert "somebody" not in told.content[0].text


class TestConnectionsThatAskNothing:
    """They are closed after a while, so that they can't use up what the server has."""

    @pytest.fixture(autouse=True)
    def impatient(self, monkeypatch):
        monkeypatch.setattr("assistant.doors.server.PATIENCE", 0.5)

    @pytest.fixture
    def connected(self, address):
        host = httpx.URL(address)
        with socket.create_connection((host.host, host.port)) as connection:
            connection.settimeout(20)
            yield connection

    def test_silent(self, connected):
        assert connected.recv(1) == b""

    def test_drop_by_drop(self, connected):
        with pytest.raises(OSError):
            for _ in range(1000):
                connected.sendall(b"G")
                time.sleep(0.02)

    def test_after_a_request(self, connected):
        connected.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answer = b""
        while not answer.endswith(b"}"):  # head and body may come one after the other
            answer += connected.recv(4096)
        assert answer.startswith(b"HTTP/1.1 200")
        connected.sendall(b"GET /heal")
        assert connected.recv(1) == b""

    def test_who_waits_for_an_answer_is_left_alone(self, address, assistant, recording, listener):
        answer = listener.answer
        listener.answer = lambda *args, **more: (time.sleep(1.5), answer(*args, **more))[1]
        body = {"messages": question("x"), "recording": recording.id}
        assert httpx.post(f"{address}/v1/chat/completions", json=body, timeout=60).is_success


class TestWhoMayComeIn:
    PATHS = ("/", "/v1/models", "/mcp", "/metrics", "/media/x", "/openapi.json", "/v1/jobs/x")

    @pytest.mark.parametrize("path", PATHS)
    def test_with_a_key_every_door_asks_for_it(self, opened, path):
        with served(opened(api_key=SecretStr(KEY)), doors=True) as address:
            for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic !"}):
                answer = httpx.get(address + path, headers=headers)
                assert answer.status_code == 401
                assert "HEADROUTER_API_KEY" in answer.json()["error"]["message"]
            bearer = httpx.get(address + path, headers={"Authorization": f"Bearer {KEY}"})
            basic = httpx.get(address + path, auth=("anyone", KEY))
            assert 401 not in (bearer.status_code, basic.status_code)
            assert httpx.get(f"{address}/health").status_code == 200

    @pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "10.0.0.1", ""])
    def test_without_one_only_names_of_this_machine_are_answered(self, address, host):
        for path in self.PATHS:
            assert httpx.get(address + path, headers={"Host": host}).status_code == 421
        assert httpx.get(f"{address}/v1/models", headers={"Host": "localhost:1"}).is_success

    @pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://10.0.0.1:7860"])
    @pytest.mark.parametrize("key", [None, KEY])
    def test_pages_of_other_sites_may_not_use_a_browser_that_may(self, opened, wav, key, origin):
        settings = {"api_key": SecretStr(key)} if key else {}
        with served(opened(**settings), doors=True) as address:
            headers = {"Origin": origin, "Authorization": f"Bearer {key}"}
            files = {"file": ("a.wav", wav.read_bytes())}
            for path in ("/v1/audio/transcriptions", "/gradio_api/upload", "/mcp"):
                answer = httpx.post(address + path, headers=headers, files=files)
                assert answer.status_code == 403
            headers["Origin"] = address
            assert httpx.get(f"{address}/v1/models", headers=headers).is_success

    @pytest.mark.parametrize(
        "origin",
        ["http://127.0.0.1:1", "http://localhost", "http://[bad", "http://[", "file://", ""],
    )
    def test_another_port_is_another_site_and_no_origin_breaks_the_server(self, address, origin):
        for path in self.PATHS:
            answer = httpx.get(address + path, headers={"Origin": origin})
            assert answer.status_code == 403, path
            assert "access-control-allow-origin" not in answer.headers

    def test_own_names_are_one_site(self, address):
        port = address.rpartition(":")[2]
        for host in ("localhost", "LOCALHOST", "localhost.", "127.0.0.1", "[::1]"):
            headers = {"Host": f"{host}:{port}", "Origin": f"http://127.0.0.1:{port}"}
            assert httpx.get(f"{address}/v1/models", headers=headers).is_success, host

    def test_a_link_on_another_site_reads_nothing(self, address):
        for site, status in {"cross-site": 403, "same-site": 403, "none": 200}.items():
            headers = {"Sec-Fetch-Site": site}
            assert httpx.get(f"{address}/v1/models", headers=headers).status_code == status

    def test_other_sites_that_are_allowed(self, opened):
        site = "https://notes.example"
        with served(opened(allowed_origins=(site,)), doors=True) as address:
            answer = httpx.get(f"{address}/v1/models", headers={"Origin": site})
            assert answer.headers["access-control-allow-origin"] == site
            other = {"Origin": "https://other.example"}
            assert httpx.get(f"{address}/v1/models", headers=other).status_code == 403

    @pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.org"])
    def test_other_addresses_need_a_key(self, assistant, host):
        with pytest.raises(BadRequest, match="HEADROUTER_API_KEY"):
            serve(assistant, host, 1)
        check_host(host, KEY)

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.9.1"])
    def test_this_machine_needs_none(self, host):
        check_host(host, None)

    def test_a_short_key_is_no_key(self):
        with pytest.raises(ValueError, match="api_key"):
            Settings(api_key=SecretStr("short"))

    @pytest.mark.parametrize("header", ["", "Bearer", "Basic", "Basic =", "Digest x", "Basic YQ=="])
    def test_headers_without_a_key(self, header):
        assert given_key(header) == b""

    def test_the_key_is_never_shown(self):
        assert KEY not in repr(Settings(api_key=SecretStr(KEY)))


class TestWhatMayBeNamed:
    def named(self, address, place):
        return httpx.post(f"{address}/v1/recordings", json={"recording": str(place)})

    def test_no_file_unless_a_folder_is_allowed(self, address, wav, assistant):
        for place in (wav, "/etc/passwd", "inside/talk.wav", "../talk.wav", "./talk.wav"):
            answer = self.named(address, place)
            assert answer.status_code in (400, 404), place
        assert assistant.store.recordings() == []

    def test_files_under_an_allowed_folder(self, opened, wav):
        with served(opened(allowed_folders=(wav.parent,)), doors=True) as address:
            assert self.named(address, wav).status_code == 202

    def test_no_way_leads_out_of_it(self, opened, wav, tmp_path):
        outside = write_wav(tmp_path / "secret.wav", tone(1))
        (wav.parent / "link.wav").symlink_to(outside)
        (wav.parent / "folder").symlink_to(tmp_path)
        with served(opened(allowed_folders=(wav.parent,)), doors=True) as address:
            for place in (
                outside,
                wav.parent / "link.wav",
                wav.parent / "folder" / "secret.wav",
                f"{wav.parent}/../secret.wav",
                f"{wav.parent}x/secret.wav",
            ):
                answer = self.named(address, place)
                assert answer.status_code == 400, place
                assert "allowed_folders" in answer.json()["error"]["message"]

    def test_addresses_only_where_they_are_allowed(self, address, opened):
        answer = self.named(address, "https://example.org/a.wav")
        assert "allow_addresses is not set" in answer.json()["error"]["message"]
        with served(opened(allow_addresses=True), doors=True) as other:
            answer = self.named(other, "http://127.0.0.1:9/a.wav")
            assert "inside this network" in answer.json()["error"]["message"]

    @pytest.mark.parametrize(
        "place", ["a\0b", "/a\0b", "\ud800", "https://[", "http://[::1", "/loop"]
    )
    def test_what_names_nothing_is_refused(self, opened, wav, place):
        loop = wav.parent / "loop"
        loop.symlink_to(loop)
        place = str(loop) if place == "/loop" else place
        settings = {"allowed_folders": (wav.parent,), "allow_addresses": True}
        with served(opened(**settings), doors=True) as address:
            body = json.dumps({"recording": place})  # escapes what is no UTF-8
            headers = {"Content-Type": "application/json"}
            answer = httpx.post(f"{address}/v1/recordings", content=body, headers=headers)
            assert answer.status_code in (400, 404)
            assert answer.json()["error"]["message"]
            assert httpx.get(f"{address}/media/%00").status_code == 404

    @pytest.mark.parametrize(
        "field",
        ['"session": 9223372036854775808', '"start": Infinity', '"end": NaN', '"session": 0'],
    )
    def test_numbers_that_are_none(self, address, recording, field):
        body = f'{{"messages": [{{"role": "user", "content": "x"}}], {field}}}'
        headers = {"Content-Type": "application/json"}
        answer = httpx.post(f"{address}/v1/chat/completions", content=body, headers=headers)
        assert answer.status_code == 400
        assert answer.json()["error"]["message"]

    def test_a_body_that_is_none_is_refused_in_the_same_shape(self, address):
        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        path = f"{address}/v1/audio/transcriptions"
        answer = httpx.post(path, content=b"--y\r\nno", headers=headers)
        assert answer.status_code == 400
        assert answer.json()["error"]["message"]

    def test_only_a_whole_id_is_removed(self, address, assistant, recording):
        short = httpx.delete(f"{address}/v1/recordings/{recording.id[:4]}")
        assert short.status_code == 400
        assert recording.id in short.json()["error"]["message"]
        assert httpx.delete(f"{address}/v1/recordings/{recording.id}").is_success

    def test_the_page_names_no_more_than_the_api(self, opened, wav):
        assistant = opened()
        preparing = Preparing(assistant)
        library = Library(assistant, preparing, doors=True)
        for place, told in {
            str(wav): "allowed_folders",
            "http://a.b/c.wav": "allow_addresses",
        }.items():
            with pytest.raises(gr.Error, match=told):
                library.add(place, lambda *args, **kwargs: None)
        assert assistant.store.recordings() == []
        at_the_keyboard = Library(assistant, preparing)
        at_the_keyboard.add(str(wav), lambda *args, **kwargs: None)
        assert [known.path for known in assistant.store.recordings()] == [wav]

    def test_a_name_with_folders_in_it_stays_inside(self, address, assistant, wav):
        files = {"file": ("../../../evil.wav", wav.read_bytes())}
        answer = httpx.post(f"{address}/v1/audio/transcriptions", files=files)
        assert answer.is_success
        (recording,) = assistant.store.recordings()
        assert recording.path.is_relative_to(assistant.settings.uploads)
        assert json.dumps(answer.json())


class TestHowMuchMayCome:
    """What is larger, longer or wider than the settings allow, declared or not."""

    def transcribed(self, address, data, name="a.wav"):
        files = {"file": (name, data)}
        return httpx.post(f"{address}/v1/audio/transcriptions", files=files, timeout=60)

    def refused(self, answer, setting):
        assert answer.status_code == 413
        assert setting in answer.json()["error"]["message"]
        assert answer.json()["error"]["code"] == 413

    def nothing_kept(self, assistant):
        assert assistant.store.recordings() == []
        assert [path for path in assistant.settings.uploads.rglob("*") if path.is_file()] == []

    @pytest.fixture
    def strict(self, opened):
        return opened(max_upload=300_000, max_file=400_000, max_seconds=20.0, max_channels=2)

    @pytest.fixture
    def door(self, strict):
        with served(strict, doors=True) as address:
            yield address

    def test_a_body_that_declares_too_much(self, door, strict):
        self.refused(self.transcribed(door, bytes(1_500_000)), "max_upload")
        data = base64.b64encode(bytes(1_500_000)).decode()
        part = {"type": "input_audio", "input_audio": {"data": data, "format": "wav"}}
        body = {"messages": [{"role": "user", "content": [part]}]}
        self.refused(httpx.post(f"{door}/v1/chat/completions", json=body), "max_upload")
        self.nothing_kept(strict)

    @pytest.mark.parametrize(
        "path", ["/v1/chat/completions", "/v1/audio/transcriptions", "/v1/recordings", "/mcp"]
    )
    def test_a_body_that_never_ends(self, door, path):
        sent = 0

        def endless():
            nonlocal sent
            yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
            while sent < 500_000_000:
                sent += 100_000
                yield bytes(100_000)

        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if path == "/v1/audio/transcriptions":
            headers["Content-Type"] = "multipart/form-data; boundary=x"
        answer = httpx.post(door + path, content=endless(), headers=headers, timeout=60)
        self.refused(answer, "max_upload")
        assert sent < 50_000_000  # what fits into buffers on the way

    def test_an_upload_that_fits_the_request_but_not_the_limit_of_files(self, opened, wav):
        small = opened(max_file=100_000)
        with served(small, doors=True) as address:
            self.refused(self.transcribed(address, wav.read_bytes()), "max_file")
        self.nothing_kept(small)

    def test_a_header_that_declares_days(self, door, strict, tmp_path):
        path = wav_that_declares(tmp_path / "a.wav", seconds=10**9 / 16_000, frames=100)
        self.refused(self.transcribed(door, path.read_bytes()), "max_seconds")
        self.nothing_kept(strict)

    def test_too_many_channels(self, door, strict, tmp_path):
        path = write_media(tmp_path / "a.flac", tone(1)[None].repeat(6, 0), codec="flac")
        self.refused(self.transcribed(door, path.read_bytes(), "a.flac"), "max_channels")
        self.nothing_kept(strict)

    def test_a_few_bytes_that_unfold(self, door, strict, tmp_path):
        data = flac_that_unfolds(tmp_path / "a.flac", 60).read_bytes()
        self.refused(self.transcribed(door, data, "a.flac"), "max_seconds")
        encoded = base64.b64encode(data).decode()
        part = {"type": "input_audio", "input_audio": {"data": encoded, "format": "flac"}}
        body = {"messages": [{"role": "user", "content": [part, {"type": "text", "text": "x"}]}]}
        self.refused(httpx.post(f"{door}/v1/chat/completions", json=body), "max_seconds")
        assert not list(strict.settings.features.rglob("*.bin"))

    def test_a_file_of_an_allowed_folder(self, opened, tmp_path):
        path = write_wav(tmp_path / "long.wav", tone(30))
        strict = opened(allowed_folders=(tmp_path,), max_file=400_000)
        with served(strict, doors=True) as address:
            answer = httpx.post(f"{address}/v1/recordings", json={"recording": str(path)})
            self.refused(answer, "max_file")

    def test_an_address(self, strict, tmp_path, monkeypatch):
        fetched = []

        def fetch(address, folder, **options):
            fetched.append(options["most_bytes"])
            folder.mkdir(parents=True)
            return write_wav(folder / "a.wav", tone(12))  # 384 kB

        monkeypatch.setattr("assistant.doors.places.fetch", fetch)
        places = Places(strict)
        places.settings = strict.settings.model_copy(
            update={"allow_addresses": True, "max_seconds": 10.0}
        )
        with pytest.raises(MediaTooLarge, match="max_seconds"):
            places.recording("https://example.org/a.wav")
        assert fetched == [400_000]
        self.nothing_kept(strict)

    def test_the_page(self, door):
        answer = httpx.post(f"{door}/gradio_api/upload", files={"files": ("a.wav", bytes(500_000))})
        assert answer.status_code == 413

    def test_a_playlist_leads_nowhere(self, door, strict, tmp_path):
        write_wav(tmp_path / "secret.wav", tone(1))
        for text in (
            f"#EXTM3U\n#EXTINF:1,\nfile://{tmp_path}/secret.wav\n#EXT-X-ENDLIST\n",
            f"ffconcat version 1.0\nfile {tmp_path}/secret.wav\n",
        ):
            assert self.transcribed(door, text.encode()).status_code == 400
        self.nothing_kept(strict)

    def test_within_the_limits(self, door, wav):
        assert self.transcribed(door, wav.read_bytes()).is_success


@pytest.mark.parametrize("command", ["ui", "serve"])
@pytest.mark.parametrize("by", ["flag", "environment"])
def test_no_server_starts_with_a_model_that_is_none(tmp_path, monkeypatch, capsys, command, by):
    from ui.main import main

    monkeypatch.setenv("HEADROUTER_HOME", str(tmp_path / "home"))
    args = [command, "--model", "giant"] if by == "flag" else [command]
    if by == "environment":
        monkeypatch.setenv("HEADROUTER_MODEL", "giant")
    monkeypatch.setattr("sys.argv", ["headrouter", *args])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 4
    assert "there is no model 'giant'; known: nano" in capsys.readouterr().err
    assert not (tmp_path / "home").exists()
