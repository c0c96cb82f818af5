"""Events and stored turns as messages of the chat."""

from datetime import UTC, datetime

import pytest

from assistant.ask.events import Again, Cited, Done, Failed, Part, Planned, Progress, Routed, Token
from assistant.errors import BadRequest
from memory import Turn
from ui.thread import MESSAGES, Asking, told, turn_at

HEARD = {
    "routes": {"semantic": 0.5, "uniform": 0.3, "acoustic": 0.2},
    "reason": "keep 0.4: the usual ratio",
    "seconds_heard": 20.0,
    "seconds_total": 65.0,
    "escalations": 0,
    "confidence": -0.25,
}


def turn(number, **changes):
    values = dict(
        id=number,
        session_id=1,
        recording_id="a",
        question=f"Q{number}?",
        answer=f"A{number}.",
        heard=HEARD,
        created_at=datetime.now(UTC),
        rating=None,
        escalations=0,
    )
    return Turn(**values | changes)


def texts(messages):
    return [m["content"] for m in messages if isinstance(m["content"], str)]


def test_turns_are_told_in_order_with_their_evidence():
    turns = [turn(1), turn(2)]
    messages = told(turns, lambda turn: f"<p>{turn.id}</p>")
    assert len(messages) == 2 * MESSAGES
    assert [m["role"] for m in messages[:MESSAGES]] == ["user", *["assistant"] * 3]
    assert texts(messages)[0::3] == ["Q1?", "Q2?"]
    assert texts(messages)[2::3] == ["A1.", "A2."]
    assert [m["content"].value for m in messages[3::4]] == ["<p>1</p>", "<p>2</p>"]
    assert [turn_at(turns, place).id for place in range(8)] == [1, 1, 1, 1, 2, 2, 2, 2]
    assert turn_at(turns, 8) is None


def test_steps_of_a_stored_turn_are_folded():
    steps = told([turn(1)], lambda turn: "")[1]
    assert steps["metadata"]["status"] == "done"
    assert steps["content"].splitlines() == [
        "- Routed: semantic 50%, uniform 30%, acoustic 20%",
        "- Planned: keep 0.4: the usual ratio",
        "- Listened to 0:20 of 1:05",
        "- Checked: confidence -0.25",
    ]
    again = told([turn(1, heard=HEARD | {"escalations": 1})], lambda turn: "")[1]
    assert "again more closely" in again["content"]


class TestAsking:
    @pytest.fixture
    def asking(self):
        return Asking("What?")

    def test_it_begins(self, asking):
        question, steps = asking.messages()
        assert question == {"role": "user", "content": "What?"}
        assert steps["metadata"] == {
            "title": "Steps",
            "status": "pending",
            "log": "begins",
        }

    def test_progress_tells_the_share_and_the_time_left(self, asking):
        asking.take(Progress("listening to the recording", 0.25, 91.0))
        log = asking.messages()[1]["metadata"]["log"]
        assert log == "listening to the recording, 25%, 1:31 left"
        asking.take(Progress("listening to the recording", 0.1))
        assert asking.messages()[1]["metadata"]["log"] == "listening to the recording, 10%"

    def test_parts_are_steps(self, asking):
        asking.take(Part(2, 9, 120.0, 240.0, "Bread is baked."))
        (steps,) = (m for m in asking.messages() if m.get("metadata"))
        assert steps["content"] == "- Part 2 of 9, 2:00-4:00: Bread is baked."

    def test_the_answer_grows_and_may_be_withdrawn(self, asking):
        for event in (Routed({"a": 0.5, "b": 0.5}, 0.0), Token("Per"), Token("haps")):
            asking.take(event)
        assert texts(asking.messages()) == ["What?", "- Routed: evenly", "Perhaps"]
        asking.take(Again("not sure of that"))
        assert texts(asking.messages())[1:] == ["- Routed: evenly\n- Checked: not sure of that"]
        asking.take(Planned(0.8, [], "keep 0.8", 0, 3.2))
        asking.take(Token("Yes."))
        asking.take(Cited([]))
        asking.take(Done("Yes.", "a", 1, 1))
        messages = asking.messages()
        assert messages[1]["metadata"]["status"] == "done"
        assert messages[-1]["content"] == "Yes."

    def test_a_failure_is_a_sentence(self, asking):
        asking.take(Failed(BadRequest("choose a range within 0:00 and 1:05")))
        assert texts(asking.messages()) == [
            "What?",
            "**Not answered:** choose a range within 0:00 and 1:05",
        ]
