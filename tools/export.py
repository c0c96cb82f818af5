"""Transcripts and conversations in the formats that other programs and people read."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import groupby
from typing import Any
from unicodedata import category

from memory import Segment, Session, Turn, Word, as_text, has_no_spaces
from tools.documents import transcript_document
from tools.errors import UnknownFormat
from tools.sentences import cut, ends_sentence
from tools.showing import in_markdown
from tools.speakers import speaking_time, spoken_sentences, told, with_speakers
from tools.times import clock

LINE = 42  # characters: what subtitles have on a line, by custom of television
CUE_CHARACTERS = 2 * LINE
CUE_SECONDS = 6.0
PAUSE = 1.0  # seconds without a word that end a cue
PARAGRAPH = 30.0  # seconds after which the next sentence begins a new paragraph


@dataclass(frozen=True)
class Cue:
    """A subtitle or a paragraph, of one speaker; times in seconds."""

    start: float
    end: float
    text: str
    speaker: str | None = None  # None where nobody is known to speak

    @property
    def told(self) -> str:
        """The text, and who says it."""
        return _prefix(self.speaker) + self.text


Turns = Sequence[Segment]
"""Who speaks when, as far as that is known."""


def cues(words: Iterable[Word], turns: Turns = ()) -> list[Cue]:
    """Words as subtitles: cut at pauses and at the ends of sentences, and never too long."""
    return _cues(words, turns, _is_cue_whole)


def paragraphs(words: Iterable[Word], turns: Turns = ()) -> list[Cue]:
    """Words as paragraphs of some thirty seconds, cut at the ends of sentences."""
    return _cues(words, turns, _is_paragraph_whole)


def _cues(words: Iterable[Word], turns: Turns, is_whole: Callable[..., bool]) -> list[Cue]:
    """Where the speaker changes, a cue ends."""
    return [
        Cue(part[0].start, part[-1].end, as_text(part), speaker)
        for speaker, said in groupby(with_speakers(words, turns), lambda word: word.speaker)
        for part in cut(said, partial(is_whole, speaker=speaker))
    ]


def to_srt(words: Sequence[Word], title: str, turns: Turns = ()) -> str:
    """SubRip."""
    blocks = [
        f"{number}\n{_stamp(cue.start, ',')} --> {_stamp(cue.end, ',')}\n{_lines(cue.told)}\n"
        for number, cue in enumerate(cues(words, turns), 1)
    ]
    return "\n".join(blocks)


def to_vtt(words: Sequence[Word], title: str, turns: Turns = ()) -> str:
    """WebVTT, with a voice tag for each speaker."""
    blocks = [
        f"{_stamp(cue.start, '.')} --> {_stamp(cue.end, '.')}\n"
        f"{_voice(cue.speaker)}{_lines(_escaped(cue.text))}\n"
        for cue in cues(words, turns)
    ]
    return "\n".join(["WEBVTT\n", *blocks])


def to_txt(words: Sequence[Word], title: str, turns: Turns = (), *, times: bool = False) -> str:
    """Running text, a paragraph a line, with its moment in front if wanted."""
    return "".join(
        f"{f'[{clock(paragraph.start)}] ' if times else ''}{paragraph.told}\n"
        for paragraph in paragraphs(words, turns)
    )


def to_markdown(words: Sequence[Word], title: str, turns: Turns = ()) -> str:
    """A heading, and paragraphs with their moments."""
    lines = [
        f"**{' '.join(filter(None, (clock(p.start), p.speaker)))}** {p.text}\n"
        for p in paragraphs(words, turns)
    ]
    return "\n".join([f"# {in_markdown(title)}\n", *lines])


def to_json(words: Sequence[Word], title: str, turns: Turns = ()) -> str:
    """Every word with its times and probability; where speakers are known, with who says it."""
    values: dict[str, Any] = {"title": title, "text": as_text(words)}
    values["words"] = [asdict(word) for word in (with_speakers(words, turns) if turns else words)]
    if turns:
        values["speakers"] = speaking_time(turns)
        values["turns"] = told(turns)
    return json.dumps(values, ensure_ascii=False, indent=1) + "\n"


def segments(words: Sequence[Word], turns: Turns = ()) -> list[dict[str, Any]]:
    """Sentences as ``verbose_json`` of OpenAI's API has them; who says one, where that is known."""
    parts = spoken_sentences(words, turns)
    return [
        {"id": n, "start": part[0].start, "end": part[-1].end, "text": as_text(part)}
        | ({"speaker": who} if (who := next((w.speaker for w in part if w.speaker), None)) else {})
        for n, part in enumerate(parts)
    ]


def diarized(words: Sequence[Word], turns: Turns) -> list[dict[str, Any]]:
    """Paragraphs as ``diarized_json`` of OpenAI's API has them; "unknown" says what nobody does."""
    return [
        {
            "type": "transcript.text.segment",
            "id": f"seg_{n:03}",
            "start": said.start,
            "end": said.end,
            "text": said.text,
            "speaker": said.speaker or "unknown",
        }
        for n, said in enumerate(paragraphs(words, turns))
    ]


FORMATS: Mapping[str, Callable[[Sequence[Word], str, Turns], str]] = {
    "srt": to_srt,
    "vtt": to_vtt,
    "txt": to_txt,
    "md": to_markdown,
    "json": to_json,
}


FILES: Mapping[str, str] = {  # all that a transcript can be saved as, and the media types
    "srt": "application/x-subrip",
    "vtt": "text/vtt",
    "txt": "text/plain",
    "md": "text/markdown",
    "json": "application/json",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


def transcript_as(format: str, words: Sequence[Word], title: str, turns: Turns = ()) -> str:
    """A transcript in one of FORMATS; with ``turns`` it says who speaks.

    Raises UnknownFormat, which names those there are.
    """
    if format not in FORMATS:
        raise UnknownFormat(f"{format!r} is no format of a transcript: use {', '.join(FORMATS)}")
    return FORMATS[format](words, title, turns)


def check_format(format: str) -> None:
    """Raises UnknownFormat, which names those there are, unless a file can be made of it."""
    if format not in FILES:
        raise UnknownFormat(f"{format!r} is no format of a transcript: use {', '.join(FILES)}")


def transcript_file(
    format: str, words: Sequence[Word], title: str, turns: Turns = (), *, times: bool = False
) -> bytes:
    """A transcript as the content of a file, in one of FILES; text is in UTF-8.

    times: also where a format has them only if wanted (txt, docx). Raises UnknownFormat, which
    names those there are.
    """
    check_format(format)
    if format == "docx":
        return transcript_document(paragraphs(words, turns), title, times=times)
    if format == "txt":
        return to_txt(words, title, turns, times=times).encode()
    return FORMATS[format](words, title, turns).encode()


def conversation(session: Session, turns: Sequence[Turn], names: Mapping[str, str]) -> str:
    """A session as Markdown: questions, answers and the moments behind them.

    names: of the recordings, by id; one that is missing was removed.
    """
    blocks = [f"# {in_markdown(session.title)}\n"]
    for turn in turns:
        name = in_markdown(names.get(turn.recording_id or "", "a recording that was removed"))
        blocks.append(f"## {in_markdown(turn.question)}\n\n*{name}*\n\n{turn.answer}\n")
        blocks.append("".join(f"- {line}\n" for line in evidence_lines(turn)))
    return "\n".join(blocks)


def evidence_lines(turn: Turn) -> Iterator[str]:
    """The moments that an answer cites, a line each; then how much was heard, and how."""
    for citation in turn.heard.get("citations", []):
        span = f"{clock(citation['start'])}–{clock(citation['end'])}"
        words = f": “{citation['text']}”" if citation.get("text") else ""
        yield f"{span} ({citation['share']:.0%} of what was kept){words}"
    heard, total = turn.heard.get("seconds_heard", 0.0), turn.heard.get("seconds_total", 0.0)
    yield f"heard {clock(heard)} of {clock(total)}; {turn.heard.get('reason', '')}"


def _prefix(speaker: str | None) -> str:
    return "" if speaker is None else f"{speaker}: "


def _voice(speaker: str | None) -> str:
    return "" if speaker is None else f"<v {_escaped(speaker)}>"


def _is_cue_whole(part: list[Word], word: Word, speaker: str | None) -> bool:
    length = len(_prefix(speaker)) + len(as_text(part))
    return (
        word.start - part[-1].end > PAUSE
        or length + word.spaced + len(word.text) > CUE_CHARACTERS
        or word.end - part[0].start > CUE_SECONDS
        or (length > LINE and ends_sentence(part[-1]))
    )


def _is_paragraph_whole(part: list[Word], word: Word, speaker: str | None) -> bool:
    long = word.start - part[0].start > PARAGRAPH
    endless = word.start - part[0].start > 3 * PARAGRAPH  # recognised without full stops
    return (long and ends_sentence(part[-1])) or endless


def _stamp(seconds: float, decimal: str) -> str:
    minutes, thousandths = divmod(round(seconds * 1000), 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{thousandths // 1000:02}{decimal}{thousandths % 1000:03}"


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
