"""The page: its views, and what goes on between them. Each view lays and wires its own parts."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from assistant.app import Assistant
from assistant.work.prepare import Preparing
from ui.asking import Asking
from ui.chat import Chat
from ui.library import Library
from ui.live import LiveTab
from ui.options import Options, model_in_words
from ui.recording import Recording
from ui.shelf import Shelf

ASSETS = Path(__file__).parent / "assets"
# The page's address names the conversation, so that a reload finds it.
NAME_SESSION = """(session) => {
  const url = new URL(window.location);
  if (session) url.searchParams.set("session", session); else url.searchParams.delete("session");
  window.history.replaceState(null, "", url);
}"""
PLAYER = """<div class="player"><span class="name">Nothing to play yet.</span>
<audio controls preload="metadata" aria-label="Nothing to play yet"></audio></div>
<p id="work-told" class="unseen" aria-live="polite"></p><div id="work"></div>"""


def theme() -> gr.themes.Base:
    """Fonts of the system, so that nothing is fetched from elsewhere; text that can be read."""
    return gr.themes.Default(
        font=["system-ui", "sans-serif"],
        font_mono=["ui-monospace", "monospace"],
        primary_hue="blue",
    ).set(
        body_text_color_subdued="#4b5563",
        body_text_color_subdued_dark="#c3c7cf",
        block_label_text_color="#374151",
        block_label_text_color_dark="#d1d5db",
        block_info_text_color="#4b5563",
        block_info_text_color_dark="#c3c7cf",
        input_placeholder_color="#6b7280",
        input_placeholder_color_dark="#a6acb8",
        button_primary_background_fill="#1d4ed8",
        button_primary_background_fill_dark="#1d4ed8",
        button_primary_text_color="#ffffff",
        color_accent="#1d4ed8",
        link_text_color="#1d4ed8",
    )


def build(
    assistant: Assistant, live: LiveTab, preparing: Preparing, *, doors: bool = False
) -> gr.Blocks:
    """The page, not yet served. doors: others than the user at the keyboard may see it."""
    page = gr.Blocks(title="HeadRouter", analytics_enabled=False, fill_width=True)
    with page:
        library = Library(assistant, preparing, doors=doors)
        Page(Chat(assistant), library, live, Options(assistant, doors=doors)).wire(page)
    return page


class Page:
    """The views, and the hidden fields by which they and the page's scripts tell each other."""

    def __init__(self, chat: Chat, library: Library, live: LiveTab, options: Options) -> None:
        self.chat, self.library, self.live = chat, library, live
        self.session = gr.Number(0, visible="hidden", precision=0)  # of the open conversation, or 0
        self.wanted = gr.Textbox(visible="hidden", elem_id="wanted")  # a recording to be shown
        self.changed = gr.Textbox(visible="hidden", elem_id="changed")  # when the library did
        gr.HTML(
            f'<header id="head"><h1>HeadRouter</h1><p>{model_in_words(chat.assistant)}</p></header>'
        )
        with gr.Tabs() as self.tabs:
            with gr.Tab("Ask", id="ask"):
                self.asking = Asking(chat, library)
            with gr.Tab("Library", id="library"):
                self.shelf = Shelf(library)
            with gr.Tab("Record", id="live"):
                self.recording = Recording(live)
            with gr.Tab("Settings", id="settings"):
                options.lay()
        gr.HTML(PLAYER, elem_id="player")

    def wire(self, page: gr.Blocks) -> None:
        """Connects every component with its handler."""
        chosen = self.asking.recording
        self.asking.wire(self.session, self.tabs)
        self.shelf.wire(self.added, chosen)
        self.recording.wire(self.ended, [chosen, self.tabs, self.session, self.asking.messages])
        for place in (self.asking.files, self.asking.sample):
            event = place.upload if isinstance(place, gr.File) else place.click
            handler = self.library.upload if isinstance(place, gr.File) else self.library.sample
            self.added(
                event(handler, place if isinstance(place, gr.File) else None, chosen).success(
                    lambda: None, None, self.asking.files
                )
            )
        self.wanted.change(
            lambda text: (self.listed(text.split()[0]), gr.Tabs(selected="ask")),
            self.wanted,
            [chosen, self.tabs],
            show_progress="hidden",
        )
        self.changed.change(self.listed, chosen, chosen, show_progress="hidden")
        self.session.change(None, self.session, None, js=NAME_SESSION)
        page.unload(self.live.leave)
        page.unload(self.chat.leave)
        page.load(
            self._begin,
            None,
            [self.session, self.asking.messages, chosen, self.asking.model],
            show_progress="hidden",
        )

    def added(self, event: Any) -> None:
        """After recordings were added: the menu knows them, and they are made ready.

        What the user is at stays as it is.
        """
        event.then(self.listed, self.asking.recording, self.asking.recording).then(
            None, None, None, js="() => { Library.load(); Work.watch(); }"
        )

    def listed(self, chosen: str | None = None) -> Any:
        """The menu of recordings, with this one chosen if it is there, or else the newest."""
        choices = self.chat.recordings()
        known = [id for _, id in choices]
        return gr.Dropdown(
            choices=choices, value=chosen if chosen in known else next(iter(known), None)
        )

    def ended(self, ended: Sequence[Any] | None) -> Any:
        """Where a live recording leads: to its view, with what was asked while it was made."""
        if not ended:
            return gr.skip(), gr.skip(), gr.skip(), gr.skip()
        recording, session = ended
        self.library.preparing.add(self.chat.store.recording(recording))  # sounds, speakers
        messages, _ = self.chat.opened(session)
        return self.listed(recording), gr.Tabs(selected="ask"), session or 0, messages

    def _begin(self, request: gr.Request) -> Any:
        wanted = request.query_params.get("session", "")
        known = {id for _, id in self.chat.sessions()}
        session = int(wanted) if wanted.isdigit() and int(wanted) in known else 0
        messages, recording = self.chat.opened(session)
        return session, messages, self.listed(recording), self.chat.menu(session)
