"""What a user corrects about who speaks, as tools of the Model Context Protocol."""

from collections.abc import Awaitable, Callable

from mcp.server.fastmcp.exceptions import ToolError

from assistant.app import Assistant
from assistant.doors.mcp_values import Find, Seconds, Value, in_thread
from memory import Recording
from tools.naming import merge_speakers, split_speaker, undo_correction
from tools.speakers import overview


class Corrections:
    """The tools. A docstring's text is what agents read."""

    def __init__(self, assistant: Assistant, find: Find, words: str | None) -> None:
        self.assistant, self.store, self.find = assistant, assistant.store, find
        self.words = words  # the user's own, where a chat model stands between

    def tools(self) -> list[Callable[..., Awaitable[Value]]]:
        """In the order in which they are told."""
        return [self.name_speaker, self.merge_speakers, self.split_speaker, self.undo_speakers]

    async def name_speaker(self, recording: str, speaker: str, name: str) -> Value:
        """Give a speaker of a recording a name, when the user says who it is.

        speaker: the number that find_speakers has. Two speakers of one name are one person.
        """

        if self.words is not None and name.casefold() not in self.words.casefold():
            raise ToolError(f"{name!r} is no name that the user gave: ask who it is")

        return await self._corrected(
            recording, lambda found: self.assistant.name_speaker(found, speaker, name)
        )

    async def merge_speakers(self, recording: str, speakers: list[str]) -> Value:
        """Make speakers of a recording one, when the user says that they are the same person.

        speakers: two numbers or more that find_speakers has. undo_speakers takes it back.
        """
        return await self._corrected(recording, lambda f: merge_speakers(self.store, f, speakers))

    async def split_speaker(
        self,
        recording: str,
        speaker: str,
        start_seconds: Seconds,
        end_seconds: Seconds,
        to: str | None = None,
    ) -> Value:
        """Give what a speaker says in a stretch to another, when the user says who it was.

        speaker, to: numbers that find_speakers has; without ``to`` it is somebody new.
        undo_speakers takes it back.
        """
        stretch = start_seconds, end_seconds
        return await self._corrected(
            recording, lambda found: split_speaker(self.store, found, speaker, *stretch, to)
        )

    async def undo_speakers(self, recording: str) -> Value:
        """Take back the latest merge_speakers or split_speaker in a recording."""
        return await self._corrected(recording, lambda found: undo_correction(self.store, found))

    async def _corrected(self, recording: str, correct: Callable[[Recording], object]) -> Value:
        def change() -> Value:
            found = self.find(recording)
            correct(found)
            return {"recording": found.id, "speakers": overview(self.store, found)}

        return await in_thread(change)
