"""The Library tab: what can be asked about, adding to it, searching it, taking words out."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

import gradio as gr

from assistant.app import Assistant
from assistant.ask.nodes import find_recording
from assistant.doors.places import Places
from assistant.work.minutes import take_minutes
from memory import Recording
from tools.export import FORMATS as TRANSCRIPTS
from tools.export import transcript_as
from tools.fetch import fetch, is_address
from tools.ingest import forget, index_bytes
from tools.showing import in_markdown
from tools.speakers import speaker_turns
from tools.times import clock
from ui.evidence import Sound, seek_button
from ui.tell import as_sentences, save_as

MINUTES = "minutes (summary and action items)"
FORMATS = [*TRANSCRIPTS, MINUTES]
HEADERS = ["Name", "Length", "State", "Heard (MB)", "Id", "Note"]


class Library:
    """Handlers of the Library tab."""

    def __init__(self, assistant: Assistant, *, doors: bool = False) -> None:
        self.assistant, self.store, self.doors = assistant, assistant.store, doors
        self.places = Places(assistant)

    def rows(self) -> list[list[str]]:
        """The table of recordings, newest first."""
        return [self._row(recording) for recording in reversed(self.store.recordings())]

    def _row(self, recording: Recording) -> list[str]:
        size = index_bytes(self.assistant.settings.features, recording) / 1e6
        length = "" if recording.seconds is None else clock(recording.seconds)
        state = recording.state
        return [recording.name, length, state, f"{size:.1f}", recording.id, recording.note or ""]

    def upload(self, files: Sequence[str] | None, progress: gr.Progress) -> str:
        """Keeps uploaded files and listens to each; the id of the last."""
        with as_sentences():
            return self._hear([self.places.kept(Path(f)).id for f in files or []], progress)

    def add(self, place: str, progress: gr.Progress) -> str:
        """Listens to a file of this machine, or one fetched from an address; its id."""
        place = place.strip().strip('"')
        if not place:
            raise gr.Error("Type the path of a file, or an address that begins with https://.")
        settings = self.assistant.settings
        with as_sentences():
            if self.doors:  # whoever opens the page may name what a client of the API may
                return self._hear([self.places.recording(place).id], progress)
            if is_address(place):
                path = fetch(
                    place,
                    settings.uploads,
                    offline=settings.offline,
                    most_bytes=settings.max_file,
                    on_fraction=lambda done: progress(done, desc="fetching"),
                )
                return self._hear([self.places.kept(path).id], progress)
            return self._hear([place], progress)

    def _hear(self, places: Sequence[str], progress: gr.Progress) -> str:
        recording = None
        for place in places:
            recording = find_recording(self.store, place)
            name = recording.name

            def tell(fraction: float | None, name: str = name) -> None:
                progress(fraction, desc=f"listening to {name}")

            progress(0.0, desc=f"listening to {name}")
            self.assistant.ingest(recording, tell)
        if recording is None:
            raise gr.Error("No file came with that; drop one again.")
        return recording.id

    def remove(self, recording: str | None) -> None:
        """Forgets a recording, once that was confirmed. A file of the user's own stays."""
        with as_sentences():
            found = self.store.recording(self._chosen(recording))
            forget(self.store, found, **self.assistant.settings.folders)

    def what_goes(self, recording: str | None) -> tuple[str, str]:
        """What removing a recording takes away, as a question; and the recording's id."""
        with as_sentences():
            found = self.store.recording(self._chosen(recording))
        if found.path.is_relative_to(self.assistant.settings.uploads):
            file = "and the file that is kept here go; there may be no other copy"
        else:
            file = "go; the file stays"
        return f"Remove {in_markdown(found.name)}? What was heard of it {file}.", found.id

    def transcript(self, recording: str | None, format: str, progress: gr.Progress) -> str:
        """A file with the words of a recording, recognised now where they were not, or minutes."""
        with as_sentences():
            found = self.store.recording(self._chosen(recording))
            if format == MINUTES:
                taken = take_minutes(
                    self.assistant, found, lambda done: progress(done, desc="taking minutes")
                )
                return save_as(f"{Path(found.name).stem}.md", taken.markdown(found.name))
            words = self.assistant.transcript(
                found, lambda done: progress(done, desc="recognising words")
            )
            turns = speaker_turns(self.store, found)
            text = transcript_as(format, words, found.name, turns)
            note = self.store.recording(found.id).note
        if note:
            gr.Info(note)
        return save_as(f"{Path(found.name).stem}.{format}", text)

    def search(self, query: str) -> str:
        """Hits in all transcripts, each a button that plays the moment."""
        names = {recording.id: recording.name for recording in self.store.recordings()}
        hits = self.store.search(query)
        if not hits:
            if not query.strip():
                return ""
            if not self.store.has_words():
                return "<p>No words have been recognised yet: make a transcript first.</p>"
            return "<p>Nothing of that was said, as far as words have been recognised.</p>"
        rows = []
        for hit in hits:
            sound = Sound(hit.recording_id, names[hit.recording_id])
            button = seek_button(sound, hit.start, f"▶ {clock(hit.start)}")
            rows.append(f"<li>{button} <b>{escape(sound.name)}</b> {escape(hit.text)}</li>")
        return f'<ul class="hits">{"".join(rows)}</ul>'

    @staticmethod
    def _chosen(recording: str | None) -> str:
        if not recording:
            raise gr.Error("Choose a recording first.")
        return recording
