"""`headrouter models`, and models that are missing."""

import pytest
from desk import QUESTION

import assistant.app


class TestModelsThatAreMissing:
    @pytest.fixture(autouse=True)
    def loaded(self):
        """The real loading."""

    @pytest.fixture
    def refused(self, desk, wav):
        def check(code, message, *args):
            plain, told = desk.run(*args), desk.run(*args, "--json")
            assert (plain.code, plain.out, told.code) == (code, "", code)
            assert message in plain.err
            assert len(plain.err.splitlines()) == 1
            assert message in told.json["error"]["message"]
            assert desk.run("recordings", "list", "--json").code == 0

        return check

    def test_an_unknown_one(self, refused, wav):
        message = "there is no model 'giant'; known: nano"
        refused(4, message, "ask", wav, QUESTION, "--model", "giant")
        refused(4, message, "ingest", wav, "--model", "giant")

    def test_nothing_is_written_before_it_is_refused(self, desk, wav):
        for args in (
            ["ask", wav, QUESTION],
            ["ingest", wav],
            ["minutes", wav],
            ["transcript", wav],
            ["mcp"],
        ):
            for variable in (None, "giant"):  # not pulled; unknown, by the environment
                if variable:
                    desk.monkeypatch.setenv("HEADROUTER_MODEL", variable)
                assert desk.run(*args).code == 4
                desk.monkeypatch.delenv("HEADROUTER_MODEL", raising=False)
        assert not desk.home.exists()
        assert desk.run("recordings", "list", "--json").json == []

    def test_one_that_was_not_pulled(self, refused, wav):
        message = "model 'nano' is not on this machine; run: headrouter models pull nano"
        refused(4, message, "ask", wav, QUESTION)
        refused(4, message, "ask", wav, QUESTION, "--model", "nano")

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("model.safetensors", b""),
            ("model.safetensors", b"junk" * 100),
            ("tokenizer.json", b"{}"),
            ("config.json", b"not JSON"),
            ("whisper/model.bin", b"junk"),
        ],
    )
    def test_one_that_is_damaged(self, desk, refused, wav, tmp_path, nano_cache, name, content):
        model = tmp_path / "cache" / "models" / "nano"
        whole = nano_cache / "models" / "nano"
        for path in whole.rglob("*"):
            if path.is_file():
                (model / path.relative_to(whole)).parent.mkdir(parents=True, exist_ok=True)
                (model / path.relative_to(whole)).symlink_to(path)
        (model / name).unlink()
        (model / name).write_bytes(content)
        message = f"not whole: {name} is damaged; run: headrouter models pull nano"
        refused(4, message, "ask", wav, QUESTION)
        assert desk.run("transcript", wav).code == 4

    def test_one_that_is_larger_than_the_limit(self, refused, wav, nano_cache):
        message = "the model alone needs"
        limit = ["--memory-limit", "1MB", "--cache", nano_cache]
        refused(5, message, "ask", wav, QUESTION, *limit)


class TestModels:
    def test_list(self, desk):
        nano, *others = desk.run("models", "list", "--json").json
        assert not any(row["here"] or row["measured"] for row in others)
        assert (nano["name"], nano["here"]) == ("nano", False)
        assert nano["download_bytes"] > 10**8
        assert "nano" in desk.run("models", "list").out

    def test_check_one_that_is_not_here(self, desk):
        result = desk.run("models", "check", "nano", "--json")
        assert result.code == 4
        assert not result.json["whole"]
        assert "headrouter models pull nano" in result.json["problems"][0]
        plain = desk.run("models", "check", "nano")
        assert plain.code == 4
        assert "whole: False" in plain.out.splitlines()

    def test_check_one_that_is_whole(self, desk, monkeypatch):
        monkeypatch.setattr(assistant.app.models, "check", lambda name, cache: [])
        result = desk.run("models", "check", "nano")
        assert (result.code, result.out) == (0, "model: nano\nwhole: True\nproblems: -\n")

    @pytest.mark.parametrize("command", ["check", "pull"])
    def test_an_unknown_one(self, desk, command):
        message = "; known: nano, voxtral-mini, "
        desk.refused(4, message, "models", command, "giant")

    def test_pull_from_a_folder_without_wheels(self, desk, tmp_path):
        result = desk.run("models", "pull", "nano", "--from", tmp_path, "--json")
        assert (result.code, result.json["error"]["kind"]) == (4, "PullError")

    def test_pull(self, desk, tmp_path, monkeypatch):
        def pull(name, cache, *, wheels_from, progress):
            progress("fetch", 0.5)
            return cache / "models" / name

        monkeypatch.setattr(assistant.app.models, "pull", pull)
        result = desk.run("models", "pull", "nano", "--cache", tmp_path, "--json")
        assert result.json == {"model": "nano", "folder": str(tmp_path / "models" / "nano")}

    def test_pull_when_the_network_is_not_to_be_used(self, desk, monkeypatch):
        monkeypatch.setenv("HEADROUTER_OFFLINE", "true")
        result = desk.run("models", "pull", "nano", "--json")
        assert result.code == 4
        assert "--from" in result.json["error"]["message"]
