"""Stage C on a tiny model: letters are learned, and a resumed run is the same run."""

import json

import numpy as np
import pytest

from headrouter.letters import LetterReader
from headrouter.nano import letters
from headrouter.nano.scapes import Scape, Segment
from tests.headrouter.test_nano_data import folder  # noqa: F401
from tests.headrouter.test_nano_training import (  # noqa: F401
    WIDTH,
    Stopped,
    composers,
    make_nano,
    tokenizer,
)


def run(nano, composers, out, steps, stop=None):  # noqa: F811
    losses = {}

    def report(step, values):
        losses[step] = values.get("loss", losses.get(step))
        if step == stop and "dev" in values:
            raise Stopped

    path = letters.learn(
        nano,
        *composers,
        out,
        pool=3,
        steps=steps,
        size=2,
        seed=1,
        dev_windows=4,
        every=5,
        report=report,
    )
    return path, losses


def test_letters_are_learned(make_nano, composers, tmp_path):  # noqa: F811
    path, losses = run(make_nano(), composers, tmp_path, 40)
    first, last = (np.mean(list(losses.values())[part]) for part in (slice(8), slice(-8, None)))
    assert last < 0.7 * first
    reader = LetterReader.load(path)
    assert reader.mean.shape == (WIDTH,)
    record = json.loads((tmp_path / "record.json").read_text())
    assert record["settings"]["stage"] == "letters"
    assert record["log"][-1]["dev"]["words"] > 0


def test_a_resumed_run_goes_the_same_way(make_nano, composers, tmp_path):  # noqa: F811
    _, whole = run(make_nano(), composers, tmp_path / "whole", 10)
    with pytest.raises(Stopped):
        run(make_nano(), composers, tmp_path / "cut", 10, stop=5)
    _, resumed = run(make_nano(), composers, tmp_path / "cut", 10)
    assert min(resumed) == 6
    assert resumed[10] == pytest.approx(whole[10], rel=1e-3)


def test_what_is_said_in_a_window():
    segments = (
        Segment(0.0, 1.0, "speech", text="HELLO, Tom's"),
        Segment(1.0, 2.0, "sound", label="dog"),
        Segment(2.0, 3.0, "speech", text="Dog."),
    )
    assert letters.said(Scape(np.zeros(10, np.float32), segments)) == "hello tom's dog"
