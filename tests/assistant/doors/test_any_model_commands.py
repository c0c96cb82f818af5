"""Models at the command line: listing, adding, fetching, forgetting, and asking any of them."""

import shutil
import sys

import huggingface_hub
import pytest
import tiny_checkpoints
from desk import Desk
from hub_server import Hub, serving
from media import tone, write_wav

from headrouter import models

NAME = "acme/Tiny-Voxtral"


@pytest.fixture(autouse=True)
def bare(no_settings, monkeypatch, tmp_path):
    monkeypatch.setenv("HEADROUTER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HEADROUTER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HEADROUTER_DEVICE", "cpu")
    monkeypatch.setenv("HEADROUTER_MAX_NEW_TOKENS", "4")
    monkeypatch.setenv("COLUMNS", "400")


@pytest.fixture
def desk(tmp_path, capsys, monkeypatch):
    return Desk(tmp_path, capsys, monkeypatch)


@pytest.fixture
def wav(tmp_path):
    return write_wav(tmp_path / "a.wav", tone(3))


@pytest.fixture(scope="module")
def voxtral(tmp_path_factory):
    return tiny_checkpoints.save("voxtral", tmp_path_factory.mktemp("checkpoints") / "tiny-voxtral")


@pytest.fixture
def hub(voxtral, tmp_path, monkeypatch):
    with serving(Hub({NAME: voxtral})) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hfcache"))
        monkeypatch.setattr(huggingface_hub.constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
        monkeypatch.setenv("HF_TOKEN", "")
        yield hub


def rows(desk):
    return {row["name"]: row for row in desk.run("models", "list", "--json").json}


class TestAsk:
    def test_a_folder(self, desk, wav, voxtral):
        found = desk.run("ask", wav, "What is there?", "--model", voxtral, "--json")
        assert found.code == 0
        assert found.json["heard"]["model"].startswith("tiny-voxtral@")
        (note,) = (n for n in found.json["heard"]["notes"] if "measured" in n)
        assert note.startswith("tiny-voxtral is not measured")
        plain = desk.run("ask", wav, "What is there?", "--model", voxtral)
        assert plain.out.strip()
        assert "tiny-voxtral@" in plain.err

    @pytest.mark.parametrize("family", tiny_checkpoints.FAMILIES)
    def test_a_folder_of_every_family(self, desk, wav, tmp_path, family):
        folder = tiny_checkpoints.save(family, tmp_path / f"tiny-{family}")
        found = desk.run("ask", wav, "What is there?", "--model", folder, "--json")
        assert (found.code, found.err) == (0, "")
        assert found.json["heard"]["model"].startswith(f"tiny-{family}@")

    def test_with_layers_offloaded_the_answer_is_the_same(self, desk, wav, voxtral):
        given = ["ask", wav, "What is there?", "--model", voxtral, "--json"]
        whole = desk.run(*given)
        offloaded = desk.run(*given, "--offload", "all", "--new")
        assert (offloaded.code, offloaded.err) == (0, whole.err)
        assert offloaded.json["answer"] == whole.json["answer"]
        assert "2 of 4 decoder layers are read from disk" in offloaded.json["heard"]["reason"]
        assert "disk" not in whole.json["heard"]["reason"]

    def test_a_model_from_a_hub(self, desk, wav, hub):
        missing = f"model '{NAME}' is not on this machine; run: headrouter models pull {NAME}"
        assert missing in desk.run("ask", wav, "What?", "--model", NAME).err
        pulled = desk.run("models", "pull", NAME, "--json")
        assert pulled.code == 0, pulled.err
        assert pulled.json["id"] == "acme--Tiny-Voxtral@aaaaaaaa"
        found = desk.run("ask", wav, "What is there?", "--model", NAME, "--json").json
        assert found["heard"]["model"] == "acme--Tiny-Voxtral@aaaaaaaa"
        assert desk.run("models", "check", NAME).code == 0

    def test_a_conversation_keeps_its_model_until_the_flag_names_another(
        self, desk, wav, voxtral, tmp_path
    ):
        other = tmp_path / "other"
        shutil.copytree(voxtral, other)
        desk.run("models", "add", other)  # and auto takes it
        session = desk.run("ask", wav, "What?", "--model", voxtral, "--json").json["session"]
        kept = desk.run("ask", wav, "And?", "--session", session, "--json").json
        assert kept["heard"]["model"].startswith("tiny-voxtral@")
        given = ["--session", session, "--model", "other"]
        assert (
            desk.run("ask", wav, "And?", *given, "--json")
            .json["heard"]["model"]
            .startswith("other@")
        )

    def test_a_model_and_a_device_by_the_settings(self, desk, wav, voxtral, monkeypatch):
        monkeypatch.setenv("HEADROUTER_MODEL", str(voxtral))
        assert desk.run("ingest", wav).code == 0
        assert "device cuda:7 is not there" in desk.run("ingest", wav, "--device", "cuda:7").err
        assert desk.run("ask", wav, "x", "--precision", "half").code == 2


@pytest.mark.parametrize(
    ("code", "message", "options"),
    [
        (4, "it has no config.json; name the folder that holds it", ["--model", "."]),
        (4, "there is no folder /no/such; name one that", ["--model", "/no/such"]),
        (4, "run: headrouter models pull voxtral-mini", ["--model", "voxtral-mini"]),
        (4, "there is no model 'giant'; known: nano, voxtral-mini", ["--model", "giant"]),
        (3, "device mps is not there", ["--device", "mps", "--model", "."]),
        (2, "precision = 'half' (flag) is not allowed: give auto, bf16", ["--precision", "half"]),
        (2, "offload = 'some' (flag) is not allowed: give auto, off", ["--offload", "some"]),
        (2, "device = 'tpu' (flag) is not allowed: give auto, cuda", ["--device", "tpu"]),
    ],
)
def test_what_can_t_be_asked_says_what_to_do(
    desk, wav, tmp_path, monkeypatch, code, message, options
):
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    result = desk.run("ask", wav, "What?", *options)
    (line,) = result.err.splitlines()
    assert (result.code, result.out) == (code, "")
    assert message in line
    assert not desk.home.exists()


class TestShelf:
    def test_list_has_what_is_worth_having_with_what_fits(self, desk):
        found = rows(desk)
        assert found.keys() == {"nano", *models.CATALOGUE}
        assert found["voxtral-mini"]["hub_id"] == "mistralai/Voxtral-Mini-3B-2507"
        assert found["nano"]["measured"] and not found["voxtral-mini"]["measured"]
        assert "not for commercial use" in found["audio-flamingo-3"]["licence"]
        assert (
            "about " in found["voxtral-small"]["fits"] and " GB" in found["voxtral-small"]["fits"]
        )
        assert found["voxtral-small"]["summary"].startswith("about 24.3 B: ")
        table = desk.run("models", "list").out
        assert "not measured" in table
        assert "about 9.4 GB" in table
        assert rows(desk)["voxtral-mini"]["size_from_card"]

    def test_a_folder_is_added_listed_checked_and_forgotten(self, desk, voxtral):
        added = desk.run("models", "add", voxtral, "--json").json
        assert (added["model"], added["family"]) == ("tiny-voxtral", "voxtral")
        row = rows(desk)["tiny-voxtral"]
        weights = (voxtral / "model.safetensors").stat().st_size
        assert (row["download_bytes"], row["size_from_card"]) == (weights, False)
        assert (
            row["here"] and row["folder"] == str(voxtral) and row["fits"].startswith(("bf", "fp"))
        )
        assert desk.run("models", "check", "tiny-voxtral").code == 0
        removed = desk.run("models", "rm", "tiny-voxtral", "--yes", "--json").json
        assert removed == {"removed": "tiny-voxtral", "deleted": None}
        assert (voxtral / "model.safetensors").exists()
        assert "tiny-voxtral" not in rows(desk)

    def test_what_is_no_checkpoint_is_not_added(self, desk, tmp_path):
        result = desk.run("models", "add", tmp_path)
        assert (result.code, "no config.json" in result.err) == (4, True)
        assert rows(desk).keys() == {"nano", *models.CATALOGUE}

    def test_a_pull_says_how_the_model_is_measured(self, desk, hub):
        pulled = desk.run("models", "pull", NAME, "--json")
        assert pulled.err.endswith(f"headrouter models try {NAME}\n")
        assert "try" not in pulled.out

    def test_try_measures_a_model_and_it_is_used_so(self, desk, wav, voxtral, monkeypatch):
        monkeypatch.setattr("headrouter.lab.evidence.trying.SECONDS", 45.0)
        desk.run("models", "add", voxtral)
        assert rows(desk)["tiny-voxtral"]["kept"] is None
        given = ["--moments", "4", "--layers", "1", "--json"]
        tried = desk.run("models", "try", "tiny-voxtral", *given)
        assert tried.code == 0, tried.err
        assert (tried.json["layer"], tried.json["moments"]) == (1, 8)
        assert tried.json["scorer"] in tried.json["sounds"].keys() & tried.json["sentences"].keys()
        row = rows(desk)["tiny-voxtral"]
        assert row["measured"] and row["kept"] == tried.json["told"]
        assert tried.json["told"] in desk.run("models", "list").out
        heard = desk.run("ask", wav, "What is there?", "--model", "tiny-voxtral", "--json").json
        assert heard["heard"]["model"] == tried.json["model"] + "+M1"
        assert heard["heard"]["calibrated"]
        assert not [note for note in heard["heard"]["notes"] if "measured" in note]

    def test_try_says_what_can_t_be_measured(self, desk, voxtral, tmp_path):
        assert "no config.json" in desk.run("models", "try", tmp_path).err
        wrong = desk.run("models", "try", voxtral, "--layers", "9")
        assert "layer 9 can't be pruned at: choose between 1 and 3" in wrong.err

    def test_rm_asks(self, desk, hub, monkeypatch):
        desk.run("models", "pull", NAME)
        folder = desk.folder / "cache/models/acme--Tiny-Voxtral"
        monkeypatch.setattr(sys, "stdin", NoSuch())
        refused = desk.run("models", "rm", NAME)
        assert (refused.code, folder.exists()) == (1, True)
        assert f"delete {folder}. Go on?" in refused.err
        assert desk.run("models", "rm", NAME, "--yes").code == 0
        assert not folder.exists()

    def test_a_damaged_one_is_found(self, desk, hub):
        desk.run("models", "pull", NAME)
        (desk.folder / "cache/models/acme--Tiny-Voxtral/config.json").write_text("{}")
        found = desk.run("models", "check", NAME)
        assert found.code == 4
        assert f"config.json is damaged; run: headrouter models pull {NAME}" in found.out

    def test_a_damaged_folder_of_the_user_s_is_found(self, desk, voxtral, tmp_path):
        folder = tmp_path / "mine"
        shutil.copytree(voxtral, folder)
        desk.run("models", "add", folder)
        (folder / "model.safetensors").write_bytes(b"junk")
        found = desk.run("models", "check", "mine")
        assert found.code == 4
        assert "model.safetensors of" in found.out and "can't be read" in found.out
        assert rows(desk)["mine"]["fits"] == "can't be loaded"

    def test_an_unsupported_family_costs_no_weights_and_is_named(self, desk, hub, tmp_path):
        folder = tmp_path / "published"
        folder.mkdir()
        (folder / "config.json").write_text('{"model_type": "bert"}')
        (folder / "model.safetensors").write_bytes(bytes(1000))
        hub.repositories["acme/Bert"] = folder
        result = desk.run("models", "pull", "acme/Bert")
        assert result.code == 3
        assert "acme/Bert is a bert model, which is not supported; supported: " in result.err
        assert not any("safetensors" in path for _, path, _ in hub.asked)

    def test_offline_and_wheels(self, desk, monkeypatch, tmp_path):
        assert desk.run("models", "pull", NAME, "--from", tmp_path).code == 2
        monkeypatch.setenv("HEADROUTER_OFFLINE", "true")
        result = desk.run("models", "pull", NAME)
        assert result.code == 4
        assert f"{NAME} is not here, and the network is not to be used" in result.err

    def test_doctor_looks_at_a_folder(self, desk, voxtral, tmp_path):
        found = {row["name"]: row for row in desk.run("doctor", "--model", voxtral, "--json").json}
        assert found["model"]["status"] == "ok"
        found = {row["name"]: row for row in desk.run("doctor", "--model", tmp_path, "--json").json}
        assert found["model"]["status"] == "missing"
        assert "no config.json" in found["model"]["advice"]


class NoSuch:
    """Nobody is at the keyboard."""

    def readline(self, *args):
        return ""

    def isatty(self):
        return False

    encoding = "utf-8"
