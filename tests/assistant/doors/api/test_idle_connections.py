"""Connections on which nothing is asked."""

import socket
import time

import httpx
import pytest
import serving
from serving import question


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
        assert serving.post(f"{address}/v1/chat/completions", json=body).is_success
