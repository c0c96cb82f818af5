"""The Library view: adding recordings, the list of them, searching what was said."""

from collections.abc import Callable
from typing import Any

import gradio as gr

from tools.export import FILES
from ui.library import Library


class Shelf:
    """Components by name; made inside a gr.Blocks."""

    def __init__(self, library: Library) -> None:
        self.library = library
        with gr.Row():
            self.files = gr.File(
                label="Drop recordings here, audio or video",
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
        self.query = gr.Textbox(
            label="Find what was said or heard, in all recordings",
            submit_btn=True,
            elem_id="query",
            max_lines=1,
        )
        self.hits = gr.HTML(elem_id="hits")
        gr.HTML(f'<section id="library" data-formats="{" ".join(FILES)}"></section>')
        with gr.Accordion("Minutes", open=False):
            self.write = gr.Button("Write minutes of the recording that is open")
            self.minutes = gr.File(label="Minutes", visible=False, elem_id="minutes")

    def wire(self, added: Callable[[Any], None], chosen: gr.Dropdown) -> None:
        """Connects every component. added: what is to follow where recordings were."""
        for event, handler, source in (
            (self.files.upload, self.library.upload, self.files),
            (self.add.click, self.library.add, self.place),
            (self.place.submit, self.library.add, self.place),
        ):
            added(
                event(handler, source, None).success(
                    lambda: (None, ""), None, [self.files, self.place]
                )
            )
        self.query.submit(self.library.search, self.query, self.hits)
        self.write.click(self._minutes, chosen, self.minutes).success(
            lambda: gr.File(visible=True), None, self.minutes
        )

    def _minutes(self, recording: str | None, progress: gr.Progress = gr.Progress()) -> str:  # noqa: B008
        return self.library.minutes(recording, progress)
