"""Transcripts and conversations as files."""

import io
import itertools
import json
import re
from datetime import UTC, datetime

import docx
import pytest

from memory import Segment, Session, Turn, Word
from tools.errors import UnknownFormat
from tools.export import (
    CUE_CHARACTERS,
    CUE_SECONDS,
    FORMATS,
    LINE,
    conversation,
    cues,
    paragraphs,
    transcript_as,
    transcript_file,
)


def spoken(text, at=0.0, each=0.4):
    return [Word(at + i * each, at + (i + 0.9) * each, w, 0.9) for i, w in enumerate(text.split())]


LONG = spoken("We will meet at the old bridge near the river. " * 20)


def test_srt():
    words = [*spoken("Good evening."), *spoken("We begin.", at=3600.0)]
    assert transcript_as("srt", words, "talk") == (
        "1\n00:00:00,000 --> 00:00:00,760\nGood evening.\n\n"
        "2\n01:00:00,000 --> 01:00:00,760\nWe begin.\n"
    )


def test_vtt_escapes_its_markup():
    text = transcript_as("vtt", spoken("a <b> & c"), "talk")
    assert text == "WEBVTT\n\n00:00:00.000 --> 00:00:01.560\na &lt;b&gt; &amp; c\n"


def test_txt_and_markdown_have_paragraphs():
    lines = transcript_as("txt", LONG, "talk").splitlines()
    assert len(lines) > 1
    assert all(line.endswith(".") for line in lines)
    markdown = transcript_as("md", LONG, "The talk")
    assert markdown.startswith("# The talk\n\n**0:00** We will")
    assert markdown.count("**") == 2 * len(lines)


def test_json_has_every_word():
    values = json.loads(transcript_as("json", LONG, "talk"))
    assert [word["text"] for word in values["words"]] == [word.text for word in LONG]
    assert values["words"][1] == {"start": 0.4, "end": pytest.approx(0.76)} | {
        "text": "will",
        "probability": 0.9,
        "spaced": True,
        "language": None,
    }


@pytest.mark.parametrize("words", [LONG, spoken("never a full stop " * 60), spoken("x" * 300)])
def test_cues_are_short_and_lose_nothing(words):
    found = cues(words)
    assert " ".join(cue.text for cue in found).split() == [word.text for word in words]
    for cue in found:
        assert len(cue.text) <= CUE_CHARACTERS or " " not in cue.text
        assert cue.end - cue.start <= CUE_SECONDS
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))


def test_cues_are_two_lines_at_most():
    for block in transcript_as("srt", LONG, "talk").strip().split("\n\n"):
        lines = block.split("\n")[2:]
        assert len(lines) <= 2
        assert all(len(line) <= LINE + 10 for line in lines)


def test_a_pause_ends_a_cue():
    assert [c.text for c in cues([*spoken("one two"), *spoken("three", at=5)])] == [
        "one two",
        "three",
    ]


def test_paragraphs_without_a_full_stop_end_somewhere():
    assert len(paragraphs(spoken("never a full stop " * 100))) >= 2


def turns(*named):
    return [
        Segment("r", "speaker", "m", a, b, str(n), name) for n, (a, b, name) in enumerate(named)
    ]


def test_where_the_speaker_changes_a_cue_and_a_paragraph_end():
    both = [*spoken("we begin"), *spoken("go on", at=0.8), *spoken("please do", at=1.6)]
    who = turns((0, 0.8, "Ann"), (0.8, 5, "Ben"))
    for made in (cues(both, who), paragraphs(both, who)):
        assert [(cue.speaker, cue.text) for cue in made] == [
            ("Ann", "we begin"),
            ("Ben", "go on please do"),
        ]


def test_a_cue_with_its_speaker_is_no_longer_than_others():
    who = turns((0, 400, "Somebody with a long name"))
    made = cues(LONG, who)
    assert all(len(cue.told) <= CUE_CHARACTERS for cue in made)
    assert " ".join(cue.text for cue in made).split() == [word.text for word in LONG]


def test_a_name_can_not_break_a_format():
    words, who = spoken("hello"), turns((0, 5, "A <b> & c"))
    assert "\n<v A &lt;b&gt; &amp; c>hello\n" in transcript_as("vtt", words, "talk", who)
    values = json.loads(transcript_as("json", words, "talk", who))
    assert values["words"][0]["speaker"] == "A <b> & c"
    assert values["speakers"] == {"A <b> & c": 5}
    assert values["turns"] == [{"start": 0, "end": 5, "speaker": "A <b> & c", "number": "0"}]


def test_without_speakers_nothing_is_said_of_them():
    for format in FORMATS:
        assert "peaker" not in transcript_as(format, LONG, "talk")


@pytest.mark.parametrize("format", FORMATS)
def test_no_words_at_all(format):
    assert "-->" not in transcript_as(format, [], "talk")


def test_an_unknown_format_names_those_there_are():
    with pytest.raises(UnknownFormat, match="'docx' is no format .*: use srt, vtt, txt, md, json"):
        transcript_as("docx", [], "talk")


def test_a_conversation_has_questions_answers_and_moments():
    heard = {
        "citations": [{"start": 61.0, "end": 64.5, "share": 0.5, "text": "on Friday"}],
        "seconds_heard": 111.0,
        "seconds_total": 111.0,
        "reason": "keep 0.4: the usual ratio",
    }
    now = datetime.now(UTC)
    turns = [
        Turn(1, 1, "a", "When?", "On Friday.", heard, now, None, 0),
        Turn(2, 1, None, "Where?", "At the bridge.", {}, now, None, 0),
    ]
    text = conversation(Session(1, "Concert", now), turns, {"a": "meeting.flac"})
    assert text.startswith("# Concert\n\n## When?\n\n*meeting.flac*\n\nOn Friday.\n")
    assert "- 1:01–1:04 (50% of what was kept): “on Friday”\n" in text
    assert "- heard 1:51 of 1:51; keep 0.4: the usual ratio\n" in text
    assert re.search(r"## Where\?\n\n\*a recording that was removed\*", text)


def test_a_long_line_without_spaces_is_cut_in_the_middle():
    words = [Word(at / 9, at / 9 + 0.1, "天", 1.0, spaced=False) for at in range(50)]
    text = transcript_as("srt", words, "talk")
    lines = text.splitlines()[2:]
    assert [len(line) for line in lines] == [25, 25]
    assert transcript_as("txt", words, "talk") == "天" * 50 + "\n"


class TestFiles:
    """What can be saved, as bytes."""

    TURNS = (Segment("r", "speaker", "m", 0.0, 90.0, "1", "Anna"),)

    def paragraphs(self, data):
        return [paragraph.text for paragraph in docx.Document(io.BytesIO(data)).paragraphs]

    def test_a_word_document_has_times_and_speakers_if_they_are_wanted(self):
        data = transcript_file("docx", LONG, "talk \x00<1>", self.TURNS, times=True)
        title, first, *_ = self.paragraphs(data)
        assert title == "talk \\x00<1>"
        assert first.startswith("0:00 Anna  We will meet at the old bridge")
        _, first, *_ = self.paragraphs(transcript_file("docx", LONG, "talk"))
        assert first.startswith("We will meet")

    def test_a_word_document_loses_nothing(self):
        _, *told = self.paragraphs(transcript_file("docx", LONG, "talk"))
        assert " ".join(told).split() == [word.text for word in LONG]

    def test_text_has_times_and_speakers_if_they_are_wanted(self):
        def first(*turns, **wanted):
            return transcript_file("txt", LONG, "talk", *turns, **wanted).decode()[:20]

        assert first() == "We will meet at the "
        assert first(times=True) == "[0:00] We will meet "
        assert first(self.TURNS, times=True) == "[0:00] Anna: We will"

    @pytest.mark.parametrize("format", FORMATS)
    def test_text_is_what_it_is_elsewhere(self, format):
        text = transcript_as(format, LONG, "talk", self.TURNS)
        assert transcript_file(format, LONG, "talk", self.TURNS) == text.encode()

    def test_another_format_is_refused_with_those_there_are(self):
        with pytest.raises(UnknownFormat, match="use srt, vtt, txt, md, json, docx"):
            transcript_file("odt", LONG, "talk")
