"""The Settings view: what is set, where that comes from, and what each setting does."""

from html import escape

import gradio as gr

from assistant.app import Assistant
from assistant.choosing import shown
from assistant.doors.cli.commands import plain
from assistant.settings import Settings, SettingsError, config_file, explain
from assistant.settings_file import save_setting
from tools.showing import in_markdown

FIRST = (  # what a user of the page looks for; the rest follows
    "model", "device", "language", "home", "cache", "index_limit", "memory_limit", "api_key",
)  # fmt: skip

THEMES = """<div class="tools" role="group" aria-label="Colours"><span>Colours</span>
<button type="button" onclick="Base.theme('system')">As the system</button>
<button type="button" onclick="Base.theme('light')">Light</button>
<button type="button" onclick="Base.theme('dark')">Dark</button></div>"""


class Options:
    """The view. doors: others than the user at the keyboard may see it."""

    def __init__(self, assistant: Assistant, *, doors: bool = False) -> None:
        self.assistant, self.doors = assistant, doors

    def lay(self) -> None:
        """Makes its components."""
        gr.HTML(THEMES)
        self.shown = gr.HTML(self.table())
        if self.doors:  # what this machine is set to is its user's own to change
            return
        with gr.Row():
            name = gr.Dropdown([*Settings.model_fields], value=FIRST[0], label="Setting")
            value = gr.Textbox(label="New value; empty for the default", elem_id="value")
            save = gr.Button("Save", elem_id="save")
        self.told = gr.Markdown(elem_id="saved")
        for event in (save.click, value.submit):
            event(self.save, [name, value], self.told)

    def save(self, name: str, text: str) -> str:
        """Writes a setting into the file; what is to be told of it."""
        try:
            path = save_setting(name, text)
        except SettingsError as error:
            raise gr.Error(str(error), print_exception=False) from error
        return f"Saved in {in_markdown(str(path))}. It holds from the next start on."

    def table(self) -> str:
        """Every setting with its value, its source and what it is for."""
        sources = {item.name: item for item in explain({})}
        names = [*FIRST, *(name for name in sources if name not in FIRST)]
        settings = self.assistant.settings
        rows = []
        for name in names:
            value = plain(getattr(settings, name))
            secret = name in ("home", "cache", "allowed_folders") and self.doors
            told = "" if value is None else "(of this machine)" if secret else str(value)
            what = Settings.model_fields[name].description or ""
            source = (
                "command line"
                if str(getattr(settings, name)) != str(sources[name].value)
                else sources[name].source.split(" /")[0]
            )
            rows.append(
                f'<tr><th scope="row">{name.replace("_", " ")}</th><td>{escape(told) or "not set"}'
                f"</td><td>{escape(what)}</td><td>{escape(source)}</td></tr>"
            )
        where = "" if self.doors else f" <code>{escape(str(config_file()))}</code>"
        return (
            f'<div class="settings"><p>Settings are read when the program starts: from the command'
            f" line, the environment (HEADROUTER_ and the name), and the file{where}. "
            "<code>headrouter config show</code> tells the same.</p>"
            '<div class="scroller" tabindex="0" role="region" aria-label="Settings"><table>'
            '<thead><tr><th scope="col">Setting</th><th scope="col">Is</th>'
            '<th scope="col">May be</th><th scope="col">Set by</th></tr></thead>'
            f"<tbody>{''.join(rows)}</tbody></table></div></div>"
        )


def model_in_words(assistant: Assistant) -> str:
    """Which model answers, and what it can't do; HTML."""
    name = assistant.chosen.name
    limits = (
        "quotes what was said and names common sounds; it does not reason about them"
        if name == "nano"
        else f"chosen because it is {assistant.chosen.reason}"
        if assistant.chosen.by_itself
        else "as you asked"
    )
    return f"Answers come from <b>{escape(shown(name))}</b>: {escape(limits)}."
