"""Many recordings are asked the same questions; whoever begins again does only what is left."""

import json
import shutil

import pytest
from media import FakeDiariser, FakeRecogniser, tone, write_wav

from assistant.ask.context import Models
from assistant.errors import BadRequest, Misused
from assistant.settings import Settings
from assistant.work.batch import (
    Row,
    Worker,
    bring_in,
    collected,
    left,
    questions_in,
    rows_of,
    run_here,
)
from headrouter.fakes import FakeListener
from tools.errors import Stopped

QUESTIONS = ["What is there to hear?", "What is said?"]


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "calls"
    folder.mkdir()
    for number in range(3):
        write_wav(folder / f"{number}.wav", tone(2, 0.1 + number / 10))
    (folder / "bad.wav").write_bytes(b"no sound")
    return folder


@pytest.fixture
def worker(tmp_path, fake):
    def make(out="out", listener=fake):
        settings = Settings(home=tmp_path / "home", cache=tmp_path / "cache")
        models = Models(lambda: listener, FakeRecogniser, FakeDiariser)
        return Worker(settings, QUESTIONS, str(tmp_path / out), models)

    return make


def results(folder):
    return (folder / "results.jsonl").read_bytes()


class TestABatch:
    def test_answers_every_question_of_every_recording_and_tells_of_the_bad_one(
        self, worker, folder, tmp_path
    ):
        rows = rows_of(str(folder))
        list(run_here(worker(), rows))
        found = collected(rows, str(tmp_path / "out"))
        assert len(found) == 4
        (bad,) = [result for result in found if result["error"]]
        assert bad["place"].endswith("bad.wav") and "is not a recording" in bad["error"]
        for result in found:
            if result is not bad:
                assert [a["question"] for a in result["answers"]] == QUESTIONS
                assert result["answers"][0]["answer"] == f"I heard: {QUESTIONS[0]}"
                assert result["answers"][0]["citations"]
        lines = results(tmp_path / "out").decode().splitlines()
        assert [json.loads(line) for line in lines] == found

    def test_is_gone_on_with_where_it_was_stopped(self, worker, folder, tmp_path, fake):
        out, rows = str(tmp_path / "out"), rows_of(str(folder))
        done = []
        run = run_here(worker(), rows, stop=lambda: len(done) == 2)
        with pytest.raises(Stopped):
            for result in run:
                done.append(result)
        assert len(left(rows, out)) == 2
        list(run_here(worker(), left(rows, out)))
        whole = results_of(collected(rows, out))
        list(run_here(worker("other"), rows))
        assert results_of(collected(rows, str(tmp_path / "other"))) == whole
        assert results(tmp_path / "out") == results(tmp_path / "other")

    def test_hears_a_content_once_wherever_it_lies(self, worker, folder, tmp_path):
        shutil.copy(folder / "0.wav", folder / "copy.wav")
        one, other = FakeListener(), FakeListener()
        rows = rows_of(str(folder))
        list(run_here(worker(listener=one), rows[:1]))
        before = one.ingested
        copy = [row for row in rows if row.place.endswith("copy.wav")]
        list(run_here(worker(listener=other), copy))
        assert (before, other.ingested) == (1, 0)

    def test_a_worker_that_was_killed_leaves_no_half_of_a_result(
        self, worker, folder, tmp_path, monkeypatch
    ):
        rows, out = rows_of(str(folder)), str(tmp_path / "out")
        with monkeypatch.context() as patch:
            patch.setattr("assistant.work.batch.Folder.write", killed)
            with pytest.raises(KeyboardInterrupt):
                list(run_here(worker(), rows))
        assert left(rows, out) == rows
        list(run_here(worker(), rows))
        assert left(rows, out) == []

    def test_one_that_was_killed_after_it_heard_changes_nothing(self, worker, folder, tmp_path):
        (row, *_) = rows_of(str(folder))
        whole = worker().do(row)
        (written,) = (tmp_path / "out" / "rows").iterdir()
        written.unlink()  # as if it had been killed before it wrote the row
        assert worker().do(row) == whole
        assert whole["seconds"]

    def test_takes_addresses_from_a_list(self, worker, folder, tmp_path):
        import fsspec

        memory = fsspec.filesystem("memory")
        memory.pipe_file("/calls/a.wav", (folder / "0.wav").read_bytes())
        (tmp_path / "list.txt").write_text("memory://calls/a.wav\nmemory://calls/gone.wav\n")
        rows = rows_of(str(tmp_path / "list.txt"))
        good, gone = run_here(worker(), rows)
        assert (good["name"], good["error"]) == ("a.wav", None)
        assert "memory://calls/gone.wav can't be read" in gone["error"]

    def test_writes_to_wherever_fsspec_does(self, folder, tmp_path, fake):
        settings = Settings(home=tmp_path / "home", cache=tmp_path / "cache")
        models = Models(lambda: fake, FakeRecogniser, FakeDiariser)
        rows = rows_of(str(folder))
        list(run_here(Worker(settings, [], "memory://batch", models), rows))
        assert len(collected(rows, "memory://batch")) == 4


def results_of(found):
    return sorted(json.dumps(result, sort_keys=True) for result in found)


def killed(*args):
    raise KeyboardInterrupt


class TestResultsAreBroughtIn:
    def test_once_with_what_was_heard_and_the_answers(self, worker, folder, tmp_path, assistant):
        rows, out = rows_of(str(folder)), str(tmp_path / "out")
        list(run_here(worker(), rows))
        assert bring_in(assistant, out) == (3, 0)
        assert bring_in(assistant, out) == (0, 3)
        recordings = assistant.store.recordings()
        assert {(r.state, r.seconds) for r in recordings} == {("ready", 2.0)}
        (session,) = assistant.store.sessions()
        turns = assistant.store.turns(session.id)
        assert [turn.question for turn in turns] == QUESTIONS * 3
        listener = assistant.models.listener()
        before = listener.ingested
        for recording in recordings:
            assistant.ingest(recording, lambda fraction: None)
        assert listener.ingested == before  # what was heard came along

    def test_from_a_folder_without_any_is_refused(self, assistant, tmp_path):
        with pytest.raises(BadRequest, match="--out"):
            bring_in(assistant, str(tmp_path))


class TestWhatIsRefused:
    def test_a_file_of_questions_that_cannot_be_read(self, tmp_path):
        with pytest.raises(BadRequest, match="a question a line"):
            questions_in(tmp_path / "none.txt")
        (tmp_path / "long.txt").write_text("x" * 20_000)
        with pytest.raises((BadRequest, Misused)):
            questions_in(tmp_path / "long.txt")

    def test_questions_are_lines(self, tmp_path):
        (tmp_path / "q.txt").write_text("# of calls\nWhat is said?\n\nWho speaks?\n")
        assert questions_in(tmp_path / "q.txt") == ["What is said?", "Who speaks?"]

    def test_a_file_system_that_is_not_there(self):
        with pytest.raises(BadRequest, match="can't be written to"):
            left([], "nowhere://x")

    def test_ray_where_it_is_missing(self, tmp_path, monkeypatch):
        import sys

        from assistant.work.on_ray import run_on_ray

        monkeypatch.setitem(sys.modules, "ray", None)
        with pytest.raises(BadRequest, match=r"headrouter\[cluster\]"):
            list(run_on_ray("auto", Settings(home=tmp_path), [], "out", [Row("a.wav")]))
