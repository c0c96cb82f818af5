"""Minutes: section by section, each item with its moment."""

from dataclasses import replace

import numpy as np
import pytest
from media import FakeRecogniser, silence, talk, tone, write_wav

from assistant.app import Assistant
from assistant.ask.context import Models
from assistant.settings import Settings
from assistant.work.minutes import ACTIONS, Item, take_minutes
from tools.errors import Stopped
from tools.ingest import add_recording


@pytest.fixture
def recording(assistant, tmp_path):
    sound = np.concatenate([tone(60), tone(60), silence(60)])
    return add_recording(assistant.store, write_wav(tmp_path / "talk.wav", sound))


def test_every_item_has_a_moment_of_its_section(assistant, fake, recording):
    def reply(question, plan):
        if question != ACTIONS:
            return f"Said at {plan.spans[0][0]}."
        return "None." if plan.spans[0][0] == 0 else "Bring chairs."

    fake.reply = reply
    told = []
    minutes = take_minutes(assistant, recording, lambda *stage: told.append(stage))
    assert [item.text for item in minutes.summary] == ["Said at 0.", "Said at 750."]
    assert 0 <= minutes.summary[0].start < minutes.summary[0].end <= 60
    (action,) = minutes.actions  # silence has none, and "None." is none
    assert action.text == "Bring chairs."
    assert 60 <= action.start < action.end <= 120
    assert told[0] == ("listening to the recording (index: about 0.09 MB)", None)
    shares = [done for stage, done in told if stage == "taking minutes"]
    assert shares == pytest.approx([1 / 3, 2 / 3, 1.0])
    text = minutes.markdown("talk.wav")
    assert text.startswith("# talk.wav\n\n## Summary\n\n- Said at 0. (0:")
    assert "## Action items\n\n- Bring chairs. (1:" in text


def test_every_item_says_who_speaks_then(assistant, fake, tmp_path):
    fake.reply = lambda question, plan: "None." if question == ACTIONS else "It rains."
    talks = add_recording(
        assistant.store, write_wav(tmp_path / "two.wav", talk(("A", 60), ("B", 60)))
    )
    assert [item.speakers for item in take_minutes(assistant, talks).summary] == [(), ()]
    assistant.speakers(talks)
    assistant.name_speaker(talks, "2", "Ben")
    minutes = take_minutes(assistant, talks)
    assert [item.speakers for item in minutes.summary] == [("Speaker 1",), ("Ben",)]
    assert "\n- Ben: It rains. (1:" in minutes.markdown("two.wav")


@pytest.mark.parametrize(
    ("said", "speakers", "line"),
    [
        ("“I will call North Wind by Friday.”", ("Ben",), "Ben will call North Wind by Friday."),
        ("“Okay, sure, I’ll book it.”", ("Ben",), "Ben will book it."),
        ("“I'm going to paint the door.”", ("Speaker 2",), "Speaker 2 will paint the door."),
        ("“I’ll send you my notes.”", ("Ben",), "Ben: “I’ll send you my notes.”"),
        ("“I will not call.”", ("Ben",), "Ben: “I will not call.”"),
        ("“If it rains, I’ll stay.”", ("Ben",), "Ben: “If it rains, I’ll stay.”"),
        ("“I’ll call.”", ("Ben", "Anna"), "Ben and Anna: “I’ll call.”"),
        ("“I’ll call.”", (), "“I’ll call.”"),
    ],
)
def test_a_promise_says_who_will_keep_it(said, speakers, line):
    assert Item(said, 0.0, 3.0, speakers).line == f"- {line} (0:00–0:03)"


def test_it_is_a_conversation_that_can_be_looked_at(assistant, recording):
    minutes = take_minutes(assistant, recording)
    assert assistant.store.session(minutes.session).title == "Minutes of talk.wav"
    assert len(assistant.store.turns(minutes.session)) == 6


def test_what_is_quoted_is_an_item_each(tmp_path, fake, recording):
    """The summary of a minute is a sentence that was said; nobody said what is to be done."""
    fake.card = replace(fake.card, words_by_default=True)
    settings = Settings(home=tmp_path / "home", cache=tmp_path / "cache")
    with Assistant(settings, Models(lambda: fake, FakeRecogniser)) as assistant:
        minutes = take_minutes(assistant, recording)
    assert [item.text[:14] for item in minutes.summary] == ["“word0 word1 w", "“word60 word61"]
    assert [(item.start, item.end) for item in minutes.summary] == [(0.0, 15.5), (60.0, 75.5)]
    assert minutes.actions == []


def test_nothing_found_says_so(assistant, fake, recording):
    fake.reply = lambda question, plan: "No."
    assert take_minutes(assistant, recording).markdown("x").count("- None found.") == 2


def test_it_can_be_stopped(assistant, recording):
    with pytest.raises(Stopped):
        take_minutes(assistant, recording, stop=lambda: True)


def test_what_fails_a_question_fails_the_minutes(assistant, fake, recording, monkeypatch):
    from assistant.errors import BudgetRefused

    def refuse(*args):
        raise BudgetRefused("too little memory")

    monkeypatch.setattr("assistant.ask.planning.planned_for", refuse)
    with pytest.raises(BudgetRefused, match="too little memory"):
        take_minutes(assistant, recording)
