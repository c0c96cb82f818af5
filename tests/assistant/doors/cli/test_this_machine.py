"""What this machine lacks: doctor, and microphones."""

import sys

import assistant.app
from assistant.doors.cli import main as cli


def test_doctor(desk, monkeypatch):
    result = desk.run("doctor", "--json")
    assert result.code == 1  # there is no model
    found = {row["name"]: row["status"] for row in result.json}
    assert (found["python"], found["torch"], found["model"]) == ("ok", "ok", "missing")
    assert "headrouter models pull nano" in desk.run("doctor").out
    monkeypatch.setattr(assistant.app.models, "locate", lambda name, cache: cache)
    monkeypatch.setattr(assistant.app.models, "check", lambda name, cache: [])
    assert desk.run("doctor").code == 0


def test_doctor_looks_at_the_model_that_is_set(desk, monkeypatch):
    found = desk.run("doctor", "--model", "giant", "--json")
    (model,) = (row for row in found.json if row["name"] == "model")
    assert (found.code, model["status"]) == (1, "missing")
    assert model["advice"].startswith("there is no model 'giant'; known: nano, voxtral-mini")


class TestListen:
    def test_without_portaudio_it_says_what_to_install(self, desk, monkeypatch, tmp_path):
        (tmp_path / "sounddevice.py").write_text("raise OSError('PortAudio library not found')")
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
        desk.refused(cli.BAD_INPUT, "apt install libportaudio2", "listen", "--list")

    def test_without_sounddevice_it_says_what_to_install(self, desk, monkeypatch):
        monkeypatch.setitem(sys.modules, "sounddevice", None)
        desk.refused(cli.BAD_INPUT, "pip install 'headrouter[mic]'", "listen", "--list")
