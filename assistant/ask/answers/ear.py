"""What is heard, and when: sounds found by their names in the whole of what was listened to.

Every audio token is compared with the name of every sound that the model knows. Nothing is
generated, so a moment here is where the sound is, and a sound that is nowhere is not made up.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor

from headrouter.hear.index import AudioIndex
from headrouter.prune.scorers import moving_average
from headrouter.question.language import Sound
from tools.context import Listener

# Measured with every clip of a collection that the model was not trained with, each among speech
# (docs/evidence.md): of what is there 84% is above SURE, 89% above MAYBE, 94% above FAINT; of 100
# other sounds 0.8, 1.2 and 1.2 are.
SURE, MAYBE, FAINT = 0.3, 0.08, 0.02  # of the likelihood, averaged over a sound's length
LASTS = 1.0  # seconds of that average
BESIDE = 0.2  # of the likeliest other sound's at the same moment: less is taken for that one
# The same, where sounds are listed that nobody asked for by name; and from which one that was asked
# for is told without a doubt: 97% of what is there stays, and half of what is not.
CLEAR = 0.8
ALSO = 0.25  # of the best place's likelihood, from which another is told too
EDGE = 0.5  # of its peak, from which to which a sound lasts
APART = 3.0  # seconds between two occurrences, at least: a dog barks several times
SHARED = 0.5  # of the shorter of two occurrences: so much in both, they are at one place
SPOKEN = 0.2  # the likelihood of a voice, from which somebody speaks


@dataclass(frozen=True)
class Occurrence:
    """A sound, from when to when, and how surely."""

    name: str
    start: float  # seconds of the recording
    end: float
    score: float  # the likelihood at its peak, averaged over LASTS, in [0, 1]
    rival: str | None = None  # the name of another sound that is clearly likelier there

    @property
    def sure(self) -> bool:
        """Whether it can be said without a doubt."""
        return self.score >= SURE and self.rival is None

    @property
    def certainty(self) -> float:
        """The score, but below SURE where it is not sure: for where no rival can be named."""
        return self.score if self.rival is None else SURE * self.score

    def is_where(self, other: "Occurrence") -> bool:
        """Whether both are at one place, and neither goes on before and after the other."""
        shared = min(self.end, other.end) - max(self.start, other.start)
        short, long = sorted((self, other), key=lambda one: one.end - one.start)
        around = long.start <= short.start - LASTS and short.end + LASTS <= long.end
        return shared > SHARED * (short.end - short.start) and not around


class Ear:
    """The sounds of tokens ``first`` to ``last`` of an index, for a model that knows names."""

    def __init__(self, listener: Listener, index: AudioIndex, first: int, last: int) -> None:
        self.listener, self.index, self.first, self.last = listener, index, first, last
        self.hop = index.meta.token_seconds

    @cached_property
    def known(self) -> dict[str, Tensor]:
        """By name of each sound that the model knows, and of each voice, its (tokens,) track."""
        return self._tracks([*self.listener.card.sounds, *self.listener.card.voices])

    def _tracks(self, names: Sequence[str]) -> dict[str, Tensor]:
        found = self.listener.spot(self.index, names, self.first, self.last)
        window = max(1, round(LASTS / self.hop)) | 1
        return {n: moving_average(row, window) for n, row in zip(names, found, strict=True)}

    def track(self, names: Sequence[str]) -> Tensor:
        """(tokens,) how surely one of these is heard, known names or not."""
        new = self._tracks([name for name in names if name not in self.known])
        return torch.stack([(self.known | new)[name] for name in names]).amax(dim=0)

    def find(self, sound: Sound) -> list[Occurrence]:
        """Where a sound is heard, in order of time; of a family, each of its sounds."""
        names = [sound.name, *sound.near]
        found = self.occurrences(sound.name, names, MAYBE, BESIDE)
        if any(one.sure for one in found):
            return found
        # What is faint counts where nothing else is likelier, or where it may be once already.
        return self.occurrences(sound.name, names, FAINT, BESIDE if found else CLEAR)

    def occurrences(
        self, name: str, names: Sequence[str], least: float, beside: float
    ) -> list[Occurrence]:
        """Where one of ``names`` is likely, and no other sound much more so."""
        track = self.track(names)
        if not len(track):
            return []
        level = max(least, ALSO * float(track.max()))
        found = []
        for start, end in stretches(track >= level, round(APART / self.hop)):
            peak = start + int(track[start:end].argmax())
            score = float(track[peak])
            other, beaten = self.likeliest_but(names, peak)
            if score >= least and score >= beside * beaten:
                loud = (track[start:end] >= EDGE * score).nonzero()[:, 0]
                a, b = start + int(loud[0]), start + int(loud[-1]) + 1
                ((begins, ends),) = self.index.times([(self.first + a, self.first + b)])
                clear = score >= CLEAR * beaten or self.goes_on(other, a, b)
                found.append(Occurrence(name, begins, ends, score, None if clear else other))
        return found

    def likeliest_but(self, names: Sequence[str], token: int) -> tuple[str, float]:
        """Which of all known sounds but these is likeliest at a token, and how; voices are none."""
        rest = [name for name in self.listener.card.sounds if name not in names]
        there = {name: float(self.known[name][token]) for name in rest}
        return max(there.items(), key=lambda each: each[1], default=("", 0.0))

    def goes_on(self, name: str, start: int, end: int) -> bool:
        """Whether a sound is there before and after some tokens too: then it is beside them."""
        track, gap = self.known[name], round(APART / self.hop)
        before, behind = track[max(0, start - gap) : start], track[end : end + gap]
        least = EDGE * track[start:end].max()
        return bool((before >= least).any() and (behind >= least).any())

    @cached_property
    def all_sounds(self) -> list[Occurrence]:
        """Every known sound that stands out at some moment, in order of time."""
        found = [
            occurrence
            for name in self.listener.card.sounds
            for occurrence in self.occurrences(name, [name], SURE, CLEAR)
        ]
        likeliest = [one for one in with_rivals(found) if one.rival is None]
        return sorted(likeliest, key=lambda occurrence: occurrence.start)

    @cached_property
    def voices(self) -> Tensor:
        """(tokens,) whether somebody speaks."""
        return self.track(self.listener.card.voices) >= SPOKEN

    @cached_property
    def speech(self) -> list[Occurrence]:
        """When somebody speaks."""
        ranges = stretches(self.voices, round(APART / self.hop))
        times = self.index.times([(self.first + a, self.first + b) for a, b in ranges])
        return [Occurrence("speech", start, end, 1.0) for start, end in times]

    @property
    def speech_share(self) -> float:
        """Share of the time in which somebody speaks, in [0, 1]."""
        seconds = sum(spoken.end - spoken.start for spoken in self.speech)
        ((start, end),) = self.index.times([(self.first, self.last)])
        return seconds / (end - start)


def with_rivals(found: Sequence[Occurrence]) -> list[Occurrence]:
    """The same, likeliest first, each that is where a likelier one is with that one as rival.

    What is heard at one place has one name, whatever else it sounds like.
    """
    told: list[Occurrence] = []
    for one in sorted(found, key=lambda occurrence: -occurrence.score):
        likelier = next((o for o in told if o.rival is None and one.is_where(o)), None)
        told.append(replace(one, rival=likelier.name) if likelier else one)
    return told


def stretches(there: Tensor, gap: int) -> list[tuple[int, int]]:
    """Runs of true in (tokens,), those that are less than ``gap`` apart as one."""
    edges = torch.diff(there.int(), prepend=torch.zeros(1), append=torch.zeros(1)).nonzero()
    runs = [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]
    joined: list[tuple[int, int]] = []
    for start, end in runs:
        if joined and start - joined[-1][1] < gap:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined
