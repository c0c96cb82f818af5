"""How an answer was made, in words that need no knowledge of models."""

import pytest

from ui.telling import doubt, how

HEARD = {
    "words": "on",
    "reason": "keep 0.4: the usual ratio",
    "seconds_heard": 60.0,
    "seconds_total": 60.0,
    "tokens_total": 750,
    "citations": [{"start": 29.2}, {"start": 35.0}],
    "notes": [],
}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"words": "quoted"}, "Quoted from what was said at 0:29 and 0:35."),
        ({"words": "quoted", "citations": []}, "Quoted from what was said."),
        ({"words": "quoted", "citations": [{"start": 1.0}] * 9}, "what was said at 9 moments."),
        ({"words": "transcript"}, "These are the words as they were recognised."),
        ({"words": "located", "reason": "Located by ear: every token"}, "Located by ear at 0:29"),
        ({"words": "located", "reason": "Told from what is heard."}, "Told from what is heard."),
        ({"reason": "nothing audible, so the model was not asked"}, "Nothing audible is there"),
        ({"agreement": None}, "there was no transcript to compare them with"),
        ({"agreement": 0.1}, "not confirmed by the transcript"),
        ({"agreement": 0.5}, "confirmed in part by the transcript"),
        ({"agreement": 0.9}, "own words, confirmed by the transcript"),
        ({}, "All 1:00 was listened to."),
        ({"seconds_heard": 20.0}, "0:20 of 1:00 was listened to: the stretches that fit."),
        ({"passes": 9}, "It was gone through in 9 parts."),
        ({"escalations": 1}, "listened to again more closely"),
        ({"notes": ["it breaks off"]}, "it breaks off"),
    ],
)
def test_what_was_done_is_told(changes, told):
    assert told in " ".join(how(HEARD | changes))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"agreement": 0.1}, "does not bear it out"),
        ({"confidence": -2.0}, "the model was unsure"),
        ({"agreement": 0.9, "confidence": -0.2}, ""),
        ({"words": "quoted", "agreement": 0.0, "confidence": -9.0}, ""),
    ],
)
def test_doubt_is_told_where_there_is_any(changes, told):
    found = doubt(HEARD | changes)
    assert told in found and bool(found) == bool(told)


def test_no_jargon_is_in_it():
    told = " ".join(how(HEARD | {"words": "located", "reason": "Located by ear: every token"}))
    assert not [word for word in ("token", "semantic", "ratio", "%") if word in told]
