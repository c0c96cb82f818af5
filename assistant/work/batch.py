"""A batch: many recordings heard and asked the same questions, on this machine or on many.

Each row is done by itself, in a home of its own that is thrown away, so that no two machines share
a database. What comes of it is a folder: an index for each content (``indexes``), and for each row
a file (``rows``), written last: whoever is killed, or begins again, does only the rows without one.
The results depend on the row alone, not on who did it. Folders may be anywhere that fsspec reads.
"""

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import fsspec

from assistant.app import Assistant
from assistant.ask.context import Models
from assistant.ask.nodes import check_question
from assistant.ask.outcome import Outcome
from assistant.ask.request import Request
from assistant.errors import EXPECTED, BadRequest
from assistant.settings import Settings
from assistant.work.many import files_at
from memory import NotFound, Word
from tools.context import Stop
from tools.errors import MediaError, Stopped
from tools.ingest import add_recording, index_folder
from tools.transcript import RECOGNISER

ROWS, INDEXES, RESULTS = "rows", "indexes", "results"
Tell = Callable[[str, float | None], None]


@dataclass(frozen=True)
class Row:
    """A recording of a batch, by its path or address; the samples are read where it is done."""

    place: str

    @property
    def id(self) -> str:
        """Of the row, and the name of its file."""
        return hashlib.sha256(self.place.encode()).hexdigest()[:16]


class Folder:
    """A folder anywhere: on this machine, or s3://, gs:// and whatever else fsspec knows."""

    def __init__(self, place: str) -> None:
        try:
            self.fs, self.root = fsspec.core.url_to_fs(place)
        except (ImportError, ValueError) as error:
            raise BadRequest(f"{place} can't be written to: {error}") from error

    def write(self, name: str, value: Any) -> None:
        """A JSON file, there whole or not at all."""
        path = f"{self.root}/{name}"
        self.fs.makedirs(path.rpartition("/")[0], exist_ok=True)
        self.fs.pipe_file(f"{path}.partial", json.dumps(value, sort_keys=True).encode())
        self.fs.mv(f"{path}.partial", path)

    def names(self, folder: str, ending: str) -> list[str]:
        """Names of the files in it with an ending, without it, in order."""
        try:
            found = self.fs.ls(f"{self.root}/{folder}", detail=False)
        except FileNotFoundError:
            return []
        names = (str(path).rpartition("/")[2] for path in found)
        return sorted(name.removesuffix(ending) for name in names if name.endswith(ending))

    def read(self, name: str) -> Any:
        """A JSON file."""
        return json.loads(self.fs.cat_file(f"{self.root}/{name}"))

    def has(self, name: str) -> bool:
        """Whether there is such a file."""
        return bool(self.fs.exists(f"{self.root}/{name}"))

    def take(self, name: str, folder: Path) -> None:
        """Copies what is in one of its folders into one of this machine."""
        folder.mkdir(parents=True, exist_ok=True)
        for path in self.fs.ls(f"{self.root}/{name}", detail=False):
            self.fs.get_file(str(path), str(folder / str(path).rpartition("/")[2]))

    def put(self, folder: Path, name: str) -> None:
        """Copies a folder of this machine into it, the description of what is there last."""
        self.fs.makedirs(f"{self.root}/{name}", exist_ok=True)
        for path in sorted(folder.iterdir(), key=lambda path: path.suffix == ".json"):
            self.fs.put_file(str(path), f"{self.root}/{name}/{path.name}")


def rows_of(place: str) -> list[Row]:
    """The rows of a folder, a pattern or a list of files; a list may hold addresses.

    Raises BadRequest where there is none.
    """
    path = Path(place).expanduser()
    if path.suffix.lower() == ".txt" and path.is_file():
        lines = [line.strip() for line in path.read_text("utf-8-sig").splitlines()]
        if any("://" in line for line in lines):
            return [Row(line) for line in dict.fromkeys(lines) if line and line[0] != "#"]
    return [Row(str(named.path.absolute())) for named in files_at([place])]


def questions_in(path: Path) -> list[str]:
    """The questions of a file, one a line. Raises BadRequest, Misused for what can't be asked."""
    try:
        lines = [line.strip() for line in path.read_text("utf-8-sig").splitlines()]
    except (OSError, ValueError) as error:
        raise BadRequest(f"{path} can't be read ({error}): write a question a line") from error
    questions = [line for line in lines if line and not line.startswith("#")]
    for question in questions:
        check_question(question)
    return questions


class Worker:
    """Does rows; loads the models once. What it gives for a row depends on the row alone."""

    def __init__(
        self, settings: Settings, questions: Sequence[str], out: str, models: Models | None = None
    ) -> None:
        self.settings, self.questions, self.out = settings, list(questions), Folder(out)
        self.models = models

    def do(self, row: Row, stop: Stop = lambda: False) -> dict[str, Any]:
        """The result of a row, as it is written; its error is a field of it. Raises Stopped."""
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            settings = self.settings.model_copy(update={"home": home})
            with Assistant(settings, self.models) as assistant:
                self.models = assistant.models  # stay loaded for the next row
                try:
                    result = self._done(assistant, fetched(row, home), stop)
                except Stopped:
                    raise
                except EXPECTED as error:
                    message = str(error).replace(f"{home}/", "")
                    result = {"error": message, "kind": type(error).__name__}
        whole = {"id": row.id, "place": row.place, "error": None} | result
        self.out.write(f"{ROWS}/{row.id}.json", whole)
        return whole

    def _done(self, assistant: Assistant, path: Path, stop: Stop) -> dict[str, Any]:
        store, model = assistant.store, assistant.models.listener().model_id
        recording = add_recording(store, path)
        name = f"{INDEXES}/{recording.sha256}/{model}"
        place = index_folder(assistant.settings.features, recording, model)
        known = self.out.has(f"{name}/index.json")
        if known:
            self.out.take(name, place)
        recording = assistant.ingest(recording, lambda fraction: None, stop)
        if not known:
            self.out.put(place, name)
        answers = [
            self._asked(assistant, recording.id, question, stop) for question in self.questions
        ]
        recording = store.recording(recording.id)
        return {
            "sha256": recording.sha256,
            "size_bytes": recording.size_bytes,
            "name": recording.name,
            "seconds": recording.seconds,
            "note": recording.note,
            "language": recording.language,
            "model": model,
            "answers": answers,
            "words": [list(vars(w).values()) for w in store.words(recording.id, RECOGNISER)],
            "ranges": store.heard_ranges(recording.id, RECOGNISER),
        }

    def _asked(
        self, assistant: Assistant, recording: str, question: str, stop: Stop
    ) -> dict[str, Any]:
        outcome = Outcome.of(assistant.ask(Request(recording, question), stop))
        if outcome.answered().stopped:
            raise Stopped
        evidence = [asdict(citation) for citation in outcome.citations]
        return {"question": question, "answer": outcome.answer, "citations": evidence}


def fetched(row: Row, home: Path) -> Path:
    """The file of a row on this machine. Raises MediaError where it can't be had."""
    if "://" not in row.place:
        return Path(row.place)
    folder = home / "media"
    folder.mkdir(exist_ok=True)
    path = folder / (row.place.rstrip("/").rpartition("/")[2] or "audio")
    try:
        with fsspec.open(row.place, "rb") as source, path.open("wb") as target:
            while piece := source.read(1 << 20):
                target.write(piece)
    except Exception as error:  # whatever a file system of fsspec raises
        raise MediaError(f"{row.place} can't be read ({error}): check the address") from error
    return path


def left(rows: Sequence[Row], out: str) -> list[Row]:
    """The rows that have no result yet."""
    done = set(Folder(out).names(ROWS, ".json"))
    return [row for row in rows if row.id not in done]


def run_here(
    worker: Worker,
    rows: Sequence[Row],
    tell: Tell = lambda stage, fraction: None,
    stop: Stop = lambda: False,
) -> Iterator[dict[str, Any]]:
    """Does rows one after the other in this process. Raises Stopped."""
    for done, row in enumerate(rows):
        if stop():
            raise Stopped
        tell(f"recording {done + 1} of {len(rows)}", done / len(rows))
        yield worker.do(row, stop)


def collected(rows: Sequence[Row], out: str) -> list[dict[str, Any]]:
    """The results of rows, by id, also written as one file: Parquet where pyarrow is installed."""
    folder = Folder(out)
    done = set(folder.names(ROWS, ".json"))
    ids = sorted({row.id for row in rows} & done)
    results = [folder.read(f"{ROWS}/{id}.json") for id in ids]
    lines = "".join(json.dumps(result, sort_keys=True) + "\n" for result in results)
    folder.fs.pipe_file(f"{folder.root}/{RESULTS}.jsonl", lines.encode())
    with suppress(ImportError):
        import pyarrow
        from pyarrow import parquet

        flat = [
            {
                k: v if isinstance(v, int | float | str | None) else json.dumps(v)
                for k, v in r.items()
            }
            for r in results
        ]
        with folder.fs.open(f"{folder.root}/{RESULTS}.parquet", "wb") as file:
            parquet.write_table(pyarrow.Table.from_pylist(flat), file)
    return results


def bring_in(
    assistant: Assistant, out: str, tell: Tell = lambda stage, fraction: None
) -> tuple[int, int]:
    """Takes the results of a batch into the store: recordings, what was heard, words and answers.

    How many recordings came, and how many are there before. Raises BadRequest for a folder
    without results.
    """
    folder, store = Folder(out), assistant.store
    ids = folder.names(ROWS, ".json")
    if not ids:
        raise BadRequest(f"{out} holds no results: name the folder that was given with --out")
    session: int | None = None
    came = known = 0
    for done, id in enumerate(ids):
        tell("bringing in", done / len(ids))
        result = folder.read(f"{ROWS}/{id}.json")
        if result["error"] is not None:
            continue
        if _is_there(assistant, result):
            known += 1
            continue
        session = session or store.start_session(f"Batch {Path(out).name}", None).id
        _bring(assistant, folder, result, session)
        came += 1
    return came, known


def _is_there(assistant: Assistant, result: dict[str, Any]) -> bool:
    try:
        return assistant.store.recording(result["sha256"]).state == "ready"
    except NotFound:
        return False


def _bring(assistant: Assistant, folder: Folder, result: dict[str, Any], session: int) -> None:
    store, model = assistant.store, result["model"]
    recording = store.add_recording(
        Path(result["place"]),
        sha256=result["sha256"],
        size_bytes=result["size_bytes"],
        name=result["name"],
    )
    place = index_folder(assistant.settings.features, recording, model)
    folder.take(f"{INDEXES}/{recording.sha256}/{model}", place)
    words = [Word(*values) for values in result["words"]]
    for start, end in result["ranges"]:
        own = [word for word in words if start <= word.start < end]
        store.add_words(recording.id, RECOGNISER, start, end, own)
    if result["language"]:
        store.set_language(recording.id, result["language"])
    for asked in result["answers"]:
        heard = {"citations": asked["citations"], "model": model}
        store.add_turn(session, recording.id, asked["question"], asked["answer"], heard, 0)
    store.set_state(recording.id, "ready", note=result["note"], seconds=result["seconds"])
