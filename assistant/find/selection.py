"""Which of the recordings are meant: by folder, tag, date, speaker, length or language."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Self

from assistant.ask.request import ALL
from assistant.errors import BadRequest
from memory import Recording, Store


@dataclass(frozen=True)
class Selection:
    """All that is given must hold; nothing given means every recording."""

    recordings: tuple[str, ...] = ()  # ids or paths
    folder: Path | None = None  # in it, however deep
    tags: tuple[str, ...] = ()  # each of them
    since: date | None = None  # of the day when they were added
    until: date | None = None  # that day included
    speaker: str | None = None  # somebody of this name speaks
    longer: float | None = None  # seconds at least
    shorter: float | None = None  # seconds at most
    language: str | None = None  # code of what is spoken

    @classmethod
    def of(
        cls,
        recordings: Iterable[str] | None = None,
        tags: Iterable[str] | None = None,
        **others: Any,
    ) -> Self:
        """As doors are given it: lists, or None for what nobody gave. others: the fields."""
        return cls(recordings=tuple(recordings or ()), tags=tuple(tags or ()), **others)


def chosen(store: Store, selection: Selection) -> list[Recording]:
    """The recordings of a selection. Raises BadRequest where there is none, NotFound."""
    known = store.recordings()
    if not known:
        raise BadRequest("there is no recording yet: run `headrouter ingest FILE...`")
    found = [recording for recording in known if _fits(recording, selection)]
    if selection.recordings:
        ids = {store.recording(key).id for key in selection.recordings}
        found = [recording for recording in found if recording.id in ids]
    if selection.tags:
        tags = store.all_tags()
        wanted = {tag.casefold() for tag in selection.tags}
        found = [r for r in found if wanted <= {t.casefold() for t in tags.get(r.id, [])}]
    if selection.speaker:
        name = selection.speaker.casefold()
        who = {s.recording_id for s in store.named_speakers() if (s.name or "").casefold() == name}
        found = [recording for recording in found if recording.id in who]
    if not found:
        raise BadRequest(
            "no recording is chosen so: leave a condition out, or run `headrouter recordings list` "
            "to see what there is"
        )
    return found


def _fits(recording: Recording, selection: Selection) -> bool:
    day, seconds = recording.added_at.date(), recording.seconds or 0.0
    folder = selection.folder and selection.folder.expanduser().resolve()
    return (
        (folder is None or recording.path.is_relative_to(folder))
        and (selection.since is None or day >= selection.since)
        and (selection.until is None or day <= selection.until)
        and (selection.longer is None or seconds >= selection.longer)
        and (selection.shorter is None or seconds <= selection.shorter)
        and (selection.language is None or recording.language == selection.language)
    )


def named(name: str) -> Selection | None:
    """What "all", a folder, or "tag:NAME" stands for; None for what is one recording."""
    if name == ALL and not Path(name).exists():
        return Selection()
    if name.startswith("tag:"):
        return Selection(tags=(name.removeprefix("tag:"),))
    return Selection(folder=Path(name)) if Path(name).is_dir() else None
