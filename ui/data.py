"""What the page's own scripts read and write: JSON under /page, behind the page's guard.

The recording's view and the library are drawn in the browser (assets/), for a transcript of three
hours, lanes under a waveform and a list with several chosen rows are more than Gradio's components
do. Whatever is refused comes back as {"error": sentence}.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Body, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from assistant.app import Assistant
from assistant.ask.nodes import find_recording
from assistant.doors.codes import code_of
from assistant.errors import EXPECTED, BadRequest, without_folders
from assistant.work.prepare import Preparing, Task
from memory import Recording
from tools.disk import bytes_in
from tools.export import transcript_file
from tools.ingest import index_bytes
from tools.naming import merge_speakers, split_speaker, undo_correction
from tools.speakers import speaker_turns
from tools.transcript import RECOGNISER
from ui.reading import lines, view

Ids = Annotated[list[str], Body(embed=True)]
Text = Annotated[str, Body(embed=True)]


class Sentences(APIRoute):
    """A route that answers what is refused on purpose with its sentence."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        """The handler, with that around it."""
        handle = super().get_route_handler()

        async def told(request: Request) -> Response:
            try:
                return await handle(request)
            except EXPECTED as error:
                return JSONResponse({"error": without_folders(str(error))}, code_of(error).status)

        return told


class Data:
    """The handlers. They run in threads."""

    def __init__(self, assistant: Assistant, preparing: Preparing) -> None:
        self.assistant, self.store, self.preparing = assistant, assistant.store, preparing

    def router(self) -> APIRouter:
        """All routes."""
        router = APIRouter(prefix="/page", route_class=Sentences, include_in_schema=False)
        router.get("/recordings")(self.library)
        router.get("/work")(self.work)
        router.post("/sample")(self.sample)
        router.post("/bin")(self.bin)
        router.post("/restore")(self.restore)
        router.post("/tags")(self.tag)
        one = "/recordings/{id}"
        router.get(one)(self.recording)
        router.put(f"{one}/name")(self.rename)
        router.get(f"{one}/lines")(self.lines)
        router.put(f"{one}/words")(self.edit)
        router.get(f"{one}/export")(self.export)
        router.post(f"{one}/prepare")(self.prepare)
        router.delete(f"{one}/prepare")(self.cancel)
        router.put(f"{one}/speakers/{{label}}")(self.name_speaker)
        router.post(f"{one}/speakers/merge")(self.merge)
        router.post(f"{one}/speakers/split")(self.split)
        router.post(f"{one}/speakers/undo")(self.undo)
        return router

    # -- one recording

    def recording(self, id: str) -> dict[str, Any]:
        """What its view shows, without the words."""
        return view(self.assistant, self.store.recording(id))

    def lines(self, id: str) -> list[dict[str, Any]]:
        """What was said."""
        return lines(self.assistant, self.store.recording(id))

    def rename(self, id: str, name: Text) -> dict[str, str]:
        """Calls it otherwise."""
        found = self.store.rename_recording(self.store.recording(id).id, name)
        return {"name": found.name}

    def edit(self, id: str, start: Annotated[float, Body()], text: Text) -> dict[str, str]:
        """Writes a word otherwise."""
        found = self.store.recording(id)
        return {"text": self.store.edit_word(found.id, RECOGNISER, start, text).text}

    def name_speaker(self, id: str, label: str, name: Text) -> dict[str, str]:
        """Names a speaker."""
        speaker = self.assistant.name_speaker(self.store.recording(id), label, name)
        return {"name": speaker.called}

    def merge(self, id: str, speakers: Annotated[list[str], Body(embed=True)]) -> dict[str, str]:
        """Makes speakers into one."""
        found = self.store.recording(id)
        merge_speakers(self.store, found, speakers)
        return {"id": found.id}

    def split(
        self,
        id: str,
        speaker: Text,
        start: Annotated[float, Body()],
        end: Annotated[float, Body()],
        to: Annotated[str | None, Body()] = None,
    ) -> dict[str, str]:
        """Gives what a speaker says in a stretch to another, or to somebody new."""
        found = self.store.recording(id)
        split_speaker(self.store, found, speaker, start, end, to)
        return {"id": found.id}

    def undo(self, id: str) -> dict[str, str]:
        """Takes the latest merge or split back."""
        found = self.store.recording(id)
        undo_correction(self.store, found)
        return {"id": found.id}

    def export(self, id: str, format: str) -> Response:
        """The words that are known, as a file; they are not recognised for it."""
        found = self.store.recording(id)
        words = self.store.words(found.id, RECOGNISER)
        if not words:
            raise BadRequest(f"{found.name} has no transcript yet: write it down first")
        turns = speaker_turns(self.store, found)
        data = transcript_file(format, words, found.name, turns, times=True)
        return download(f"{Path(found.name).stem or 'transcript'}.{format}", data)

    # -- the library

    def library(self) -> dict[str, Any]:
        """All recordings, newest first, and the room that they take."""
        tags, busy = self.store.all_tags(), {task.recording for task in self.preparing.tasks()}
        settings = self.assistant.settings
        rows = [
            self._row(recording) | {"tags": tags.get(recording.id, [])}
            for recording in reversed(self.store.recordings())
        ]
        for row in rows:
            if row["id"] in busy:
                row["state"] = "ingesting"
        room = {
            "heard": sum(row["bytes"] for row in rows),
            "limit": int(settings.index_limit),
            "media": bytes_in(settings.uploads) if settings.uploads.exists() else 0,
        }
        return {"recordings": rows, "binned": len(self.store.binned()), "room": room}

    def _row(self, recording: Recording) -> dict[str, Any]:
        names = {s.called: None for s in self.store.speakers(recording.id)}
        return {
            "id": recording.id,
            "name": recording.name,
            "seconds": recording.seconds,
            "added": recording.added_at.isoformat(),
            "state": recording.state,
            "note": recording.note or "",
            "speakers": list(names),
            "written": bool(self.store.heard_ranges(recording.id, RECOGNISER)),
            "bytes": index_bytes(self.assistant.settings.features, recording),
        }

    def bin(self, ids: Ids) -> dict[str, list[str]]:
        """Puts recordings into the bin, from which they can be had back for 30 days."""
        for id in ids:
            self.preparing.cancel(id)
        return {"binned": [self.store.bin_recording(self.store.recording(id).id).id for id in ids]}

    def restore(self, ids: Ids) -> dict[str, list[str]]:
        """Takes recordings out of the bin; none named: all of it."""
        wanted = ids or [recording.id for recording in self.store.binned()]
        return {"restored": [self.store.restore_recording(id).id for id in wanted]}

    def tag(
        self,
        ids: Ids,
        add: Annotated[list[str], Body()] = [],  # noqa: B006
        remove: Annotated[list[str], Body()] = [],  # noqa: B006
    ) -> dict[str, list[str]]:
        """Adds tags to recordings, and takes tags off them."""
        for id in ids:
            self.store.add_tags(self.store.recording(id).id, add)
            self.store.remove_tags(id, remove)
        return {id: self.store.tags(id) for id in ids}

    # -- what goes on in the background

    def work(self) -> list[dict[str, Any]]:
        """What is made ready now, then what waits in its order, then what failed."""
        return [described(task, place) for place, task in enumerate(self.preparing.tasks())]

    def prepare(self, id: str) -> dict[str, str]:
        """Makes a recording ready, in the background."""
        found = self.store.recording(id)
        self.preparing.add(found)
        return {"id": found.id}

    def cancel(self, id: str) -> dict[str, str]:
        """No longer makes it ready, or no longer tells that this failed."""
        self.preparing.cancel(id)
        return {"id": id}

    def sample(self) -> dict[str, str]:
        """Adds the recording that comes with the program."""
        found = find_recording(self.store, str(sample()))
        self.preparing.add(found)
        return {"id": found.id}


def described(task: Task, place: int) -> dict[str, Any]:
    """A task as the page shows it."""
    values = {"id": task.recording, "name": task.name, "stage": task.stage, "place": place}
    error = without_folders(task.error)
    return values | {"fraction": task.fraction, "left": task.seconds_left, "error": error}


def sample() -> Path:
    """The recording that comes with the program. Raises BadRequest where it was left out."""
    path = Path(__file__).parents[1] / "samples" / "meeting.flac"
    if not path.is_file():
        raise BadRequest("the sample is not installed: add a recording of your own")
    return path


def download(name: str, data: bytes) -> Response:
    """A file to be saved."""
    disposition = f"attachment; filename*=UTF-8''{quote(name)}"
    headers = {"content-disposition": disposition}
    return Response(data, media_type="application/octet-stream", headers=headers)
