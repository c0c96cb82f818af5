"""`headrouter config`."""

import json

from desk import QUESTION


class TestConfig:
    def test_values_and_their_sources(self, desk, tmp_path, monkeypatch):
        monkeypatch.setenv("HEADROUTER_KEEP", "0.25")
        monkeypatch.setenv("HEADROUTER_MEMORY_LIMIT", "2GB")
        rows = desk.run("config", "show", "--home", tmp_path / "h", "--json").json
        found = {row["name"]: (row["value"], row["source"]) for row in rows}
        assert found["keep"] == (0.25, "environment HEADROUTER_KEEP")
        assert found["home"] == (str(tmp_path / "h"), "flag")
        assert found["cache"] == (str(tmp_path / "cache"), "environment HEADROUTER_CACHE")
        assert found["memory_limit"] == (2_000_000_000, "environment HEADROUTER_MEMORY_LIMIT")
        assert found["model"] == ("auto", "default")

    def test_a_key_is_set_and_not_shown(self, desk, monkeypatch, tmp_path):
        monkeypatch.setenv("HEADROUTER_API_KEY", "a key of some length")
        monkeypatch.setenv("HEADROUTER_ALLOWED_FOLDERS", json.dumps([str(tmp_path)]))
        rows = desk.run("config", "show", "--json").json
        found = {row["name"]: row["value"] for row in rows}
        assert found["api_key"] == "**********"
        assert found["allowed_folders"] == [str(tmp_path)]
        assert "of some length" not in desk.run("config", "show").out

    def test_a_key_that_is_too_short_is_not_shown_either(self, desk, monkeypatch):
        monkeypatch.setenv("HEADROUTER_API_KEY", "short secret")
        for extra in ([], ["--json"]):
            result = desk.run("config", "show", *extra)
            assert result.code == 3
            assert "give 16 characters or more" in result.err
            assert "short secret" not in result.out + result.err

    def test_as_a_table(self, desk, tmp_path):
        lines = desk.run("config", "show").out.splitlines()
        assert lines[0].split() == ["name", "value", "source"]
        assert any(str(tmp_path / "home") in line for line in lines)

    def test_a_bad_variable(self, desk, wav, monkeypatch):
        monkeypatch.setenv("HEADROUTER_KEEP", "lots")
        for args in (["config", "show"], ["ask", wav, QUESTION]):
            result = desk.run(*args, "--json")
            assert (result.code, result.json["error"]["kind"]) == (3, "SettingsError")
            assert "environment HEADROUTER_KEEP" in result.err
