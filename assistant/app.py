"""The assistant: one process, one model, one store. Everything that renders starts here."""

import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import cached_property
from typing import Self, cast

from assistant.ask.context import Context, Models
from assistant.ask.events import Done, Event, Failed
from assistant.ask.graph import build
from assistant.ask.lane import Lane, OneByOne
from assistant.ask.state import Request, State
from assistant.budget.machine import give_back_free_memory
from assistant.choosing import (
    Choice,
    check_model,
    choose,
    freed,
    load_diariser,
    load_encoder,
    load_recogniser,
    load_remote,
    shown,
)
from assistant.choosing import (
    load_listener as load_listener,
)
from assistant.errors import EXPECTED, BudgetRefused, Busy
from assistant.find.across import Across, Tell
from assistant.find.finding import Finder, check_most
from assistant.find.found import AcrossAnswer, Found
from assistant.find.query import read_query
from assistant.find.selection import Selection, chosen
from assistant.home.alive import Alive
from assistant.home.private import mend
from assistant.remote import is_remote
from assistant.settings import Settings
from headrouter import models
from headrouter.errors import UnknownModel
from headrouter.models import Place
from memory import Recording, Segment, Speaker, Store, Word
from tools import binned
from tools.across import load_across
from tools.context import Listener, OnFraction, OnSize, Stop
from tools.errors import Stopped
from tools.ingest import ingest, measured
from tools.naming import name_speaker
from tools.speakers import find_speakers
from tools.transcript import words_between

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
        binned.empty(self.store, settings.folders)
        self.alive = Alive(settings.alive)
        self.lane = Lane()
        self.writing_down = OneByOne()  # of words in the background, by recording
        self.on_heard: Callable[[str], None] = lambda recording: None
        """Told the id of each recording that was heard or asked about."""
        self.leaving = ExitStack()  # what goes on in the background, ended before the store closes
        self.live_places = threading.BoundedSemaphore(LIVE_AT_ONCE)
        self.models = models or Models(
            lambda: self._load(self.chosen.name),
            lambda: load_recogniser(settings),
            lambda: load_diariser(settings),
            lambda: load_encoder(settings),
            load_across,
        )
        self.finder = Finder(self.store, self.models, settings)
        self._others: dict[str, Models] = {}  # by name; with the recogniser and diariser of ours
        self._naming = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.leaving.close()
        self.store.close()
        self.alive.hide()

    @cached_property
    def chosen(self) -> Choice:
        """The model that answers where none is named, and why. Stays the same in this process."""
        return choose(self.settings)

    def places(self) -> list[Place]:
        """The models that are here by name."""
        return models.here(self.settings.cache)

    def menu(self) -> list[str]:
        """The names of the models that may be asked for, the one that was started with first."""
        others = [place.shown for place in self.places() if place.name != self.chosen.name]
        return [shown(self.chosen.name), *others]

    def named(self, name: str) -> str:
        """What `ask` takes for a name that others may give. Raises UnknownModel, naming those here.

        Folders of this machine can't be named, but for the one that was started with.
        """
        own = self.chosen.name
        if name in (models.AUTO, own, shown(own)):
            return own
        for place in self.places():
            if name in (place.name, place.shown) or models.hub_id_of(name) == place.name:
                return place.name
        raise UnknownModel(f"there is no model '{name}' here: choose {' or '.join(self.menu())}")

    def models_for(self, name: str | None) -> Models:
        """The models with this audio LLM among them; None is the one that was started with.

        Raises UnknownModel or ModelMissing.
        """
        if name is None or name == self.chosen.name:
            return self.models
        with self._naming:
            if name not in self._others:
                if not is_remote(name):  # who loads it looks at where it is
                    models.find(name, self.settings.cache)
                self._others[name] = self.models.with_listener(lambda: self._load(name))
            return self._others[name]

    def _load(self, name: str) -> Listener:
        """Loads an audio LLM: beside the others where there is room, or else in their place.

        Who still listens with another goes on with it, and its memory is free afterwards. Called
        under the lock that all models share.
        """
        settings = self.settings.model_copy(update={"model": name})
        if is_remote(name):
            return load_remote(settings)
        try:
            return load_listener(settings)
        except BudgetRefused:
            loaded = [m for m in (self.models, *self._others.values()) if m.is_loaded]
            if not loaded:
                raise
            devices = {other.listener().device for other in loaded}
            for other in loaded:
                other.unload()
            for device in devices:
                freed(device)
            return load_listener(settings)

    def model_of(self, request: Request) -> str:
        """The name of the model that a question is for: the one that it names, or else the one of
        its conversation, or else the one that was started with. Raises NotFound.
        """
        name = request.model
        if name is None and request.session is not None:
            name = self.store.session(request.session).model
        return name or self.chosen.name

    def going_on(self, request: Request, *, by_default: bool, if_there: bool) -> Request:
        """A question of a conversation that goes on by itself.

        by_default: the model that was started with answers, whatever the conversation had;
        if_there: where it has been removed, a new one begins.
        """
        session = request.session
        if if_there and session not in {known.id for known in self.store.sessions()}:
            session = None
        model = self.chosen.name if by_default else request.model
        return replace(request, model=model, session=session)

    def ask(
        self,
        request: Request,
        stop: Stop = lambda: False,
        settings: Settings | None = None,
    ) -> Generator[Event, None, None]:
        """One question, as a stream of events that ends with Done or Failed.

        settings: that differ from those of the assistant in what is one question's alone.

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
            name = self.model_of(request)
            own = self.models_for(name)
            by_itself = self.chosen.by_itself and name == self.chosen.name
            why = f"{name}: {self.chosen.reason}" if by_itself else ""
            with Context(settings or self.settings, self.store, own, stop, name, why) as context:
                stream = build().stream(State(request), context=context, stream_mode="custom")
                for event in cast(Iterator[Event], stream):
                    yield event
                    if isinstance(event, Done):
                        self.on_heard(event.recording)
        except EXPECTED as error:
            failure = error
        finally:
            give_back_free_memory()
            self.lane.leave(ticket)
        if failure is not None:  # told after the turn was given back: the telling may take its time
            yield Failed(failure)

    def ingest(
        self,
        recording: Recording,
        on_fraction: OnFraction,
        stop: Stop = lambda: False,
        model: str | None = None,
        on_size: OnSize = lambda size: None,
    ) -> Recording:
        """Hears a recording now, so that questions find it ready.

        model: that hears it, if not the one that was started with. on_size: told the bytes of the
        index before it is made.
        """
        features, listener = self.settings.features, self.models_for(model).listener()
        room, limits = self.settings.index_limit, self.settings.limits
        with self.lane.beside():
            ingest(
                self.store,
                listener,
                features,
                recording,
                on_fraction=on_fraction,
                on_size=on_size,
                stop=stop,
                room=room,
                limits=limits,
            )
        self.on_heard(recording.id)
        if model is None and not recording.growing:
            self.finder.keep(self.store.recording(recording.id))
        return self.store.recording(recording.id)

    def find(
        self,
        query: str,
        selection: Selection = Selection(),  # noqa: B008  (it is frozen)
        most: int = 20,
        on_fraction: OnFraction = lambda fraction: None,
        stop: Stop = lambda: False,
    ) -> Found:
        """Moments of sounds, words and speakers in many recordings, the likeliest first.

        Raises Misused for a query that looks for nothing, BadRequest for a selection without a
        recording, NotFound, Stopped.
        """
        check_most(most)
        wanted, among = read_query(query), chosen(self.store, selection)
        with self.lane.beside():
            return self.finder.find(wanted, among, most, on_fraction, stop)

    def ask_all(
        self,
        question: str,
        selection: Selection = Selection(),  # noqa: B008  (it is frozen)
        tell: Tell = lambda stage, fraction: None,
        stop: Stop = lambda: False,
        client: str = "",
    ) -> AcrossAnswer:
        """A question about many recordings at once, without a chat model, in its turn.

        client: who asks, see `assistant.ask.lane`. Raises Misused, BadRequest for a question or a
        selection that can't be served, NotFound, BudgetRefused, Busy, Stopped.
        """
        among = chosen(self.store, selection)
        with self.lane.turn(client, tell, stop):
            return Across(self.finder, among, tell, stop).ask(question)

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
