"""Events and stored turns as messages of the chat."""

from datetime import UTC, datetime

import pytest

from assistant.ask.events import Again, Cited, Done, Failed, Part, Planned, Progress, Routed, Token
from assistant.errors import BadRequest
from memory import Turn
from ui.thread import MESSAGES, Asking, told, turn_at

HEARD = {"reason": "keep 0.4: the usual ratio", "seconds_heard": 20.0, "seconds_total": 65.0}


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
    """Of each message its text, without what is drawn below it."""
    blocks = [m["content"] if isinstance(m["content"], list) else [m["content"]] for m in messages]
    return [block for content in blocks for block in content if isinstance(block, str)]


def below(message):
    return message["content"][-1].value


def test_an_answer_is_one_message_with_its_evidence_below_it():
    turns = [turn(1), turn(2)]
    messages = told(turns, lambda turn: f"<p>{turn.id}</p>")
    assert [m["role"] for m in messages] == ["user", "assistant"] * 2
    assert len(messages) == 2 * MESSAGES
    assert texts(messages) == ["Q1?", "A1.", "Q2?", "A2."]
    assert [below(message) for message in messages[1::2]] == ["<p>1</p>", "<p>2</p>"]
    assert [turn_at(turns, place).id for place in range(4)] == [1, 1, 2, 2]
    assert turn_at(turns, 4) is None


class TestAsking:
    @pytest.fixture
    def asking(self):
        return Asking("What?")

    def test_it_begins(self, asking):
        asked, working = asking.messages()
        assert asked == {"role": "user", "content": "What?"}
        assert "<p>begins</p>" in below(working) and "<progress" in below(working)

    def test_progress_tells_the_share_and_the_time_left(self, asking):
        asking.take(Progress("listening to the recording", 0.25, 91.0))
        assert "listening to the recording, 25%, 1:31 left" in below(asking.messages()[1])
        assert 'value="0.250"' in below(asking.messages()[1])
        asking.take(Progress("listening to the recording"))
        assert "value=" not in below(asking.messages()[1])

    def test_parts_are_told_as_text(self, asking):
        asking.take(Part(2, 9, 120.0, 240.0, "<b>Bread</b> is baked."))
        told = below(asking.messages()[1])
        assert "Part 2 of 9, 2:00-4:00: &lt;b&gt;Bread&lt;/b&gt; is baked." in told

    def test_the_answer_grows_and_may_be_withdrawn(self, asking):
        for event in (Routed({"a": 0.5, "b": 0.5}, 0.0), Token("Per"), Token("haps")):
            asking.take(event)
        assert texts(asking.messages()) == ["What?", "Perhaps"]
        asking.take(Again("not sure of that"))
        assert texts(asking.messages()) == ["What?"]
        assert "listening again: not sure of that" in below(asking.messages()[1])
        asking.take(Planned(0.8, [], "keep 0.8", 0, 3.2))
        assert "thinking, 0:03 left" in below(asking.messages()[1])
        asking.take(Token("Yes."))
        asking.take(Cited([]))
        asking.take(Done("Yes.", "a", 1, 1))
        assert texts(asking.messages()) == ["What?", "Yes."]
        assert below(asking.messages()[1]) == ""

    def test_a_failure_is_a_sentence(self, asking):
        asking.take(Failed(BadRequest("choose a range within 0:00 and 1:05")))
        assert texts(asking.messages()) == [
            "What?",
            "**Not answered:** choose a range within 0:00 and 1:05",
        ]
