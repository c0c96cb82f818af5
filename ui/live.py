"""The Live tab: a microphone, of this machine or of the browser, captioned and asked about."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import escape
from queue import SimpleQueue
from secrets import token_urlsafe

import gradio as gr
import numpy as np
import numpy.typing as npt

from assistant.app import Assistant
from assistant.ask.events import Done, Event
from assistant.work.live import Live
from tools.errors import MicrophoneError
from tools.microphone import Microphone, Resampler, devices
from tools.times import clock
from ui.tell import as_sentences
from ui.thread import Asking, Message

BROWSER = "This browser's microphone"


@dataclass
class Running:
    """A live recording, and where its sound comes from."""

    live: Live
    microphone: Microphone | None = None  # None for the browser's
    source: threading.Thread | None = None
    secret: str = field(default_factory=token_urlsafe)  # of the address that takes its sound
    pieces: int = 0  # of the browser's microphone that arrived
    resampler: Resampler | None = None
    session: int | None = None

    def end(self) -> str:
        """Drains and closes; the recording's id."""
        if self.microphone and self.source:
            self.microphone.stop()
            self.source.join()
            self.microphone.__exit__()
        recording = self.live.stop()
        self.live.correct_aside()
        return recording.id


class LiveTab:
    """Handlers. One live recording a tab; it goes on until it is ended or the tab closes."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant = assistant
        self.running: dict[str, Running] = {}  # by tab
        self.closing = threading.Event()
        assistant.leaving.callback(self.closing.set)

    def sources(self) -> list[tuple[str, str]]:
        """The browser's microphone, and those of this machine if it has any: label and name."""
        try:
            own = [(f"{device.name} (of this machine)", device.name) for device in devices()]
        except MicrophoneError:
            own = []
        return [(BROWSER, BROWSER), *own]

    def begin(self, source: str, name: str, request: gr.Request) -> tuple[str, str]:
        """Starts a recording; captions, and where the browser sends its sound, if it does."""
        tab = request.session_hash or ""
        if tab in self.running:
            raise gr.Error("This tab is recording already: end that first.")
        with as_sentences():
            microphone = None if source == BROWSER else Microphone(source)
            live = Live(self.assistant, name.strip() or None).__enter__()
            self.running[tab] = running = Running(live, microphone)
            if microphone:
                running.source = threading.Thread(
                    target=live.capture,
                    args=(microphone.__enter__(), lambda: microphone.overflows),
                    daemon=True,
                )
                running.source.start()
        return self.show(request), "" if microphone else f"/live/{running.secret}"

    def hear(self, secret: str, rate: int, number: int, samples: npt.NDArray[np.int16]) -> bool:
        """Takes a piece of a browser's microphone; False if nothing records under that secret.

        A piece that arrived before, because its receipt was lost, is not taken twice.
        Raises DiskError.
        """
        running = next((r for r in self.running.values() if r.secret == secret), None)
        if running is None or running.microphone:
            return False
        if number == running.pieces:
            if running.resampler is None or running.resampler.rate != rate:
                running.resampler = Resampler(rate)
            running.live.feed(running.resampler(samples.astype(np.float32) / np.float32(32768)))
            running.pieces += 1
        return True

    def show(self, request: gr.Request) -> str:
        """Captions so far, and how the sound is."""
        running = self.running.get(request.session_hash or "")
        if running is None:
            return '<p class="live-words">Not recording.</p>'
        now = running.live.now()
        level = max(0.0, min(1.0, (now.level + 60) / 60))
        warning = (
            f'<p class="warning" role="alert">{escape(now.warning)}</p>' if now.warning else ""
        )
        return (
            f'<div class="live-words"><p><b>● {clock(now.seconds)}</b> '
            f'<meter min="0" max="1" value="{level:.2f}" aria-label="Level"></meter></p>{warning}'
            f'<p aria-live="polite">{escape(now.stable).replace(chr(10), "<br>")} '
            f'<span class="changing">{escape(now.changing)}</span></p></div>'
        )

    def ask(
        self, text: str, before: list[Message], request: gr.Request
    ) -> Iterator[tuple[list[Message], str]]:
        """Answers from what was recorded so far; to the end, though the tab be closed."""
        running = self.running.get(request.session_hash or "")
        if running is None:
            raise gr.Error("Nothing is being recorded: begin, then ask.")
        asking = Asking(text)
        yield before + asking.messages(), ""
        events = running.live.ask(text, running.session, self.closing.is_set)

        def note(event: Event) -> None:
            if isinstance(event, Done):
                running.session = event.session

        for event in to_the_end(events, note):
            asking.take(event)
            yield before + asking.messages(), ""

    def end(self, request: gr.Request) -> tuple[str, int | None]:
        """Ends the recording; its id, and the conversation about it if there was one."""
        running = self.running.pop(request.session_hash or "", None)
        if running is None:
            raise gr.Error("Nothing is being recorded.")
        with as_sentences():
            return running.end(), running.session

    def leave(self, request: gr.Request) -> None:
        """The tab was closed: what it recorded is kept."""
        running = self.running.pop(request.session_hash or "", None)
        if running is not None:
            threading.Thread(target=running.end).start()


def to_the_end(events: Iterator[Event], note: Callable[[Event], None]) -> Iterator[Event]:
    """The events of a run that goes on in a thread of its own, taken here or not."""
    waiting: SimpleQueue[Event | None] = SimpleQueue()

    def run() -> None:
        try:
            for event in events:
                note(event)
                waiting.put(event)
        finally:
            waiting.put(None)

    threading.Thread(target=run, daemon=True).start()
    while (event := waiting.get()) is not None:
        yield event
