"""Ingest: a recording is heard once, and what was heard is kept beside the database.

The index lies in ``<features>/<sha256>/<model>/``, so the same content is never encoded twice,
whatever its name, and each model has its own. Media stay where they are.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout

from headrouter.errors import IndexDamaged, IndexUnusable
from headrouter.hear.index import AudioIndex
from memory import NotFound, Recording, Store
from tools.audio import (
    NO_LIMITS,
    SAMPLE_RATE,
    AudioReader,
    Samples,
    content_hash,
    open_media,
)
from tools.content import content_of, heard_as, locate, open_recording
from tools.context import Listener, OnFraction, OnSize, Stop
from tools.disk import bytes_in
from tools.errors import DiskError, MediaError, MediaTooLarge, Stopped
from tools.limits import Limits
from tools.own import held, refuse_own
from tools.room import make_room, used_now
from tools.silence import AUDIBLE_DBFS, level_dbfs, silent_hops
from tools.times import clock
from tools.tracks import choose, note_on

PATIENCE = 0.2  # seconds between looks at the stop flag while another makes the index
NOTE = "note.txt"  # beside an index: what was noted when it was made


def add_recording(
    store: Store,
    path: Path,
    limits: Limits = NO_LIMITS,
    track: int | None = None,
    check: Callable[[Path], object] = lambda real: None,
) -> Recording:
    """Takes a file into the list of recordings; each of its audio tracks is one by itself.

    check: raises what it likes about the file's real path; the file that it passed is taken.
    Raises MediaError if it can't be listened to or is one of the assistant's own, MediaTooLarge if
    it is beyond the limits.
    """
    try:
        with held(path) as file:
            if store.file is not None:
                refuse_own(store.file.parent, file.real)
            check(file.real)
            limits.check_bytes(path)
            AudioReader(path, limits, track=track)
            chosen = choose(path, track, limits)
            content = content_of(path)
            file.check_unmoved()
            number = None if chosen.best else chosen.number
            return store.add_recording(
                file.real,
                sha256=heard_as(content.sha256, number),
                size_bytes=content.size,
                name=path.name if number is None else f"{path.name} (track {number})",
                stamp=content.settled,
                track=number,
            )
    except OSError as error:
        open_media(path)  # says what is wrong with it
        raise MediaError(f"{path} can't be read ({error.strerror}); name it again.") from error


def on_track(
    store: Store, recording: Recording, track: int, limits: Limits = NO_LIMITS
) -> Recording:
    """Another audio track of a recording's file. Raises as `add_recording`."""
    return add_recording(store, locate(store, recording), limits, track)


def measured(store: Store, recording: Recording, limits: Limits = NO_LIMITS) -> Recording:
    """The recording with its length, which only decoding it tells, and what is wrong with it.

    Raises as `open_recording`.
    """
    if recording.seconds is not None:
        return recording
    reader = open_recording(store, recording, limits)
    seconds = sum(len(window.samples) for window in reader.windows()) / SAMPLE_RATE
    if recording.growing:
        return replace(recording, seconds=seconds)
    note = "; ".join(filter(None, (recording.note, note_on(reader), reader.notes))) or None
    return store.set_state(recording.id, recording.state, note=note, seconds=seconds)


def keep(folder: Path, path: Path) -> Path:
    """Moves a file that came by upload to where it stays; its new path.

    The same content again takes the place of the earlier. Raises DiskError, MediaError.
    """
    place = _folder(folder, content_hash(path)) / path.name
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(path, place)
    except OSError as error:
        raise DiskError(
            f"{path.name} can't be kept in {folder} ({error.strerror}): make room there"
        ) from error
    return place


def _folder(uploads: Path, sha256: str) -> Path:
    """Where uploads of a content lie, whatever their names."""
    return uploads / sha256[:16]


def index_folder(features: Path, recording: Recording, model: str) -> Path:
    """Where what ``model`` heard of a recording is, or would be."""
    return features / recording.sha256 / model


def heard_before(features: Path, recording: Recording, model: str) -> AudioIndex | None:
    """The index of an earlier ingest, if there is a usable one. Its sizes are looked at only."""
    try:
        return AudioIndex.open(index_folder(features, recording, model), model)
    except IndexUnusable:
        return None


def heard_by_any(features: Path, recording: Recording) -> AudioIndex | None:
    """The index that some model made; for what is the same in all of them, such as levels."""
    for folder in sorted((features / recording.sha256).glob("*/")):
        if index := heard_before(features, recording, folder.name):
            return index
    return None


def _heard_whole(folder: Path, model: str) -> tuple[AudioIndex | None, str]:
    """The index of an earlier ingest if it is as it was written, else what is to be said of it."""
    try:
        index = AudioIndex.open(folder, model)
        index.verify()
    except IndexDamaged:
        return None, "what was heard before was damaged, and was made again"
    except IndexUnusable:
        return None, ""
    return index, ""


def ingest(
    store: Store,
    listener: Listener,
    features: Path,
    recording: Recording,
    *,
    on_fraction: OnFraction = lambda fraction: None,
    on_size: OnSize = lambda size: None,
    stop: Stop = lambda: False,
    grow: bool = False,
    room: int | None = None,
    limits: Limits = NO_LIMITS,
) -> AudioIndex:
    """The recording's index, made now unless it is there. Bounded memory, whatever the length.

    Goes on where it was stopped or killed. Where another thread or program is making the same
    index, this one waits and takes that. ``grow``: the recording may have become longer since.
    ``room``: bytes that all indexes may take; after a new one, older ones go. ``on_size``: told
    before it is heard, where the file says how long it is.

    Raises:
        MediaError: the file has gone, or nothing in it can be decoded.
        MediaTooLarge: it is beyond the limits; what was written is removed.
        DiskError: the disk is full or can't be written.
        Stopped: the user stopped; the next ingest goes on from there.
    """
    folder, model = index_folder(features, recording, listener.model_id), listener.model_id
    index, note = (None, "") if grow else _heard_whole(folder, model)
    if index is None:
        with _alone(features, folder, stop):
            index, note = (None, "") if grow else _heard_whole(folder, model)
            if index is None:
                reader = _reader(store, recording, limits, grow)
                if reader.media.seconds:
                    on_size(listener.index_bytes(reader.media.seconds))
                index = _hear(
                    store, listener, features, recording, reader, on_fraction, stop, grow, note
                )
        if room is not None:
            make_room(store, features, room, using=folder)
    if recording.seconds is None and not grow and store.recording(recording.id).seconds is None:
        # It was heard for another library, or by a batch: what its listener noted lies beside it.
        noted, seconds = _read_note(folder), index.meta.seconds
        store.set_state(recording.id, "ready", note=noted, seconds=seconds)
    used_now(folder)
    return index


def _reader(store: Store, recording: Recording, limits: Limits, grow: bool) -> AudioReader:
    if grow:  # its content is not final
        return AudioReader(recording.path, limits, growing=True)
    return open_recording(store, recording, limits)


def _hear(
    store: Store,
    listener: Listener,
    features: Path,
    recording: Recording,
    reader: AudioReader,
    on_fraction: OnFraction,
    stop: Stop,
    grow: bool,
    note: str,
) -> AudioIndex:
    """Makes the index, and notes how that went, after ``note``."""
    total = reader.media.seconds

    def tell(heard: float) -> None:
        on_fraction(min(1.0, heard / total) if total else None)

    store.set_state(recording.id, "ingesting")
    try:
        index = listener.ingest(
            _samples(reader, listener.card.window_seconds),
            index_folder(features, recording, listener.model_id),
            levels=level_dbfs,
            silent_dbfs=AUDIBLE_DBFS,
            on_progress=tell,
            stop=stop,
            grow=grow,
        )
    except MediaError as error:
        store.set_state(recording.id, "failed", note=str(error))
        if isinstance(error, MediaTooLarge):  # nobody will go on with it
            folder = index_folder(features, recording, listener.model_id)
            shutil.rmtree(folder.with_name(f"{folder.name}.partial"), ignore_errors=True)
        raise
    except OSError as error:
        store.set_state(recording.id, "failed", note=str(error))
        raise _disk_error(features, error) from error
    if index is None:
        store.set_state(
            recording.id, "new", note="stopped before it was heard whole; it goes on from there"
        )
        raise Stopped
    silent = silence_note(index, listener.card.window_seconds)
    told = "; ".join(filter(None, (note, note_on(reader), reader.notes, silent))) or None
    try:
        (index_folder(features, recording, listener.model_id) / NOTE).write_text(
            told or "", encoding="utf-8"
        )
    except OSError as error:
        raise _disk_error(features, error) from error
    store.set_state(recording.id, "ready", note=told, seconds=index.meta.seconds)
    return index


def _read_note(folder: Path) -> str | None:
    """What was noted when an index was made, in its folder."""
    place = folder / NOTE
    return (place.read_text(encoding="utf-8") or None) if place.exists() else None


def silence_note(index: AudioIndex, window_seconds: float) -> str | None:
    """What was not encoded because it is silent, in words; None if that is nothing."""
    window = round(window_seconds / index.meta.token_seconds)
    silent = silent_hops(np.asarray(index.levels), window) * index.meta.token_seconds
    return f"{clock(silent)} of silence skipped" if silent >= 1 else None


@contextmanager
def _alone(features: Path, folder: Path, stop: Stop) -> Iterator[None]:
    """Holds an index's place; the system gives it back if this process dies."""
    held = FileLock(folder.with_name(f"{folder.name}.lock"))
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        while True:
            try:
                held.acquire(timeout=PATIENCE)
                break
            except Timeout:
                if stop():
                    raise Stopped from None
    except OSError as error:
        raise _disk_error(features, error) from error
    try:
        yield
    finally:
        held.release()


def _disk_error(features: Path, error: OSError) -> DiskError:
    return DiskError(
        f"what was heard can't be written to {features} ({error.strerror}): make room there, "
        "or choose another place with --home"
    )


def index_bytes(features: Path, recording: Recording) -> int:
    """How much room what was heard of a recording takes, for all models."""
    return bytes_in(features / recording.sha256)


def forget(
    store: Store, recording: Recording, *, features: Path, uploads: Path, playable: Path
) -> None:
    """Removes a recording, all that was heard of it, and the copies that were made of it here.

    features, uploads, playable: the folders of what was heard, of what came by upload, and of
    copies for browsers. A file that lies elsewhere is not touched.
    """
    kept = [place.path for place in store.places(recording.id)]
    kept += _folder(uploads.resolve(), recording.sha256).glob("*")  # the same under other names
    store.remove_recording(recording.id)
    for path in kept:
        if path.is_relative_to(uploads.resolve()) and not _is_named(store, path):
            path.unlink(missing_ok=True)
    with suppress(OSError):  # it is not empty, or there is none
        _folder(uploads, recording.sha256).rmdir()
    shutil.rmtree(features / recording.sha256, ignore_errors=True)
    for path in playable.glob(f"{recording.sha256}.*"):
        path.unlink(missing_ok=True)


def _is_named(store: Store, path: Path) -> bool:
    """Whether another recording needs a file, such as another track of it."""
    try:
        store.recording(path, binned=True)
    except NotFound:
        return False
    return True


def _samples(reader: AudioReader, seconds: float) -> Iterator[Samples]:
    return (window.samples for window in reader.windows(seconds))
