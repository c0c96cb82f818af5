"""A run's events, folded as every door folds them."""

import pytest

from assistant.ask.events import (
    Again,
    Citation,
    Cited,
    Done,
    Failed,
    Heard,
    HeardReport,
    Part,
    Token,
)
from assistant.ask.outcome import Outcome
from assistant.errors import BadRequest

REPORT = HeardReport(
    seconds_heard=10.0,
    seconds_total=20.0,
    tokens_kept=4,
    tokens_total=9,
    keep=0.4,
    reason="the usual ratio",
    words="off",
    routes={},
    spans=[(0.0, 10.0)],
    model="fake",
    calibrated=True,
    seconds={},
    predicted_bytes=1,
    measured_bytes=2,
    kept_bins=[4],
)
CITED = Citation(1.0, 2.0, 0.5, "Bread.")


def run(*events):
    yield from events


def test_an_answer_is_what_was_told_after_it_was_withdrawn():
    outcome = Outcome()
    told = outcome.taking([Token("No"), Token("."), Again("unsure"), Token("Yes"), Token(".")])
    so_far = [outcome.answer for _ in told]
    assert so_far == ["No", "No.", "", "Yes", "Yes."]
    assert outcome.done is None


def test_what_an_answer_rests_on():
    part = Part(1, 2, 0.0, 10.0, "Bread.")
    done = Done("Bread.", "cafe", 3, 4)
    outcome = Outcome.of(run(part, Token("Br"), Heard(REPORT), Cited([CITED]), done))
    assert (outcome.answer, outcome.parts, outcome.answered()) == ("Bread.", [part], done)
    assert outcome.place() == {"recording": "cafe", "session": 3, "turn": 4}
    evidence = outcome.evidence()
    assert evidence["heard"]["kept_bins"] == [4]
    assert evidence["citations"] == [
        {"start": 1.0, "end": 2.0, "share": 0.5, "text": "Bread.", "agreement": None}
    ]
    brief = outcome.evidence(brief=True)["heard"]
    assert brief["tokens_kept"] == 4
    assert not {"kept_bins", "weight_bins", "predicted_bytes", "measured_bytes"} & set(brief)
    assert "unpruned_bytes" not in brief


def test_what_was_refused_is_raised():
    outcome = Outcome.of(run(Token("I"), Failed(BadRequest("shorten it"))))
    with pytest.raises(BadRequest, match="shorten it"):
        outcome.answered()
    with pytest.raises(BadRequest, match="shorten it"):
        outcome.place()


def test_a_run_is_let_go_of_whatever_happens():
    closed = []

    def broken():
        try:
            yield Token("I")
            raise ZeroDivisionError
        finally:
            closed.append(True)

    with pytest.raises(ZeroDivisionError):
        Outcome.of(broken())
    assert closed
