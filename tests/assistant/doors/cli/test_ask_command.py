"""`headrouter ask`: what it prints, and what it asks."""

import re

import numpy as np
import pytest
from desk import ANSWER, QUESTION
from media import cut, silence, tone, write_media, write_wav

from assistant.ask.events import HeardReport


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
