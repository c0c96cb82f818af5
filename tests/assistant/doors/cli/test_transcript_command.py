"""`headrouter transcript`, and files that are written."""

import io
import sys

import docx
from desk import QUESTION
from media import cut, tone, write_media, write_wav

from assistant.doors.cli import main as cli


class TestTranscript:
    def test_the_words_are_all_that_is_printed(self, desk, wav):
        result = desk.run("transcript", wav)
        assert (result.code, result.err) == (0, "")
        assert result.out == " ".join(f"word{n}" for n in range(10)) + "\n"

    def test_as_subtitles(self, desk, wav, loaded):
        assert desk.run("transcript", wav, "--format", "srt").out.startswith("1\n00:00:00,000")
        asked = len(loaded.asked)
        assert desk.run("transcript", wav, "--format", "vtt").out.startswith("WEBVTT")
        assert len(loaded.asked) == asked  # recognised once

    def test_an_unknown_format(self, desk, wav):
        result = desk.run("transcript", wav, "--format", "pdf")
        assert result.code == cli.USAGE
        assert "use srt, vtt, txt, md, json" in result.err

    def test_of_joined_files_is_whole_and_says_so(self, desk, tmp_path):
        part = write_media(tmp_path / "a.mp3", tone(3), rate=16_000, codec="libmp3lame")
        joined = tmp_path / "joined.mp3"
        joined.write_bytes(2 * part.read_bytes())
        result = desk.run("transcript", joined)
        assert result.out == " ".join(f"word{n}" for n in range(6)) + "\n"
        assert result.err == ("note: the file declares 0:03, but the sound goes on until 0:06\n")

    def test_of_half_a_file_says_where_it_breaks_off(self, desk, tmp_path):
        result = desk.run("transcript", cut(write_wav(tmp_path / "a.wav", tone(8))))
        assert result.out.startswith("word0 word1 word2")
        assert result.err == "note: the file breaks off after 0:03 of 0:08\n"

    def test_of_a_track_that_is_not_there(self, desk, wav):
        result = desk.run("transcript", wav, "--track", 2)
        assert result.code == cli.BAD_INPUT
        assert "has 1 audio track, and none is number 2" in result.err
        assert desk.run("transcript", wav, "--track", 1).code == 0

    def test_of_a_file_without_a_declared_length(self, desk, tmp_path):
        media = write_media(tmp_path / "a.adts", tone(3, rate=48_000))
        assert desk.run("transcript", media).out.startswith("word0 word1")


class TestFilesToWrite:
    def test_a_conversation_that_plays_by_itself(self, desk, wav):
        desk.run("ask", wav, QUESTION)
        page = desk.folder / "talk.html"
        result = desk.run("sessions", "show", 1, "--format", "html", "--out", page)
        assert (result.code, result.out) == (0, "")
        assert page.read_text().count("data:audio/mpeg;base64,") >= 1
        assert desk.run("sessions", "show", 1, "--format", "html").out == page.read_text()

    def test_a_word_document(self, desk, wav, monkeypatch):
        path, options = desk.folder / "a.docx", ("--format", "docx")
        assert desk.run("transcript", wav, *options, "--times", "-o", path).code == 0
        assert docx.Document(path).paragraphs[1].text.startswith("0:00  word0")
        piped = io.BytesIO()
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(piped, "utf-8"))
        assert desk.run("transcript", wav, *options).code == 0
        assert piped.getvalue().startswith(b"PK")

    def test_a_terminal_is_not_filled_with_bytes(self, desk, wav, monkeypatch):
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        result = desk.run("transcript", wav, "--format", "docx")
        assert (result.code, result.out) == (2, "")
        assert "give --out FILE" in result.err

    def test_a_place_that_can_not_be_written(self, desk, wav):
        place = desk.folder / "no" / "such" / "a.txt"
        result = desk.run("transcript", wav, "--out", place)
        assert (result.code, result.out) == (6, "")
        assert f"{place} can't be written (No such file or directory)" in result.err
