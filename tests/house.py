"""Recordings in whose indexes stands what a test says, and a listener that reads it there."""

import torch
from media import FakeDiariser, FakeRecogniser, tone, write_wav
from spelling import HOP, write_index

from assistant.app import Assistant
from assistant.ask.context import Models
from assistant.find.selection import Selection
from assistant.settings import Settings
from headrouter.fakes import FakeListener
from tools.ingest import add_recording, index_folder

SOUNDS = ("siren", "dog", "harmonica")  # the last is in no card


class Reader(FakeListener):
    """Reads letters, and hears a sound where the embeddings have its mark."""

    def spot(self, index, names, first, last, *, said=False):
        self.spotted = getattr(self, "spotted", 0) + index.meta.tokens
        rows = index.embedding_rows([(first, last)])
        found = torch.ones(len(names), last - first)
        for row, name in zip(found, names, strict=True):
            if name in SOUNDS:
                row[:] = rows[:, SOUNDS.index(name)]
        return found


class House:
    """Recordings in whose indexes stands what a test says."""

    def __init__(self, folder, listener, recogniser=FakeRecogniser, encoder=None):
        self.folder, self.listener = folder, listener
        settings = Settings(home=folder / "home", cache=folder / "cache")
        models = Models(lambda: listener, recogniser, FakeDiariser, encoder)
        self.assistant = Assistant(settings, models)
        self.store = self.assistant.store

    def record(self, name, said=None, sounds=None, seconds=40.0):
        """A recording that was heard. said: text by second; sounds: (start, end) by name."""
        path = self.folder / f"{name}.wav"
        path.parent.mkdir(exist_ok=True)
        level = 0.1 + 0.001 * len(self.store.recordings())  # so that no two are the same
        recording = add_recording(self.store, write_wav(path, tone(1, level)))
        tokens = round(seconds / HOP)
        marks = torch.zeros(tokens, len(SOUNDS))
        for sound, (start, end) in (sounds or {}).items():
            marks[round(start / HOP) : round(end / HOP), SOUNDS.index(sound)] = 1.0
        features = self.assistant.settings.features
        place = index_folder(features, recording, self.listener.model_id)
        write_index(place, self.listener.model_id, seconds, said or {}, marks)
        return self.store.set_state(recording.id, "ready", seconds=seconds)

    def find(self, query, selection=None, **options):
        return self.assistant.find(query, selection or Selection(), **options)

    def moments(self, query, selection=None):
        """(name of the recording, whole second) of each."""
        found = self.find(query, selection).moments
        return [(m.name.removesuffix(".wav"), round(m.start)) for m in found]
