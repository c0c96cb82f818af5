"""Who speaks in a recording that is under way: told from its end again and again.

Each pass hears the last WINDOW seconds, and replaces what was told of them. A voice of a pass has
the number of whoever was told to speak at the same times, else of whom it is like, else a new one.
The recording is gone over as a whole once it has ended (`tools.speakers`): this is for the time
until then, so its model has a name of its own, and no voice of it is kept.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from memory import Segment, Store
from memory.corrections import joined, next_label, shared_seconds
from memory.speakers import SPEAKER
from tools.audio import SAMPLE_RATE, Samples
from tools.context import Diarised, Diariser, Stop
from tools.diariser import SAME_VOICE
from tools.naming import Vector, unit
from tools.speakers import PROVISIONAL, speaking_seconds

WINDOW = 24.0  # seconds that a pass hears
STEP = 4.0  # seconds of new sound that are worth another
LEAST = 1.0  # seconds that a voice must share with somebody to be them


@dataclass
class Provisional:
    """What is told of one recording, in the store too."""

    store: Store
    recording: str  # id
    diariser: Diariser
    told: float = 0.0  # seconds up to which it was heard
    turns: list[Segment] = field(default_factory=list)
    _voices: dict[str, Vector] = field(default_factory=dict)  # sums, by label

    def load(self, stop: Stop) -> None:
        """Has the diariser load its models, so that the first pass doesn't wait for them.

        Raises SpeakersError, and Stopped soon after ``stop`` turns true.
        """
        self.diariser.diarise(np.zeros(SAMPLE_RATE, np.float32), stop=stop)

    def hear(self, read: Callable[[float, float], Samples], end: float, stop: Stop) -> None:
        """A pass over the last of what was recorded up to ``end`` seconds.

        Raises SpeakersError, and Stopped soon after ``stop`` turns true.
        """
        start = max(0.0, end - WINDOW)
        self.take(self.diariser.diarise(read(start, end), stop=stop), start, end)

    def take(self, found: Diarised, start: float, end: float) -> None:
        """What was found from ``start`` to ``end``, in place of what was told of it before."""
        model = self.diariser.name + PROVISIONAL
        place = self.recording, SPEAKER, model
        new = [Segment(*place, start + t.start, start + t.end, t.label) for t in found.turns]
        labels = self._labels(new, found)
        before = [replace(t, end=min(t.end, start)) for t in self.turns if t.start < start]
        after = [replace(turn, label=labels[turn.label]) for turn in new]
        self.turns, self.told = joined([*before, *after]), end
        self.store.set_speakers(self.recording, model, end, self.turns, {})

    def _labels(self, new: list[Segment], found: Diarised) -> dict[str, str]:
        """The label that each label of a pass stands for."""
        spoken = speaking_seconds((turn.label, turn.start, turn.end) for turn in new)
        heard = {label: spoken[label] * unit(voice) for label, voice in found.voices.items()}
        likeness = {
            (label, known): float(unit(voice) @ unit(theirs))
            for label, voice in heard.items()
            for known, theirs in self._voices.items()
        }
        at_once = shared_seconds(new, self.turns)
        labels: dict[str, str] = {}
        for pairs, least in ((at_once, LEAST), (likeness, SAME_VOICE)):
            for label, known in sorted(pairs, key=pairs.__getitem__, reverse=True):
                free = label not in labels and known not in labels.values()
                if free and pairs[label, known] >= least:
                    labels[label] = known
        for label in spoken:
            taken = {*self._voices, *labels.values(), *(turn.label for turn in self.turns)}
            labels.setdefault(label, next_label(taken))
        for label, voice in heard.items():
            mine = labels[label]
            self._voices[mine] = self._voices[mine] + voice if mine in self._voices else voice
        return labels
