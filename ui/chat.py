"""The Ask tab: questions about one recording, the answers as they come, and what they rest on."""

import threading
from collections.abc import Iterator
from typing import Any

import gradio as gr

from assistant.app import Assistant
from assistant.ask.events import Done
from assistant.ask.lane import let_go_aside
from assistant.ask.state import Request
from assistant.choosing import shown
from assistant.doors.cli.commands import seconds
from assistant.doors.guard import client_of
from memory import NotFound, Recording, Turn
from tools.content import open_recording
from tools.conversations import conversation_as
from tools.ingest import heard_before
from tools.waveform import outline, spectrogram
from ui.evidence import Sound, card
from ui.tell import as_sentences, save_as
from ui.thread import Asking, Message, ratings, told, turn_at

WHOLE, RANGE, LAST = "Whole recording", "From – to", "Last minutes"
OUTLINE_BINS = 500


class Chat:
    """Handlers of the Ask tab. Conversations live in the store; a tab holds only an id."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant, self.store = assistant, assistant.store
        self.stops: dict[str, threading.Event] = {}  # by tab; of the question under way

    def ask(
        self,
        text: str,
        recording: str | None,
        scope: str,
        start: str,
        end: str,
        minutes: float,
        automatic: bool,
        keep: float,
        session: int | None,
        model: str | None,
        request: gr.Request,
    ) -> Iterator[tuple[list[Message], str, int | None, Any]]:
        """Asks; yields the messages, what stays in the question box, the conversation's id, and
        the button that ends it, to be seen while there is something to end.
        """
        with as_sentences():
            if not recording:
                raise gr.Error("Choose a recording first, or add one in the Library.")
            first, last = self._range(recording, scope, start, end, minutes)
            wanted = self.assistant.named(model) if model else None
        asked = Request(
            recording,
            text,
            first,
            last,
            keep=None if automatic else keep,
            session=session or None,
            model=wanted,
            client=client_of(request.client, "page"),
        )
        before = self.messages(session)
        stop = self.stops[request.session_hash or ""] = threading.Event()
        asking = Asking(text)
        yield before + asking.messages(), "", session, gr.Button(visible=True)
        events = self.assistant.ask(asked, stop.is_set)  # by name: it must outlive its loop
        try:
            for event in events:
                asking.take(event)
                if isinstance(event, Done):
                    session = event.session
                else:
                    yield before + asking.messages(), "", session, gr.skip()
        finally:  # Gradio closes what a tab left behind in its event loop: nobody may wait there,
            stop.set()  # and closing `events` waits for the model
            let_go_aside(events)
        ended = gr.Button(visible=False)
        if asking.outcome.error:
            yield before + asking.messages(), text, session, ended
        else:
            yield self.messages(session), "", session, ended

    def stop(self, request: gr.Request) -> None:
        """Ends this tab's question at the next token."""
        if stop := self.stops.get(request.session_hash or ""):
            stop.set()

    def leave(self, request: gr.Request) -> None:
        """The tab was closed: nobody waits for its answer."""
        if stop := self.stops.pop(request.session_hash or "", None):
            stop.set()

    def messages(self, session: int | None) -> list[Message]:
        """A conversation so far."""
        return told(self.store.turns(session), self.card) if session else []

    def card(self, turn: Turn) -> str:
        """The evidence of a turn."""
        return card(turn.heard, self._sound(turn))

    def _sound(self, turn: Turn) -> Sound | None:
        """The recording of a turn with its outline, as far as they are still there."""
        try:
            recording = self.store.recording(turn.recording_id or "")
        except NotFound:  # in the bin, or gone
            return None
        features, (start, end) = self.assistant.settings.features, turn.heard.get("scope", (0, 0))
        index = heard_before(features, recording, turn.heard["model"])
        shape = outline(index, start, end, OUTLINE_BINS) if index and end > start else []
        return Sound(recording.id, recording.name, shape)

    def _range(
        self, recording: str, scope: str, start: str, end: str, minutes: float
    ) -> tuple[float | None, float | None]:
        if scope == RANGE:
            return seconds(start or "0"), seconds(end) if end.strip() else None
        if scope == LAST:
            total = self.store.recording(recording).seconds
            return max(0.0, total - 60 * minutes) if total else None, None
        return None, None

    def rate(self, session: int | None, like: gr.LikeData) -> None:
        """Rates the answer that was clicked; the budget learns from it."""
        place = like.index[0] if isinstance(like.index, (tuple, list)) else like.index
        turn = turn_at(self.store.turns(session), place) if session else None
        if turn is None:
            raise gr.Error("Only answers that were given can be rated.")
        self.store.rate_turn(turn.id, 1 if like.liked in (True, "Like") else -1)
        gr.Info("Noted: the next question keeps more." if not like.liked else "Noted.")

    def spectrogram(self, session: int | None) -> Any:
        """A picture of what the last answer was about."""
        turns = self.store.turns(session) if session else []
        if not turns or turns[-1].recording_id is None:
            raise gr.Error("Ask about a recording first: its last answer is what is drawn.")
        recording, heard = self.store.recording(turns[-1].recording_id), turns[-1].heard
        start, end = heard.get("scope") or (0.0, recording.seconds or 0.0)
        if cited := heard.get("citations"):
            start, end = cited[0]["start"], cited[0]["end"]
        with as_sentences():
            return spectrogram(open_recording(self.store, recording), start, end)

    # -- conversations

    def sessions(self) -> list[tuple[str, int]]:
        """Titles and ids, newest first."""
        return [
            (f"{session.title} ({session.created_at:%d %b %H:%M})", session.id)
            for session in reversed(self.store.sessions())
        ]

    def models(self) -> list[str]:
        """The models that can be chosen; the first is the one that was started with."""
        return self.assistant.menu()

    def menu(self, session: int | None) -> gr.Dropdown:
        """The models, with that of a conversation chosen; nothing to see where there is one."""
        names = self.models()
        known = self.store.session(session).model if session else None
        own = shown(known) if known else names[0]
        value = own if own in names else names[0]
        return gr.Dropdown(choices=names, value=value, visible=len(names) > 1)

    def opened(self, session: int | None) -> tuple[gr.Chatbot, str | None]:
        """A conversation's messages with their ratings, and its last recording."""
        turns = self.store.turns(session) if session else []
        said: Any = told(turns, self.card)
        messages = gr.Chatbot(value=said, feedback_value=ratings(turns))
        heard = (turn.recording_id for turn in reversed(turns) if turn.recording_id)
        return messages, next(heard, None)

    def rename(self, session: int | None, title: str) -> None:
        """Gives a conversation another title."""
        with as_sentences():
            self.store.rename_session(chosen(session), title)

    def remove(self, session: int | None) -> None:
        """Forgets a conversation."""
        with as_sentences():
            self.store.remove_session(chosen(session))

    def export(self, session: int | None, format: str) -> str:
        """A conversation as a file; as HTML it plays its moments by itself."""
        with as_sentences():
            found = self.store.session(chosen(session))
            data = conversation_as(format, self.store, found.id, self.assistant.settings.limits)
        return save_as(f"{found.title}.{format}", data)

    def recordings(self) -> list[tuple[str, str]]:
        """Names and ids of what can be asked about, newest first."""
        return [(_label(r), r.id) for r in reversed(self.store.recordings())]


def chosen(session: int | None) -> int:
    """The conversation that is open."""
    if not session:
        raise gr.Error("No conversation is open: ask something, or choose one.")
    return session


def _label(recording: Recording) -> str:
    from tools.times import clock

    return f"{recording.name} ({clock(recording.seconds)})" if recording.seconds else recording.name
