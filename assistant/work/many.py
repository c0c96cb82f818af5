"""Many files: found in folders, patterns and lists, heard one after the other, watched for.

One that can't be heard never stops the rest; it is told with the reason. What was heard before is
known by its content, whatever it is called now, and is not heard again: whoever stops half way
goes on from there.
"""

import csv
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from glob import glob
from pathlib import Path
from typing import Literal

from assistant.app import Assistant
from assistant.ask.nodes import find_recording
from assistant.budget.disk import HearingStage
from assistant.errors import EXPECTED, BadRequest
from headrouter.errors import ModelMissing, UnknownModel
from memory import NotFound, Recording, Store, StoreError
from tools.context import Stop
from tools.errors import DiskError, Stopped, ToolError
from tools.ingest import heard_before
from tools.media import stamp_of

ENDINGS = frozenset(
    ".aac .ac3 .aif .aiff .amr .ape .asf .au .avi .caf .dsf .flac .flv .gsm .m4a .m4b .m4v .mka "
    ".mkv .mov .mp2 .mp3 .mp4 .mpc .mpeg .mpg .mts .oga .ogg .ogv .opus .ts .voc .w64 .wav .webm "
    ".wma .wmv .wv .3gp".split()
)  # of files that are taken out of folders; what is named may have any
LISTS = frozenset((".txt", ".csv", ".jsonl"))
FOR_ALL = (Stopped, DiskError, StoreError, ModelMissing, UnknownModel)  # these end the whole
State = Literal["heard", "known", "failed"]
Tell = Callable[[str, float | None], None]


@dataclass(frozen=True)
class Named:
    """A file, and the tags that a list gives it."""

    path: Path
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Told:
    """What became of a file."""

    path: Path
    state: State
    recording: Recording | None = None
    error: Exception | None = None  # that was raised on purpose, where it failed

    @property
    def why(self) -> str:
        """It failed, in a sentence."""
        return "" if self.error is None else str(self.error)


def files_at(places: Sequence[str]) -> list[Named]:
    """The files of folders, patterns such as calls/*.mp3, lists, and those that are named.

    Folders are gone through however deep, by the endings of their files; each file comes once. A
    list is a .txt with a path a line, or a .csv or .jsonl with ``path`` and perhaps ``tags``;
    paths in it are taken from where it lies. Raises BadRequest for a list that can't be read, and
    where a folder or a pattern has no file.
    """
    found: dict[Path, Named] = {}
    for place in places:
        for named in _files_of(place):
            found.setdefault(named.path.absolute(), named)
    return list(found.values())


def _files_of(place: str) -> Iterable[Named]:
    path = Path(place).expanduser()
    if path.is_dir():
        files = media_in(path)
        if not files:
            raise BadRequest(f"{path} holds no recording: name a folder with audio or video files")
        return map(Named, files)
    if path.suffix.lower() in LISTS and path.is_file():
        return listed(path)
    if not path.exists() and any(sign in place for sign in "*?["):
        files = [Path(name) for name in sorted(glob(place, recursive=True))]  # noqa: PTH207  (it is absolute or not)
        if not files:
            raise BadRequest(f"no file is called like {place!r}: check the pattern")
        return [Named(file) for file in files if file.is_file()]
    return [Named(path)]


def media_in(folder: Path) -> list[Path]:
    """The files in a folder that may be recordings, however deep, in order; hidden ones aren't."""
    return [
        Path(place) / name
        for place, folders, names in sorted(os.walk(folder))
        if not any(part.startswith(".") for part in Path(place).relative_to(folder).parts)
        for name in sorted(names)
        if not name.startswith(".") and Path(name).suffix.lower() in ENDINGS
    ]


def listed(path: Path) -> list[Named]:
    """The files that a list names. Raises BadRequest for one that can't be read."""
    try:
        text = path.read_text("utf-8-sig")
        rows = list(_rows(text, path.suffix.lower()))
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadRequest(
            f"{path} is no list of recordings ({error!r}): write a path a line, or a column or "
            "field called path"
        ) from error
    if not rows:
        raise BadRequest(f"{path} lists no recording: write a path a line")
    return [Named(path.parent / Path(name).expanduser(), tags) for name, tags in rows]


def _rows(text: str, kind: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    lines = text.splitlines()
    if kind == ".txt":
        yield from ((line.strip(), ()) for line in lines if line.strip() and line[0] != "#")
        return
    for row in csv.DictReader(lines) if kind == ".csv" else map(json.loads, filter(None, lines)):
        tags = row.get("tags") or ()
        parts = tags.replace(",", ";").split(";") if isinstance(tags, str) else tags
        yield row["path"].strip(), tuple(tag.strip() for tag in parts if tag.strip())


def known(store: Store, features: Path, path: Path, model: str) -> Recording | None:
    """The recording that a file holds, as long as it is as it was when it was heard."""
    try:
        recording = store.recording(path)
    except NotFound:
        return None
    stamps = {place.path: place.stamp for place in store.places(recording.id)}
    with suppress(ToolError, OSError):
        same = stamps.get(path.resolve()) == stamp_of(path)
        if same and recording.state == "ready" and heard_before(features, recording, model):
            return recording
    return None


def hear_all(
    assistant: Assistant,
    files: Sequence[Named],
    *,
    track: int | None = None,
    tags: Sequence[str] = (),
    tell: Tell = lambda stage, fraction: None,
    stop: Stop = lambda: False,
) -> Iterator[Told]:
    """Hears files one after the other, and tells of each as it is done.

    Raises what ends all of it: Stopped, DiskError, StoreError, and a model that can't be had.
    """
    for number, named in enumerate(files, 1):
        if stop():
            raise Stopped
        count = f" ({number} of {len(files)})" if len(files) > 1 else ""
        try:
            yield _heard(assistant, named, track, tags, count, tell, stop)
        except FOR_ALL:
            raise
        except EXPECTED as error:
            yield Told(named.path, "failed", error=error)


def _heard(
    assistant: Assistant,
    named: Named,
    track: int | None,
    tags: Sequence[str],
    count: str,
    tell: Tell,
    stop: Stop,
) -> Told:
    store, features = assistant.store, assistant.settings.features
    model = assistant.models.listener().model_id
    recording = None if track else known(store, features, named.path, model)
    state: State = "known"
    if recording is None:
        recording = find_recording(store, str(named.path), track)
        heard = heard_before(features, recording, model) is not None
        state = "known" if heard and recording.state == "ready" else "heard"
        told = HearingStage(f"listening to {recording.name}{count}", tell)
        recording = assistant.ingest(recording, told.fraction, stop, on_size=told.size)
    if wanted := (*tags, *named.tags):
        store.add_tags(recording.id, wanted)
    return Told(named.path, state, recording)


@dataclass
class Watcher:
    """Tells which files of a folder are new and complete: unchanged from one look to the next."""

    folder: Path
    _seen: dict[Path, str] = field(default_factory=dict)  # how each looked before
    _done: dict[Path, str] = field(default_factory=dict)  # how each looked when it was handed out

    def look(self) -> list[Named]:
        """Files that are as they were at the look before, and were not handed out so."""
        now: dict[Path, str] = {}
        for path in media_in(self.folder):
            with suppress(ToolError, OSError):  # it went this moment
                now[path] = stamp_of(path)
        ready = [
            path
            for path, stamp in now.items()
            if self._seen.get(path) == stamp and self._done.get(path) != stamp
        ]
        self._seen = now
        self._done |= {path: now[path] for path in ready}
        return [Named(path) for path in ready]


def watch(
    assistant: Assistant,
    folder: Path,
    *,
    wait: Callable[[], bool],
    tags: Sequence[str] = (),
    tell: Tell = lambda stage, fraction: None,
    stop: Stop = lambda: False,
) -> Iterator[Told]:
    """Hears what comes into a folder, until it is stopped. wait: for the next look; True ends.

    A file that failed is tried again once it has changed. Raises BadRequest where there is no such
    folder, and as `hear_all`.
    """
    if not folder.is_dir():
        raise BadRequest(f"{folder} is no folder: name the one into which recordings come")
    watcher = Watcher(folder)
    while not stop():
        yield from hear_all(assistant, watcher.look(), tags=tags, tell=tell, stop=stop)
        if wait():
            return
