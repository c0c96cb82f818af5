"""What OpenAI's own client asks, answers and is refused."""

import base64
import threading
import time

import openai
import pytest
import serving
from media import tone, write_media, write_wav
from serving import question

from tools.ingest import add_recording


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
            answer = serving.post(
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
            answer = serving.post(f"{address}/v1/{path}", **sent)
            assert answer.status_code == 400
            assert "track" in answer.json()["error"]["message"]

    def test_a_job_that_fails_tells_no_folder(self, address, assistant, wav):
        known = add_recording(assistant.store, wav)
        write_wav(wav, tone(1))
        job = serving.post(f"{address}/v1/recordings", json={"recording": known.id}).json()
        while job["state"] == "running":
            time.sleep(0.05)
            job = serving.get(f"{address}/v1/jobs/{job['id']}").json()
        assert job["error"].startswith("talk.wav no longer holds")
        asked = {"messages": question("Anything?"), "recording": known.id}
        answer = serving.post(f"{address}/v1/chat/completions", json=asked)
        assert answer.status_code == 400
        assert answer.json()["error"]["message"].startswith("talk.wav no longer holds")

    def test_an_upload_that_is_no_recording_tells_no_folder(self, address):
        files = {"file": ("notes.wav", b"no sound at all " * 100)}
        answer = serving.post(f"{address}/v1/audio/transcriptions", files=files)
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
