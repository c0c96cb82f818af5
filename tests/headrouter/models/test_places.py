"""Names of models: where a name leads, and folders that are given one."""

import json
import os
from pathlib import Path

import pytest

from headrouter import models
from headrouter.errors import ModelMissing, PullError, UnknownModel


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "mine/My-Voxtral"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"model_type": "voxtral"}))
    (folder / "model.safetensors").write_bytes(b"weights")
    return folder


def test_a_folder_is_added_by_its_own_name_and_nothing_is_copied(cache, folder):
    place = models.add(folder, cache)
    assert place == models.find("My-Voxtral", cache)
    assert place.folder == folder
    assert [found.name for found in models.here(cache)] == ["My-Voxtral"]
    assert sum(path.stat().st_size for path in cache.rglob("*") if path.is_file()) < 1000


def test_a_folder_is_added_by_another_name(cache, folder):
    models.add(folder, cache, "ears")
    assert models.find("ears", cache).folder == folder


@pytest.mark.parametrize("name", ["nano", "auto", "voxtral-mini", "a/b", "", "-x", ".hidden"])
def test_a_name_that_means_something_else_is_refused(cache, folder, name):
    with pytest.raises(UnknownModel, match="can't be the name of a model: give another by --name"):
        models.add(folder, cache, name)


def test_a_name_is_given_once(cache, folder, tmp_path):
    models.add(folder, cache, "ears")
    models.add(folder, cache, "ears")
    with pytest.raises(UnknownModel, match="a model 'ears' is there already, in .*My-Voxtral"):
        models.add(tmp_path, cache, "ears")


def test_removing_what_was_added_leaves_the_folder_alone(cache, folder):
    models.add(folder, cache)
    assert models.remove("My-Voxtral", cache).kind == "added"
    assert (folder / "model.safetensors").read_bytes() == b"weights"
    assert models.here(cache) == []


def test_removing_by_its_folder_what_was_never_added_is_refused(cache, folder):
    with pytest.raises(UnknownModel, match="never added.*its files are yours"):
        models.remove(str(folder), cache)
    assert folder.is_dir()


def test_a_folder_that_has_gone_says_so_and_can_be_forgotten(cache, folder):
    models.add(folder, cache)
    folder.rename(folder.with_name("elsewhere"))
    assert models.here(cache) == []
    with pytest.raises(
        ModelMissing, match="not there any more: put .* back, or run: headrouter mo"
    ):
        models.find("My-Voxtral", cache)
    models.remove("My-Voxtral", cache)
    with pytest.raises(UnknownModel):
        models.find("My-Voxtral", cache)


def test_a_pulled_model_goes_with_its_files(cache):
    pulled = cache / "models/acme--Ears"
    pulled.mkdir(parents=True)
    origin = {"hub": "acme/Ears", "revision": "a" * 40}
    (pulled / models.RECORD).write_text(json.dumps({"origin": origin, "files": {}}))
    assert models.remove("acme/Ears", cache).kind == "pulled"
    assert not pulled.exists()


def test_a_folder_is_a_name_by_itself(cache, folder, monkeypatch):
    place = models.find(str(folder), cache)
    assert (place.kind, place.folder, place.shown) == ("folder", folder, "My-Voxtral")
    monkeypatch.chdir(folder.parent)
    assert models.find("./My-Voxtral", cache).folder == folder


@pytest.mark.parametrize(
    ("name", "error", "said"),
    [
        ("nona", UnknownModel, "no model 'nona'; known: nano, voxtral-mini.*ORGANISATION/NAME"),
        ("acme/Ears", ModelMissing, "'acme/Ears' is not on .*run: headrouter models pull acme/E"),
        ("voxtral-mini", ModelMissing, "run: headrouter models pull voxtral-mini"),
        ("/no/such/folder", ModelMissing, "there is no folder /no/such/folder; name one that hol"),
        ("./nowhere", ModelMissing, "there is no folder ./nowhere"),
        ("nano", ModelMissing, "run: headrouter models pull nano"),
        ("~nobody-of-that-name", UnknownModel, "no model"),
    ],
)
def test_a_name_that_leads_nowhere_says_what_to_do(cache, name, error, said):
    with pytest.raises(error, match=said):
        models.find(name, cache)


def test_the_id_of_a_folder_changes_with_its_weights_and_not_with_its_place(cache, folder):
    first = models.identity(models.find(str(folder), cache), cache)
    assert first.startswith("My-Voxtral@")
    moved = folder.parent / "moved/My-Voxtral"
    moved.parent.mkdir()
    folder.rename(moved)
    assert models.identity(models.find(str(moved), cache), cache) == first
    os.utime(moved / "model.safetensors", ns=(1, 1))
    assert models.identity(models.find(str(moved), cache), cache) != first
    (moved / "config.json").unlink()
    with pytest.raises(ModelMissing, match="can't be read"):
        models.identity(models.find(str(moved), cache), cache)


def test_a_list_of_names_that_is_none_counts_as_empty(cache, folder):
    file = cache / "models/added.json"
    file.parent.mkdir(parents=True)
    for content in ("{", "[]", '{"a": 3}'):
        file.write_text(content)
        assert models.added(cache) == {}
    models.add(folder, cache)
    assert models.find("My-Voxtral", cache).folder == folder


def test_a_cache_that_can_t_be_written_says_so(cache, folder):
    cache.write_text("a file")
    with pytest.raises(PullError, match="can't be written.*choose another cache folder"):
        models.add(folder, cache)


def test_the_catalogue_names_every_model_worth_having():
    ids = {listed.hub_id for listed in models.CATALOGUE.values()}
    assert "mistralai/Voxtral-Mini-3B-2507" in ids
    assert len(ids) == 10
    flamingo = models.CATALOGUE["audio-flamingo-3"]
    assert "not for commercial use" in flamingo.licence
    for listed in models.CATALOGUE.values():
        assert listed.kept_whole < listed.parameters
        assert listed.download_bytes >= 1.9 * listed.parameters
