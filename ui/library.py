"""Handlers of the Library view: adding recordings, searching them, minutes."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

import gradio as gr

from assistant.app import Assistant
from assistant.ask.nodes import find_recording
from assistant.doors.places import Places
from assistant.errors import EXPECTED
from assistant.work.minutes import take_minutes
from assistant.work.prepare import Preparing
from memory import Recording
from tools.fetch import fetch, is_address
from tools.times import clock
from ui.data import sample
from ui.evidence import Sound, seek_button
from ui.tell import as_sentences, save_as


class Library:
    """Handlers. What is added is made ready in the background."""

    def __init__(self, assistant: Assistant, preparing: Preparing, *, doors: bool = False) -> None:
        self.assistant, self.store, self.doors = assistant, assistant.store, doors
        self.preparing, self.places = preparing, Places(assistant)

    def upload(self, files: Sequence[str] | None) -> None:
        """Keeps uploaded files."""
        if not files:
            raise gr.Error("No file came with that; drop one again.")
        with as_sentences():
            for file in files:
                self.preparing.add(self.places.kept(Path(file)))

    def sample(self) -> None:
        """Adds the recording that comes with the program."""
        with as_sentences():
            self.preparing.add(find_recording(self.store, str(sample())))

    def add(self, place: str, progress: gr.Progress = gr.Progress()) -> None:  # noqa: B008
        """Adds a file of this machine, or one fetched from an address."""
        place = place.strip().strip('"')
        if not place:
            raise gr.Error("Type the path of a file, or an address that begins with https://.")
        with as_sentences():
            self.preparing.add(self._at(place, progress))

    def _at(self, place: str, progress: gr.Progress) -> Recording:
        settings = self.assistant.settings
        if self.doors:  # whoever opens the page may name what a client of the API may
            return self.places.recording(place)
        if not is_address(place):
            return find_recording(self.store, place)
        path = fetch(
            place,
            settings.uploads,
            offline=settings.offline,
            most_bytes=settings.max_file,
            on_fraction=lambda done: progress(done, desc="fetching"),
        )
        return self.places.kept(path)

    def minutes(self, recording: str | None, progress: gr.Progress) -> str:
        """A file with the minutes of a recording."""
        if not recording:
            raise gr.Error("Choose a recording first.")
        with as_sentences():
            found = self.store.recording(recording)
            taken = take_minutes(
                self.assistant, found, lambda stage, done: progress(done, desc=stage)
            )
            return save_as(f"{Path(found.name).stem}.md", taken.markdown(found.name).encode())

    def search(self, query: str) -> str:
        """Moments in all recordings, each a button that plays it: what was said, then by ear."""
        if not query.strip():
            return ""
        said = self._said(query)
        try:
            found = self.assistant.find(query)
        except EXPECTED as error:
            return f"{said}<p>By ear: {escape(str(error))}</p>"
        rows = [
            _row(Sound(m.recording, m.name), m.start, m.found, m.text)
            for m in found.moments
            if m.by != "words"
        ]
        heard = f'<h3>Heard</h3><ul class="hits">{"".join(rows)}</ul>' if rows else ""
        note = f"<p>{escape(found.note)}</p>" if found.note else ""
        return f"{said}{heard}{note}"

    def _said(self, query: str) -> str:
        names = {recording.id: recording.name for recording in self.store.recordings()}
        rows = [
            _row(Sound(hit.recording_id, names[hit.recording_id]), hit.start, "", hit.text)
            for hit in self.store.search(query)
        ]
        if rows:
            return f'<h3>Said</h3><ul class="hits">{"".join(rows)}</ul>'
        if not self.store.has_words():
            return "<p>Said: no words have been recognised yet.</p>"
        return "<p>Said: nothing of that, as far as words have been recognised.</p>"


def _row(sound: Sound, start: float, found: str, text: str) -> str:
    button = seek_button(sound, start, f"▶ {clock(start)}")
    told = " ".join(filter(None, [found, f"“{text}”" if found and text else text]))
    return f"<li>{button} <b>{escape(sound.name)}</b> {escape(told)}</li>"
