"""The evidence card: what is drawn is what was heard, and nothing in it runs."""

import re
from xml.etree import ElementTree

import pytest

from ui.evidence import Sound, card, seek_button

HEARD = {
    "seconds_heard": 20.0,
    "seconds_total": 20.0,
    "tokens_kept": 100,
    "tokens_total": 250,
    "reason": "keep 0.4: the usual ratio",
    "words": "on",
    "routes": {"semantic": 0.7, "uniform": 0.2, "acoustic": 0.1},
    "calibrated": True,
    "spans": [[0.0, 5.0], [10.0, 20.0]],
    "model": "nano@1",
    "seconds": {"ingest": 1.0, "decode": 0.5},
    "predicted_bytes": 1_500_000_000,
    "measured_bytes": 1_400_000_000,
    "notes": [],
    "scope": [0.0, 20.0],
    "kept_bins": [0, 0, 40, 60],
    "weight_bins": [0.0, 0.0, 0.25, 0.75],
    "citations": [{"start": 15.0, "end": 19.0, "share": 0.75, "text": "loud words"}],
}
SOUND = Sound("5f3c2a1b", "talk.wav", [0.0, 0.5, 1.0])


def drawn(html):
    """As XML: HTML of this kind is."""
    return ElementTree.fromstring(html)


def rectangles(html, kind):
    return [r for r in drawn(html).iter("rect") if r.get("class") == kind]


def test_spans_kept_tokens_and_moments_lie_where_they_belong():
    html = card(HEARD, SOUND)
    listened = [(r.get("x"), r.get("width")) for r in rectangles(html, "listened")]
    assert listened == [("0.0", "250.0"), ("500.0", "500.0")]
    kept = [(r.get("x"), r.get("opacity")) for r in rectangles(html, "kept")]
    assert kept == [("500.0", "0.43"), ("750.0", "1.00")]
    (cited,) = rectangles(html, "cited")
    assert (cited.get("x"), cited.get("width")) == ("750.0", "200.0")


def test_a_moment_seeks_where_it_begins():
    (button,) = drawn(card(HEARD, SOUND)).iter("button")
    assert (button.get("data-seek"), button.get("data-media")) == ("15.00", "/media/5f3c2a1b")
    assert button.text == "▶ 0:15–0:19"


def test_everything_of_the_report_is_told():
    text = "".join(drawn(card(HEARD, SOUND)).itertext())
    for told in (
        "0:20 of 0:20",
        "100 of 250 audio tokens",
        "keep 0.4: the usual ratio",
        "semantic 70%",
        "1.50 GB predicted, 1.40 GB measured",
        "1.5 s",
        "nano@1",
        "loud words",
    ):
        assert told in text


def test_what_it_would_have_taken_unpruned_is_told_where_that_is_more():
    more = HEARD | {"unpruned_bytes": 2_500_000_000}
    assert "measured; 2.50 GB for all of it at once, unpruned" in card(more, SOUND)
    assert "unpruned" not in card(more | {"predicted_bytes": 2_500_000_000}, SOUND)


def test_an_uncalibrated_model_says_so():
    assert "not calibrated" in card(HEARD | {"calibrated": False}, SOUND)


def test_what_is_not_there_is_left_out():
    bare = HEARD | {"citations": [], "weight_bins": [], "routes": {}, "measured_bytes": 0}
    html = card(bare, Sound("a", "b"))
    assert not rectangles(html, "kept") + rectangles(html, "cited")
    assert not re.search("Memory|Routed", html)
    old = {k: v for k, v in HEARD.items() if k not in ("scope", "kept_bins", "weight_bins")}
    assert "svg" not in card(old, SOUND)  # of a turn that was stored before there was a timeline


def test_of_a_recording_that_was_removed_nothing_plays():
    (button,) = drawn(card(HEARD, None)).iter("button")
    assert button.get("disabled") is not None
    assert button.get("data-media") is None


@pytest.mark.parametrize("evil", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>'])
def test_no_text_of_a_recording_becomes_markup(evil):
    sound = Sound("5f3c2a1b", evil, [0.5])
    cited = [{"start": 1.0, "end": 2.0, "share": 1.0, "text": evil}]
    heard = HEARD | {"citations": cited, "reason": evil, "notes": [evil], "model": evil}
    for html in (card(heard, sound), seek_button(sound, 1.0, evil)):
        assert "<script" not in html
        assert "<img" not in html


def test_a_long_quotation_is_cut():
    cited = [{"start": 1.0, "end": 2.0, "share": 1.0, "text": "word " * 200}]
    assert len(card(HEARD | {"citations": cited}, SOUND)) < 5000
