"""Conversations as files: above all the page that plays its moments by itself."""

import base64
import io
import json
import re
from html.parser import HTMLParser

import av
import docx
import numpy as np
import pytest
from media import tone, write_wav

from memory import NotFound, Store
from tools.clips import clip
from tools.conversations import FORMATS, conversation_as
from tools.errors import UnknownFormat
from tools.ingest import add_recording

EVIL = '"><script>alert(1)</script> & \x1b[31m'


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "home" / "headrouter.db") as store:
        yield store


@pytest.fixture
def recording(store, tmp_path):
    """Silence, and a tone from the fourth to the sixth second."""
    sound = np.concatenate([np.zeros(4 * 16_000), tone(2), np.zeros(84 * 16_000)])
    return add_recording(store, write_wav(tmp_path / "a <b>.wav", sound.astype(np.float32)))


@pytest.fixture
def session(store, recording):
    found = store.start_session(EVIL)
    heard = {
        "citations": [
            {"start": 4.0, "end": 6.0, "share": 0.6, "text": EVIL},
            {"start": 10.0, "end": 85.0, "share": 0.4, "text": ""},
        ],
        "seconds_heard": 30.0,
        "seconds_total": 90.0,
        "reason": "keep 0.4",
    }
    store.add_turn(found.id, recording.id, f"What? {EVIL}", f"A tone.\nAnd {EVIL}", heard)
    return found.id


class Page(HTMLParser):
    """What a browser makes of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.sounds, self.text = set(), [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag == "audio":
            kind, data = dict(attrs)["src"].split(";base64,")
            assert kind == "data:audio/mpeg"
            self.sounds.append(base64.b64decode(data))

    def handle_data(self, data):
        self.text += data


def played(data):
    """(samples, rate) of a file."""
    with av.open(io.BytesIO(data)) as container:
        frames = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
        return np.concatenate(frames), container.streams.audio[0].rate


def test_a_clip_is_that_moment(store, recording):
    samples, rate = played(clip(store, recording, 3.0, 7.0))
    assert len(samples) / rate == pytest.approx(4.0, abs=0.2)
    level = [np.abs(part).mean() for part in np.array_split(samples, 4)]
    assert min(level[1], level[2]) > 20 * max(level[0], level[3])


class TestPage:
    def test_it_has_all_moments_inside(self, store, session):
        page = Page(conversation_as("html", store, session).decode())
        lengths = [len(samples) / rate for samples, rate in map(played, page.sounds)]
        assert lengths == [pytest.approx(2.0, abs=0.2), pytest.approx(60.0, abs=0.2)]
        assert "0:10–1:25 (the first 1:00 of it)" in page.text
        assert "heard 0:30 of 1:30" in page.text
        assert "a <b>.wav" in page.text

    def test_it_needs_nothing_from_elsewhere_and_runs_nothing(self, store, session):
        text = conversation_as("html", store, session).decode()
        assert "script" not in Page(text).tags
        assert "default-src 'none'; media-src data:; style-src 'unsafe-inline'" in text
        assert not re.search(r"(src|href)=\"(?!data:)", text)
        assert "\x1b" not in text

    def test_what_is_said_is_there_to_the_letter(self, store, session):
        text = Page(conversation_as("html", store, session).decode()).text
        assert text.count('"><script>alert(1)</script> & \\x1b[31m') == 5

    def test_a_recording_that_has_gone_leaves_the_words(self, store, session, recording):
        recording.path.unlink()
        page = Page(conversation_as("html", store, session).decode())
        assert page.sounds == []
        assert "0:04–0:06 (can't be played: " in page.text
        store.remove_recording(recording.id)
        page = Page(conversation_as("html", store, session).decode())
        assert "a recording that was removed" in page.text


def test_json_has_every_turn_whole(store, session, recording):
    told = json.loads(conversation_as("json", store, session))
    (turn,) = told["turns"]
    assert told["title"] == EVIL
    assert (turn["recording"], turn["name"]) == (recording.id, "a <b>.wav")
    assert turn["heard"]["citations"][0]["end"] == 6.0


def test_a_word_document_has_question_answer_and_moments(store, session):
    data = conversation_as("docx", store, session)
    told = [paragraph.text for paragraph in docx.Document(io.BytesIO(data)).paragraphs]
    assert told[1].startswith("What? ")
    assert told[3].startswith("A tone.\nAnd ")
    assert told[4].startswith("0:04–0:06 (60% of what was kept)")


def test_markdown_is_as_it_was(store, session):
    assert b"*a \\<b\\>.wav*" in conversation_as("md", store, session)


def test_what_is_not_there_is_refused(store, session):
    with pytest.raises(UnknownFormat, match="use md, json, docx, html"):
        conversation_as("pdf", store, session)
    for format in FORMATS:
        with pytest.raises(NotFound):
            conversation_as(format, store, 99)
