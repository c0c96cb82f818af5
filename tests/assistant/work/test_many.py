"""Many files are heard one after the other; what fails stops nothing, what is known is known."""

import json
import os
import shutil

import pytest
from media import tone, write_wav

from assistant.errors import BadRequest
from assistant.work.many import Named, Watcher, files_at, hear_all, media_in, watch
from tools.errors import DiskError, Stopped


@pytest.fixture
def folder(tmp_path):
    """Three recordings, one of them deeper, and what is none."""
    folder = tmp_path / "calls"
    (folder / "deep").mkdir(parents=True)
    write_wav(folder / "a.wav", tone(1, 0.1))
    write_wav(folder / "b.WAV", tone(1, 0.2))
    write_wav(folder / "deep" / "c.wav", tone(1, 0.3))
    (folder / "notes.md").write_text("none")
    (folder / ".hidden.wav").write_bytes(b"")
    return folder


def names(files):
    return [file.path.name for file in files]


def heard(assistant, files, **options):
    """(name, state) of each."""
    return [(one.path.name, one.state) for one in hear_all(assistant, files, **options)]


class TestFilesAreFound:
    def test_in_a_folder_however_deep_by_their_endings(self, folder):
        assert names(files_at([str(folder)])) == ["a.wav", "b.WAV", "c.wav"]

    def test_by_a_pattern(self, folder):
        assert names(files_at([f"{folder}/*.wav"])) == ["a.wav"]
        assert names(files_at([f"{folder}/**/*.wav"])) == ["a.wav", "c.wav"]

    def test_each_once_and_whatever_is_named_even_if_it_is_not_there(self, folder, tmp_path):
        places = [str(folder / "a.wav"), str(folder), str(tmp_path / "missing.wav")]
        assert names(files_at(places)) == ["a.wav", "b.WAV", "c.wav", "missing.wav"]

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("list.txt", "# calls\ncalls/a.wav\n\ncalls/deep/c.wav\n"),
            ("list.csv", "path,tags\ncalls/a.wav,\ncalls/deep/c.wav,work;north\n"),
            (
                "list.jsonl",
                '{"path": "calls/a.wav"}\n{"path": "calls/deep/c.wav", "tags": ["work", "north"]}',
            ),
        ],
    )
    def test_by_a_list_beside_them(self, folder, tmp_path, name, text):
        (tmp_path / name).write_text(text)
        one, two = files_at([str(tmp_path / name)])
        assert (one.path.name, one.tags, two.path.name) == ("a.wav", (), "c.wav")
        assert two.tags == (() if name.endswith("txt") else ("work", "north"))

    @pytest.mark.parametrize(
        ("name", "text"),
        [("a.jsonl", "{"), ("a.jsonl", "[]"), ("a.csv", "file\nx.wav"), ("a.txt", "# none\n")],
    )
    def test_a_list_that_cannot_be_read_is_refused_with_what_to_write(self, tmp_path, name, text):
        (tmp_path / name).write_text(text)
        with pytest.raises(BadRequest, match="write a path a line"):
            files_at([str(tmp_path / name)])

    def test_an_empty_folder_and_a_pattern_without_a_file_are_refused(self, tmp_path):
        with pytest.raises(BadRequest, match="holds no recording"):
            files_at([str(tmp_path)])
        with pytest.raises(BadRequest, match="check the pattern"):
            files_at([f"{tmp_path}/*.mp3"])


class TestFilesAreHeard:
    def test_one_that_is_bad_never_stops_the_rest(self, assistant, folder):
        (folder / "b.WAV").write_bytes(b"no sound")
        told = list(hear_all(assistant, files_at([str(folder)])))
        assert [(one.path.name, one.state) for one in told] == [
            *(("a.wav", "heard"), ("b.WAV", "failed"), ("c.wav", "heard")),
        ]
        assert "is not a recording" in told[1].why

    def test_nothing_is_heard_twice_whatever_it_is_called(self, assistant, fake, folder):
        files = files_at([str(folder)])
        assert {state for _, state in heard(assistant, files)} == {"heard"}
        before = fake.ingested
        shutil.move(folder / "a.wav", folder / "renamed.wav")
        again = heard(assistant, files_at([str(folder)]))
        assert {state for _, state in again} == {"known"}
        assert fake.ingested == before
        assert len(assistant.store.recordings()) == 3

    def test_what_was_heard_is_not_even_read_again(self, assistant, folder, monkeypatch):
        files = files_at([str(folder / "a.wav")])
        old = 1_000_000_000
        os.utime(folder / "a.wav", (old, old))
        heard(assistant, files)
        recording = assistant.store.recording(folder / "a.wav")
        from tools.media import stamp_of

        assistant.store.stamp_place(recording.id, recording.path, stamp_of(recording.path))
        monkeypatch.setattr("tools.content.content_hash", None)  # would raise if it were called
        assert heard(assistant, files) == [("a.wav", "known")]

    def test_it_goes_on_where_it_was_stopped(self, assistant, folder):
        files = files_at([str(folder)])
        done = []
        run = hear_all(assistant, files, stop=lambda: bool(done))
        done.append(next(run))
        with pytest.raises(Stopped):
            list(run)
        assert [state for _, state in heard(assistant, files)] == ["known", "heard", "heard"]

    def test_a_disk_that_is_full_ends_all_of_it(self, assistant, folder, monkeypatch):
        def full(*args):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("headrouter.hear.index.IndexWriter.append", full)
        with pytest.raises(DiskError):
            heard(assistant, files_at([str(folder)]))

    def test_they_are_tagged(self, assistant, folder):
        files = [Named(folder / "a.wav", ("north",))]
        (told,) = hear_all(assistant, files, tags=["work"])
        assert assistant.store.tags(told.recording.id) == ["north", "work"]


class TestAFolderIsWatched:
    def test_a_file_is_taken_once_it_has_not_changed_between_two_looks(self, folder):
        watcher = Watcher(folder)
        assert watcher.look() == []
        assert names(watcher.look()) == ["a.wav", "b.WAV", "c.wav"]
        assert watcher.look() == []
        growing = folder / "new.wav"
        growing.write_bytes(b"12")
        assert watcher.look() == []
        growing.write_bytes(b"1234")
        assert watcher.look() == []
        assert names(watcher.look()) == ["new.wav"]

    def test_one_that_failed_is_taken_again_once_it_has_changed(self, folder):
        watcher = Watcher(folder)
        watcher.look(), watcher.look()
        (folder / "a.wav").write_bytes(b"other")
        assert watcher.look() == []
        assert names(watcher.look()) == ["a.wav"]

    def test_until_it_is_stopped_and_what_was_moved_is_known(self, assistant, fake, folder):
        looks = iter(range(6))

        def wait():
            look = next(looks)
            if look == 2:
                shutil.move(folder / "a.wav", folder / "moved.wav")
            return look == 5

        told = [(one.path.name, one.state) for one in watch(assistant, folder, wait=wait)]
        assert told == [
            *(("a.wav", "heard"), ("b.WAV", "heard"), ("c.wav", "heard")),
            ("moved.wav", "known"),
        ]

    def test_what_is_no_folder_is_refused(self, assistant, tmp_path):
        with pytest.raises(BadRequest, match="is no folder"):
            list(watch(assistant, tmp_path / "none", wait=lambda: True))


def test_media_are_told_by_their_endings(folder):
    assert media_in(folder) == sorted(media_in(folder))


def test_the_command_goes_on_and_tells_what_failed(assistant, folder, monkeypatch, capsys):
    from contextlib import nullcontext

    import typer

    from assistant.doors.cli import hearing

    (folder / "b.WAV").write_bytes(b"no sound")
    monkeypatch.setattr(hearing, "opened", lambda flags: nullcontext(assistant))
    monkeypatch.setattr(hearing, "given", lambda context: {})
    with pytest.raises(typer.Exit) as ended:
        hearing.ingest(None, [str(folder)], as_json=True)
    out, err = capsys.readouterr()
    assert ended.value.exit_code == 3
    assert [row["name"] for row in json.loads(out)] == ["a.wav", "c.wav"]
    assert "b.WAV is not a recording" in err
    assert "2 heard, 0 known before, 1 failed" in err
