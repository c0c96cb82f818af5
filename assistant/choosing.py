"""Which model is used, and loading it: on a device that is there, in a precision that fits."""

import gc
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from assistant.budget.devices import find_device, give_back, memory_on
from assistant.budget.fit import (
    STORED,
    Fit,
    Size,
    automatic,
    can_quantise,
    fit_on,
    offload_for,
    possible,
    size_in,
    size_of,
)
from assistant.budget.plan import gigabytes
from assistant.errors import BadRequest, BudgetRefused
from assistant.remote import is_remote, server_of, without_address
from assistant.settings import Settings
from headrouter import models
from headrouter.backends import card_of
from headrouter.backends.offloading import NOTHING, Offload
from headrouter.errors import HeadRouterError, ModelMissing
from headrouter.hear.listener import AudioLM
from headrouter.hear.remote import RemoteLM
from headrouter.models import ModelCard, Place
from tools.context import Recogniser
from tools.diariser import Apart
from tools.meaning import Encode

DEFAULT_MODEL = "nano"


@dataclass(frozen=True)
class Choice:
    """The model that is used where none is named, and why."""

    name: str
    reason: str
    by_itself: bool = False  # among several, rather than by the settings


def choose(settings: Settings) -> Choice:
    """The model of the settings; ``auto`` is the largest that is here and fits, else nano.

    Of those with fewer parameters than another it is expected that they answer worse; none was
    measured. Raises BadRequest for a device that is not there.
    """
    if is_remote(settings.model):
        return Choice(settings.model, "as you asked")
    if settings.model != models.AUTO:
        with suppress(HeadRouterError):  # said by who loads it
            return Choice(models.find(settings.model, settings.cache).name, "as you asked")
        return Choice(settings.model, "as you asked")
    others = [place for place in models.here(settings.cache) if place.name != DEFAULT_MODEL]
    if not others:
        return Choice(DEFAULT_MODEL, "the only one that is here")
    device, fitting = find_device(settings.device), {}
    for place in others:
        try:
            card = card_of(place.folder)
            fit, size = fit_of(place, card, settings, device), size_in(place.folder, 1.0)
        except HeadRouterError:
            continue  # `models list` says what is wrong with it
        if fit.precision is not None:
            fitting[place.name] = max(size.weights.values())
    if not fitting:
        reason = f"none of the others that are here ({names(others)}) fits the memory of {device}"
        return Choice(DEFAULT_MODEL, reason, by_itself=True)
    largest = max(fitting, key=fitting.__getitem__)
    return Choice(largest, f"the largest of those here that fit {device}", by_itself=True)


def shown(name: str) -> str:
    """A model's name for others: of a folder or on a server, its own name and not where it is."""
    return Path(name).name if Path(name).is_absolute() else without_address(name)


def names(places: list[Place]) -> str:
    """Names of models, for a sentence."""
    return ", ".join(place.shown for place in places)


def fit_of(place: Place, card: ModelCard, settings: Settings, device: str) -> Fit:
    """How a model fits in the precision of the settings. Raises ModelUnreadable and others."""
    size = size_in(place.folder, card.tokens_per_second)
    return fit_on(narrowed(size, settings.precision, device), device, settings.memory_limit)


def narrowed(size: Size, precision: str, device: str) -> Size:
    """A size in those precisions only that a setting allows."""
    if STORED in size.weights:
        return size
    wanted: list[str] = automatic(device) if precision == "auto" else [precision]
    return replace(size, weights={name: size.weights[name] for name in wanted})


def check_model(settings: Settings) -> None:
    """Raises unless the model in force is here and is one that can be loaded.

    UnknownModel, ModelMissing, UnsupportedModel, and BadRequest for a device that is not there or
    a server that nothing may be sent to.
    """
    find_device(settings.device)
    if is_remote(settings.model):
        server_of(settings)
        settings = ear_of(settings)
    place = models.find(choose(settings).name, settings.cache)
    if place.kind != "made":
        card_of(place.folder)


def card_for(place: Place) -> ModelCard:
    """What has to be known of a model before it is loaded. Raises as `card_of`."""
    if place.kind == "made":
        return models.card(place.name)
    return replace(card_of(place.folder), name=place.shown)


def ear_of(settings: Settings) -> Settings:
    """The settings of the local model that listens for one on a server."""
    return settings.model_copy(update={"model": DEFAULT_MODEL, "precision": "auto"})


def load_remote(settings: Settings) -> RemoteLM:
    """A model on a server, with nano to find what it is to hear.

    Raises BadRequest for a server that nothing may be sent to, and as `load_listener`.
    """
    server = server_of(settings)
    return RemoteLM(load_listener(ear_of(settings)), server)


def load_listener(settings: Settings) -> AudioLM:
    """Loads the audio LLM of the settings, with its profile if it has one.

    Raises UnknownModel, ModelMissing, UnsupportedModel, ProfileUnreadable, ProfileMismatch,
    BudgetRefused if it is too large, BadRequest for a device that is not there and for a model that
    is on a server.
    """
    if is_remote(settings.model):
        raise BadRequest(
            f"{without_address(settings.model)} is on a server: this needs a model here"
        )
    device = find_device(settings.device)
    place = models.find(choose(settings).name, settings.cache)
    folder, card = models.verified_folder(place, settings.cache), card_for(place)
    model_id = models.identity(place, settings.cache)
    if settings.threads:
        torch.set_num_threads(settings.threads)
    full = settings.precision == "fp32"
    torch.set_float32_matmul_precision("highest" if full else "medium")
    precision, offload = placement(place, card, settings, device)
    if precision in ("8bit", "4bit"):  # what is heard, and what a run takes, is another's
        model_id = f"{model_id}+{precision}"
    profile = models.profile_of(model_id, settings.cache)
    if measured := models.measured_of(model_id, settings.cache):
        card = measured.on(card)
    return AudioLM.load(
        folder,
        card,
        model_id=model_id,
        profile=profile,
        device=device,
        precision=precision,
        offload=offload,
    )


def placement(
    place: Place, card: ModelCard, settings: Settings, device: str
) -> tuple[str, Offload]:
    """The precision of the settings, or the best of those that ``auto`` may take and that fit, and
    how many decoder layers are offloaded.

    Raises BudgetRefused, naming what would fit, and BadRequest where nothing can be offloaded.
    """
    wanted = settings.precision
    if place.kind == "made" and wanted == "auto":
        wanted = "fp32"
    size = size_in(place.folder, card.tokens_per_second)
    fit = fit_on(narrowed(size, wanted, device), device, settings.memory_limit)
    precision, offload = fit.precision or fit.smallest, NOTHING
    if settings.offload == "all":
        offload = offload_for(size, precision, device, 0, most=True)
        if not offload.layers:
            raise BadRequest(
                f"no decoder layer of {place.shown} can be offloaded in {precision} on {device}: "
                "choose --offload off, another precision or another model"
            )
    elif settings.offload == "auto":
        used, free = memory_on(torch.device(device))
        if size.weights[precision] > allowed(used, free, settings.memory_limit):
            offload = fit.offload
    refuse_too_large(place, size, precision, settings, offload)
    return (wanted if precision == STORED else precision), offload


def allowed(used: int, free: int, limit: int | None) -> int:
    """Bytes that weights may take besides those used, by the memory and by the user's limit."""
    return free if limit is None else min(free, limit - used)


def refuse_too_large(
    place: Place, size: Size, precision: str, settings: Settings, offload: Offload = NOTHING
) -> None:
    """Raises BudgetRefused if the weights alone would pass the user's limit or the memory."""
    device, limit = find_device(settings.device), settings.memory_limit
    used, free = memory_on(torch.device(device))
    weights = size.weights[precision] - offload.moved + offload.passing
    if weights > (most := allowed(used, free, limit)):
        by_limit = most < free
        remedies = [
            "close other programs"
            if not by_limit
            else (f"set --memory-limit to {gigabytes(1.3 * (used + weights))} or more")
        ]
        if not by_limit:
            remedies += [
                *smaller(size, precision, device),
                *slower(narrowed(size, precision, device), settings),
                *lighter(place, size, settings),
            ]
        raise BudgetRefused(
            f"the model alone needs {gigabytes(used + weights)} and "
            f"{gigabytes(used + most)} may be used: {', or '.join(remedies)}"
        )


def slower(size: Size, settings: Settings) -> list[str]:
    """That it would fit with layers offloaded, as advice."""
    fit = fit_on(size, find_device(settings.device), settings.memory_limit)
    return ["give --offload auto"] if fit.offload.layers and settings.offload == "off" else []


def smaller(size: Size, precision: str, device: str) -> list[str]:
    """In which other precision a model would fit, as advice."""
    if STORED in size.weights:
        return []
    ways = [way for way in possible(device) if size.weights[way] < size.weights[precision]]
    fit = (
        fit_on(replace(size, weights={way: size.weights[way] for way in ways}), device)
        if ways
        else None
    )
    if fit is None or fit.precision is None:
        return []
    install = (
        ""
        if can_quantise() or fit.precision not in ("8bit", "4bit")
        else (" after `pip install 'headrouter[quant]'`")
    )
    return [f"give --precision {fit.precision}{install}"]


def lighter(place: Place, size: Size, settings: Settings) -> list[str]:
    """Which other model that is here would fit, or which of the catalogue, as advice."""
    device = find_device(settings.device)
    for other in models.here(settings.cache):
        if other.name in (place.name, DEFAULT_MODEL):
            continue
        try:
            if fit_of(other, card_of(other.folder), settings, device).precision is not None:
                return [f"give --model {other.name}"]
        except HeadRouterError:
            continue
    for listed in models.CATALOGUE.values():
        known = size_of(listed)
        smaller_one = max(known.weights.values()) < max(size.weights.values())
        if smaller_one and fit_on(narrowed(known, "auto", device), device).precision is not None:
            return [f"take a smaller model such as {listed.name} (headrouter models pull)"]
    return [f"give --model {DEFAULT_MODEL}"] if place.name != DEFAULT_MODEL else []


def load_recogniser(settings: Settings) -> Recogniser:
    """Loads faster-whisper from nano's folder. Raises ModelMissing."""
    from tools.words import Transcriber  # loads CTranslate2, which not every question needs

    folder = models.verified(DEFAULT_MODEL, settings.cache) / "whisper"
    return Transcriber(folder, threads=settings.threads or 0)


def load_encoder(settings: Settings) -> Encode:
    """Loads what tells how alike sentences are, from nano's folder. Raises ModelMissing."""
    from tools.meaning import Remembering, SentenceEncoder

    folder = models.verified(DEFAULT_MODEL, settings.cache) / "sentences"
    if not folder.is_dir():  # pulled by an earlier version
        raise ModelMissing(
            f"model '{DEFAULT_MODEL}' is not whole: {folder.name} is missing; "
            f"run: headrouter models pull {DEFAULT_MODEL}"
        )
    return Remembering(SentenceEncoder(folder))


def load_diariser(settings: Settings) -> Apart:
    """What tells speakers apart; it loads its models in a process of its own, when needed."""
    return Apart(
        settings.diariser,
        settings.threads,
        device=find_device(settings.device),
        offline=settings.offline,
    )


def freed(device: torch.device) -> None:
    """Gives back the memory of a model that nobody holds any more."""
    gc.collect()
    give_back(device)
