"""The sounds that stand out in a recording, found once and remembered as segments."""

from assistant.app import Assistant
from assistant.ask.answers.ear import Ear
from memory import Recording, Segment
from tools.ingest import heard_before

SOUND, SPEECH = "sound", "speech"  # kinds of segments


def find_sounds(assistant: Assistant, recording: Recording) -> list[Segment]:
    """Sounds by name, and stretches of speech, in order of time; found now unless they were before.

    Nothing for a recording that was not heard yet, or a model that knows no sounds by name.
    """
    store, listener = assistant.store, assistant.models.listener()
    index = heard_before(assistant.settings.features, recording, listener.model_id)
    if index is None or not listener.card.sounds:
        return []
    if not store.looked_for(recording.id, SOUND, listener.model_id, index.meta.seconds):
        ear = Ear(listener, index, 0, index.meta.tokens)
        for kind, found in ((SOUND, ear.all_sounds), (SPEECH, ear.speech)):
            segments = [
                Segment(recording.id, kind, listener.model_id, one.start, one.end, one.name)
                for one in found
            ]
            store.set_segments(recording.id, kind, listener.model_id, index.meta.seconds, segments)
    return store.segments(recording.id, SOUND)
