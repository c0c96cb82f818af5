"""Files that can't be heard, and options that can't be followed."""

import os

import pytest
from desk import QUESTION
from media import cut, tone, write_media, write_pictures, write_wav


def empty(path):
    path.touch()
    return path


def text(path):
    path.write_text("These are the minutes of the meeting. " * 50)
    return path


BAD = {
    "missing.wav": (lambda path: path, "was not found; check the path"),
    "missing": (lambda path: path, "was not found; check the path"),
    "empty.wav": (empty, "is empty (0 bytes)"),
    "text.wav": (text, "is not a recording that can be read"),
    "cut.mp4": (lambda path: cut(write_media(path, tone(5, rate=48_000))), "index (moov)"),
    "pictures.mp4": (write_pictures, "holds only pictures; choose a file with an audio track"),
    "short.wav": (lambda path: write_wav(path, tone(0.05)), "holds only 0.05 s of audio"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_cannot_be_heard(desk, tmp_path, name):
    make, message = BAD[name]
    path = make(tmp_path / name)
    desk.refused(3, message, "ask", path, QUESTION)
    desk.refused(3, message, "ingest", path)


def test_a_folder_stands_for_the_recordings_in_it(desk, tmp_path):
    (bare := tmp_path / "bare").mkdir()
    desk.refused(3, "there is no recording yet", "ask", bare, QUESTION)
    desk.refused(3, "holds no recording: name a folder", "ingest", bare)


@pytest.mark.parametrize(
    ("code", "message", "options"),
    [
        (2, "keep = '0' (flag) is not allowed: give the part", ["--keep", "0"]),
        (2, "keep = '7' (flag) is not allowed", ["--keep", "7"]),
        (2, "keep = 'abc' (flag) is not allowed", ["--keep", "abc"]),
        (2, "keep = 'nan' (flag) is not allowed", ["--keep", "nan"]),
        (2, "'soon' is no moment: write mm:ss", ["--from", "soon"]),
        (2, "'nan' is no moment", ["--from", "nan"]),
        (2, "'-5' is no moment", ["--from", "-5"]),
        (2, "'' is no moment", ["--to", ""]),
        (2, "'1:2:3:4' is no moment", ["--to", "1:2:3:4"]),
        (3, "the range 2:00 to 0:10 holds nothing", ["--from", "2:00"]),
        (3, "the range 0:05 to 0:04 holds nothing", ["--from", "5", "--to", "4"]),
        (2, "memory_limit = 'lots' (flag) is not allowed", ["--memory-limit", "lots"]),
        (2, "memory_limit = '-1GB' (flag) is not allowed", ["--memory-limit", "-1GB"]),
        (5, "set --memory-limit to", ["--memory-limit", "1MB"]),
        (2, "words = 'perhaps' (flag) is not allowed", ["--words", "perhaps"]),
        (3, "There is no session 99", ["--session", "99"]),
    ],
    ids=str,
)
def test_an_option_that_cannot_be_followed(desk, wav, code, message, options):
    desk.refused(code, message, "ask", wav, QUESTION, *options)


@pytest.mark.parametrize("question", ["", " "])
def test_an_empty_question(desk, wav, question):
    desk.refused(2, "the question is empty", "ask", wav, question)


def test_bytes_that_are_no_text(desk, wav):
    latin = os.fsdecode(b"caf\xe9")
    desk.refused(3, "is not valid UTF-8", "ask", wav, latin)
    path = wav.rename(wav.with_name(f"{latin}.wav"))
    desk.refused(3, "is not valid UTF-8", "ask", path, QUESTION)


@pytest.mark.parametrize(
    "args", [["ask"], ["ask", "a.wav"], ["ask", "a", "b", "--loud"], ["sing"]], ids=str
)
def test_wrong_usage(desk, args):
    result = desk.run(*args)
    assert result.code == 2
    assert "Usage: " in result.out + result.err
