"""Transcripts and conversations as files, over HTTP."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from assistant.app import Assistant
from assistant.doors.openai_api import MOST_ID
from tools import conversations, export
from tools.speakers import speaker_turns

Format = Annotated[str, Query(description="srt, vtt, txt, md, json or docx")]
Shape = Annotated[str, Query(description="md, json, docx, or html that plays its moments")]

Session = Annotated[int, Path(ge=1, le=MOST_ID)]


class Exports:
    """The routes."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant, self.store = assistant, assistant.store

    def router(self) -> APIRouter:
        """Both."""
        router = APIRouter()
        for path, route in (
            ("/v1/recordings/{recording}/transcript", self.transcript),
            ("/v1/sessions/{session}", self.conversation),
        ):
            router.get(path, response_class=Response)(route)
        return router

    def transcript(
        self, recording: str, format: Format = "txt", times: bool = False, speakers: bool = True
    ) -> Response:
        """The words of a recording; those not recognised before are now.

        times: also in txt and docx; speakers: who says it, where that is known.
        """
        export.check_format(format)
        found = self.store.recording(recording)
        words = self.assistant.transcript(found)
        turns = speaker_turns(self.store, found) if speakers else ()
        data = export.transcript_file(format, words, found.name, turns, times=times)
        return file(data, export.FILES[format], f"{found.name}.{format}")

    def conversation(self, session: Session, format: Shape = "md") -> Response:
        """A conversation, with the moments that its answers rest on."""
        limits = self.assistant.settings.client_limits
        data = conversations.conversation_as(format, self.store, session, limits)
        return file(data, conversations.FORMATS[format], f"conversation {session}.{format}")


def file(data: bytes, kind: str, name: str) -> Response:
    """What a browser saves under a name, and never shows as a page of this server."""
    headers = {
        "content-disposition": f"attachment; filename*=utf-8''{quote(name, errors='replace')}",
        "x-content-type-options": "nosniff",
    }
    text = kind.startswith("text/")
    return Response(data, media_type=f"{kind}; charset=utf-8" if text else kind, headers=headers)
