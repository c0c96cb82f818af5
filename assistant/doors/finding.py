"""Moments in many recordings, for HTTP and for agents: both give what `Assistant.find` gives."""

from datetime import date
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, Field

from assistant.app import Assistant
from assistant.doors.mcp_values import Value, in_thread
from assistant.find.found import Found
from assistant.find.selection import Selection

Seconds = Annotated[float | None, Query(ge=0, allow_inf_nan=False)]
Length = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class AskAll(BaseModel):
    """A question, and which recordings it is about; all if none is chosen."""

    question: str
    recordings: list[str] = Field(default_factory=list, max_length=10_000)
    tags: list[str] = Field(default_factory=list, max_length=100)
    since: date | None = None
    until: date | None = None


class Finding:
    """The routes and the tools. Folders of this machine can't be named at either."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant = assistant

    def route(
        self,
        q: Annotated[str, Query(description="What is looked for")],
        recording: Annotated[list[str] | None, Query()] = None,
        tag: Annotated[list[str] | None, Query()] = None,
        since: date | None = None,
        until: date | None = None,
        speaker: str | None = None,
        longer: Seconds = None,
        shorter: Seconds = None,
        language: str | None = None,
        most: int = 20,
    ) -> dict[str, Any]:
        """Moments of sounds, words and speakers, the likeliest first."""
        selection = Selection(
            recordings=tuple(recording or ()),
            tags=tuple(tag or ()),
            since=since,
            until=until,
            speaker=speaker,
            longer=longer,
            shorter=shorter,
            language=language,
        )
        return told(self.assistant.find(q, selection, most))

    async def find_moments(
        self,
        query: str,
        recordings: list[str] | None = None,
        tags: list[str] | None = None,
        since: date | None = None,
        until: date | None = None,
        speaker: str | None = None,
        longer: Length | None = None,
        shorter: Length | None = None,
        language: str | None = None,
        limit: int = 20,
    ) -> Value:
        """Find moments in all recordings by ear; nothing needs to be transcribed.

        query: a sound ("glass breaking"), words in quotes, speaker:NAME, or several with "and" or
        "within a minute of": siren within a minute of "budget". recordings: ids; tags, since and
        until (days when they were added), speaker, longer and shorter (seconds) and language
        choose among all.
        Returns {"moments": [{"recording", "name", "start", "end", "score", "found", "by", "text",
        "speaker"}], "searched", "unheard", "note"}, the likeliest first; a score of 0.3 or more is
        sure for a word, a hint for a sound; text is what was recognised there, or letters heard.
        """
        selection = Selection(
            recordings=tuple(recordings or ()),
            tags=tuple(tags or ()),
            since=since,
            until=until,
            speaker=speaker,
            longer=longer,
            shorter=shorter,
            language=language,
        )
        return await in_thread(lambda: told(self.assistant.find(query, selection, limit)))

    async def ask_recordings(
        self,
        question: str,
        recordings: list[str] | None = None,
        tags: list[str] | None = None,
        since: date | None = None,
        until: date | None = None,
    ) -> Value:
        """Ask a question about many recordings at once: all, or those that are chosen.

        "In which calls does a baby cry?" and "How many meetings mention the printer?" are asked of
        each recording; what was said is quoted from the likeliest stretches of all.
        Returns {"answer", "moments", "how", "searched", "unheard"}.
        """
        selection = Selection(tuple(recordings or ()), None, tuple(tags or ()), since, until)
        return await in_thread(lambda: self.assistant.ask_all(question, selection).as_dict())

    def ask(self, asked: AskAll) -> dict[str, Any]:
        """A question about many recordings at once."""
        selection = Selection(
            tuple(asked.recordings), None, tuple(asked.tags), asked.since, asked.until
        )
        return self.assistant.ask_all(asked.question, selection).as_dict()


def told(found: Found) -> dict[str, Any]:
    """What was found as plain JSON values."""
    moments = [moment.as_dict() for moment in found.moments]
    about = {"searched": found.searched, "unheard": found.unheard, "note": found.note}
    return {"moments": moments} | about
