"""What is kept of each recording so that all of them can be searched at once."""

import numpy as np

from assistant.ask.answers.ear import BESIDE, MAYBE, Ear, with_rivals
from headrouter.hear.index import AudioIndex
from headrouter.hear.sketch import Sketch, sketched
from memory import FoundSound, Recording, Store, StoredSketch
from tools.context import Listener


def keep_sketch(store: Store, listener: Listener, recording: Recording, index: AudioIndex) -> None:
    """Notes the letters of a recording and the sounds in it, as one model hears them."""
    sketch = sketched(index)
    ear = Ear(listener, index, 0, index.meta.tokens)
    found = [
        place
        for name in listener.card.sounds
        for place in ear.occurrences(name, [name], MAYBE, BESIDE)
    ]
    sounds = [
        FoundSound(recording.id, listener.model_id, one.name, one.start, one.end, one.certainty)
        for one in with_rivals(found)
    ]
    stored = StoredSketch(
        recording.id,
        listener.model_id,
        index.meta.tokens,
        index.meta.token_seconds,
        sketch.letters.tobytes(),
        sketch.places.astype("<i4").tobytes(),
    )
    store.set_sketch(stored, sounds)


def opened(stored: StoredSketch) -> Sketch:
    """A sketch as it was stored."""
    return Sketch(
        np.frombuffer(stored.letters, np.uint8), np.frombuffer(stored.places, "<i4").astype("i4")
    )
