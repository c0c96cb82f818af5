"""The Ask view: a recording, its transcript, and the conversation about it."""

from typing import Any

import gradio as gr

from tools.conversations import FORMATS as CONVERSATIONS
from tools.export import FILES
from ui.chat import LAST, RANGE, WHOLE, Chat
from ui.library import Library

# The assistant has a queue of its own, which tells each question its place.
QUESTIONS: dict[str, Any] = {"show_progress": "hidden", "concurrency_limit": None}
WELCOME = """<div class="welcome"><h2>Ask a recording</h2>
<p>HeadRouter listens to recordings of minutes or hours and answers questions about what is said
and what is heard in them, with the moments to play.
Everything happens on this machine; nothing is sent anywhere.</p></div>"""


class Asking:
    """Components by name; made inside a gr.Blocks."""

    def __init__(self, chat: Chat, library: Library) -> None:
        self.chat, self.library = chat, library
        with gr.Column(elem_id="welcome"):
            self._lay_welcome()
        with gr.Column(elem_id="workbench"):
            with gr.Row(elem_id="choice"):
                self.recording = gr.Dropdown(label="Recording", elem_id="recording", scale=3)
                names = chat.models()
                self.model = gr.Dropdown(
                    names, value=names[0], label="Model", elem_id="model", visible=len(names) > 1
                )
            gr.HTML('<section id="view" aria-label="The recording"></section>')
            with gr.Row(elem_id="desk"):
                with gr.Column(scale=3, min_width=320, elem_id="talk"):
                    self._lay_chat()
                with gr.Column(scale=2, min_width=320):
                    gr.HTML(f'<section id="reader" data-formats="{" ".join(FILES)}"></section>')

    def _lay_welcome(self) -> None:
        gr.HTML(WELCOME)
        self.files = gr.File(
            label="Drop recordings here, audio or video",
            file_count="multiple",
            file_types=["audio", "video"],
            elem_id="first-files",
            height=170,
        )
        with gr.Row():
            self.sample = gr.Button("Try the sample", elem_id="sample", variant="primary")
            self.record = gr.Button("Record", elem_id="record")

    def _lay_chat(self) -> None:
        self.messages = gr.Chatbot(
            elem_id="chat",
            label="Conversation",
            show_label=False,
            buttons=["copy"],
            placeholder="Ask anything about the recording.",
        )
        gr.HTML('<div id="suggestions" role="group" aria-label="Questions to begin with"></div>')
        with gr.Row(elem_id="asked"):
            self.question = gr.Textbox(
                label="Question",
                show_label=False,
                placeholder="Ask the recording",
                scale=6,
                elem_id="question",
                submit_btn=True,
                max_lines=4,
            )
            self.stop = gr.Button("Stop", scale=1, min_width=70, elem_id="stop", visible=False)
        with gr.Accordion("Ask about a part of it", open=False):
            self.scope = gr.Radio([WHOLE, RANGE, LAST], value=WHOLE, label="Ask about")
            with gr.Row(visible=False) as self.range:
                self.start = gr.Textbox(label="From (mm:ss)", value="0:00", min_width=80)
                self.end = gr.Textbox(label="To (mm:ss)", placeholder="the end", min_width=80)
            self.minutes = gr.Number(label="Minutes", value=5, minimum=0.1, visible=False)
            self.automatic = gr.Checkbox(True, label="Listen as closely as memory and time allow")
            self.keep = gr.Slider(
                0.05,
                1.0,
                0.4,
                step=0.05,
                label="How closely: the share of the sound that the model gets in full",
                visible=False,
            )
        with gr.Accordion("Conversations", open=False):
            self.sessions = gr.Dropdown(label="Open", elem_id="sessions")
            self.new = gr.Button("New conversation", size="sm")
            self.title = gr.Textbox(label="Title", elem_id="title")
            with gr.Row():
                self.rename = gr.Button("Rename", size="sm", min_width=80)
                self.delete = gr.Button("Delete", size="sm", min_width=80, variant="stop")
            with gr.Row(visible=False) as self.sure:
                self.confirm = gr.Button("Yes, delete it", variant="stop", size="sm")
                self.spare = gr.Button("No", size="sm")
            with gr.Row():
                self.format = gr.Dropdown([*CONVERSATIONS], value="html", label="Save as")
                self.export = gr.Button("Save", size="sm", elem_id="export")
            self.exported = gr.File(label="Conversation", visible=False, elem_id="exported")
        with gr.Accordion("Spectrogram", open=False):
            self.draw = gr.Button("Draw the first moment of the last answer", size="sm")
            self.picture = gr.Image(
                label="Spectrogram of the first moment of the last answer",
                show_label=False,
                visible=False,
                buttons=["fullscreen"],
                elem_id="spectrogram",
            )

    # -- wiring

    def wire(self, session: gr.Number, tabs: gr.Tabs) -> None:
        """Connects every component with its handler."""
        self._wire_questions(session)
        self._wire_conversations(session)
        self.record.click(lambda: gr.Tabs(selected="live"), None, tabs)
        self.recording.change(None, self.recording, None, js="(id) => { View.open(id); }")
        self.scope.change(
            lambda scope: (gr.Row(visible=scope == RANGE), gr.Number(visible=scope == LAST)),
            self.scope,
            [self.range, self.minutes],
        )
        self.automatic.change(lambda on: gr.Slider(visible=not on), self.automatic, self.keep)

    def _wire_questions(self, session: gr.Number) -> None:
        asked = [
            self.question,
            self.recording,
            self.scope,
            self.start,
            self.end,
            self.minutes,
            self.automatic,
            self.keep,
            session,
            self.model,
        ]
        shown = [self.messages, self.question, session, self.stop]
        self.question.submit(self.chat.ask, asked, shown, **QUESTIONS)
        self.stop.click(self.chat.stop, None, None, queue=False)
        self.messages.like(self.chat.rate, session, None)
        self.draw.click(self.chat.spectrogram, session, self.picture).then(
            lambda: gr.Image(visible=True), None, self.picture
        )

    def _wire_conversations(self, session: gr.Number) -> None:
        session.change(self._list_sessions, session, [self.sessions, self.title])
        self.sessions.input(lambda session: session, self.sessions, session).then(
            self.chat.opened, session, [self.messages, self.recording]
        ).then(self.chat.menu, session, self.model)
        for begin_anew in (self.new.click, self.messages.clear):
            begin_anew(lambda: (0, []), None, [session, self.messages])
        self.rename.click(self.chat.rename, [session, self.title], None).then(
            self._list_sessions, session, [self.sessions, self.title]
        )
        self.delete.click(lambda: gr.Row(visible=True), None, self.sure)
        for settled in (self.confirm.click, self.spare.click, session.change):
            settled(lambda: gr.Row(visible=False), None, self.sure)
        self.confirm.click(self.chat.remove, session, None).success(
            lambda: (0, []), None, [session, self.messages]
        )
        self.export.click(self.chat.export, [session, self.format], self.exported).success(
            lambda: gr.File(visible=True), None, self.exported
        )

    def _list_sessions(self, session: int | None) -> Any:
        titles = {session.id: session.title for session in self.chat.store.sessions()}
        choices = gr.Dropdown(choices=self.chat.sessions(), value=session or None)
        return choices, titles.get(session or 0, "")
