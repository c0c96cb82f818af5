"""headrouter calibrate and headrouter bench, as they are typed."""

import json
import sys
from dataclasses import replace

import pytest
from typer.testing import CliRunner

import assistant.app
from assistant.doors.cli import bench as evidence
from assistant.doors.cli.main import app
from headrouter.lab.evidence import suite
from headrouter.models import profile_of
from headrouter.prune.profiles import Profile, uniform_profile
from headrouter.testing import tiny_card, tiny_listener
from tests.headrouter.lab.test_evidence import clips  # noqa: F401

pytestmark = pytest.mark.usefixtures("one_thread")

CARD = tiny_card(layer=2)
TASKS = ("content", "sound event", "sound after words")


@pytest.fixture
def run(monkeypatch, tmp_path):
    monkeypatch.setattr(assistant.app, "load_listener", lambda settings: tiny_listener(CARD))
    monkeypatch.setitem(suite.WINDOWS, 1, 1000.0)
    real = suite.compose
    monkeypatch.setattr(
        suite, "compose", lambda composer, seed, count: real(composer, seed, count, TASKS)
    )

    def run(*arguments):
        cache = ("--cache", str(tmp_path / "cache"))
        return CliRunner().invoke(app, [*map(str, arguments), *cache])

    return run


@pytest.fixture
def folder(clips):  # noqa: F811
    return clips[0].path.parent


def bench(run, folder, out, *more):
    return run("bench", "quality", "--data", folder, "--out", out, "--questions", 3, *more)


def test_calibrating_writes_a_profile_that_is_found_again(run, folder, tmp_path):
    done = run("calibrate", "--data", folder, "--samples", 2, "--layers", "1,2", "--json")
    assert done.exit_code == 0, done.output
    written = json.loads(done.stdout.splitlines()[-1])
    profile = profile_of("tiny@1", tmp_path / "cache")
    assert profile == Profile.load(tmp_path / "cache/profiles/tiny@1.json")
    assert profile.layer == written["layer"]
    assert profile.prompt == CARD.prompt_format
    record = json.loads((tmp_path / "cache/profiles/tiny@1.record.json").read_text())
    assert record["cases"] == {"semantic": 2, "mixed": 2, "acoustic": 2}
    assert [len(layer["scores"]) for layer in record["layers"]] == [6, 6]
    assert profile_of("tiny@2", tmp_path / "cache") is None


def test_calibrating_by_what_is_found_asks_for_no_answers(run, folder, tmp_path):
    done = run("calibrate", "--data", folder, "--method", "planted", "--samples", 2, "--layers", 1)
    assert done.exit_code == 0, done.output
    profile = profile_of("tiny@1", tmp_path / "cache")
    assert profile.layer == 1 and len(profile.direction) == 6 * 8
    record = json.loads((tmp_path / "cache/profiles/tiny@1.record.json").read_text())
    assert record["method"] == "planted"
    assert len(record["layers"][0]["scores"]) == sum(record["cases"].values())


def test_only_models_with_an_index_can_be_calibrated_by_what_is_found(
    run, folder, tmp_path, monkeypatch
):
    monkeypatch.setattr(evidence, "subject_of", lambda settings: object())
    done = run("calibrate", "--data", folder, "--method", "planted")
    assert "choose scoring or masking" in str(done.exception)


def test_the_benchmark_writes_results_tables_and_pictures(run, folder, tmp_path):
    out = tmp_path / "bench"
    settings = ("--scorers", "headrouter,frame,energy", "--keep", "1.0,0.4")
    done = bench(run, folder, out, *settings)
    assert done.exit_code == 0, done.output
    assert "| 40% | headrouter |" in done.stdout
    assert len((out / "results.jsonl").read_text().splitlines()) == 3 * 4
    lines = json.loads((out / "table.json").read_text())
    assert {line["condition"]["scorer"] for line in lines} == {"headrouter", "frame", "energy"}
    pictures = sorted(path.name for path in out.glob("*.png"))
    assert pictures == ["heads.png", "keep.png", "routing.png", "selectivity.png"]
    before = (out / "results.jsonl").read_text()
    again = bench(run, folder, out, *settings, "--json")
    assert json.loads(again.stdout.splitlines()[-1])["questions"] == 3
    assert (out / "results.jsonl").read_text() == before


def test_processes_share_a_run(run, folder, tmp_path):
    settings = ("--scorers", "frame,energy", "--keep", "1.0,0.4")
    assert bench(run, folder, tmp_path / "whole", *settings).exit_code == 0
    for share in ("2/2", "1/2"):
        done = bench(run, folder, tmp_path / "both", *settings, "--share", share)
        assert done.exit_code == 0, done.output
    one, other = (
        sorted((tmp_path / name / "results.jsonl").read_text().splitlines())
        for name in ("whole", "both")
    )
    assert one == other
    for wrong in ("3/2", "0/2", "half", "1"):
        refused = bench(run, folder, tmp_path / "no", *settings, "--share", wrong)
        assert "give 1/2 to one process" in str(refused.exception)


def test_other_layers_are_conditions_of_their_own(run, folder, tmp_path):
    done = bench(run, folder, tmp_path / "b", "--scorers", "frame", "--keep", "0.5", "--layers", 3)
    assert "| 50% | headrouter, M=3 |" in done.stdout


def test_another_profile_is_another_run(run, folder, tmp_path):
    settings = ("--scorers", "frame", "--keep", "0.5")
    assert bench(run, folder, tmp_path / "b", *settings).exit_code == 0
    path = tmp_path / "other.json"
    replace(uniform_profile("tiny@1", 1, 6), calibrated=True).save(path)
    refused = bench(run, folder, tmp_path / "b", *settings, "--profile", path)
    assert "choose another --out" in str(refused.exception)
    used = json.loads((tmp_path / "b/settings.json").read_text())["profile"]
    assert (used["layer"], used["calibrated"]) == (CARD.layer, False)


def test_the_models_own_profile_can_be_left_out(run, folder, tmp_path):
    path = tmp_path / "cache/profiles/tiny@1.json"
    path.parent.mkdir(parents=True)
    replace(uniform_profile("tiny@1", 1, 6), calibrated=True).save(path)
    for name, given, layer in (("own", (), 1), ("none", ("--profile", "none"), CARD.layer)):
        settings = ("--scorers", "contrast,frame", "--keep", "0.5", *given)
        assert bench(run, folder, tmp_path / name, *settings).exit_code == 0
        used = json.loads((tmp_path / name / "settings.json").read_text())["profile"]
        assert used["layer"] == layer


def test_what_is_wrong_is_said(run, folder, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "holds neither manifest.jsonl" in str(bench(run, empty, tmp_path / "b").exception)
    wrong = bench(run, folder, tmp_path / "b", "--keep", "some")
    assert "write for instance 2,9" in str(wrong.exception)
    unknown = bench(run, folder, tmp_path / "b", "--scorers", "best")
    assert "no scorer 'best'" in str(unknown.exception)


def test_a_checkpoint_in_a_folder_is_loaded_with_its_processor(run, folder, tmp_path):
    (tmp_path / "checkpoint").mkdir()
    done = bench(run, folder, tmp_path / "b", "--model", tmp_path / "checkpoint")
    assert "holds no checkpoint of transformers" in str(done.exception)


def test_the_packages_it_needs_are_asked_for_first(run, folder, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.metrics", None)
    monkeypatch.delattr(assistant.app, "load_listener")  # nothing is loaded before
    refused = bench(run, folder, tmp_path / "b")
    assert "pip install 'headrouter[bench]'" in str(refused.exception)
    assert not (tmp_path / "b").exists()


def test_numbers_of_a_list():
    assert evidence.numbers("2, 9,", int) == [2, 9]
    assert evidence.numbers("", int) == []
