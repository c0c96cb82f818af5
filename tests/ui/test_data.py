"""What the page's scripts are told; what is refused is a sentence with its status."""

import pytest
import serving
from media import tone, write_wav
from serving import served

from memory import Segment, Word
from tools.ingest import add_recording
from tools.transcript import RECOGNISER
from ui.suggest import MEETING, TALK, USUAL, suggestions


@pytest.fixture
def recording(assistant, tmp_path):
    wav = write_wav(tmp_path / "talk.wav", tone(20))
    return assistant.ingest(add_recording(assistant.store, wav), lambda fraction: None)


@pytest.fixture
def http(assistant):
    with served(assistant) as address, serving.client(base_url=f"{address}/page") as client:
        yield client


def test_what_is_refused_is_a_sentence(http, recording):
    one = f"/recordings/{recording.id}"
    for answer, status, told in (
        (http.get("/recordings/beefbeef"), 404, "No recording has the path"),
        (http.get(f"{one}/export?format=srt"), 400, "has no transcript yet"),
        (http.put(f"{one}/words", json={"start": 1.0, "text": "x"}), 404, "No word"),
        (http.put(f"{one}/speakers/9", json={"name": "Anna"}), 404, "There is no speaker"),
        (http.post(f"{one}/speakers/merge", json={"speakers": ["1"]}), 400, ""),
        (http.post("/bin", json={"ids": ["beefbeef"]}), 404, "No recording has the path"),
        (http.post("/restore", json={"ids": [recording.id]}), 404, "is not in the bin"),
    ):
        assert answer.status_code == status and told in answer.json()["error"], answer.text


def test_others_pages_may_not_write(http, recording):
    evil = {"origin": "https://evil.example"}
    assert http.post("/bin", json={"ids": [recording.id]}, headers=evil).status_code == 403


def test_a_line_is_of_one_speaker_and_keeps_its_words_apart(assistant, recording, http):
    words = [Word(float(at), at + 0.5, f"w{at}.", 0.9, spaced=at != 1) for at in range(4)]
    assistant.store.add_words(recording.id, RECOGNISER, 0, 20, words)
    turns = [
        Segment(recording.id, "speaker", "fake", 0, 2, "1"),
        Segment(recording.id, "speaker", "fake", 2, 4, "2"),
    ]
    assistant.store.set_speakers(recording.id, "fake", 20, turns, {})
    for label in "12":  # of one name, and yet two
        assistant.store.name_speaker(recording.id, label, "Anna")
    lines = http.get(f"/recordings/{recording.id}/lines").json()
    assert [line["speaker"] for line in lines] == ["1", "2"]
    assert lines[0]["words"] == [[0.0, 0.5, "w0.", 1], [1.0, 1.5, "w1.", 0]]
    view = http.get(f"/recordings/{recording.id}").json()
    assert view["written"] == 1.0 and len(view["outline"]) == 250
    assert view["turns"] == [[0.0, 2.0, "1"], [2.0, 4.0, "2"]]


def test_a_body_is_only_so_large(http, recording):
    answer = http.put(f"/recordings/{recording.id}/name", json={"name": "x" * 8_000_001})
    assert answer.status_code == 413


def test_where_the_program_is_served_without_a_page_key_all_is_behind_the_guard(http):
    answer = http.get("/recordings", headers={"host": "evil.example"})
    assert answer.status_code == 421


def sounds(store, recording, kind, *found):
    segments = [Segment(recording.id, kind, "fake", a, b, name) for name, a, b in found]
    store.set_segments(recording.id, kind, "fake", 20.0, segments)


def test_suggestions_fit_the_recording(assistant, recording):
    store = assistant.store
    assert suggestions(store, recording) == USUAL
    sounds(store, recording, "sound", ("siren", 1, 3), ("dog", 5, 6))
    assert "When is a siren heard?" in suggestions(store, recording)
    sounds(store, recording, "sound", ("cello", 1, 19))
    assert suggestions(store, recording)[0] == "Which instruments are heard?"
    sounds(store, recording, "sound")
    sounds(store, recording, "speech", ("speech", 0, 15))
    assert suggestions(store, recording) == TALK
    turns = [Segment(recording.id, "speaker", "fake", at, at + 9, str(at)) for at in (0, 10)]
    store.set_speakers(recording.id, "fake", 20, turns, {})
    assert suggestions(store, recording) == MEETING
