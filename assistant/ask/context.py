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
from tools.context import Listener, OpenDiariser, Recogniser, Stop
from tools.diariser import Senko


@dataclass
class Models:
    """The models of this process, each loaded once, on first use."""

    load_listener: Callable[[], Listener]
    load_recogniser: Callable[[], Recogniser]
    diariser: OpenDiariser = Senko  # loaded when entered, gone when left
    _lock: threading.RLock = field(default_factory=threading.RLock)

    @cached_property
    def _listener(self) -> Listener:
        return self.load_listener()

    @cached_property
    def _recogniser(self) -> Recogniser:
        return self.load_recogniser()

    def listener(self) -> Listener:
        """The audio LLM."""
        with self._lock:
            return self._listener

    def recogniser(self) -> Recogniser:
        """The word recogniser."""
        with self._lock:
            return self._recogniser


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
    index: AudioIndex | None = None
    scan: Scan | None = None
    question: Question = field(default_factory=lambda: Question(""))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.index = self.scan = None

    @property
    def heard(self) -> AudioIndex:
        """The index of the recording that the run is about."""
        assert self.index is not None  # ingest comes before everything that asks for it
        return self.index
