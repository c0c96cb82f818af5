"""Transcripts and conversations as files, over HTTP."""

import io
import json

import docx
import pytest
from fastapi.testclient import TestClient
from media import tone, write_wav

from assistant.ask.request import Request
from assistant.doors.server import create
from tools.ingest import add_recording


@pytest.fixture
def client(assistant):
    with TestClient(create(assistant, doors=True), "http://localhost") as client:
        yield client


@pytest.fixture
def recording(assistant, tmp_path):
    return add_recording(assistant.store, write_wav(tmp_path / "Käse <1>.wav", tone(5)))


def test_a_transcript_in_every_format(client, recording):
    at = f"/v1/recordings/{recording.id}/transcript"
    assert client.get(at).text == "word0 word1 word2 word3 word4\n"
    assert client.get(at, params={"times": True}).text.startswith("[0:00] word0")
    assert client.get(at, params={"format": "vtt"}).text.startswith("WEBVTT\n")
    assert client.get(at, params={"format": "srt"}).headers["content-type"] == (
        "application/x-subrip"
    )
    word = client.get(at, params={"format": "docx"})
    assert docx.Document(io.BytesIO(word.content)).paragraphs[0].text == "Käse <1>.wav"
    assert word.headers["content-disposition"] == (
        "attachment; filename*=utf-8''K%C3%A4se%20%3C1%3E.wav.docx"
    )
    refused = client.get(at, params={"format": "odt"})
    assert refused.status_code == 400
    assert "use srt, vtt, txt, md, json, docx" in refused.json()["error"]["message"]


def test_a_transcript_says_who_speaks_unless_it_is_not_wanted(client, assistant, recording):
    assistant.speakers(recording)
    at = f"/v1/recordings/{recording.id}/transcript"
    assert "Speaker 1: word0" in client.get(at).text
    assert "Speaker" not in client.get(at, params={"speakers": False}).text


def test_a_conversation_in_every_format(client, assistant, recording):
    *_, done = assistant.ask(Request(recording.id, "What is there to hear?"))
    at = f"/v1/sessions/{done.session}"
    assert client.get(at).text.startswith("# What is there to hear?\n")
    page = client.get(at, params={"format": "html"})
    assert "data:audio/mpeg;base64," in page.text
    # a page of somebody's words is saved, and never one of this server
    assert page.headers["content-disposition"].startswith("attachment; ")
    assert page.headers["x-content-type-options"] == "nosniff"
    told = json.loads(client.get(at, params={"format": "json"}).content)
    assert told["turns"][0]["answer"] == done.answer


@pytest.mark.parametrize(
    ("place", "status"),
    [("sessions/99", 404), (f"sessions/{2**64}", 400), ("recordings/cafe/transcript", 404)],
)
def test_what_is_not_there(client, place, status):
    assert client.get(f"/v1/{place}").status_code == status
