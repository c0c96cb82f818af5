"""Disks that are full, and homes that can't be written."""

from desk import ANSWER, QUESTION

from memory import DiskFull, Store


class TestStorage:
    def test_a_database_that_is_none(self, desk, wav):
        desk.home.mkdir()
        database = desk.home / "headrouter.db"
        database.write_text("My thesis. " * 1000)
        for args in (["ask", wav, QUESTION], ["recordings", "list"], ["ingest", wav]):
            result = desk.run(*args)
            assert (result.code, result.out) == (6, "")
            (line,) = result.err.splitlines()
            assert "headrouter.db is not a database and was left as it is" in line
            told = desk.run(*args, "--json")
            assert (told.code, told.json["error"]["kind"]) == (6, "DatabaseUnreadable")
        assert database.read_text() == "My thesis. " * 1000

    def test_a_home_that_is_a_file(self, desk, wav):
        desk.home.write_text("in the way")
        result = desk.run("ask", wav, QUESTION)
        assert (result.code, result.out) == (6, "")
        assert len(result.err.splitlines()) == 1

    def test_a_disk_that_is_full_while_it_listens(self, desk, wav, monkeypatch):
        def full(*args):
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr("headrouter.hear.index.IndexWriter.append", full)
            plain = desk.run("ask", wav, QUESTION)
            told = desk.run("ingest", wav, "--json")
        assert (plain.code, plain.out, told.code) == (6, "", 6)
        (line,) = plain.err.splitlines()
        assert "No space left on device" in line
        assert told.json["error"]["kind"] == "DiskError"
        desk.check_whole()
        assert desk.run("ask", wav, QUESTION).out == f"{ANSWER}\n"

    def test_a_disk_that_is_full_when_the_answer_is_stored(self, desk, wav, monkeypatch):
        """The report is there by then: still it is one object, and the error."""

        def full(*args):
            raise DiskFull("no room: free some space")

        with monkeypatch.context() as patch:
            patch.setattr(Store, "add_turn", full)
            desk.home.mkdir()
            told, plain = desk.run("ask", wav, QUESTION, "--json"), desk.run("ask", wav, QUESTION)
        assert (told.code, told.json) == (
            6,
            {"error": {"kind": "DiskFull", "message": "no room: free some space"}},
        )
        assert (plain.code, plain.out, plain.err) == (
            6,
            "",
            "headrouter: no room: free some space\n",
        )
        desk.check_whole()
