"""Speakers over HTTP: found, named, corrected, in transcripts."""

import time

import pytest
import serving
from media import talk, write_wav
from openai.types.audio import TranscriptionDiarized

from tools.ingest import add_recording


class TestSpeakers:
    @pytest.fixture
    def http(self, address):
        with serving.client(base_url=f"{address}/v1") as http:
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
