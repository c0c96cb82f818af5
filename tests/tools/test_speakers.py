"""Who speaks: found part by part, remembered, named, and told of words and moments."""

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from media import FakeDiariser, silence, talk, write_wav

from memory import NotFound, Segment, Store, Word
from tools.context import Diarised, Spoken
from tools.errors import MediaError, SpeakersError, Stopped
from tools.ingest import add_recording, forget
from tools.naming import name_speaker, recognise
from tools.speakers import (
    find_speakers,
    joined,
    overview,
    speaker_turns,
    speakers_known,
    speaking_time,
    who_said,
    with_speakers,
)

MEETING = [("A", 4), ("B", 3), (" ", 5), ("B", 11), ("A", 2), ("C", 8), ("A", 7)]  # 40 s


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "home" / "store.db") as store:
        yield store


@pytest.fixture
def diariser():
    return FakeDiariser()


@pytest.fixture
def add(store, tmp_path):
    """A recording of who speaks how long."""

    def add(name, *turns):
        return add_recording(store, write_wav(tmp_path / f"{name}.wav", talk(*turns)))

    return add


@pytest.fixture
def meeting(add):
    return add("meeting", *MEETING)


@pytest.fixture
def parts_of_ten(monkeypatch):
    monkeypatch.setattr(FakeDiariser, "part", 10.0)


def told(turns):
    return [(turn.start, turn.end, turn.speaker) for turn in turns]


WHOLE = [
    (0.0, 4.0, "Speaker 1"),
    (4.0, 7.0, "Speaker 2"),
    (12.0, 23.0, "Speaker 2"),
    (23.0, 25.0, "Speaker 1"),
    (25.0, 33.0, "Speaker 3"),
    (33.0, 40.0, "Speaker 1"),
]


def turn(start, end, label, name=None):
    return Segment("rec", "speaker", "fake", start, end, label, name)


# -- finding


def test_speakers_are_numbered_as_they_first_speak(store, diariser, meeting):
    assert told(find_speakers(store, lambda: diariser, meeting)) == WHOLE
    assert told(speaker_turns(store, meeting)) == WHOLE


def test_parts_are_joined_by_voice_whatever_their_labels(store, diariser, meeting, parts_of_ten):
    """The second part begins with B, who is called there what A is called in the first."""
    assert told(find_speakers(store, lambda: diariser, meeting)) == WHOLE
    assert diariser.asked == [10.0] * 4


def test_memory_is_bounded_by_the_part(store, diariser, add, parts_of_ten):
    find_speakers(store, lambda: diariser, add("long", *[("A", 5), ("B", 4)] * 20))
    assert len(diariser.asked) == 18
    assert max(diariser.asked) <= 10.0


def test_a_second_look_asks_nobody(store, diariser, meeting):
    find_speakers(store, lambda: diariser, meeting)
    assert told(find_speakers(store, lambda: diariser, meeting)) == WHOLE
    assert len(diariser.asked) == 1
    find_speakers(store, lambda: diariser, meeting, again=True)
    assert len(diariser.asked) == 2


def test_what_was_stopped_goes_on_with_the_next_part(store, diariser, meeting, parts_of_ten):
    with pytest.raises(Stopped):
        find_speakers(store, lambda: diariser, meeting, stop=lambda: len(diariser.asked) == 3)
    assert not speakers_known(store, meeting)
    assert speaker_turns(store, meeting) == []
    assert told(find_speakers(store, lambda: diariser, meeting)) == WHOLE
    assert len(diariser.asked) == 5  # the part under way once more


def test_what_failed_midway_goes_on_too(store, meeting, parts_of_ten):
    failing, whole = FakeDiariser(fails_after=2), FakeDiariser()
    with pytest.raises(SpeakersError):
        find_speakers(store, lambda: failing, meeting)
    assert told(find_speakers(store, lambda: whole, meeting)) == WHOLE
    assert len(whole.asked) == 2


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path[:0] = {tests!r}
import tools.speakers
from media import FakeDiariser
from memory import Store

class Killed(FakeDiariser):
    part = 10.0

    def diarise(self, samples, **how):
        if len(self.asked) == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().diarise(samples, **how)

with Store.open(Path({database!r})) as store:
    tools.speakers.find_speakers(store, Killed, store.recordings()[0])
"""


def test_what_was_killed_goes_on_too(store, diariser, meeting, parts_of_ten, tmp_path):
    tests = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]
    script = KILLED.format(tests=tests, database=str(tmp_path / "home" / "store.db"))
    assert subprocess.run([sys.executable, "-c", script]).returncode == -signal.SIGKILL
    assert not speakers_known(store, meeting)
    assert told(find_speakers(store, lambda: diariser, meeting)) == WHOLE
    assert diariser.asked == [10.0, 10.0]


def test_progress_is_told_by_parts(store, diariser, meeting, parts_of_ten):
    shares = []
    find_speakers(store, lambda: diariser, meeting, on_fraction=shares.append)
    assert shares == [None, 0.25, 0.5, 0.75, 1.0]


def test_in_silence_nobody_speaks_and_nobody_is_asked(store, diariser, tmp_path):
    recording = add_recording(store, write_wav(tmp_path / "silent.wav", silence(30)))
    assert find_speakers(store, lambda: diariser, recording) == []
    assert speakers_known(store, recording)
    assert diariser.asked == []


def test_a_recording_that_became_longer_is_gone_over_again(store, diariser, meeting):
    find_speakers(store, lambda: diariser, meeting)
    longer = store.set_state(meeting.id, "ready", seconds=10_000.0)
    assert not speakers_known(store, longer)


def test_a_file_that_has_gone_is_named(store, diariser, meeting):
    meeting.path.unlink()
    with pytest.raises(MediaError, match="meeting.wav"):
        find_speakers(store, lambda: diariser, meeting)


def test_two_who_speak_at_once_are_both_kept():
    voices = {"x": (1.0, 0.0), "y": (0.0, 1.0)}
    turns, _ = joined([(0.0, Diarised([Spoken(0, 5, "x"), Spoken(4, 8, "y")], voices))])
    assert [(t.start, t.end, t.label) for t in turns] == [(0, 5, "1"), (4, 8, "2")]


def test_a_turn_across_two_parts_is_one():
    found = Diarised([Spoken(0.0, 10.0, "x")], {"x": (1.0, 0.0)})
    turns, voices = joined([(0.0, found), (10.0, found)])
    assert [(t.start, t.end, t.label) for t in turns] == [(0.0, 20.0, "1")]
    assert voices == {"1": (1.0, 0.0)}


def test_of_whom_no_voice_is_known_is_told_by_the_part_alone():
    parts = [
        (0.0, Diarised([Spoken(0, 1, "0"), Spoken(1, 2, "1")], {})),
        (2.0, Diarised([Spoken(0, 1, "0")], {})),
    ]
    turns, voices = joined(parts)
    assert [(t.start, t.end, t.label) for t in turns] == [(0, 1, "1"), (1, 2, "2"), (2, 3, "3")]
    assert voices == {}


def test_forty_speakers_stay_forty(store, parts_of_ten):
    one = np.eye(40)
    parts = [
        (10.0 * n, Diarised([Spoken(0, 4, "a"), Spoken(4, 9, "b")], voices))
        for n in range(40)
        for voices in [{"a": tuple(one[n]), "b": tuple(one[(n + 1) % 40])}]
    ]
    turns, voices = joined(parts)
    assert len(voices) == len({t.label for t in turns}) == 40


def test_nothing_of_it_stays_when_the_recording_goes(store, diariser, meeting, tmp_path):
    find_speakers(store, lambda: diariser, meeting, remember=True)
    folders = {name: tmp_path / name for name in ("features", "uploads", "playable")}
    forget(store, meeting, **folders)
    with sqlite3.connect(tmp_path / "home" / "store.db") as db:
        for table in ("segments", "segment_parts", "speakers"):
            assert db.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
    db.close()


# -- names


def test_a_name_is_said_in_place_of_the_number(store, diariser, meeting):
    find_speakers(store, lambda: diariser, meeting)
    assert name_speaker(store, meeting, "2", "  Anna  Lee ").name == "Anna Lee"
    assert [turn.speaker for turn in speaker_turns(store, meeting)][:2] == ["Speaker 1", "Anna Lee"]
    assert overview(store, meeting)[1] == {
        "speaker": "2",
        "name": "Anna Lee",
        "recognised": False,
        "seconds": 14.0,
        "turns": 2,
    }


def test_two_speakers_of_one_name_are_one(store, diariser, meeting):
    find_speakers(store, lambda: diariser, meeting)
    for label in "12":
        name_speaker(store, meeting, label, "Anna")
    assert speaking_time(speaker_turns(store, meeting)) == {"Anna": 27.0, "Speaker 3": 8.0}


def test_names_outlive_a_second_ingest_and_another_look(store, diariser, meeting):
    """The file is added anew, and the speakers get other numbers, for one is not heard now."""
    find_speakers(store, lambda: diariser, meeting)
    name_speaker(store, meeting, "2", "Ben")
    name_speaker(store, meeting, "3", "Cleo")
    meeting = add_recording(store, meeting.path)
    assert speaking_time(speaker_turns(store, meeting))["Ben"] == 14.0
    late = [
        Segment(meeting.id, "speaker", "fake", start, end, label)
        for start, end, label in [(12.5, 23.0, "1"), (25.0, 33.0, "2")]
    ]
    store.set_speakers(meeting.id, "fake", 40.0, late, {})
    assert told(speaker_turns(store, meeting)) == [(12.5, 23.0, "Ben"), (25.0, 33.0, "Cleo")]


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "a\0b", "a\x1bb"])
def test_what_is_no_name_is_refused(store, diariser, meeting, name):
    find_speakers(store, lambda: diariser, meeting)
    with pytest.raises(SpeakersError, match="is no name: give 1 to 60 letters"):
        name_speaker(store, meeting, "1", name)


def test_a_number_that_nobody_has_names_those_there_are(store, diariser, meeting):
    with pytest.raises(NotFound, match=f"run `headrouter speakers {meeting.id}`"):
        name_speaker(store, meeting, "1", "Anna")
    find_speakers(store, lambda: diariser, meeting)
    with pytest.raises(NotFound, match="no speaker '7' .* 1, 2, 3"):
        name_speaker(store, meeting, "7", "Anna")


# -- voices


def test_no_voice_is_kept_without_consent(store, diariser, add, tmp_path):
    first, second = add("first", ("A", 5), ("B", 5)), add("second", ("C", 5), ("A", 5))
    for recording in (first, second):
        find_speakers(store, lambda: diariser, recording)
    name_speaker(store, first, "1", "Anna")
    recognise(store, diariser.name)
    assert [speaker.name for speaker in store.speakers(second.id)] == [None, None]
    with sqlite3.connect(tmp_path / "home" / "store.db") as db:
        assert db.execute("SELECT DISTINCT voice FROM speakers").fetchall() == [(None,)]
        assert db.execute("SELECT DISTINCT found FROM segment_parts").fetchall() == [(None,)]
    db.close()


@pytest.mark.parametrize("named_first", [True, False])
def test_with_consent_a_voice_has_its_name_everywhere(store, diariser, add, named_first):
    first, second = add("first", ("A", 5), ("B", 5)), add("second", ("C", 5), ("A", 5))
    find_speakers(store, lambda: diariser, first, remember=True)
    if named_first:
        name_speaker(store, first, "1", "Anna", remember=True)
    find_speakers(store, lambda: diariser, second, remember=True)
    if not named_first:
        name_speaker(store, first, "1", "Anna", remember=True)
    assert [(s.name, s.recognised) for s in store.speakers(second.id)] == [
        (None, False),
        ("Anna", True),
    ]


def test_a_corrected_name_is_corrected_where_the_voice_was_recognised(store, diariser, add):
    first, second = add("first", ("A", 5)), add("second", (" ", 1), ("A", 5))
    for recording in (first, second):
        find_speakers(store, lambda: diariser, recording, remember=True)
    for name in ("Anna", "Hannah"):
        name_speaker(store, first, "1", name, remember=True)
        assert store.speakers(second.id)[0].name == name


def test_what_the_user_says_stands_against_the_voice(store, diariser, add):
    first, second = add("first", ("A", 5)), add("second", (" ", 1), ("A", 5))
    for recording in (first, second):
        find_speakers(store, lambda: diariser, recording, remember=True)
    name_speaker(store, second, "1", "Zoe", remember=True)
    name_speaker(store, first, "1", "Anna", remember=True)
    assert store.speakers(second.id)[0].name == "Zoe"


def test_who_is_forgotten_is_known_nowhere(store, diariser, add):
    recordings = [add(str(n), (" ", n), ("A", 5), ("B", 5)) for n in (1, 2)]
    for recording in recordings:
        find_speakers(store, lambda: diariser, recording, remember=True)
    name_speaker(store, recordings[0], "1", "Anna", remember=True)
    name_speaker(store, recordings[0], "2", "Ben", remember=True)
    assert store.forget_speaker("anna") == [recording.id for recording in recordings]
    for recording in recordings:
        anna, ben = store.speakers(recording.id)
        assert (anna.name, anna.voice) == (None, None)
        assert ben.name == "Ben"
        assert ben.voice
    with pytest.raises(NotFound, match="Nobody is called 'Anna'; named so far: Ben"):
        store.forget_speaker("Anna")


def test_all_voices_can_be_forgotten_and_names_stay(store, diariser, meeting):
    find_speakers(store, lambda: diariser, meeting, remember=True)
    name_speaker(store, meeting, "1", "Anna")
    assert store.forget_voices() == 3
    assert [speaker.voice for speaker in store.speakers(meeting.id)] == [None] * 3
    assert store.speakers(meeting.id)[0].name == "Anna"


# -- telling


def test_who_said_something_is_whoever_speaks_longest_then():
    turns = [turn(0, 10, "1", "Anna"), turn(8, 20, "2"), turn(20, 30, "1", "Anna")]
    assert who_said(turns, 7.0, 14.0) == ["Speaker 2", "Anna"]
    assert who_said(turns, 0.0, 8.0) == ["Anna"]
    assert who_said(turns, 30.0, 40.0) == []


@pytest.mark.parametrize(
    ("start", "end", "speaker"),
    [
        (1.0, 1.4, "Anna"),
        (4.8, 5.8, "Speaker 2"),  # most of it is
        (11.0, 11.4, None),  # long after the last
        (10.2, 10.6, "Speaker 2"),  # just after it
        (13.5, 13.9, "Anna"),  # just before
    ],
)
def test_a_word_is_said_by_whoever_speaks_most_of_it(start, end, speaker):
    turns = [turn(0, 5, "1", "Anna"), turn(5, 10, "2"), turn(14, 20, "1", "Anna")]
    (word,) = with_speakers([Word(start, end, "word", 0.9)], turns)
    assert (word.speaker, word.text) == (speaker, "word")


def test_a_short_turn_inside_a_long_one_has_its_word():
    turns = [turn(0, 60, "1"), turn(30, 31, "2"), turn(70, 80, "3")]
    words = [Word(float(at), at + 0.5, "word", 0.9) for at in (29, 72)]
    assert [word.speaker for word in with_speakers(words, turns)] == ["Speaker 1", "Speaker 3"]
