"""A recording under way: written down, captioned and heard while it goes on, and asked about.

It is an ordinary recording from its first second: the store knows it, its file can be read, and
its index grows window by window. Stopping drains what was captured, then closes. What a killed
process left is recovered at the next start.
"""

import hashlib
import shutil
import threading
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from assistant.app import LIVE_AT_ONCE as AT_ONCE
from assistant.app import Assistant
from assistant.ask.events import Event, Failed
from assistant.ask.state import Request
from assistant.errors import EXPECTED, Busy
from assistant.work.captions import LONGEST, Captions, due
from assistant.work.loudness import Loudness
from assistant.work.provisional import STEP, Provisional
from memory import NotFound, Recording, Store, as_text
from tools import journal
from tools.audio import MIN_SECONDS, Samples, content_hash
from tools.context import OnFraction, Stop
from tools.errors import MediaError, SpeakersMissing, Stopped
from tools.export import Cue, paragraphs
from tools.ingest import forget, ingest
from tools.journal import Journal
from tools.speakers import speaker_turns
from tools.transcript import RECOGNISER

INDEX_STEP, INDEX_SHARE = 30.0, 0.02  # new seconds, and share of all, that are worth indexing
MOST = LONGEST + 4.0  # seconds that one pass of the captions is given
PAUSE = 0.2  # seconds between looks at what came in
LABELS_WAIT = 10.0  # seconds that printed captions wait at most for who speaks to be told


@dataclass(frozen=True)
class Standing:
    """Where a live recording stands."""

    seconds: float
    level: float  # dBFS, of the last block
    stable: str  # captions that stand, the latest of them, a speaker a line as far as known
    changing: str  # captions that may change
    warning: str  # what is wrong with the sound, if anything


class Live:
    """Context manager around one live recording; leaving it stops and drains.

    Raises Busy while AT_ONCE others are under way.
    """

    def __init__(self, assistant: Assistant, name: str | None = None) -> None:
        self.assistant, self.store = assistant, assistant.store
        if not assistant.live_places.acquire(blocking=False):
            raise Busy(
                f"{AT_ONCE} recordings are being made at once, and more are not kept up with: end "
                "one, then begin this one again"
            )
        try:
            self._begin(name)
        except BaseException:
            assistant.live_places.release()
            raise

    def _begin(self, name: str | None) -> None:
        assistant, recogniser = self.assistant, self.assistant.models.recogniser()
        begun = time.strftime("%Y-%m-%d %H.%M.%S")
        self.journal = Journal(folder(assistant) / f"{begun} {uuid4().hex[:4]}.wav")
        self.recording = self._register(name or f"Live {begun}")
        self.captions = Captions(
            self.store, self.recording.id, recogniser, language=assistant.settings.language
        )
        self.error: Exception | None = None  # that ended the capture or the captions
        self.loudness = Loudness()
        self._overflows: Callable[[], int] = lambda: 0
        self._speakers: Provisional | None = None  # while they are told
        self._ending = threading.Event()
        self._hearing = threading.Lock()  # one pass over the end of the recording at a time
        self._workers = [
            threading.Thread(target=work, daemon=True) for work in (self._work, self._tell_speakers)
        ]

    def _register(self, name: str) -> Recording:
        path = self.journal.path
        unique = hashlib.sha256(str(path).encode()).hexdigest()  # until its content is final
        recording = self.store.add_recording(path, sha256=unique, size_bytes=0, name=name)
        return self.store.set_state(recording.id, "ingesting", note="being recorded")

    def __enter__(self) -> "Live":
        for worker in self._workers:
            worker.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    # -- sound comes in

    def feed(self, samples: Samples) -> None:
        """Add mono 16 kHz samples: on disk when this returns. Raises DiskError."""
        if not len(samples):
            return
        self.journal.append(samples)
        self.loudness.take(samples, self.journal.seconds)

    def capture(self, blocks: Iterable[Samples], overflows: Callable[[], int]) -> None:
        """Feeds blocks until there are no more; what ends it is kept in ``error``."""
        self._overflows = overflows
        try:
            for block in blocks:
                self.feed(block)
        except EXPECTED as error:
            self.error = error

    # -- and is heard

    def _work(self) -> None:
        heard = indexed = 0.0
        while not self._ending.wait(PAUSE):
            end = self.journal.seconds
            try:
                if due(self.captions, end, heard):
                    self._caption(end)
                    heard = end
                if end - indexed >= max(INDEX_STEP, INDEX_SHARE * end):
                    self._index()
                    indexed = end
            except EXPECTED as error:
                self.error = error

    def _caption(self, end: float, *, last: bool = False) -> None:
        with self._hearing:
            start = self.captions.settled
            if end - start > MOST and not last:  # captions fell behind: the rest waits
                end = start + MOST
            self.captions.hear(self.journal.read(start, end), end, last=last)

    def _index(self) -> None:
        listener, features = self.assistant.models.listener(), self.assistant.settings.features
        ingest(self.store, listener, features, self.recording, grow=True)

    def _tell_speakers(self) -> None:
        """Who speaks, some seconds later: a slow machine takes half of the time for it at most."""
        ready = time.monotonic()
        try:
            with self.assistant.models.diariser() as diariser:
                speakers = self._speakers = Provisional(self.store, self.recording.id, diariser)
                speakers.load(self._ending.is_set)
                while not self._ending.wait(PAUSE):
                    begun, end = time.monotonic(), self.journal.seconds
                    if end - speakers.told >= STEP and begun >= ready:
                        speakers.hear(self.journal.read, end, self._ending.is_set)
                        ready = 2 * time.monotonic() - begun
        except (Stopped, SpeakersMissing):  # there are captions without speakers
            return
        except EXPECTED as error:
            self.error = error
        finally:
            self._speakers = None

    @property
    def told(self) -> float:
        """Seconds up to which it was told who speaks; 0 where nobody tells, or not yet."""
        return self._speakers.told if self._speakers is not None else 0.0

    def now(self) -> Standing:
        """Where it stands."""
        settled = self.captions.settled
        first = max(0.0, settled - 60)
        words = self.store.words(self.recording.id, RECOGNISER, first, settled)
        turns = self.store.segments(self.recording.id, start=first)
        return Standing(
            self.journal.seconds,
            self.loudness.level,
            "\n".join(said.told for said in paragraphs(words, turns)) if turns else as_text(words),
            as_text(self.captions.changing),
            self._warning(),
        )

    def captions_since(self, moment: float) -> tuple[list[Cue], float]:
        """What came to stand after a moment, a speaker a cue, and until when it goes.

        It waits for who speaks to be told, if that is under way, LABELS_WAIT seconds at most.
        """
        until = self.captions.settled
        if (speakers := self._speakers) is not None:
            until = min(until, max(speakers.told, self.journal.seconds - LABELS_WAIT))
        if until <= moment:
            return [], moment
        words = self.store.words(self.recording.id, RECOGNISER, moment, until)
        return paragraphs(words, self.store.segments(self.recording.id, start=moment)), until

    def _warning(self) -> str:
        if self.error is not None:
            return str(self.error)
        if warning := self.loudness.warning():
            return warning
        lost = self._overflows()
        return f"sound was lost {lost} times because the machine is busy" if lost else ""

    # -- and asked about

    def ask(
        self, question: str, session: int | None = None, stop: Callable[[], bool] = lambda: False
    ) -> Generator[Event, None, None]:
        """Answers from what was recorded so far; capturing goes on."""
        try:
            if self.journal.seconds < 0.5:
                time.sleep(0.5)
            self._index()
        except EXPECTED as error:
            yield Failed(error)
            return
        yield from self.assistant.ask(Request(self.recording.id, question, session=session), stop)

    def stop(self) -> Recording:
        """Ends it: hears the rest, closes the file; the recording is an ordinary one.

        Raises MediaError if nothing was recorded.
        """
        if not self._ending.is_set():
            self._ending.set()
            try:
                for worker in self._workers:
                    worker.join()
                self._close()
            finally:
                self.assistant.live_places.release()
        return self.recording

    def _close(self) -> None:
        end = self.journal.seconds
        if end < MIN_SECONDS:
            self.journal.close()
            forget(self.store, self.recording, **self.assistant.settings.folders)
            raise MediaError("nothing was recorded: no sound came from the microphone")
        while end - self.captions.settled > MOST:
            self._caption(end)
        self._caption(end, last=True)
        self.journal.close()
        self.recording = finish(self.assistant, self.recording)

    def correct(
        self, on_fraction: OnFraction = lambda fraction: None, stop: Stop = lambda: False
    ) -> None:
        """Once it has ended: who speaks in the whole of it, if it was told who does meanwhile.

        Raises SpeakersError and Stopped; what was told so far then stays until it is asked for.
        """
        if speaker_turns(self.store, self.recording):
            self.assistant.speakers(self.recording, on_fraction, stop)

    def correct_aside(self) -> threading.Thread:
        """The same in a thread. What fails there is told where speakers are asked for next."""

        def work() -> None:
            with suppress(*EXPECTED, Stopped):
                self.correct()

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        return thread


def folder(assistant: Assistant) -> Path:
    """Where live recordings lie."""
    return assistant.settings.uploads / "live"


def finish(assistant: Assistant, recording: Recording) -> Recording:
    """Makes a recording that ended an ordinary one: its index, and the hash of its content."""
    store, features = assistant.store, assistant.settings.features
    ingest(store, assistant.models.listener(), features, recording, grow=True)
    digest = _digest(store, recording)
    before, after = features / recording.sha256, features / digest
    if before.exists() and before != after:
        shutil.rmtree(after, ignore_errors=True)
        before.rename(after)
    size = recording.path.stat().st_size
    return store.set_content(recording.id, sha256=digest, size_bytes=size)


def _digest(store: Store, recording: Recording) -> str:
    """The hash of its content.

    Where another recording has the same content, two of a muted microphone say, it stays the one
    that it was begun with: they are two recordings.
    """
    digest = content_hash(recording.path)
    try:
        known = store.recording(digest, binned=True)
    except NotFound:
        return digest
    return digest if known.id == recording.id else recording.sha256


def recover(assistant: Assistant) -> list[Recording]:
    """Closes what killed processes left open; they are ordinary recordings afterwards."""
    found = []
    for path in journal.left_open(folder(assistant)):
        seconds = journal.close(path)
        recording = assistant.store.recording(path, binned=True)
        note = "recovered: the program ended while it was being recorded"
        assistant.store.set_state(recording.id, "new", note=note, seconds=seconds)
        digest, size = _digest(assistant.store, recording), path.stat().st_size
        found.append(assistant.store.set_content(recording.id, sha256=digest, size_bytes=size))
    return found
