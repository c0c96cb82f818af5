"""The server that commands of the same user talk to: a model is loaded once for all of them.

It listens on this machine only and asks for a token that is in a file of its user's alone. Whoever
has it is the user at the keyboard: any file may be named. It ends when nobody asked anything for a
while.
"""

import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from queue import Empty, Queue
from typing import Any

import anyio
import uvicorn
from anyio import to_thread
from fastapi import FastAPI
from pydantic import BaseModel, TypeAdapter

from assistant.app import Assistant
from assistant.ask import lane
from assistant.ask.events import Event, Failed, Progress
from assistant.ask.request import Request
from assistant.budget.peak import resident_bytes
from assistant.choosing import shown
from assistant.doors import wire
from assistant.doors.guard import Guard
from assistant.doors.server import HOST, options
from assistant.doors.streaming import Stream
from assistant.errors import EXPECTED
from assistant.find.across import Tell
from assistant.find.found import LOOKING, AcrossAnswer, Found
from assistant.find.selection import Selection
from assistant.home.running import Taken, announced
from assistant.work.ahead import words_ahead
from tools.context import Stop

LOOK = 2.0  # seconds between looks at whether it is still wanted
LOOK_FOR_NEWS = 0.1  # seconds between looks at whether a call has ended
Ready = Callable[[], None]


class Asked(BaseModel):
    """A question as a command asks it."""

    id: str  # by which it can be stopped
    request: dict[str, Any]  # of assistant.ask.state.Request
    settings: dict[str, Any]  # those that a question brings with it
    by_default: bool = False  # the model of the settings, not of the conversation
    if_there: bool = False  # or else in a new conversation


class Called(BaseModel):
    """What a command wants of many recordings."""

    id: str  # by which it can be stopped
    text: str  # what is looked for, or asked
    selection: dict[str, Any]  # of assistant.find.selection.Selection
    most: int = 20  # moments


@dataclass
class Work:
    """What is under way, and when the last of it ended."""

    begun: float = field(default_factory=time.monotonic)
    last: float = field(default_factory=time.monotonic)
    answered: int = 0
    under_way: dict[str, threading.Event] = field(default_factory=dict)

    @contextmanager
    def of(self, id: str, stop: threading.Event) -> Generator[None, None, None]:
        """Inside, a question is under way."""
        self.under_way[id] = stop
        try:
            yield
        finally:
            del self.under_way[id]
            self.last = time.monotonic()
            self.answered += 1

    def idle(self) -> float:
        """Seconds since anybody wanted something."""
        return 0.0 if self.under_way else time.monotonic() - self.last

    def stop_all(self) -> None:
        """Ends what is under way at the next token."""
        for stop in list(self.under_way.values()):
            stop.set()


class Local:
    """The handlers. ``end`` is called when nobody asked for ``idle`` seconds, or by `stop`."""

    def __init__(self, assistant: Assistant, idle: float | None, end: Callable[[], None]) -> None:
        self.assistant, self.idle, self.end, self.work = assistant, idle, end, Work()

    def app(self, token: str) -> FastAPI:
        """The application."""
        app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=self._lifespan)
        app.add_middleware(Guard, key=token)
        app.get("/status")(self.status)
        app.post("/ask", response_model=None)(self.ask)
        app.post("/ask/{id}/stop")(self.stop_asking)
        app.post("/find", response_model=None)(self.find)
        app.post("/ask-all", response_model=None)(self.ask_all)
        app.post("/stop")(self.stop)
        return app

    def status(self) -> dict[str, Any]:
        """What a person wants to know of it."""
        left = None if self.idle is None else max(0.0, self.idle - self.work.idle())
        return {
            "model": shown(self.assistant.chosen.name),
            "loaded": self.assistant.models.is_loaded,
            "answered": self.work.answered,
            "under_way": len(self.work.under_way),
            "up_seconds": round(time.monotonic() - self.work.begun),
            "ends_in_seconds": None if left is None else round(left),
            "memory_bytes": resident_bytes(),
        }

    def ask(self, asked: Asked) -> Stream:
        """The events of a question, a line each."""
        request, stop = Request(**asked.request | {"client": asked.id}), threading.Event()
        request = self.assistant.going_on(
            request, by_default=asked.by_default, if_there=asked.if_there
        )
        settings = self.assistant.settings.model_copy(update=asked.settings)
        return self._streamed(asked.id, self.assistant.ask(request, stop.is_set, settings), stop)

    def find(self, called: Called) -> Stream:
        """Moments in many recordings; lines as of a question, the last with what was found."""

        def find(tell: Tell, stop: Stop) -> Found:
            def looked(done: float | None) -> None:
                tell(LOOKING, done)

            chosen = selection_of(called)
            return self.assistant.find(called.text, chosen, called.most, looked, stop)

        return self._called(called.id, find)

    def ask_all(self, called: Called) -> Stream:
        """A question about many recordings; lines as of one, the last with the answer."""
        return self._called(
            called.id,
            lambda tell, stop: self.assistant.ask_all(
                called.text, selection_of(called), tell, stop, called.id
            ),
        )

    def _called(self, id: str, call: Callable[[Tell, Stop], Found | AcrossAnswer]) -> Stream:
        stop = threading.Event()
        return self._streamed(id, told(call, stop), stop)

    def _streamed(
        self, id: str, events: Generator[Event | wire.Gave, None, None], stop: threading.Event
    ) -> Stream:
        stream = Stream(self._lines(id, events, stop), events, stop)
        stream.headers["content-type"] = "application/x-ndjson"
        return stream

    def _lines(
        self, id: str, events: Generator[Event | wire.Gave, None, None], stop: threading.Event
    ) -> Generator[str, None, None]:
        with self.work.of(id, stop):
            for event in events:
                yield wire.line(event)

    def stop_asking(self, id: str) -> dict[str, bool]:
        """Ends a question at the next token."""
        found = self.work.under_way.get(id)
        if found is not None:
            found.set()
        return {"stopped": found is not None}

    def stop(self) -> dict[str, int]:
        """Ends the server, and what is under way with it."""
        under_way = len(self.work.under_way)
        self.work.stop_all()
        self.end()
        return {"stopped": under_way}

    @asynccontextmanager
    async def _lifespan(self, app: FastAPI) -> AsyncIterator[None]:
        to_thread.current_default_thread_limiter().total_tokens += lane.MOST
        async with anyio.create_task_group() as tasks:
            if self.idle is not None:
                tasks.start_soon(self._watch, self.idle)
            yield
            tasks.cancel_scope.cancel()

    async def _watch(self, idle: float) -> None:
        while self.work.idle() < idle:
            await anyio.sleep(min(LOOK, idle))
        self.end()


def selection_of(called: Called) -> Selection:
    """The recordings that a command chose."""
    return TypeAdapter(Selection).validate_python(called.selection)


def told(
    call: Callable[[Tell, Stop], Found | AcrossAnswer], stop: threading.Event
) -> Generator[Event | wire.Gave, None, None]:
    """What a call tells while it works, and then what it gave, or why it failed."""
    events: Queue[Event | wire.Gave] = Queue()

    events.put(Progress(LOOKING))  # before anything can go wrong: the command knows it was heard

    def work() -> None:
        try:
            found = call(lambda stage, done: events.put(Progress(stage, done)), stop.is_set)
            events.put(wire.Gave(asdict(found)))
        except EXPECTED as error:
            events.put(Failed(error))

    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(work)
        try:
            while not (working.done() and events.empty()):
                with suppress(Empty):
                    yield events.get(timeout=LOOK_FOR_NEWS)
            working.result()  # raises what nobody expected
        finally:
            stop.set()


@contextmanager
def announced_server(
    assistant: Assistant, kind: str, idle: float | None = None
) -> Generator[tuple[uvicorn.Server, socket.socket], None, None]:
    """A server that commands find, and the socket that it is to run on.

    idle: seconds without a question after which it ends. Raises Taken where another process is the
    server of this home folder.
    """
    with socket.create_server((HOST, 0)) as place:
        with announced(assistant.settings, kind, place.getsockname()[1]) as note:
            local = Local(assistant, idle, lambda: setattr(server, "should_exit", True))
            server = uvicorn.Server(uvicorn.Config(local.app(note.token), **options(assistant)))
            yield server, place


def serve(assistant: Assistant, kind: str, ready: Ready, idle: float | None = None) -> None:
    """Serves commands until it is told to end, or nobody asks any more. Raises Taken."""
    with announced_server(assistant, kind, idle) as (server, place), words_ahead(assistant):
        ready()
        server.run(sockets=[place])


@contextmanager
def beside(assistant: Assistant, kind: str) -> Generator[None, None, None]:
    """Inside, commands are answered by this process too, unless another one does so already."""
    with ExitStack() as stack:
        try:
            server, place = stack.enter_context(announced_server(assistant, kind))
        except Taken:
            yield
            return
        thread = threading.Thread(target=server.run, args=([place],), daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.should_exit = True
            thread.join()
