"""Clients that ask at once, leave, or want more than their share."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import anyio
import httpx
import openai
import pytest
import serving
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from serving import question, served

from assistant.ask.events import Failed
from assistant.ask.lane import CLAIM
from assistant.ask.state import Request
from assistant.errors import Busy
from tools.ingest import add_recording


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
        return serving.post(f"{address}/v1/chat/completions", json=body)

    def leave(self, address, recording, pieces):
        body = {"messages": question("a long one"), "recording": recording.id, "stream": True}
        with serving.stream("POST", f"{address}/v1/chat/completions", json=body) as sent:
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
            serving.post(f"{address}/v1/chat/completions", json=body, timeout=1.0)
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
        return serving.post(
            f"{address}/v1/chat/completions",
            headers={"X-Forwarded-For": client},
            json={"messages": question("x"), "recording": recording.id, "stream": stream},
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
        with served(assistant, page=False, doors=True) as address:
            self.asking(address, recording, "10.0.0.1")
        assert seen == ["127.0.0.1 api"]

    def test_a_stream_tells_its_refusal_by_its_status(self, address, recording):
        body = {"messages": question(" "), "recording": recording.id, "stream": True}
        assert serving.post(f"{address}/v1/chat/completions", json=body).status_code == 400

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
        job = serving.post(f"{address}/v1/recordings", json=body).json()
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
            assert serving.get(f"{address}/v1/models").is_success
            go.set()
            assert {answer.result().status_code for answer in answers} == {429}
