"""Conversations as files: Markdown, JSON, a Word document, or a page that plays its moments."""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from memory import NotFound, Recording, Session, Store, Turn
from tools.audio import NO_LIMITS
from tools.clips import clip
from tools.documents import conversation_document
from tools.errors import MediaError, UnknownFormat
from tools.export import conversation, evidence_lines
from tools.limits import Limits
from tools.showing import printable, printable_lines
from tools.times import clock

FORMATS: Mapping[str, str] = {  # and the media types
    "md": "text/markdown",
    "json": "application/json",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "html": "text/html",
}
LONGEST = 60.0  # seconds of a moment that a page plays
REMOVED = "a recording that was removed"

# Nothing is fetched and nothing runs, whatever a name or a word is.
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; media-src data:; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto;
  padding: 0 1rem; }}
article {{ border-top: 1px solid #8888; margin-top: 2rem; }}
.recording, .how {{ opacity: .8; font-size: .9rem; }}
.answer {{ white-space: pre-wrap; }}
figure {{ margin: 1rem 0; }}
audio {{ display: block; width: 100%; }}
</style>
</head>
<body>
<h1>{title}</h1>
{turns}</body>
</html>
"""


@dataclass(frozen=True)
class Moment:
    """A cited moment, and its sound where that can be had."""

    start: float  # seconds of the recording
    end: float
    text: str
    sound: bytes | None  # MP3
    note: str = ""  # why there is none, or not all of it


def conversation_as(format: str, store: Store, session: int, limits: Limits = NO_LIMITS) -> bytes:
    """A conversation in one of FORMATS; text is in UTF-8.

    Raises UnknownFormat, which names those there are, and NotFound.
    """
    if format not in FORMATS:
        raise UnknownFormat(f"{format!r} is no format of a conversation: use {', '.join(FORMATS)}")
    found, turns = store.session(session), store.turns(session)
    recordings = {turn.id: _recording(store, turn) for turn in turns}
    names = [known.name if known else REMOVED for known in recordings.values()]
    if format == "md":
        by_id = {known.id: known.name for known in recordings.values() if known}
        return conversation(found, turns, by_id).encode()
    if format == "json":
        values = _values(found, turns, names)
        return f"{json.dumps(values, ensure_ascii=False, indent=1)}\n".encode()
    if format == "docx":
        evidence = {turn.id: list(evidence_lines(turn)) for turn in turns}
        return conversation_document(found, turns, evidence, names)
    parts = [
        _article(turn, name, list(moments(store, turn, recordings[turn.id], limits)))
        for turn, name in zip(turns, names, strict=True)
    ]
    return PAGE.format(title=_told(found.title), turns="".join(parts)).encode()


def moments(
    store: Store, turn: Turn, recording: Recording | None, limits: Limits = NO_LIMITS
) -> Iterator[Moment]:
    """The moments that an answer cites, with their sound."""
    for cited in turn.heard.get("citations", []):
        start, end = cited["start"], cited["end"]
        last = min(end, start + LONGEST)
        sound, note = None, "" if last == end else f"the first {clock(LONGEST)} of it"
        try:
            if recording is None:
                raise MediaError(f"{REMOVED}.")
            sound = clip(store, recording, start, last, limits)
        except (MediaError, ValueError) as error:
            note = f"can't be played: {error}"
        yield Moment(start, end, cited.get("text") or "", sound, note)


def _recording(store: Store, turn: Turn) -> Recording | None:
    try:
        return store.recording(turn.recording_id, binned=True) if turn.recording_id else None
    except NotFound:
        return None


def _values(session: Session, turns: Sequence[Turn], names: Sequence[str]) -> dict[str, Any]:
    told = [
        {
            "question": turn.question,
            "answer": turn.answer,
            "recording": turn.recording_id,
            "name": name,
            "asked": turn.created_at.isoformat(),
            "rating": turn.rating,
            "heard": turn.heard,
        }
        for turn, name in zip(turns, names, strict=True)
    ]
    return {"title": session.title, "begun": session.created_at.isoformat(), "turns": told}


def _article(turn: Turn, name: str, moments: Sequence[Moment]) -> str:
    figures = "".join(map(_figure, moments))
    *_, how = evidence_lines(turn)
    return (
        f"<article>\n<h2>{_told(turn.question)}</h2>\n"
        f'<p class="recording">{_told(name)}</p>\n'
        f'<p class="answer">{escape(printable_lines(turn.answer))}</p>\n'
        f'{figures}<p class="how">{_told(how)}</p>\n</article>\n'
    )


def _figure(moment: Moment) -> str:
    times = f"{clock(moment.start)}–{clock(moment.end)}"
    note = f" ({_told(moment.note)})" if moment.note else ""
    words = f" “{_told(moment.text)}”" if moment.text else ""
    player = ""
    if moment.sound is not None:
        data = base64.b64encode(moment.sound).decode()
        player = (
            f'<audio controls preload="metadata" aria-label="{times}" '
            f'src="data:audio/mpeg;base64,{data}"></audio>'
        )
    return f"<figure><figcaption>{times}{note}{words}</figcaption>{player}</figure>\n"


def _told(text: str) -> str:
    """Text from elsewhere, as HTML that is nothing but that text."""
    return escape(printable(text))
