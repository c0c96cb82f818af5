"""Names, tags and the bin."""

from datetime import timedelta
from pathlib import Path

import pytest

from memory import NotFound, Store, Word
from memory.rows import now
from tools import binned
from tools.transcript import RECOGNISER


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "home" / "headrouter.db") as store:
        yield store


@pytest.fixture
def folders(tmp_path):
    names = ("features", "uploads", "playable")
    return {name: tmp_path / "home" / name for name in names}


def add(store, digit="a"):
    return store.add_recording(Path(f"/media/{digit}.wav"), sha256=digit * 64, size_bytes=1)


def test_a_recording_is_called_otherwise_and_an_empty_name_changes_nothing(store):
    key = add(store).id
    assert store.rename_recording(key, "  Team \n call ").name == "Team call"
    assert store.rename_recording(key, " ").name == "Team call"
    assert add(store).name == "Team call"  # the same file again
    assert len(store.rename_recording(key, "x" * 900).name) == 200


def test_tags_are_added_once_and_taken_off(store):
    key = add(store).id
    assert store.add_tags(key, ["work", "Berlin, May", "WORK", " "]) == ["Berlin May", "work"]
    assert store.all_tags() == {key: ["Berlin May", "work"]}
    assert store.remove_tags(key, ["Work"]) == ["Berlin May"]
    with pytest.raises(NotFound):
        store.add_tags("beefbeef", ["x"])


def test_what_is_in_the_bin_is_not_found_until_it_is_restored(store):
    recording = add(store)
    store.add_words(recording.id, RECOGNISER, 0, 9, [Word(1, 2, "budget", 0.9)])
    store.add_tags(recording.id, ["work"])
    store.bin_recording(recording.id)
    assert store.recordings() == [] and store.search("budget") == []
    for key in (recording.id, recording.path):
        with pytest.raises(NotFound):
            store.recording(key)
        assert store.recording(key, binned=True).id == recording.id
    assert [found.id for found in store.binned()] == [recording.id]
    assert store.restore_recording(recording.id) == recording
    assert [hit.recording_id for hit in store.search("budget")] == [recording.id]
    assert store.tags(recording.id) == ["work"]
    with pytest.raises(NotFound, match="is not in the bin"):
        store.restore_recording(recording.id)


def test_the_same_file_again_comes_out_of_the_bin(store):
    recording = add(store)
    store.bin_recording(recording.id)
    assert add(store) == recording and store.recordings() == [recording]


def test_the_bin_is_emptied_of_what_lay_there_for_long(store, folders):
    old, young = add(store), add(store, "b")
    for recording in (old, young):
        store.bin_recording(recording.id)
    (folders["features"] / old.sha256).mkdir(parents=True)
    assert binned.empty(store, folders) == []
    gone = binned.empty(store, folders, after=timedelta(seconds=-1))
    assert {recording.id for recording in gone} == {old.id, young.id}
    assert store.binned() == [] and not (folders["features"] / old.sha256).exists()


def test_only_what_went_there_before_is_told(store):
    store.bin_recording(add(store).id)
    assert store.binned(before=now() - timedelta(days=1)) == []
    assert len(store.binned(before=now() + timedelta(days=1))) == 1
