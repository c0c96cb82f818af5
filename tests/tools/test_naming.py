"""Which turns are whose, as the user corrects it: merged, split, taken back, passed on."""

import pytest
from media import FakeDiariser, talk, write_wav

from memory import NotFound, Segment, Store, Word
from tools.errors import SpeakersError
from tools.ingest import add_recording
from tools.naming import merge_speakers, name_speaker, recognise, split_speaker, undo_correction
from tools.speakers import (
    find_speakers,
    overview,
    speaker_at,
    speaker_turns,
    speaking_time,
    with_speakers,
)

MEETING = [("A", 4), ("B", 3), (" ", 5), ("B", 11), ("A", 2), ("C", 8), ("A", 7)]  # 40 s
FOUND = [(0, 4, "1"), (4, 7, "2"), (12, 23, "2"), (23, 25, "1"), (25, 33, "3"), (33, 40, "1")]


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "home" / "store.db") as store:
        yield store


@pytest.fixture
def meeting(store, tmp_path):
    recording = add_recording(store, write_wav(tmp_path / "meeting.wav", talk(*MEETING)))
    find_speakers(store, FakeDiariser, recording)
    return recording


def turns(store, recording):
    return [(turn.start, turn.end, turn.label) for turn in speaker_turns(store, recording)]


def labels(store, recording):
    return [speaker.label for speaker in store.speakers(recording.id)]


# -- merging


def test_merged_speakers_are_one_everywhere(store, meeting):
    assert merge_speakers(store, meeting, ["1", " 2 "]).label == "1"
    assert turns(store, meeting) == [(0, 7, "1"), (12, 25, "1"), (25, 33, "3"), (33, 40, "1")]
    assert [(row["speaker"], row["seconds"]) for row in overview(store, meeting)] == [
        ("1", 27.0),
        ("3", 8.0),
    ]
    assert speaker_at(store, meeting.id, 5.0) == "Speaker 1"
    (word,) = with_speakers([Word(13.0, 13.5, "word", 0.9)], speaker_turns(store, meeting))
    assert word.speaker == "Speaker 1"


def test_whoever_has_a_name_stays(store, meeting):
    name_speaker(store, meeting, "2", "Ben")
    assert merge_speakers(store, meeting, ["1", "2"]).called == "Ben"
    assert speaking_time(speaker_turns(store, meeting)) == {"Ben": 27.0, "Speaker 3": 8.0}


def test_three_become_one_and_who_is_merged_is_nobody(store, meeting):
    merge_speakers(store, meeting, ["1", "2", "3"])
    assert turns(store, meeting) == [(0, 7, "1"), (12, 40, "1")]
    with pytest.raises(NotFound, match="no speaker '2' .* it has 1"):
        name_speaker(store, meeting, "2", "Ben")


def test_a_voice_of_who_was_merged_is_asked_no_more(store, meeting, tmp_path):
    later = add_recording(store, write_wav(tmp_path / "later.wav", talk(("C", 2), ("B", 5))))
    for recording in (meeting, later):
        find_speakers(store, FakeDiariser, recording, remember=True, again=True)
    merge_speakers(store, meeting, ["1", "2"])
    name_speaker(store, later, "2", "Ben", remember=True)
    assert [speaker.name for speaker in store.speakers(meeting.id)] == [None, None]
    assert recognise(store, "fake") == []


def test_who_is_forgotten_is_forgotten_under_a_merger_too(store, meeting):
    for label, name in (("1", "Anna"), ("2", "Ben")):
        name_speaker(store, meeting, label, name)
    merge_speakers(store, meeting, ["1", "2"])
    assert [speaker.name for speaker in store.named_speakers()] == ["Anna"]
    store.forget_speaker("Ben")
    undo_correction(store, meeting)
    assert [speaker.name for speaker in store.speakers(meeting.id)] == ["Anna", None, None]


@pytest.mark.parametrize("given", [[], ["1"], ["1", "1 "]])
def test_one_speaker_is_not_merged(store, meeting, given):
    with pytest.raises(SpeakersError, match="give the numbers of two or more"):
        merge_speakers(store, meeting, given)


def test_an_unknown_number_merges_nobody(store, meeting):
    with pytest.raises(NotFound, match="no speaker '7' .* it has 1, 2, 3"):
        merge_speakers(store, meeting, ["1", "2", "7"])
    assert turns(store, meeting) == FOUND


# -- splitting


def test_a_stretch_becomes_somebody_new_and_turns_are_cut(store, meeting):
    assert split_speaker(store, meeting, "2", 5.0, 14.0).label == "4"
    assert turns(store, meeting)[:5] == [
        (0, 4, "1"),
        (4, 5, "2"),
        (5, 7, "4"),
        (12, 14, "4"),
        (14, 23, "2"),
    ]
    name_speaker(store, meeting, "4", "Dora")
    assert speaking_time(speaker_turns(store, meeting))["Dora"] == 4.0
    assert [speaker_at(store, meeting.id, at) for at in (5.0, 13.0, 14.0)] == [
        "Dora",
        "Dora",
        "Speaker 2",
    ]


def test_one_turn_is_given_to_another(store, meeting):
    split_speaker(store, meeting, "1", 23.0, 25.0, "3")
    assert turns(store, meeting)[3:] == [(23, 33, "3"), (33, 40, "1")]


def test_all_that_somebody_says_given_away_leaves_nobody(store, meeting):
    split_speaker(store, meeting, "3", 0.0, 40.0, "2")
    assert labels(store, meeting) == ["1", "2"]
    assert turns(store, meeting)[-2:] == [(25, 33, "2"), (33, 40, "1")]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("1", 5.0, 20.0), "Speaker 1 says nothing from 0:05 to 0:20"),
        (("1", 3.0, 3.0), "says nothing from 0:03"),
        (("1", 3.0, 2.0), "says nothing from 0:03"),
        (("1", 0.0, 9.0, "1"), "says that already"),
        (("3", 0.0, 40.0), "that is all that Speaker 3 says: give them another name"),
    ],
)
def test_a_split_that_changes_nothing_is_refused(store, meeting, given, told):
    with pytest.raises(SpeakersError, match=told):
        split_speaker(store, meeting, *given)
    assert turns(store, meeting) == FOUND
    assert labels(store, meeting) == ["1", "2", "3"]


@pytest.mark.parametrize("given", [("7", 0.0, 2.0), ("1", 0.0, 2.0, "7")])
def test_an_unknown_number_splits_nobody(store, meeting, given):
    with pytest.raises(NotFound, match="no speaker '7'"):
        split_speaker(store, meeting, *given)


# -- taking back


def test_corrections_are_taken_back_one_by_one_the_latest_first(store, meeting):
    merge_speakers(store, meeting, ["1", "2"])
    split_speaker(store, meeting, "1", 0.0, 2.0)
    assert labels(store, meeting) == ["1", "3", "4"]
    undo_correction(store, meeting)
    assert labels(store, meeting) == ["1", "3"]
    undo_correction(store, meeting)
    assert turns(store, meeting) == FOUND
    with pytest.raises(SpeakersError, match=r"in meeting.wav no speakers were merged or split"):
        undo_correction(store, meeting)


def test_whoever_is_new_stays_while_something_is_still_theirs(store, meeting):
    split_speaker(store, meeting, "1", 0.0, 2.0)
    split_speaker(store, meeting, "2", 4.0, 5.0, "4")
    undo_correction(store, meeting)
    assert labels(store, meeting) == ["1", "2", "3", "4"]


# -- passing on


def again(store, recording, *found):
    """The recording's speakers found anew."""
    segments = [Segment(recording.id, "speaker", "fake", *turn) for turn in found]
    store.set_speakers(recording.id, "fake", 40.0, segments, {})


def test_corrections_outlive_a_second_ingest_and_another_look(store, meeting):
    """The second look hears one more voice before all others, so that the numbers move."""
    merge_speakers(store, meeting, ["1", "2"])
    split_speaker(store, meeting, "3", 27.0, 29.0)
    name_speaker(store, meeting, "4", "Dora")
    meeting = add_recording(store, meeting.path)
    before = turns(store, meeting)
    find_speakers(store, FakeDiariser, meeting, again=True)
    assert turns(store, meeting) == before
    renumbered = [(start, end, str(int(label) + 1)) for start, end, label in FOUND]
    again(store, meeting, *renumbered[:2], (8, 10, "1"), *renumbered[2:])
    assert turns(store, meeting) == [
        (0, 7, "2"),
        (8, 10, "1"),
        (12, 25, "2"),
        (25, 27, "4"),
        (27, 29, "5"),
        (29, 33, "4"),
        (33, 40, "2"),
    ]
    assert speaking_time(speaker_turns(store, meeting))["Dora"] == 2.0


def test_a_merger_that_another_look_makes_by_itself_keeps_its_name(store, meeting):
    merge_speakers(store, meeting, ["1", "2"])
    name_speaker(store, meeting, "1", "Anna")
    again(store, meeting, (0, 7, "1"), (12, 25, "1"), (25, 33, "2"), (33, 40, "1"))
    assert speaking_time(speaker_turns(store, meeting)) == {"Anna": 27.0, "Speaker 2": 8.0}


def test_somebody_who_was_given_words_stays_though_nobody_hears_them_now(store, meeting):
    name_speaker(store, meeting, "3", "Cleo")
    split_speaker(store, meeting, "1", 0.0, 2.0, "3")
    again(store, meeting, (0, 4, "1"), (4, 23, "2"))
    assert speaking_time(speaker_turns(store, meeting)) == {
        "Speaker 2": 19.0,
        "Cleo": 2.0,
        "Speaker 1": 2.0,
    }
