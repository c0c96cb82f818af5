"""The Record view: a microphone, captions as they come, questions in the middle."""

from collections.abc import Callable
from typing import Any

import gradio as gr

from ui.asking import QUESTIONS
from ui.live import BROWSER, LiveTab

BEGIN = """(address) => {
  if (address) Microphone.begin(address).catch((error) => Base.say(
    `The browser's microphone can't be used (${error.message}): allow it, and begin again.`));
}"""


class Recording:
    """Components by name; made inside a gr.Blocks."""

    def __init__(self, live: LiveTab) -> None:
        self.live = live
        with gr.Row():
            self.source = gr.Dropdown(live.sources(), value=BROWSER, label="Microphone")
            self.name = gr.Textbox(label="Name", placeholder="Live, and the time")
            self.begin = gr.Button("Begin", variant="primary", elem_id="begin")
            self.finish = gr.Button("End and keep", elem_id="end", visible=False)
        gr.HTML('<p id="microphone" class="about"></p>')
        self.captions = gr.HTML(elem_id="captions")
        with gr.Column(visible=False) as self.middle:
            self.messages = gr.Chatbot(
                label="About what was said so far",
                height=260,
                elem_id="live-chat",
                buttons=["copy"],
            )
            self.question = gr.Textbox(
                label="Question",
                show_label=False,
                placeholder="Ask in the middle",
                submit_btn=True,
                elem_id="live-question",
            )
        self.clock = gr.Timer(1.0, active=False)
        self.address = gr.Textbox(visible="hidden")  # that takes the browser's sound
        self.ended = gr.State()  # (recording, conversation) of what was ended last

    def wire(self, follow: Callable[[Any], Any], shown: list[Any]) -> None:
        """Connects every component. follow: gives ``shown`` for a recording that ended."""
        begun = self.begin.click(
            self.live.begin, [self.source, self.name], [self.captions, self.address]
        )
        begun.success(lambda: (*self._going(True), []), None, [*self._parts(), self.messages]).then(
            None, self.address, None, js=BEGIN
        )
        self.clock.tick(self.live.show, None, self.captions, show_progress="hidden")
        self.question.submit(
            self.live.ask,
            [self.question, self.messages],
            [self.messages, self.question],
            **QUESTIONS,
        )
        ended = self.finish.click(None, None, None, js="() => Microphone.end()").then(
            self.live.end, None, self.ended
        )
        ended.then(lambda: self._going(False), None, self._parts())
        ended.then(self.live.show, None, self.captions)
        ended.success(follow, self.ended, shown).then(
            None, None, None, js="() => { Library.load(); Work.watch(); }"
        )

    def _parts(self) -> list[Any]:
        return [self.clock, self.begin, self.finish, self.middle]

    @staticmethod
    def _going(on: bool) -> tuple[Any, ...]:
        """What is seen while something is recorded, and while nothing is."""
        return (
            gr.Timer(active=on),
            gr.Button(visible=not on),
            gr.Button(visible=on),
            gr.Column(visible=on),
        )
