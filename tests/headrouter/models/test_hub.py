"""Models from a hub: a server on this machine that speaks its protocol."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import huggingface_hub.file_download
import pytest
import torch
from hub_server import Hub, serving
from safetensors.torch import save_file

from headrouter import models
from headrouter.errors import ModelMissing, PullError, UnknownModel, UnsupportedModel
from headrouter.models import hub as hub_module

NAME = "acme/Listener-1B"
SHARDS = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")


def publish(folder: Path) -> Path:
    """A checkpoint in two shards, with all that hubs put beside one."""
    folder.mkdir(parents=True)
    for number, shard in enumerate(SHARDS):
        weights = torch.full((64, 1024), float(number))
        save_file({f"layer.{number}": weights}, folder / shard, {"format": "pt"})
    index = {"weight_map": {"layer.0": SHARDS[0], "layer.1": SHARDS[1]}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    (folder / "config.json").write_text(json.dumps({"model_type": "voxtral"}))
    (folder / "chat_template.jinja").write_text("{{ messages }}")
    (folder / "README.md").write_text("# a listener")
    (folder / "modeling_listener.py").write_text("raise SystemExit")
    (folder / "pytorch_model.bin").write_bytes(b"pickled")
    shutil.copy(folder / SHARDS[0], folder / "consolidated.safetensors")
    (folder / "onnx").mkdir()
    (folder / "onnx/config.json").write_text("{}")
    return folder


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with serving(Hub({NAME: publish(tmp_path / "published")})) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_DISABLE_XET", True)
        monkeypatch.setattr(huggingface_hub.constants, "DOWNLOAD_CHUNK_SIZE", 10_000)
        monkeypatch.setattr(huggingface_hub.file_download.time, "sleep", lambda seconds: None)
        monkeypatch.setenv("HF_TOKEN", "")
        monkeypatch.setattr(huggingface_hub.constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
        monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hfcache"))
        yield hub


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def gets(hub: Hub) -> list[str]:
    return [path.rsplit("/", 1)[1] for method, path, _ in hub.asked if method == "GET"]


class TestPull:
    def test_weights_and_small_files_come_and_nothing_else(self, hub, cache):
        place = models.pull_from_hub(NAME, cache)
        assert place.folder == cache / "models/acme--Listener-1B"
        assert {path.name for path in place.folder.iterdir()} == {
            *SHARDS,
            *("config.json", "model.safetensors.index.json", "chat_template.jinja"),
            *(models.RECORD, models.VERIFIED),
        }
        for shard in SHARDS:
            assert (place.folder / shard).read_bytes() == hub.files(NAME)[shard]
        assert models.problems_of(place, cache) == []
        assert [found.name for found in models.here(cache)] == [NAME]
        assert models.find(NAME, cache) == place

    def test_the_record_pins_the_revision(self, hub, cache):
        place = models.pull_from_hub(NAME, cache)
        origin = json.loads((place.folder / models.RECORD).read_text())["origin"]
        assert origin == {"hub": NAME, "revision": hub.commit, "endpoint": hub.address}
        assert models.identity(place, cache) == "acme--Listener-1B@aaaaaaaa"

    def test_progress_is_told_from_nothing_to_all(self, hub, cache):
        told: list[tuple[str, float]] = []
        models.pull_from_hub(NAME, cache, progress=lambda *what: told.append(what))
        weights = [fraction for stage, fraction in told if stage.startswith("fetch its weights")]
        assert weights[0] == 0.0
        assert weights[-1] == 1.0
        assert weights == sorted(weights)
        assert any(SHARDS[1] in stage for stage, _ in told)

    def test_what_is_here_is_not_fetched_again(self, hub, cache):
        models.pull_from_hub(NAME, cache)
        hub.asked.clear()
        models.pull_from_hub(NAME, cache)
        assert gets(hub) == [NAME.split("/")[1]]  # what the hub has now, and no file

    def test_a_newer_revision_takes_the_place_of_the_older(self, hub, cache):
        models.pull_from_hub(NAME, cache)
        hub.commit = "b" * 40
        (hub.repositories[NAME] / "chat_template.jinja").unlink()
        place = models.pull_from_hub(NAME, cache)
        assert models.identity(place, cache) == "acme--Listener-1B@bbbbbbbb"
        assert not (place.folder / "chat_template.jinja").exists()
        assert models.problems_of(place, cache) == []

    def test_an_interrupted_transfer_goes_on_where_it_was(self, hub, cache):
        size = len(hub.files(NAME)[SHARDS[1]])
        hub.cut_after = Cuts(SHARDS[1], iter([50_000]))
        with pytest.raises(PullError, match="can't be reached.*what was fetched is kept"):
            models.pull_from_hub(NAME, cache)
        assert [found.name for found in models.here(cache)] == []
        hub.cut_after = {}
        place = models.pull_from_hub(NAME, cache)
        assert hub.sent[SHARDS[0]] == len(hub.files(NAME)[SHARDS[0]])  # once
        assert hub.sent[SHARDS[1]] == size  # the rest of it only
        assert (place.folder / SHARDS[1]).read_bytes() == hub.files(NAME)[SHARDS[1]]
        assert {path.name for path in (cache / "models").iterdir()} <= {
            "acme--Listener-1B",
            ".acme--Listener-1B.lock",
        }

    @pytest.mark.parametrize("file", [SHARDS[0], "config.json"])
    def test_a_wrong_hash_is_found_and_the_next_pull_mends_it(self, hub, cache, file):
        whole = hub.files(NAME)[file]
        hub.damage[file] = whole[:-1] + bytes([whole[-1] ^ 1])
        with pytest.raises(PullError, match=f"{file} of {NAME} arrived damaged.*pull again"):
            models.pull_from_hub(NAME, cache)
        with pytest.raises(ModelMissing):
            models.find(NAME, cache)
        hub.damage.clear()
        assert models.problems_of(models.pull_from_hub(NAME, cache), cache) == []

    @pytest.mark.parametrize("token", ["", "hf_another"], ids=["no token", "another's token"])
    def test_a_gated_model_says_where_to_accept_its_terms(self, hub, cache, monkeypatch, token):
        hub.gated.add(NAME)
        monkeypatch.setenv("HF_TOKEN", token)
        with pytest.raises(PullError) as refused:
            models.pull_from_hub(NAME, cache)
        assert str(refused.value) == (
            f"{NAME} is gated: accept its terms on {hub.address}/{NAME}, then run `hf auth login`, "
            "or set HF_TOKEN, and pull again"
        )

    def test_the_token_of_the_usual_place_opens_it(self, hub, cache, monkeypatch):
        hub.gated.add(NAME)
        monkeypatch.setenv("HF_TOKEN", hub.token)
        assert models.pull_from_hub(NAME, cache).folder.is_dir()

    def test_a_model_that_the_hub_does_not_have(self, hub, cache):
        with pytest.raises(PullError, match="no model acme/Nothing that you may see: mind its na"):
            models.pull_from_hub("acme/Nothing", cache)

    def test_a_hub_that_is_ill(self, hub, cache):
        hub.failing = 500
        with pytest.raises(PullError, match=f"answers 500 for {NAME}: try again later"):
            models.pull_from_hub(NAME, cache)

    def test_the_hub_s_own_switch_for_offline_is_named(self, hub, cache, monkeypatch):
        monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
        with pytest.raises(PullError, match="while HF_HUB_OFFLINE is set: unset it"):
            models.pull_from_hub(NAME, cache)

    def test_without_a_network_it_says_so(self, hub, cache, monkeypatch):
        monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
        with pytest.raises(PullError, match="http://127.0.0.1:9 can't be reached for acme/Listen"):
            models.pull_from_hub(NAME, cache)

    def test_offline_it_asks_nobody_and_names_what_is_missing(self, hub, cache):
        with pytest.raises(PullError, match=f"{NAME} is not here, and .*offline.*models add FOLD"):
            models.pull_from_hub(NAME, cache, offline=True)
        assert hub.asked == []
        hub.cut_after = Cuts(SHARDS[1], iter(()))
        with pytest.raises(PullError):
            models.pull_from_hub(NAME, cache)
        with pytest.raises(PullError, match=f"of {NAME} only .*{SHARDS[0]}.* were fetched"):
            models.pull_from_hub(NAME, cache, offline=True)

    def test_offline_what_is_here_is_enough(self, hub, cache):
        place = models.pull_from_hub(NAME, cache)
        hub.asked.clear()
        assert models.pull_from_hub(NAME, cache, offline=True) == place
        assert hub.asked == []

    def test_a_model_that_is_not_accepted_costs_no_weights(self, hub, cache):
        def refuse(folder: Path) -> None:
            assert (folder / "config.json").exists()
            raise UnsupportedModel("no such family")

        with pytest.raises(UnsupportedModel):
            models.pull_from_hub(NAME, cache, accept=refuse)
        assert not set(SHARDS) & set(gets(hub))

    def test_a_full_disk_is_told_before_the_weights_are_fetched(self, hub, cache, monkeypatch):
        room = SimpleNamespace(free=1000)
        monkeypatch.setattr(hub_module.shutil, "disk_usage", lambda folder: room)
        with pytest.raises(PullError, match="needs 0.0 GB more in .* are free: free some space"):
            models.pull_from_hub(NAME, cache)
        assert not set(SHARDS) & set(gets(hub))

    def test_weights_that_are_no_safetensors_are_refused(self, hub, cache):
        for path in hub.repositories[NAME].glob("*.safetensors*"):
            path.unlink()
        with pytest.raises(PullError, match="no weights in safetensors.*another conversion"):
            models.pull_from_hub(NAME, cache)

    @pytest.mark.parametrize("name", ["../../secret", "model-9.safetensors"])
    def test_an_index_names_only_what_the_hub_has(self, hub, cache, name):
        index = hub.repositories[NAME] / "model.safetensors.index.json"
        index.write_text(json.dumps({"weight_map": {"layer.0": name}}))
        with pytest.raises(PullError, match="lists weights that it does not have"):
            models.pull_from_hub(NAME, cache)

    def test_what_is_no_name_and_no_id_is_refused(self, cache):
        with pytest.raises(UnknownModel, match="no model 'nonsense' to pull.*voxtral-mini"):
            models.pull_from_hub("nonsense", cache)

    def test_a_short_name_stands_for_its_id(self, hub, cache):
        hub.repositories["mistralai/Voxtral-Mini-3B-2507"] = hub.repositories[NAME]
        place = models.pull_from_hub("voxtral-mini", cache)
        assert place.name == "mistralai/Voxtral-Mini-3B-2507"
        assert models.find("voxtral-mini", cache) == place
        assert models.find("mistralai/Voxtral-Mini-3B-2507", cache) == place


class Cuts(dict):
    """Of one file the next transfers are cut after so many bytes each."""

    def __init__(self, file: str, cuts: Iterator[int]) -> None:
        super().__init__({file: 0})
        self.cuts = cuts

    def __getitem__(self, file: str) -> int:
        return next(self.cuts, 0)


class TestDamage:
    @pytest.fixture
    def place(self, hub, cache):
        return models.pull_from_hub(NAME, cache)

    def test_is_found_by_check_and_before_loading_and_mended_by_a_pull(self, place, cache):
        shard = place.folder / SHARDS[0]
        content = shard.read_bytes()
        shard.write_bytes(content[:-1] + b"!")
        remedy = f"run: headrouter models pull {NAME}"
        assert models.problems_of(place, cache) == [f"{SHARDS[0]} is damaged; {remedy}"]
        with pytest.raises(ModelMissing, match=f"not whole: {SHARDS[0]} is damaged; {remedy}"):
            models.verified_folder(place, cache)
        models.pull_from_hub(NAME, cache)
        assert shard.read_bytes() == content
        assert models.verified_folder(place, cache) == place.folder

    def test_a_lost_file_is_found(self, place, cache):
        (place.folder / "config.json").unlink()
        with pytest.raises(ModelMissing, match="not whole: config.json is missing"):
            models.verified_folder(place, cache)
