"""Services, uninstalling, and the report of what is wrong."""

import io
import json
import os
import plistlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from desk import QUESTION

from assistant.doors.cli import service
from assistant.doors.cli.doctor import Check
from assistant.doors.cli.reporting import report, without_persons
from assistant.home.running import announced
from assistant.settings import Settings, load_settings


class TestService:
    @pytest.fixture
    def ran(self, monkeypatch):
        """Commands that were run; those in `failing` fail."""
        commands = []

        def run(command, **options):
            commands.append(" ".join(command))
            bad = any(word in command for word in self.failing)
            return subprocess.CompletedProcess(command, int(bad), "", "no bus\n" if bad else "")

        self.failing = []
        monkeypatch.setattr(service.subprocess, "run", run)
        return commands

    @pytest.fixture
    def command(self, monkeypatch, tmp_path):
        """The program, in a place with a name that systemd would misread."""
        place = tmp_path / "my apps 100% $HOME" / "headrouter"
        place.parent.mkdir()
        place.write_text("#!/bin/sh\n")
        place.chmod(0o755)
        monkeypatch.setattr(service, "own_command", lambda: place)
        return place

    @pytest.fixture
    def linux(self, monkeypatch, tmp_path, command, ran):
        monkeypatch.setattr(sys, "platform", "linux")
        monkeypatch.setattr(service.shutil, "which", lambda name: f"/usr/bin/{name}")
        return tmp_path / "no config" / "systemd" / "user" / "headrouter.service"

    def test_systemd(self, desk, linux, ran):
        assert desk.run("service", "install").code == 0
        assert ran == [
            "systemctl --user daemon-reload",
            "systemctl --user enable --now headrouter.service",
        ]
        ran.clear()
        told = desk.run("service", "status", "--json").json
        assert (told["installed"], told["running"]) == (str(linux), True)
        ran.clear()
        assert desk.run("service", "remove", "--json").json == {"removed": str(linux)}
        assert ran == [
            "systemctl --user disable --now headrouter.service",
            "systemctl --user daemon-reload",
        ]
        assert not linux.exists()
        assert desk.run("service", "remove", "--json").json == {"removed": None}
        self.failing = ["is-active"]
        told = desk.run("service", "status", "--json").json
        assert (told["installed"], told["running"]) == (None, False)

    def test_a_unit_holds_no_key(self, desk, linux, monkeypatch):
        monkeypatch.setenv("HEADROUTER_API_KEY", "a key of sixteen characters")
        desk.run("service", "install")
        assert "sixteen" not in linux.read_text()

    @pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
    def test_systemd_reads_the_unit(self, command, tmp_path):
        unit = tmp_path / "headrouter.service"
        unit.write_bytes(service.systemd_file(command))
        ended = subprocess.run(
            ["systemd-analyze", "--user", "verify", str(unit)],
            capture_output=True,
            text=True,
            env=os.environ | {"XDG_RUNTIME_DIR": str(tmp_path)},
        )
        assert "headrouter" not in ended.stderr, ended.stderr

    def test_launchd(self, desk, command, ran, monkeypatch, tmp_path):
        monkeypatch.setattr(sys, "platform", "darwin")
        monkeypatch.setenv("HOME", str(tmp_path))
        assert desk.run("service", "install").code == 0
        file = tmp_path / "Library" / "LaunchAgents" / "io.headrouter.serve.plist"
        told = plistlib.loads(file.read_bytes())
        assert told["ProgramArguments"] == [str(command), "serve"]
        assert ran == [f"launchctl bootstrap gui/{os.getuid()} {file}"]
        assert desk.run("service", "remove").code == 0
        assert ran[-1] == f"launchctl bootout gui/{os.getuid()}/io.headrouter.serve"
        assert not file.exists()

    def test_a_failure_is_told(self, desk, linux):
        self.failing = ["enable"]
        result = desk.run("service", "install")
        assert result.code == 3
        assert "enable --now headrouter.service` failed: no bus" in result.err

    def test_where_there_is_neither(self, desk, monkeypatch):
        monkeypatch.setattr(sys, "platform", "win32")
        result = desk.run("service", "install")
        assert (result.code, result.out) == (3, "")
        assert "services need systemd or launchd, and neither is here" in result.err


class TestUninstall:
    @pytest.fixture
    def used(self, desk, wav):
        """A home with everything in it, and a cache with a model."""
        desk.run("ask", wav, QUESTION)
        settings = load_settings({})
        for folder in (settings.uploads, settings.cache / "models" / "nano"):
            folder.mkdir(parents=True)
            (folder / "some.wav").write_bytes(b"12345")
        return settings

    def test_it_says_what_lies_where_and_removes_nothing(self, desk, used):
        rows = {row["what"]: row for row in desk.run("uninstall", "--json").json}
        assert rows["media"] == {
            "what": "media",
            "where": str(used.uploads),
            "bytes": 5,
            "removed": False,
        }
        assert rows["models"]["bytes"] == 5
        assert rows["indexes"]["bytes"] > 100
        assert not any(row["removed"] for row in rows.values())
        assert "to remove some of it: --models, --indexes, --media, --store" in (
            desk.run("uninstall").err
        )
        assert used.uploads.exists()
        assert used.database.exists()

    @pytest.mark.parametrize("what", ["models", "indexes", "media", "store"])
    def test_what_is_chosen_goes_and_nothing_else(self, desk, used, wav, what):
        lies = {
            "models": used.cache / "models",
            "indexes": used.features,
            "media": used.uploads,
            "store": used.database,
        }
        assert desk.run("uninstall", f"--{what}", "--yes").code == 0
        assert {name for name, place in lies.items() if not place.exists()} == {what}
        assert wav.exists()

    def test_nothing_goes_without_a_yes(self, desk, used, monkeypatch):
        monkeypatch.setattr(sys, "stdin", io.StringIO("n\n"))
        result = desk.run("uninstall", "--media")
        assert (result.code, result.out.strip()) == (1, "")
        assert f"Delete {used.uploads} for good? [y/N]" in result.err
        assert used.uploads.exists()

    def test_nor_while_a_program_uses_it(self, desk, used):
        with announced(used, "ui", 1):
            result = desk.run("uninstall", "--store", "--yes")
        assert result.code == 3
        assert "a program uses the home folder now: end `headrouter ui`" in result.err
        assert used.database.exists()

    def test_a_folder_elsewhere_that_a_link_leads_to_stays(self, desk, used, tmp_path):
        elsewhere = tmp_path / "elsewhere"
        used.uploads.rename(elsewhere)
        used.uploads.symlink_to(elsewhere)
        assert desk.run("uninstall", "--media", "--yes").code == 0
        assert not used.uploads.is_symlink()
        assert (elsewhere / "some.wav").exists()


class TestReport:
    def test_it_names_no_person_and_no_place(self, tmp_path, monkeypatch):
        monkeypatch.setattr("getpass.getuser", lambda: "anna")
        monkeypatch.setattr("socket.gethostname", lambda: "annas-laptop")
        monkeypatch.setenv("HOME", "/home/anna")
        settings = Settings(
            home=tmp_path / "Anna's recordings",
            cache=tmp_path / "cache",
            api_key="a key of sixteen characters",
            allowed_folders=["/home/anna/calls"],
            model="/data/anna models/secret",
            keep=0.5,
        )
        found = (
            f"in {settings.home}/headrouter.db, ~ is {Path.home()}/x, /srv/customers/acme.wav, "
            f"{settings.model} of anna on annas-laptop"
        )
        text = report([Check("database", "ok", found)], settings)
        assert not any(
            word in text for word in ("anna", "Anna", "sixteen", "acme", "secret", str(tmp_path))
        ), text
        assert "- keep: 0.5\n" in text
        assert "- api_key: set\n" in text
        assert "in <home>/headrouter.db" in text

    def test_what_is_no_place_stays(self):
        text = "2.6.0+cpu, 2 threads, no CUDA device; 1/2 of it"
        assert without_persons(text, Settings()) == text

    def test_it_is_printed_and_ends_with_0(self, desk):
        result = desk.run("doctor", "--report")
        assert result.code == 0
        assert result.out.startswith("- headrouter: ")
        assert str(desk.folder) not in result.out
        assert "- python: ok, 3." in result.out


def test_json_of_uninstall_is_for_programs(desk):
    assert json.loads(desk.run("uninstall", "--json").out)
