"""Each terminal has a conversation of its own."""

import io
import json
import sys

import pytest
from desk import QUESTION, Seated
from media import tone, write_wav

from assistant.doors.cli import terminals
from memory import Store


class TestConversations:
    @pytest.fixture
    def terminal(self, monkeypatch):
        """Which terminal the commands are typed in."""
        at = [f"{terminals.date.today()} 1"]
        monkeypatch.setattr(terminals, "here", lambda: at[0])
        return at

    def asked(self, desk, wav, *options):
        return desk.run("ask", wav, QUESTION, "--json", *options).json["session"]

    def test_a_terminal_has_one_and_another_another(self, desk, wav, terminal):
        first = self.asked(desk, wav)
        assert self.asked(desk, wav) == first
        first_terminal, terminal[0] = terminal[0], f"{terminals.date.today()} 2"
        assert self.asked(desk, wav) != first
        terminal[0] = first_terminal
        assert self.asked(desk, wav) == first

    def test_new_begins_one_that_the_terminal_goes_on_with(self, desk, wav, terminal):
        first = self.asked(desk, wav)
        second = self.asked(desk, wav, "--new")
        assert second != first
        assert self.asked(desk, wav) == second
        assert self.asked(desk, wav, "--session", first) == first
        assert self.asked(desk, wav) == second
        desk.refused(2, "give one of them", "ask", wav, QUESTION, "--new", "--session", first)

    def test_one_that_was_removed_begins_anew(self, desk, wav, terminal):
        first = self.asked(desk, wav)
        desk.run("sessions", "rm", first)
        again = self.asked(desk, wav)
        assert [row["id"] for row in desk.run("sessions", "list", "--json").json] == [again]

    def test_without_a_terminal_each_question_has_its_own(self, desk, wav, monkeypatch):
        monkeypatch.setattr(sys, "stdin", io.StringIO())
        assert self.asked(desk, wav) != self.asked(desk, wav)

    def test_another_day_is_another_and_what_was_noted_goes(self, desk, wav, monkeypatch):
        monkeypatch.setattr("sys.stdin", Seated())
        first = self.asked(desk, wav)
        assert self.asked(desk, wav) == first

        class Tomorrow(terminals.date):
            @classmethod
            def today(cls):
                return cls(2999, 1, 1)

        monkeypatch.setattr(terminals, "date", Tomorrow)
        assert self.asked(desk, wav) != first
        (noted,) = json.loads((desk.home / terminals.FILE).read_text())
        assert noted.startswith("2999-01-01 ")

    def test_several_recordings_are_asked_outside_of_it(self, desk, wav, terminal):
        first = self.asked(desk, wav)
        assert desk.run("ask", "all", "In which calls is a siren heard?").code == 0
        assert self.asked(desk, wav) == first

    @pytest.mark.parametrize("text", ["", "[]", '{"today 1": "x"}', "\0"])
    def test_a_note_that_is_damaged_begins_anew(self, desk, wav, terminal, text):
        first = self.asked(desk, wav)
        (desk.home / terminals.FILE).write_text(text)
        assert self.asked(desk, wav) != first

    def test_a_question_about_the_answer_before_is_about_the_same_recording(
        self, desk, wav, fake, terminal
    ):
        """Moments of another recording are none of this one."""
        other = write_wav(wav.with_name("b.wav"), tone(3))
        assert self.asked(desk, wav) == self.asked(desk, other, "--to", "1")
        told = desk.run("ask", wav, "When was that?", "--json").json
        with Store.open(desk.home / "headrouter.db") as store:
            first, second, _ = store.turns(told["session"])
        moments = [(one["start"], one["end"]) for one in first.heard["citations"]]
        assert moments != [(one["start"], one["end"]) for one in second.heard["citations"]]
        assert sorted((one["start"], one["end"]) for one in told["citations"]) == sorted(moments)
