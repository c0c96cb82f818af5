"""The page's layout, and which handler answers what."""

from pathlib import Path
from typing import Any

import gradio as gr

from assistant.app import Assistant
from ui.chat import LAST, RANGE, SUGGESTED, WHOLE, Chat
from ui.library import FORMATS, HEADERS, Library
from ui.live import BROWSER, LiveTab

ASSETS = Path(__file__).parent / "assets"
MODEL: dict[str, Any] = {"concurrency_id": "model", "concurrency_limit": 1}  # one at a time
# The assistant has a queue of its own, which tells each question its place.
QUESTIONS: dict[str, Any] = {"show_progress": "hidden", "concurrency_limit": None}
# The page's address names the conversation, so that a reload finds it.
NAME_SESSION = """(session) => {
  const url = new URL(window.location);
  if (session) url.searchParams.set("session", session); else url.searchParams.delete("session");
  window.history.replaceState(null, "", url);
}"""
BEGIN = """(address) => address && Microphone.begin(address).catch((error) =>
  alert(`The browser's microphone can't be used (${error.message}): allow it, and begin again.`))"""


def theme() -> gr.themes.Base:
    """Fonts of the system, so that nothing is fetched from elsewhere."""
    return gr.themes.Default(
        font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]
    )


def build(assistant: Assistant, live: LiveTab, *, doors: bool = False) -> gr.Blocks:
    """The page, not yet served. doors: others than the user at the keyboard may see it."""
    page = gr.Blocks(title="HeadRouter", analytics_enabled=False, fill_width=True)
    with page:
        Page(Chat(assistant), Library(assistant, doors=doors), live).wire(page)
    return page


class Page:
    """Components by name; made inside a gr.Blocks."""

    def __init__(self, chat: Chat, library: Library, live: LiveTab) -> None:
        self.chat, self.library, self.live = chat, library, live
        self.session = gr.Number(0, visible="hidden", precision=0)  # of the open conversation, or 0
        with gr.Tabs() as self.tabs:
            with gr.Tab("Ask", id="ask"):
                with gr.Row():
                    with gr.Column(scale=1, min_width=260):
                        self._lay_choices()
                    with gr.Column(scale=3, min_width=320):
                        self._lay_chat()
            with gr.Tab("Library", id="library") as self.library_tab:
                self._lay_library()
            with gr.Tab("Live", id="live"):
                self._lay_live()
        self.player = gr.HTML(chat.player(None), elem_id="player")

    def _lay_choices(self) -> None:
        self.recording = gr.Dropdown(label="Recording", elem_id="recording")
        names = self.chat.models()
        self.model = gr.Dropdown(
            names, value=names[0], label="Model", elem_id="model", visible=len(names) > 1
        )
        self.scope = gr.Radio([WHOLE, RANGE, LAST], value=WHOLE, label="Ask about")
        with gr.Row(visible=False) as self.range:
            self.start = gr.Textbox(label="From (mm:ss)", value="0:00", min_width=80)
            self.end = gr.Textbox(label="To (mm:ss)", placeholder="the end", min_width=80)
        self.minutes = gr.Number(label="Minutes", value=5, minimum=0.1, visible=False)
        self.automatic = gr.Checkbox(True, label="Keep as much as the budget allows")
        self.keep = gr.Slider(
            0.05, 1.0, 0.4, step=0.05, label="Share of the audio tokens to keep", visible=False
        )
        with gr.Accordion("Conversations", open=False):
            self.sessions = gr.Dropdown(label="Open", elem_id="sessions")
            self.new = gr.Button("New conversation", size="sm")
            self.title = gr.Textbox(label="Title", elem_id="title")
            with gr.Row():
                self.rename = gr.Button("Rename", size="sm", min_width=80)
                self.delete = gr.Button("Delete", size="sm", min_width=80, variant="stop")
            self.export = gr.Button("Export as Markdown", size="sm")
            self.exported = gr.File(label="Conversation", visible=False, elem_id="exported")
        with gr.Accordion("Spectrogram", open=False):
            self.draw = gr.Button("Draw the first moment of the last answer", size="sm")
            self.picture = gr.Image(
                show_label=False, visible=False, buttons=["fullscreen"], elem_id="spectrogram"
            )

    def _lay_chat(self) -> None:
        self.messages = gr.Chatbot(
            elem_id="chat",
            label="Conversation",
            height="62vh",
            buttons=["copy"],
            group_consecutive_messages=False,
            examples=[{"text": text} for text in SUGGESTED],
            placeholder="Add a recording in the Library, then ask it anything.",
        )
        with gr.Row():
            self.question = gr.Textbox(
                show_label=False,
                placeholder="Ask the recording",
                scale=6,
                elem_id="question",
                submit_btn=True,
            )
            self.stop = gr.Button("Stop", scale=1, min_width=70, elem_id="stop")

    def _lay_library(self) -> None:
        with gr.Row():
            self.files = gr.File(
                label="Drop recordings here",
                file_count="multiple",
                file_types=["audio", "video"],
                elem_id="files",
                height=140,
            )
            with gr.Column():
                self.place = gr.Textbox(
                    label="Or a path on this machine, or an address", elem_id="place"
                )
                self.add = gr.Button("Add")
        self.table = gr.Dataframe(
            headers=HEADERS, interactive=False, label="Recordings", wrap=True, elem_id="table"
        )
        with gr.Row():
            self.chosen = gr.Dropdown(label="Recording", elem_id="chosen")
            self.open = gr.Button("Ask about it", variant="primary")
            self.remove = gr.Button("Remove", variant="stop")
        with gr.Row(visible=False) as self.sure:
            self.warning = gr.Markdown()
            self.confirm = gr.Button("Yes, remove it", variant="stop")
            self.spare = gr.Button("No")
        self.going = gr.State()  # id of the recording that may be removed
        with gr.Row():
            self.format = gr.Dropdown(FORMATS, value="srt", label="Write as")
            self.transcribe = gr.Button("Write it")
            self.transcript = gr.File(label="Written", visible=False, elem_id="transcript")
        self.query = gr.Textbox(
            label="Search what was said", submit_btn=True, elem_id="query", max_lines=1
        )
        self.hits = gr.HTML(elem_id="hits")

    def _lay_live(self) -> None:
        with gr.Row():
            self.source = gr.Dropdown(self.live.sources(), value=BROWSER, label="Microphone")
            self.live_name = gr.Textbox(label="Name", placeholder="Live, and the time")
            self.begin = gr.Button("Begin", variant="primary", elem_id="begin")
            self.finish = gr.Button("End and keep", elem_id="end")
        self.captions = gr.HTML(elem_id="captions")
        self.live_messages = gr.Chatbot(
            label="About what was said so far", height=260, elem_id="live-chat", buttons=["copy"]
        )
        self.live_question = gr.Textbox(
            show_label=False,
            placeholder="Ask in the middle",
            submit_btn=True,
            elem_id="live-question",
        )
        self.clock = gr.Timer(1.0, active=False)
        self.address = gr.Textbox(visible="hidden")  # that takes the browser's sound
        self.ended = gr.State()  # id of the recording that was ended last

    # -- wiring

    def wire(self, page: gr.Blocks) -> None:
        """Connects every component with its handler."""
        self._wire_asking()
        self._wire_choices()
        self._wire_conversations()
        self._wire_library()
        self._wire_live()
        page.unload(self.live.leave)
        page.unload(self.chat.leave)
        page.load(
            self._begin,
            None,
            [self.session, self.messages, self.recording, self.chosen, self.table, self.model],
        )

    def _wire_asking(self) -> None:
        asked = [
            self.question,
            self.recording,
            self.scope,
            self.start,
            self.end,
            self.minutes,
            self.automatic,
            self.keep,
            self.session,
            self.model,
        ]
        shown = [self.messages, self.question, self.session]
        self.question.submit(self.chat.ask, asked, shown, **QUESTIONS)
        suggestion = self.messages.example_select(self._suggested, None, self.question)
        suggestion.then(self.chat.ask, asked, shown, **QUESTIONS)
        self.stop.click(self.chat.stop, None, None, queue=False)
        self.messages.like(self.chat.rate, self.session, None)
        self.draw.click(self.chat.spectrogram, self.session, self.picture).then(
            lambda: gr.Image(visible=True), None, self.picture
        )

    def _wire_choices(self) -> None:
        self.recording.change(self.chat.player, self.recording, self.player)
        self.scope.change(
            lambda scope: (gr.Row(visible=scope == RANGE), gr.Number(visible=scope == LAST)),
            self.scope,
            [self.range, self.minutes],
        )
        self.automatic.change(lambda on: gr.Slider(visible=not on), self.automatic, self.keep)

    def _wire_conversations(self) -> None:
        self.session.change(None, self.session, None, js=NAME_SESSION)
        self.session.change(self._list_sessions, self.session, [self.sessions, self.title])
        self.sessions.input(lambda session: session, self.sessions, self.session).then(
            self.chat.opened, self.session, [self.messages, self.recording]
        ).then(self.chat.menu, self.session, self.model)
        for begin_anew in (self.new.click, self.messages.clear):
            begin_anew(lambda: (0, []), None, [self.session, self.messages])
        self.rename.click(self.chat.rename, [self.session, self.title], None).then(
            self._list_sessions, self.session, [self.sessions, self.title]
        )
        self.delete.click(self.chat.remove, self.session, None).success(
            lambda: (0, []), None, [self.session, self.messages]
        )
        self.export.click(self.chat.export, self.session, self.exported).success(
            lambda: gr.File(visible=True), None, self.exported
        )

    def _wire_library(self) -> None:
        lists = [self.recording, self.chosen, self.table]
        for added in (
            self.files.upload(
                self._upload, self.files, lists, show_progress_on=self.table, **MODEL
            ),
            self.add.click(self._add, self.place, lists, show_progress_on=self.table, **MODEL),
            self.place.submit(self._add, self.place, lists, show_progress_on=self.table, **MODEL),
        ):
            added.success(lambda: (None, ""), None, [self.files, self.place])
            added.failure(self._list_recordings, None, lists)
        self.library_tab.select(self._list_recordings, self.chosen, lists)
        asked = self.remove.click(self.library.what_goes, self.chosen, [self.warning, self.going])
        asked.success(lambda: gr.Row(visible=True), None, self.sure)
        for settled in (self.confirm.click, self.spare.click, self.chosen.change):
            settled(lambda: gr.Row(visible=False), None, self.sure)
        self.confirm.click(self.library.remove, self.going, None).success(
            self._list_recordings, None, lists
        )
        self.open.click(
            lambda recording: (recording, gr.Tabs(selected="ask")),
            self.chosen,
            [self.recording, self.tabs],
        )
        self.transcribe.click(
            self._transcript, [self.chosen, self.format], self.transcript, **MODEL
        ).success(lambda: gr.File(visible=True), None, self.transcript)
        self.query.submit(self.library.search, self.query, self.hits)

    def _wire_live(self) -> None:
        lists = [self.recording, self.chosen, self.table]
        begun = self.begin.click(
            self.live.begin, [self.source, self.live_name], [self.captions, self.address]
        )
        begun.success(
            lambda: (gr.Timer(active=True), []), None, [self.clock, self.live_messages]
        ).then(None, self.address, None, js=BEGIN)
        self.clock.tick(self.live.show, None, self.captions, show_progress="hidden")
        self.live_question.submit(
            self.live.ask,
            [self.live_question, self.live_messages],
            [self.live_messages, self.live_question],
            **QUESTIONS,
        )
        ended = self.finish.click(None, None, None, js="() => Microphone.end()").then(
            self.live.end, None, self.ended
        )
        ended.then(lambda: gr.Timer(active=False), None, self.clock)
        ended.then(self.live.show, None, self.captions)
        ended.success(self._list_recordings, self.ended, lists)

    # -- handlers that only fill components

    @staticmethod
    def _suggested(event: gr.SelectData) -> str:
        text: str = event.value["text"]
        return text

    def _begin(self, request: gr.Request) -> Any:
        wanted = request.query_params.get("session", "")
        known = {id for _, id in self.chat.sessions()}
        session = int(wanted) if wanted.isdigit() and int(wanted) in known else 0
        messages, recording = self.chat.opened(session)
        return session, messages, *self._list_recordings(recording), self.chat.menu(session)

    def _list_recordings(self, chosen: str | None = None) -> Any:
        choices = self.chat.recordings()
        known = [id for _, id in choices]
        value = chosen if chosen in known else next(iter(known), None)
        one = gr.Dropdown(choices=choices, value=value)
        return one, gr.Dropdown(choices=choices, value=value), self.library.rows()

    def _list_sessions(self, session: int | None) -> Any:
        titles = {session.id: session.title for session in self.chat.store.sessions()}
        choices = gr.Dropdown(choices=self.chat.sessions(), value=session or None)
        return choices, titles.get(session or 0, "")

    def _upload(self, files: list[str], progress: gr.Progress = gr.Progress()) -> Any:  # noqa: B008
        return self._list_recordings(self.library.upload(files, progress))

    def _add(self, place: str, progress: gr.Progress = gr.Progress()) -> Any:  # noqa: B008
        return self._list_recordings(self.library.add(place, progress))

    def _transcript(
        self,
        recording: str | None,
        format: str,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> str:
        return self.library.transcript(recording, format, progress)
