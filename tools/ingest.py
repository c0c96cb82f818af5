"""Ingest: a recording is heard once, and what was heard is kept beside the database.

The index lies in ``<features>/<sha256>/<model>/``, so the same content is never encoded twice,
whatever its name, and each model has its own. Media stay where they are.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout

from headrouter.errors import IndexDamaged, IndexUnusable
from headrouter.index import AudioIndex
from memory import Recording, Store
from tools.audio import NO_LIMITS, AudioReader, Samples, content_hash, open_media
from tools.context import Listener, OnFraction, Stop
from tools.disk import bytes_in
from tools.errors import DiskError, MediaError, MediaTooLarge, Stopped
from tools.limits import Limits
from tools.own import held, refuse_own
from tools.room import make_room, used_now
from tools.silence import AUDIBLE_DBFS, level_dbfs, silent_hops
from tools.times import clock

PATIENCE = 0.2  # seconds between looks at the stop flag while another makes the index


def add_recording(
    store: Store,
    path: Path,
    limits: Limits = NO_LIMITS,
    check: Callable[[Path], object] = lambda real: None,
) -> Recording:
    """Takes a file into the list of recordings.

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
            media = AudioReader(path, limits).media
            digest = content_hash(file.place)
            file.check_unmoved()
            return store.add_recording(
                file.real,
                sha256=digest,
                size_bytes=file.found.st_size,
                seconds=media.seconds,
                name=path.name,
            )
    except OSError as error:
        open_media(path)  # says what is wrong with it
        raise MediaError(f"{path} can't be read ({error.strerror}); name it again.") from error


def keep(folder: Path, path: Path) -> Path:
    """Moves a file that came by upload to where it stays; its new path.

    The same content again takes the place of the earlier. Raises DiskError, MediaError.
    """
    place = folder / content_hash(path)[:16] / path.name
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(path, place)
    except OSError as error:
        raise DiskError(
            f"{path.name} can't be kept in {folder} ({error.strerror}): make room there"
        ) from error
    return place


def index_folder(features: Path, recording: Recording, model: str) -> Path:
    """Where what ``model`` heard of a recording is, or would be."""
    return features / recording.sha256 / model


def heard_before(features: Path, recording: Recording, model: str) -> AudioIndex | None:
    """The index of an earlier ingest, if there is a usable one. Its sizes are looked at only."""
    try:
        return AudioIndex.open(index_folder(features, recording, model), model)
    except IndexUnusable:
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
    stop: Stop = lambda: False,
    grow: bool = False,
    room: int | None = None,
    limits: Limits = NO_LIMITS,
) -> AudioIndex:
    """The recording's index, made now unless it is there. Bounded memory, whatever the length.

    Goes on where it was stopped or killed. Where another thread or program is making the same
    index, this one waits and takes that. ``grow``: the recording may have become longer since.
    ``room``: bytes that all indexes may take; after a new one, older ones go.

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
                reader = AudioReader(recording.path, limits)
                index = _hear(
                    store, listener, features, recording, reader, on_fraction, stop, grow, note
                )
        if room is not None:
            make_room(store, features, room, using=folder)
    used_now(folder)
    return index


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
    notes = (note, reader.damage, silence_note(index, listener.card.window_seconds))
    told = "; ".join(filter(None, notes)) or None
    store.set_state(recording.id, "ready", note=told, seconds=index.meta.seconds)
    return index


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


def forget(store: Store, features: Path, recording: Recording) -> None:
    """Removes a recording and all that was heard of it; the media file is not touched."""
    store.remove_recording(recording.id)
    shutil.rmtree(features / recording.sha256, ignore_errors=True)


def _samples(reader: AudioReader, seconds: float) -> Iterator[Samples]:
    return (window.samples for window in reader.windows(seconds))
