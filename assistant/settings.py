"""Settings: from flags, the environment, a TOML file and defaults, in that order.

`explain` tells where each value came from. Does not make the folders it names.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from platformdirs import user_cache_path, user_config_path, user_data_path
from pydantic import AfterValidator, ByteSize, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from assistant.setting_kinds import SENKO, Bytes, Diariser, Folder, Keep, Precision
from tools.languages import language_code
from tools.limits import Limits
from tools.own import UPLOADS

APP = "headrouter"
PREFIX = "HEADROUTER_"
CONFIG = "HEADROUTER_CONFIG"
NOBODY = "none"  # the value of planner where there is none


class SettingsError(Exception):
    """A setting that cannot be used; the message names it, its source and what is allowed."""

    flag = False  # whether it was given on the command line


class Settings(BaseSettings):
    """Everything a user may set. A field's description says what is allowed."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True
    )

    home: Folder = Field(
        default_factory=lambda: user_data_path(APP),
        description="a folder, for the database and what was heard",
    )
    cache: Folder = Field(
        default_factory=lambda: user_cache_path(APP),
        description="a folder, for models and what can be fetched again",
    )
    model: str = Field(
        default="auto",
        min_length=1,
        description="auto, a name of `headrouter models list`, ORGANISATION/NAME of a hub, a"
        " folder with a checkpoint, or openai:NAME@URL: one on a server",
    )
    keep: Keep | None = Field(
        default=None,
        description="the part of the audio tokens to keep, above 0 and at most 1;"
        " left out, the budget decides",
    )
    memory_limit: Bytes | None = Field(
        default=None,
        description="bytes above 0, such as 2GB, 512MiB or 2000000000;"
        " left out, what the machine has free",
    )
    index_limit: Bytes = Field(
        default=ByteSize(20_000_000_000),
        description="bytes above 0, such as 20GB, that what was heard may take in all;"
        " what was used longest ago goes first",
    )
    device: str = Field(
        default="auto",
        pattern=r"^(auto|cpu|mps|cuda(:\d{1,3})?)$",
        description="auto, cuda, cuda:1, mps or cpu",
    )
    threads: int | None = Field(
        default=None,
        ge=1,
        description="a whole number of CPU threads from 1; left out, PyTorch decides",
    )
    precision: Precision = Field(
        default="auto",
        description="auto, bf16, fp16, fp32, 8bit or 4bit: of the weights; fp32 also multiplies in"
        " 32 bits, which auto leaves to bfloat16 (TF32 on a GPU) where it is native",
    )
    offload: Literal["auto", "off", "all"] = Field(
        default="auto",
        description="auto, off or all: which decoder layers wait in main memory or on disk; auto,"
        " as many as must where the weights do not fit otherwise",
    )
    words: Literal["auto", "on", "off"] = Field(
        default="auto",
        description="auto, on or off: whether the model is given the words that were recognised",
    )
    language: Annotated[str, AfterValidator(language_code)] | None = Field(
        default=None,
        description="the code of the language that is spoken, such as en, de or zh;"
        " left out, it is found once for each recording",
    )
    remember_voices: bool = Field(
        default=False,
        description="true or false: whether voices are kept, so that a speaker who was named in one"
        " recording is recognised in others",
    )
    diariser: Diariser = Field(
        default=SENKO,
        description="senko, or what tells speakers apart in its place: a folder, or an"
        " ORGANISATION/NAME of a hub, with a pyannote pipeline or a diarisation model",
    )
    keep_loaded: float = Field(
        default=900.0,
        ge=0,
        description="seconds from 0 for which the model stays in memory after `headrouter ask`, in"
        " a process in the background; 0 starts none",
    )
    words_ahead: bool = Field(
        default=True,
        description="true or false: whether a server recognises the words of what was heard before"
        " anybody asks for them, while it has nothing else to do",
    )
    planner: str = Field(
        default="none",
        min_length=1,
        description="none, or a chat model that answers in several steps, as LangChain's"
        " init_chat_model names it: ollama:qwen3, openai:gpt-5-mini",
    )
    default_keep: Keep = Field(
        default=0.4,
        description="the part of the audio tokens that the budget begins with,"
        " above 0 and at most 1",
    )
    within: float | None = Field(
        default=None,
        gt=0,
        description="seconds above 0 within which an answer is wanted, of a recording heard before;"
        " left out, as long as it takes",
    )
    max_new_tokens: int = Field(
        default=200, ge=1, description="a whole number of tokens from 1: the longest answer"
    )
    api_key: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="16 characters or more: what clients of the server must know;"
        " left out, none, and only this machine is served",
    )
    allowed_folders: tuple[Folder, ...] = Field(
        default=(),
        description="a list of folders: those whose files clients of the server may name",
    )
    allow_addresses: bool = Field(
        default=False,
        description="true or false: whether clients of the server may have addresses fetched",
    )
    allowed_origins: tuple[str, ...] = Field(
        default=(),
        description="a list of origins such as https://notes.example: those of other sites' pages"
        " that may use the server from a browser",
    )
    behind_proxy: bool = Field(
        default=False,
        description="true or false: whether a proxy on this machine tells clients apart by"
        " X-Forwarded-For; only where nobody else can reach the server",
    )
    remote_key: SecretStr | None = Field(
        default=None,
        min_length=1,
        description="1 character or more: what the server of a model openai:NAME@URL wants to know",
    )
    send_outside: bool = Field(
        default=False,
        description="true or false: whether stretches of recordings may be sent to servers outside"
        " this network, where a model openai:NAME@URL is",
    )
    max_upload: Bytes = Field(
        default=ByteSize(200_000_000),
        description="bytes above 0, such as 200MB: the largest upload to the API",
    )
    max_file: Bytes = Field(
        default=ByteSize(2_000_000_000),
        description="bytes above 0, such as 2GB: the largest file that clients of the server may"
        " name, have fetched, or upload by the page",
    )
    max_seconds: float = Field(
        default=86_400.0, gt=0, description="seconds above 0: the longest recording that is heard"
    )
    max_channels: int = Field(
        default=16, ge=1, description="a whole number from 1: the most channels of a recording"
    )
    offline: bool = Field(
        default=False, description="true or false: whether the network is never used"
    )

    @property
    def limits(self) -> Limits:
        """Of recordings that are heard."""
        return Limits(self.max_seconds, self.max_channels)

    @property
    def client_limits(self) -> Limits:
        """Of recordings that clients of the server bring."""
        return replace(self.limits, max_file=self.max_file)

    @property
    def database(self) -> Path:
        """The store's file."""
        return self.home / "headrouter.db"

    @property
    def uploads(self) -> Path:
        """The folder of files that came by upload, by address or by microphone."""
        return self.home / UPLOADS

    @property
    def alive(self) -> Path:
        """The folder in which running processes show themselves."""
        return self.home / "alive"

    @property
    def features(self) -> Path:
        """The folder of what was heard, by recording."""
        return self.home / "features"

    @property
    def playable(self) -> Path:
        """The folder of copies that browsers play."""
        return self.cache / "playable"

    @property
    def folders(self) -> dict[str, Path]:
        """All that a recording may have left something in, as `tools.ingest.forget` names it."""
        return {"features": self.features, "uploads": self.uploads, "playable": self.playable}

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags, then the environment, then the file."""
        file = TomlConfigSettingsSource(settings_cls, config_file())
        return init_settings, env_settings, file


@dataclass(frozen=True)
class Sourced:
    """A setting, and where it came from."""

    name: str
    value: Any
    source: str  # "flag", "environment HEADROUTER_KEEP", "file /path" or "default"


def config_file() -> Path:
    """Where the settings file is, or would be.

    Raises:
        SettingsError: what is there is no file, or HEADROUTER_CONFIG names none.
    """
    named = os.environ.get(CONFIG)
    path = Path(named) if named else user_config_path(APP) / "config.toml"
    try:
        wrong = not path.is_file() and (named or path.exists())
    except OSError as error:
        raise _unreadable(path, error) from error
    if wrong:
        source = f", which {CONFIG} names," if named else ""
        raise SettingsError(f"{path}{source} is not a file; make it one or take it away.")
    return path


def load_settings(flags: Mapping[str, Any]) -> Settings:
    """The settings in force. A flag of None was not given.

    Raises:
        SettingsError: a value that is not allowed, an unknown setting, an unreadable file.
    """
    given = _given(flags)
    try:
        return Settings(**given)
    except ValidationError as error:
        raise _refusal(error, given) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise _unreadable(config_file(), error) from error


def explain(flags: Mapping[str, Any]) -> list[Sourced]:
    """Every setting in force and its source, in the order in which they are declared.

    Raises:
        SettingsError: as `load_settings`.
    """
    settings = load_settings(flags)
    sources = _sources(_given(flags))
    return [
        Sourced(name, getattr(settings, name), sources.get(name, "default"))
        for name in Settings.model_fields
    ]


def _unreadable(path: Path, error: Exception) -> SettingsError:
    message = f"The settings file {path} cannot be read ({error}); mend it or take it away."
    return SettingsError(message)


def _given(flags: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in flags.items() if value is not None}


def _sources(given: Mapping[str, Any]) -> dict[str, str]:
    """Where each name that is set anywhere came from."""
    path = config_file()
    file = TomlConfigSettingsSource(Settings, path)()
    environment = EnvSettingsSource(Settings)()
    return (
        dict.fromkeys(file, f"file {path}")
        | {name: f"environment {PREFIX}{name.upper()}" for name in environment}
        | dict.fromkeys(given, "flag")
    )


def _refusal(error: ValidationError, given: Mapping[str, Any]) -> SettingsError:
    """The first thing that is wrong, in a sentence."""
    first = error.errors()[0]
    name = str(first["loc"][0])
    source = _sources(given)[name]
    if name not in Settings.model_fields:
        known = ", ".join(Settings.model_fields)
        return SettingsError(f"'{name}' ({source}) is no setting; the settings are {known}.")
    allowed = Settings.model_fields[name].description
    secret = SecretStr in get_args(Settings.model_fields[name].annotation)
    value = "**********" if secret else repr(first["input"])
    refused = f"{name} = {value} ({source}) is not allowed: give {allowed}."
    found = SettingsError(refused)
    found.flag = source == "flag"
    return found
