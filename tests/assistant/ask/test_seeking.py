"""Words that are looked for before it is decided where to listen."""

from dataclasses import replace

import pytest
import torch
from media import LevelRecogniser, rising, write_wav

from assistant.app import Assistant
from assistant.ask.context import Models
from assistant.ask.events import Done, Failed, Heard, Planned, Progress
from assistant.ask.seeking import moments_in
from assistant.ask.state import Request
from assistant.settings import Settings
from headrouter.prune.routing import ROUTES
from tools.errors import MediaError, Stopped

SHARES = {"semantic": 0.2, "acoustic": 0.8, "uniform": 0.0}
ASKED = "What is said about 95?"  # the loudest seconds, which the fake prefers, are 110 to 120


@pytest.fixture
def recogniser():
    return LevelRecogniser()


@pytest.fixture
def wav(tmp_path):
    return write_wav(tmp_path / "rising.wav", rising(120))


@pytest.fixture
def ask(tmp_path, fake, recogniser, wav):
    """Events of a question about two minutes, of which ten seconds are taken at once."""
    fake.card = replace(fake.card, whole_tokens=125)
    settings = Settings(home=tmp_path / "home", cache=tmp_path / "cache")
    with Assistant(settings, Models(lambda: fake, lambda: recogniser)) as assistant:

        def asked(question=ASKED, **how):
            stop = how.pop("stop", lambda: False)
            recording = how.pop("recording", str(wav))
            return list(assistant.ask(Request(recording, question, **how), stop=stop))

        yield asked


def planned(events):
    ((span,),) = (event.spans for event in events if isinstance(event, Planned))
    return span


def sought(events):
    return [e.fraction for e in events if isinstance(e, Progress) and "looking" in e.stage]


def test_it_listens_where_the_words_were_found(ask, recogniser):
    assert planned(ask(words="off"))[0] > 105
    first, last = planned(ask(words="on"))
    assert first <= 95 <= last - 1


def test_it_stops_looking_once_they_are_found(ask, recogniser):
    events = ask(words="on")
    assert sought(events) == [0.0, pytest.approx(1 / 6)]  # five of thirty moments were no good
    (report,) = (event.report for event in events if isinstance(event, Heard))
    assert report.seconds["seek"] > 0
    once = len(recogniser.asked)
    ask(words="on")
    assert len(recogniser.asked) == once  # everything is known


def test_words_that_are_nowhere_are_looked_for_in_thirty_moments(ask, recogniser):
    events = ask("What is said about elephants?", words="on")
    assert len(sought(events)) == 6
    assert planned(events)[0] > 105
    assert isinstance(events[-1], Done)


@pytest.mark.parametrize(("hours", "moments"), [(0.1, 30), (1, 30), (2, 60), (3, 90), (12, 90)])
def test_in_more_sound_more_places_are_tried(hours, moments):
    assert moments_in(hours * 3600) == moments


@pytest.mark.parametrize(
    ("question", "how"),
    [
        (ASKED, {"words": "off"}),
        (ASKED, {"words": "on", "start": 90.0, "end": 99.0}),  # all of it is listened to
        ("What is said?", {"words": "on"}),  # names nothing
    ],
)
def test_where_there_is_nothing_to_look_for(ask, question, how):
    assert sought(ask(question, **how)) == []


def test_sounds_are_not_looked_for_among_words(ask, fake, monkeypatch):
    scan, routes = fake.scan, torch.tensor([SHARES[name] for name in ROUTES])

    def acoustic(*args, **options):
        found = scan(*args, **options)
        return replace(found, route=replace(found.route, routes=routes))

    monkeypatch.setattr(fake, "scan", acoustic)
    assert sought(ask("Is there the sound of 95?", words="on")) == []


def test_a_file_that_is_gone(ask, fake, wav):
    """What was heard is in the index: only words that were insisted on need the file."""
    known = ask(words="off")[-1].recording
    wav.unlink()
    fake.card = replace(fake.card, words_by_default=True)
    assert isinstance(ask(recording=known)[-1], Done)
    failed = ask(recording=known, words="on")[-1]
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, MediaError)


def test_stopping(ask, recogniser):
    events = ask(words="on", stop=lambda: bool(recogniser.asked))
    assert isinstance(events[-1].error, Stopped)
    assert len(sought(events)) == 1
