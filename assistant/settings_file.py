"""Changing one setting: its line in the settings file, the rest of which stays as it is."""

import json
import tomllib
from pathlib import Path
from typing import Any

from assistant.settings import Settings, SettingsError, config_file, load_settings
from tools.showing import printable


def save_setting(name: str, text: str) -> Path:
    """Writes a setting into the file, or takes it out where ``text`` is empty; the file.

    text: as it would stand in the environment. It holds from the next start on.

    Raises:
        SettingsError: there is no such setting, its value is not allowed, or the file is not one
            that can be changed line by line.
    """
    if name not in Settings.model_fields:
        known = ", ".join(Settings.model_fields)
        raise SettingsError(f"'{printable(name)}' is no setting; the settings are {known}.")
    path = config_file()
    try:
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        kept = [line for line in before.splitlines() if line.partition("=")[0].strip() != name]
        line = (
            [f"{name} = {json.dumps(value_of(text), ensure_ascii=False)}"] if text.strip() else []
        )
        after = "".join(f"{each}\n" for each in (*line, *kept))
        if not _parses(after):
            raise SettingsError(
                f"{name} takes more than one line in {path}: change it there, or take it away."
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)  # it may hold the key
        path.write_text(after, encoding="utf-8")
        try:
            load_settings({})
        except SettingsError:
            path.write_text(before, encoding="utf-8")
            raise
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{path} can't be changed ({error}); mend it or take it away."
        ) from error
    return path


def value_of(text: str) -> Any:
    """A value as TOML has it where it is one, else the text itself."""
    text = text.strip()
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, KeyError):
        return text
    return value if isinstance(value, str | int | float | bool | list) else text


def _parses(text: str) -> bool:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True
