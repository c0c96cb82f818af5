"""Moments in many recordings, the likeliest first.

Sounds that the model knows by name were found when each recording was heard. Words are looked for
among the letters of all recordings, then by two readings at the likeliest places; where words were
recognised already, these are searched too, and count for more than the ear.
"""

import threading
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from assistant.ask.answers.ear import Ear
from assistant.ask.context import Models
from assistant.errors import BadRequest
from assistant.find.by_ear import spoken_at
from assistant.find.found import Found, Moment
from assistant.find.query import Part, Wanted, can_be_read
from assistant.find.sketching import keep_sketch, opened
from assistant.settings import Settings
from headrouter.hear.index import AudioIndex
from headrouter.hear.sketch import Letters
from headrouter.question.language import Sound
from memory import Recording, Store, as_text
from tools.context import Listener, OnFraction, Stop
from tools.errors import Stopped
from tools.ingest import heard_before
from tools.speakers import speaker_at
from tools.transcript import RECOGNISER

PLACES, MOST_PLACES = 200, 2000  # at which words are looked at closely: two a recording
PASSAGES = 500  # of what was recognised
HEARD_ELSEWISE = 0.5  # of the ear's score, where other words were recognised
SAME = 3.0  # seconds within which two finds are one
TEXT_SECONDS = 4.0  # of recognised words around a moment, on either side
Candidates = dict[str, list[Moment]]  # by recording


class Finder:
    """Looks for moments in the recordings of a store. Threads share one."""

    def __init__(self, store: Store, models: Models, settings: Settings) -> None:
        self.store, self.models, self.settings = store, models, settings
        self._lock = threading.Lock()
        self._loaded: tuple[dict[str, int], list[str], Letters] | None = None

    # -- keeping up

    def keep(self, recording: Recording, listener: Listener | None = None) -> bool:
        """Makes what a recording is searched in, if it was heard; whether it was."""
        listener = listener or self.models.listener()
        index = self.index(recording, listener)
        if index is None:
            return False
        keep_sketch(self.store, listener, recording, index)
        return True

    def index(self, recording: Recording, listener: Listener) -> AudioIndex | None:
        """What a model heard of a recording, as long as it is here."""
        return heard_before(self.settings.features, recording, listener.model_id)

    def keep_up(
        self,
        recordings: Sequence[Recording],
        on_fraction: OnFraction = lambda fraction: None,
        stop: Stop = lambda: False,
    ) -> list[Recording]:
        """Makes what is missing; the recordings that can be searched by ear. Raises Stopped."""
        listener = self.models.listener()
        known = self.store.sketched_tokens(listener.model_id)
        ready = []
        for done, recording in enumerate(recordings):
            if stop():
                raise Stopped
            fresh = recording.id in known and not recording.growing
            if fresh or self.keep(recording, listener):
                ready.append(recording)
            if not fresh:
                on_fraction((done + 1) / len(recordings))
        return ready

    # -- looking

    def find(
        self,
        wanted: Wanted,
        recordings: Sequence[Recording],
        most: int = 20,
        on_fraction: OnFraction = lambda fraction: None,
        stop: Stop = lambda: False,
    ) -> Found:
        """Up to ``most`` moments, the likeliest first. Raises Stopped."""
        ready = self.keep_up(recordings, on_fraction, stop)
        names = {recording.id: recording.name for recording in recordings}
        each = [
            self.candidates(part, recordings, ready, on_fraction, stop) for part in wanted.parts
        ]
        moments = together(each, wanted.within)
        ranked = sorted(moments, key=lambda m: (-m.score, m.recording, m.start))[:most]
        told = [self._told(replace(moment, name=names[moment.recording])) for moment in ranked]
        return Found(told, len(recordings), len(recordings) - len(ready), self._note(wanted))

    def candidates(
        self,
        part: Part,
        recordings: Sequence[Recording],
        ready: Sequence[Recording],
        on_fraction: OnFraction = lambda fraction: None,
        stop: Stop = lambda: False,
    ) -> Candidates:
        """All moments of one thing, by recording. ready: those that `keep_up` gave."""
        match part.kind:
            case "sound":
                return by_recording(self._sounds(part, ready, on_fraction, stop))
            case "speaker":
                return by_recording(self._speaking(part, recordings))
            case _:
                return self._words(part, recordings, ready)

    def _sounds(
        self, part: Part, ready: Sequence[Recording], on_fraction: OnFraction, stop: Stop
    ) -> list[Moment]:
        listener, ids = self.models.listener(), [recording.id for recording in ready]
        known = [name for name in part.names if name in listener.card.sounds]
        found = [
            Moment(s.recording_id, "", s.start, s.end, s.score, part.text, "ear")
            for s in self.store.found_sounds(listener.model_id, known, ids)
        ]
        if known or listener.card.spotting is None:
            return found
        for done, recording in enumerate(ready):  # a name that it doesn't know: all is gone over
            if stop():
                raise Stopped
            if (index := self.index(recording, listener)) is not None:
                ear = Ear(listener, index, 0, index.meta.tokens)
                for place in ear.find(Sound(part.text, ())):
                    times = place.start, place.end, place.certainty
                    found.append(Moment(recording.id, "", *times, part.text, "ear"))
            on_fraction((done + 1) / len(ready))
        return found

    def _speaking(self, part: Part, recordings: Sequence[Recording]) -> list[Moment]:
        name, chosen = part.text.casefold(), {recording.id for recording in recordings}
        who = [s for s in self.store.named_speakers() if (s.name or "").casefold() == name]
        return [
            Moment(turn.recording_id, "", turn.start, turn.end, 1.0, turn.speaker, "speaker")
            for id in dict.fromkeys(speaker.recording_id for speaker in who)
            if id in chosen
            for turn in self.store.segments(id)
            if (turn.name or "").casefold() == name
        ]

    def _words(
        self, part: Part, recordings: Sequence[Recording], ready: Sequence[Recording]
    ) -> Candidates:
        chosen = {recording.id for recording in recordings}
        said = by_recording(
            Moment(p.recording_id, "", p.start, min(p.end, p.start + 2.0), 1.0, part.text, "words")
            for p in self.store.search(part.text, PASSAGES)
            if p.recording_id in chosen
        )
        for moment in self._heard_words(part, ready):
            others = said.setdefault(moment.recording, [])
            if not any(abs(other.start - moment.start) < SAME for other in others):
                others.append(moment)
        return said

    def _heard_words(self, part: Part, ready: Sequence[Recording]) -> list[Moment]:
        listener = self.models.listener()
        if listener.card.spotting is None or not can_be_read(part.text):
            return []
        ids, letters = self._letters(listener.model_id)
        by_id = {recording.id: recording for recording in ready}
        among = [number for number, id in enumerate(ids) if id in by_id]
        indexes: dict[int, AudioIndex | None] = {}
        places = []
        most = min(max(PLACES, 2 * len(among)), MOST_PLACES)
        for place in letters.find(part.text, most, among):
            if place.sketch not in indexes:
                recording = by_id[ids[place.sketch]]
                indexes[place.sketch] = self.index(recording, listener)
            if (index := indexes[place.sketch]) is not None:
                places.append((index, place))
        found = []
        for spoken in spoken_at(listener, part.text, places):
            id = ids[places[spoken.place][1].sketch]
            score = spoken.score * self._agreed(id, spoken.start, spoken.end)
            times = spoken.start, spoken.end, score
            found.append(Moment(id, "", *times, part.text, "ear", spoken.letters))
        return found

    def _agreed(self, recording: str, start: float, end: float) -> float:
        """What of the ear's score counts: less where something else was recognised."""
        missing = self.store.missing_ranges(recording, RECOGNISER, start, end)
        return 1.0 if missing else HEARD_ELSEWISE

    def _letters(self, model: str) -> tuple[list[str], Letters]:
        """The ids of all sketches, and their letters; read again when any has changed."""
        with self._lock:
            known = self.store.sketched_tokens(model)
            if self._loaded is None or self._loaded[0] != known:
                stored = self.store.sketches(model)
                letters = Letters([opened(sketch) for sketch in stored])
                self._loaded = known, [sketch.recording_id for sketch in stored], letters
            return self._loaded[1:]

    def _told(self, moment: Moment) -> Moment:
        """With the words recognised around it, and who speaks."""
        words = self.store.words(
            moment.recording,
            RECOGNISER,
            max(0.0, moment.start - TEXT_SECONDS),
            moment.end + TEXT_SECONDS,
        )
        speaker = speaker_at(self.store, moment.recording, moment.start)
        return replace(moment, text=as_text(words) or moment.text, speaker=speaker)

    def _note(self, wanted: Wanted) -> str:
        """What was looked for among recognised words only."""
        card = self.models.listener().card
        if card.spotting is None:
            return (
                f"{card.name} hears no letters and no sounds by their names, so only "
                "recognised words were searched: use the model nano to find by ear"
            )
        short = [p.text for p in wanted.parts if p.kind == "words" and not can_be_read(p.text)]
        if short:
            return (
                f"“{short[0]}” has fewer than three letters from a to z, so only recognised words "
                "were searched for it: run `headrouter transcript` on the recordings first"
            )
        return ""


def by_recording(moments: Iterable[Moment]) -> Candidates:
    """Moments by the id of their recording."""
    found: Candidates = defaultdict(list)
    for moment in moments:
        found[moment.recording].append(moment)
    return dict(found)


def together(each: Sequence[Candidates], within: float) -> list[Moment]:
    """Moments at which something of each is found, no two more than ``within`` seconds apart."""
    first, *rest = each
    if not rest:
        return [moment for moments in first.values() for moment in moments]
    found = []
    for recording, moments in first.items():
        for moment in moments:
            near = [_nearest(moment, other.get(recording, ()), within) for other in rest]
            parts = [moment, *(m for m in near if m is not None)]
            if len(parts) == len(each):
                found.append(_joined(parts))
    return _apart(found)


def _nearest(moment: Moment, others: Sequence[Moment], within: float) -> Moment | None:
    """The surest of the others that is near enough."""
    near = [other for other in others if _gap(moment, other) <= within]
    return max(near, key=lambda other: (other.score, -_gap(moment, other)), default=None)


def _gap(one: Moment, two: Moment) -> float:
    """Seconds between two moments; none where they touch."""
    return max(0.0, one.start - two.end, two.start - one.end)


def _joined(parts: Sequence[Moment]) -> Moment:
    score = 1.0
    for part in parts:
        score *= part.score
    texts = dict.fromkeys(part.text for part in parts if part.text)
    return replace(
        parts[0],
        start=min(part.start for part in parts),
        end=max(part.end for part in parts),
        score=score ** (1 / len(parts)),
        found=" and ".join(dict.fromkeys(part.found for part in parts)),
        by=" and ".join(dict.fromkeys(part.by for part in parts)),
        text=" … ".join(texts),
    )


def _apart(moments: Sequence[Moment]) -> list[Moment]:
    """Of those that are the same stretch, the surest."""
    kept: list[Moment] = []
    for moment in sorted(moments, key=lambda m: -m.score):
        if not any(
            m.recording == moment.recording and abs(m.start - moment.start) < SAME for m in kept
        ):
            kept.append(moment)
    return kept


def check_most(most: int) -> None:
    """Raises BadRequest for a number of moments that nobody wants."""
    if not 1 <= most <= 1000:
        raise BadRequest(f"{most} moments can't be given: ask for 1 to 1000")
