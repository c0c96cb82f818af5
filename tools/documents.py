"""Transcripts and conversations as Word documents (DOCX)."""

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from memory import Session, Turn
from tools.showing import printable, printable_lines
from tools.times import clock

if TYPE_CHECKING:
    from docx.document import Document

    from tools.export import Cue


def transcript_document(paragraphs: Iterable["Cue"], title: str, *, times: bool = True) -> bytes:
    """A heading, and a paragraph for each cue: when, who, what."""
    document = _begun(title)
    for cue in paragraphs:
        paragraph = document.add_paragraph()
        head = " ".join(filter(None, (clock(cue.start) if times else "", cue.speaker)))
        if head:
            paragraph.add_run(f"{printable(head)}  ").bold = True
        paragraph.add_run(printable_lines(cue.text))
    return _whole(document)


def conversation_document(
    session: Session, turns: Sequence[Turn], evidence: Mapping[int, list[str]], names: list[str]
) -> bytes:
    """Questions, answers and what each rests on.

    evidence: lines for each turn, by its id; names: of each turn's recording.
    """
    document = _begun(session.title)
    for turn, name in zip(turns, names, strict=True):
        document.add_heading(printable(turn.question), level=2)
        document.add_paragraph().add_run(printable(name)).italic = True
        document.add_paragraph(printable_lines(turn.answer))
        for line in evidence[turn.id]:
            document.add_paragraph(printable(line), style="List Bullet")
    return _whole(document)


def _begun(title: str) -> "Document":
    import docx  # takes a moment

    document = docx.Document()
    document.core_properties.author = ""
    document.core_properties.title = printable(title)[:255]
    document.add_heading(printable(title), level=1)
    return document


def _whole(document: "Document") -> bytes:
    data = io.BytesIO()
    document.save(data)
    return data.getvalue()
