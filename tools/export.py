"""Transcripts and conversations in the formats that other programs and people read."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from unicodedata import category

from faster_whisper.utils import format_timestamp

from memory import Session, Turn, Word, as_text, has_no_spaces
from tools.errors import UnknownFormat
from tools.sentences import cut, ends_sentence
from tools.showing import in_markdown
from tools.times import clock

LINE = 42  # characters: what subtitles have on a line, by custom of television
CUE_CHARACTERS = 2 * LINE
CUE_SECONDS = 6.0
PAUSE = 1.0  # seconds without a word that end a cue
PARAGRAPH = 30.0  # seconds after which the next sentence begins a new paragraph


@dataclass(frozen=True)
class Cue:
    """A subtitle; times in seconds."""

    start: float
    end: float
    text: str


def cues(words: Iterable[Word]) -> list[Cue]:
    """Words as subtitles: cut at pauses and at the ends of sentences, and never too long."""
    return [Cue(part[0].start, part[-1].end, as_text(part)) for part in cut(words, _is_cue_whole)]


def paragraphs(words: Iterable[Word]) -> list[Cue]:
    """Words as paragraphs of some thirty seconds, cut at the ends of sentences."""
    return [
        Cue(part[0].start, part[-1].end, as_text(part)) for part in cut(words, _is_paragraph_whole)
    ]


def to_srt(words: Sequence[Word], title: str) -> str:
    """SubRip."""
    blocks = [
        f"{number}\n{_stamp(cue.start, ',')} --> {_stamp(cue.end, ',')}\n{_lines(cue.text)}\n"
        for number, cue in enumerate(cues(words), 1)
    ]
    return "\n".join(blocks)


def to_vtt(words: Sequence[Word], title: str) -> str:
    """WebVTT."""
    blocks = [
        f"{_stamp(cue.start, '.')} --> {_stamp(cue.end, '.')}\n{_lines(_escaped(cue.text))}\n"
        for cue in cues(words)
    ]
    return "\n".join(["WEBVTT\n", *blocks])


def to_txt(words: Sequence[Word], title: str) -> str:
    """Running text, a paragraph a line."""
    return "".join(f"{paragraph.text}\n" for paragraph in paragraphs(words))


def to_markdown(words: Sequence[Word], title: str) -> str:
    """A heading, and paragraphs with their moments."""
    lines = [f"**{clock(p.start)}** {p.text}\n" for p in paragraphs(words)]
    return "\n".join([f"# {in_markdown(title)}\n", *lines])


def to_json(words: Sequence[Word], title: str) -> str:
    """Every word with its times and probability."""
    values = {"title": title, "text": as_text(words), "words": [asdict(word) for word in words]}
    return json.dumps(values, ensure_ascii=False, indent=1) + "\n"


FORMATS: Mapping[str, Callable[[Sequence[Word], str], str]] = {
    "srt": to_srt,
    "vtt": to_vtt,
    "txt": to_txt,
    "md": to_markdown,
    "json": to_json,
}


def transcript_as(format: str, words: Sequence[Word], title: str) -> str:
    """A transcript in one of FORMATS. Raises UnknownFormat, which names them."""
    if format not in FORMATS:
        raise UnknownFormat(f"{format!r} is no format of a transcript: use {', '.join(FORMATS)}")
    return FORMATS[format](words, title)


def conversation(session: Session, turns: Sequence[Turn], names: Mapping[str, str]) -> str:
    """A session as Markdown: questions, answers and the moments behind them.

    names: of the recordings, by id; one that is missing was removed.
    """
    blocks = [f"# {in_markdown(session.title)}\n"]
    for turn in turns:
        name = in_markdown(names.get(turn.recording_id or "", "a recording that was removed"))
        blocks.append(f"## {in_markdown(turn.question)}\n\n*{name}*\n\n{turn.answer}\n")
        blocks.append("".join(f"- {line}\n" for line in _evidence(turn)))
    return "\n".join(blocks)


def _evidence(turn: Turn) -> Iterator[str]:
    for citation in turn.heard.get("citations", []):
        span = f"{clock(citation['start'])}–{clock(citation['end'])}"
        words = f": “{citation['text']}”" if citation.get("text") else ""
        yield f"{span} ({citation['share']:.0%} of what was kept){words}"
    heard, total = turn.heard.get("seconds_heard", 0.0), turn.heard.get("seconds_total", 0.0)
    yield f"heard {clock(heard)} of {clock(total)}; {turn.heard.get('reason', '')}"


def _is_cue_whole(part: list[Word], word: Word) -> bool:
    length = len(as_text(part))
    return (
        word.start - part[-1].end > PAUSE
        or length + word.spaced + len(word.text) > CUE_CHARACTERS
        or word.end - part[0].start > CUE_SECONDS
        or (length > LINE and ends_sentence(part[-1]))
    )


def _is_paragraph_whole(part: list[Word], word: Word) -> bool:
    long = word.start - part[0].start > PARAGRAPH
    endless = word.start - part[0].start > 3 * PARAGRAPH  # recognised without full stops
    return (long and ends_sentence(part[-1])) or endless


def _stamp(seconds: float, decimal: str) -> str:
    stamp: str = format_timestamp(seconds, always_include_hours=True, decimal_marker=decimal)
    return stamp


def _lines(text: str) -> str:
    """Two lines of about the same length where one would be too long."""
    if len(text) <= LINE:
        return text
    places = [at for at in range(1, len(text)) if _may_break(text, at)]
    middle = min(places, key=lambda at: abs(at - len(text) / 2), default=None)
    return text if middle is None else f"{text[:middle]}\n{text[middle:].lstrip()}"


def _may_break(text: str, at: int) -> bool:
    """Whether a line may end before a character: at a space, or where a script needs none."""
    before, after = text[at - 1], text[at]
    whole = category(before).startswith("L") and category(after).startswith("L")
    return after == " " or (whole and has_no_spaces(before) and has_no_spaces(after))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
