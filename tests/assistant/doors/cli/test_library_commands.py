"""`headrouter recordings`, `search`, `usage` and `sessions`."""

import shutil

import pytest
from desk import ANSWER, QUESTION
from media import tone, write_wav

from assistant.doors.cli import main as cli
from memory import Store, Word
from tools.ingest import add_recording


class TestRecordings:
    def test_none(self, desk):
        plain = desk.run("recordings", "list")
        assert (plain.code, plain.out, plain.err) == (0, "", "nothing yet\n")
        assert desk.run("recordings", "list", "--json").json == []

    def test_ingest_and_list(self, desk, wav, tmp_path, fake):
        other = write_wav(tmp_path / "b [x].wav", tone(65, 0.2))
        result = desk.run("ingest", wav, other, "--json")
        assert [row["name"] for row in result.json] == ["a.wav", "b [x].wav"]
        assert [row["length"] for row in result.json] == ["0:10", "1:05"]
        assert {row["state"] for row in result.json} == {"ready"}
        listed = desk.run("recordings", "list", "--json").json
        assert all(row.pop("index_bytes") > 125 * 4 for row in listed)
        assert listed == result.json
        table = desk.run("recordings", "list").out.splitlines()
        columns = ["id", "name", "seconds", "length", "state", "note", "index", "bytes"]
        assert table[0].split() == columns
        assert "b [x].wav" in table[2]
        assert fake.ingested == 4
        assert desk.run("ask", wav, QUESTION).code == 0
        assert fake.ingested == 4

    def test_show(self, desk, wav):
        known = desk.run("ask", wav, QUESTION, "--json").json["recording"]
        shown = desk.run("recordings", "show", known[:4], "--json").json
        assert (shown["id"], shown["path"], shown["seconds"]) == (known, str(wav), 10.0)
        assert shown["index_bytes"] > 125 * 4
        lines = desk.run("recordings", "show", wav).out.splitlines()
        assert f"id: {known}" in lines
        assert f"path: {wav}" in lines
        assert "note: -" in lines

    def test_show_has_every_path_and_what_became_of_them(self, desk, wav, tmp_path):
        known = desk.run("ask", wav, QUESTION, "--json").json["recording"]
        copy = shutil.copy(wav, tmp_path / "copy.wav")
        desk.run("ingest", copy)
        shown = desk.run("recordings", "show", known, "--json").json
        assert (shown["path"], shown["paths"]) == (str(copy), [str(copy), str(wav)])
        assert shown["tracks"] == ["1: without a name, -9 dBFS"]
        write_wav(copy, tone(1))
        assert desk.run("recordings", "show", known, "--json").json["path"] == str(wav)
        wav.unlink()
        shown = desk.run("recordings", "show", known, "--json").json
        assert (shown["path"], shown["tracks"]) == (None, [])
        assert "copy.wav no longer holds" in shown["missing"]

    def test_a_file_that_became_another_is_not_heard_as_the_first(self, desk, wav, loaded):
        known = desk.run("ask", wav, QUESTION, "--json").json["recording"]
        write_wav(wav, tone(3))
        result = desk.run("transcript", known)
        assert (result.code, result.out) == (cli.BAD_INPUT, "")
        assert f"no longer holds the recording {known}" in result.err
        assert loaded.asked == []
        assert desk.run("ask", known, QUESTION).out == f"{ANSWER}\n"  # from what was heard before
        assert desk.run("transcript", wav).out == "word0 word1 word2\n"

    def test_rm(self, desk, wav):
        known = desk.run("ask", wav, QUESTION, "--json").json["recording"]
        removed = desk.run("recordings", "rm", known, "--now", "--json").json
        assert removed == {"removed": known, "name": "a.wav", "for_good": True}
        assert desk.run("recordings", "list", "--json").json == []
        assert wav.is_file()
        assert list((desk.home / "features").iterdir()) == []
        desk.refused(3, "No recording has the path", "recordings", "rm", known)

    def test_one_that_is_removed_can_be_had_back(self, desk, wav):
        known = desk.run("ask", wav, QUESTION, "--json").json["recording"]
        told = desk.run("recordings", "rm", known).out
        assert f"in the bin for 30 days: headrouter recordings restore {known}" in told
        assert desk.run("recordings", "list", "--json").json == []
        (row,) = desk.run("recordings", "list", "--binned", "--json").json
        assert row["id"] == known and list((desk.home / "features").iterdir())
        restored = desk.run("recordings", "restore", known, "--json").json
        assert restored == {"restored": known, "name": "a.wav"}
        assert desk.run("recordings", "list", "--json").json[0]["state"] == "ready"
        desk.refused(3, "is not in the bin", "recordings", "restore", known)

    @pytest.mark.parametrize("command", ["show", "rm", "restore"])
    def test_an_unknown_one(self, desk, command):
        desk.refused(3, "No recording has the path 'cafe'", "recordings", command, "cafe")


class TestSearch:
    def test_hits_have_their_moments(self, desk, wav):
        desk.run("transcript", wav)
        (hit,) = desk.run("search", "WORD3", "--json").json
        assert (hit["name"], hit["moment"], hit["start"]) == ("a.wav", "0:03", 3.0)
        assert "word3" in desk.run("search", "word3").out

    def test_nothing_found(self, desk, wav):
        assert desk.run("search", "word", "--json").json == []
        assert desk.run("search", '"', "--json").json == []

    def test_nothing_found_tells_from_nothing_recognised(self, desk, wav):
        desk.run("ingest", wav)
        result = desk.run("search", "zebra")
        assert (result.code, result.out) == (0, "")
        assert result.err.startswith("no words have been recognised yet: run `headrouter")
        desk.run("transcript", wav)
        assert desk.run("search", "zebra").err.startswith("nothing of that was said")

    def test_a_name_is_found_however_it_is_written(self, desk, wav):
        with Store.open(desk.home / "headrouter.db") as store:
            known = add_recording(store, wav)
            said = ["North", "Wind", "and", "Eastgate"]
            words = [Word(i, i + 0.5, text, 0.9) for i, text in enumerate(said)]
            store.add_words(known.id, "m", 0.0, 10.0, words)
        for query in ("Northwind", "North Wind", "east gate", "EASTGATE and"):
            (hit,) = desk.run("search", query, "--json").json
            assert hit["text"] == "North Wind and Eastgate"
        for query in ("north OR zebra", "north NOT wind", 'north" OR "zebra', "nor*", "text:north"):
            assert desk.run("search", query, "--json").json == [], query


class TestUsage:
    """Whatever is wrong in how a command is written ends it with 2."""

    @pytest.mark.parametrize(
        "args",
        [
            ["transcript", "a.wav", "--format", "odt"],
            ["sessions", "show", "1", "--format", "pdf"],
            ["speakers", "forget"],
            ["ask", "a.wav", QUESTION, "--planner", "fake:x", "--track", "1"],
            ["calibrate", "--data", "clips", "--layers", "two"],
            ["bench", "quality", "--data", "clips", "--out", "o", "--share", "3/2"],
        ],
        ids=str,
    )
    def test_it_is_wrong_usage(self, desk, wav, args):
        desk.monkeypatch.chdir(wav.parent)
        desk.run("ask", wav, QUESTION)
        result = desk.run(*args)
        assert (result.code, result.out) == (2, ""), result.err


class TestSessions:
    def test_they_are_listed_shown_renamed_and_removed(self, desk, wav):
        desk.run("ask", wav, QUESTION)
        (row,) = desk.run("sessions", "list", "--json").json
        assert (row["id"], row["title"], row["turns"]) == (1, QUESTION, 1)
        assert desk.run("sessions", "rename", 1, "Tones", "--json").json["title"] == "Tones"
        shown = desk.run("sessions", "show", 1).out
        assert shown.startswith("# Tones\n")
        assert ANSWER in shown
        assert "a.wav" in shown
        assert desk.run("sessions", "rm", 1, "--json").json == {"removed": 1, "title": "Tones"}
        assert desk.run("sessions", "list", "--json").json == []

    @pytest.mark.parametrize("command", [("rename", 7, "x"), ("rm", 7)])
    def test_one_that_is_not_there(self, desk, command):
        desk.refused(cli.BAD_INPUT, "There is no session 7", "sessions", *command)
        assert desk.run("sessions", "show", 7).code == cli.BAD_INPUT
