"""The first run: no model, no recordings, somebody who does not know what to type."""

import io

import pytest
import typer
from desk import ANSWER, QUESTION
from media import tone, write_wav

from assistant.doors.cli import first, output
from headrouter.models import Place


@pytest.fixture
def here(monkeypatch):
    """The models that are here."""
    places = []
    monkeypatch.setattr("headrouter.models.here", lambda cache: places)
    return places


class TestWithoutACommand:
    def test_it_says_in_ten_lines_what_it_is_and_what_to_do(self, desk, here, tmp_path):
        told = desk.run()
        assert (told.code, told.err) == (0, "")
        assert len(told.out.splitlines()) <= 10
        assert told.out.startswith("HeadRouter answers questions about long recordings")
        assert told.out.endswith(
            "Next: fetch the model (0.33 GB, once): headrouter models pull nano\n"
        )
        assert not desk.home.exists()

    def test_the_next_step_is_that_of_this_machine(self, desk, here, wav):
        here.append(Place("nano", wav.parent, "made"))
        assert desk.run().out.endswith("Next: ask a recording of yours, as in the first line.\n")
        desk.run("ask", wav, QUESTION)
        assert desk.run().out.endswith("1 recording is known: headrouter recordings list\n")
        desk.run("ask", write_wav(wav.with_name("b.wav"), tone(3)), QUESTION)
        assert desk.run().out.endswith("2 recordings are known: headrouter recordings list\n")


class Typed(io.StringIO):
    """Keys of somebody at a terminal."""

    def isatty(self):
        return True


class TestAModelThatIsMissing:
    @pytest.fixture
    def pulled(self, monkeypatch, here):
        """The models that were fetched."""
        names = []

        def pull(name, cache, **options):
            names.append(name)
            here.append(Place(name, cache, "made"))
            return cache

        monkeypatch.setattr("headrouter.models.pull", pull)
        return names

    @pytest.fixture
    def asked(self, monkeypatch):
        """What is asked of somebody at a terminal, who answers yes or no."""
        questions, answers = [], []
        monkeypatch.setattr(output, "is_asked", lambda: True)

        def confirm(text, **options):
            questions.append(text)
            return answers.pop(0)

        monkeypatch.setattr(typer, "confirm", confirm)
        return questions, answers

    def test_is_fetched_when_it_is_missed_and_wanted(self, desk, wav, pulled, asked):
        questions, answers = asked
        answers.append(True)
        result = desk.run("ask", wav, QUESTION)
        assert (result.code, result.out) == (0, f"{ANSWER}\n")
        assert "fetched nano\n" in result.err
        assert questions == ["The model nano is not here yet. Fetch it now (0.33 GB)?"]
        assert pulled == ["nano"]
        assert desk.run("ask", wav, QUESTION).code == 0
        assert len(questions) == 1

    def test_no_is_no(self, desk, wav, pulled, asked):
        asked[1].append(False)
        desk.run("ask", wav, QUESTION)
        assert pulled == []

    @pytest.mark.parametrize("command", ["ingest", "transcript", "minutes"])
    def test_other_commands_offer_it_too(self, desk, wav, pulled, asked, command):
        asked[1].append(True)
        desk.run(command, wav)
        assert pulled == ["nano"]

    @pytest.mark.parametrize("name", ["giant", "somebody/theirs"])
    def test_what_is_not_known_is_not_offered(self, desk, wav, pulled, asked, name):
        desk.run("ask", wav, QUESTION, "--model", name)
        assert asked[0] == []

    def test_nor_is_anything_where_the_network_is_not_to_be_used(self, desk, wav, pulled, asked):
        desk.monkeypatch.setenv("HEADROUTER_OFFLINE", "true")
        desk.run("ask", wav, QUESTION)
        assert asked[0] == []

    def test_only_a_person_at_a_terminal_is_asked(self, monkeypatch):
        def asked(*args, typed=Typed, told=Typed):
            monkeypatch.setattr("sys.argv", ["headrouter", *args])
            monkeypatch.setattr("sys.stdin", typed())
            monkeypatch.setattr("sys.stderr", told())
            return output.is_asked()

        assert asked("ask")
        assert not asked("ask", "--json")
        assert not asked(typed=io.StringIO)
        assert not asked(told=io.StringIO)


def test_a_size_is_told_where_it_is_known():
    assert first.size_of("nano") == "0.33 GB"
    assert first.size_of("voxtral-mini") == "about 9.36 GB"
    assert first.size_of("giant") is None
