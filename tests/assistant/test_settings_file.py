"""A setting is changed in its line, and a value that is not allowed changes nothing."""

import stat

import pytest

from assistant.settings import SettingsError, load_settings
from assistant.settings_file import save_setting


@pytest.fixture(autouse=True)
def file(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for name in ("HEADROUTER_CONFIG", "HEADROUTER_KEEP", "HEADROUTER_LANGUAGE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "headrouter" / "config.toml"


def test_a_setting_is_written_changed_and_taken_away(file):
    assert save_setting("keep", "0.5") == file
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    save_setting("language", "de")
    save_setting("keep", "0.7")
    assert (load_settings({}).keep, load_settings({}).language) == (0.7, "de")
    save_setting("keep", " ")
    assert load_settings({}).keep is None and "keep" not in file.read_text()


def test_what_else_is_in_the_file_stays(file):
    file.parent.mkdir()
    file.write_text('# mine\nkeep = 0.5  # half\nlanguage = "fr"\n')
    save_setting("keep", "0.6")
    assert file.read_text() == 'keep = 0.6\n# mine\nlanguage = "fr"\n'


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("keep", "7", "is not allowed"),
        ("language", "klingonese", "is not allowed"),
        ("colour", "red", "is no setting; the settings are home"),
    ],
)
def test_what_is_not_allowed_changes_nothing(file, name, text, told):
    save_setting("keep", "0.5")
    with pytest.raises(SettingsError, match=told):
        save_setting(name, text)
    assert file.read_text() == "keep = 0.5\n"


def test_a_list_and_a_truth_are_written_as_such(file, tmp_path):
    save_setting("allowed_folders", f'["{tmp_path}"]')
    save_setting("offline", "true")
    assert load_settings({}).offline and load_settings({}).allowed_folders == (tmp_path,)


def test_a_value_of_several_lines_is_left_alone(file):
    file.parent.mkdir()
    before = 'allowed_folders = [\n  "/a",\n]\n'
    file.write_text(before)
    with pytest.raises(SettingsError, match="takes more than one line"):
        save_setting("allowed_folders", '["/b"]')
    assert file.read_text() == before
