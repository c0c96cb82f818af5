"""Two channels that are two people: told from one room, and each gone over by itself."""

import numpy as np
import pytest
from media import RATE, FakeDiariser, silence, talk, tone, write_wav

from memory import Store
from tools.audio import SAMPLE_RATE, AudioReader, Window
from tools.context import Diarised, Spoken
from tools.errors import Stopped
from tools.ingest import add_recording
from tools.sides import are_people, bleeds, muted, own_turns
from tools.speakers import find_speakers, speaker_turns

LEFT = talk(("A", 4), (" ", 8), ("A", 6), (" ", 2))
RIGHT = talk((" ", 4), ("B", 6), (" ", 6), ("C", 4))


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "home" / "store.db") as store:
        yield store


@pytest.fixture
def add(store, tmp_path):
    def add(*channels):
        return add_recording(store, write_wav(tmp_path / "call.wav", np.stack(channels)))

    return add


def windows(*channels):
    return [[Window(0.0, channel.astype(np.float32))] for channel in channels]


def told(store, recording):
    return [(turn.start, turn.end, turn.label) for turn in speaker_turns(store, recording)]


# -- which channels are people


def test_a_call_is_two_people():
    assert are_people(*windows(LEFT, RIGHT))


def test_who_is_heard_faintly_on_the_other_side_is_still_apart():
    assert are_people(*windows(LEFT + 0.05 * RIGHT, RIGHT + 0.05 * LEFT))


def room(delay):
    """Both as two microphones of one room have them, the second later and softer."""
    both = LEFT + RIGHT
    return both, 0.6 * np.concatenate([silence(delay), both])[: len(both)]


@pytest.mark.parametrize(
    "channels",
    [
        (LEFT, LEFT),
        (LEFT, -LEFT),
        room(0.0),
        room(0.004),
        (LEFT, silence(20)),
        (LEFT, tone(20, 0.0005)),
        (silence(20), silence(20)),
        (tone(20), tone(20, pitch=500)),
        (LEFT, np.concatenate([silence(19.7), tone(0.3)])),
    ],
    ids=["mono", "cancels", "one room", "delayed", "dead", "hum", "silence", "music", "a click"],
)
def test_these_are_not(channels):
    assert not are_people(*windows(*channels))


def test_both_at_once_now_and_then_are_people():
    assert are_people(*windows(LEFT, talk((" ", 2), ("B", 10), (" ", 6), ("C", 2))))


def test_what_is_only_heard_from_the_other_side_is_muted():
    """Left speaks but from 4 to 10 s, where it faintly hears the right."""
    mine = LEFT + 0.05 * RIGHT
    bled = bleeds(mine, RIGHT)
    left = muted(mine, bled)
    assert not left[SAMPLE_RATE * 5 : SAMPLE_RATE * 9].any()
    spoken = slice(0, 3 * SAMPLE_RATE)
    assert np.array_equal(left[spoken], mine[spoken])
    assert not bleeds(RIGHT, mine)[45:95].any()


def test_turns_are_cut_where_the_other_side_speaks():
    """A diariser joins turns over such a silence; shorter ones are pauses of one turn."""
    bled = np.zeros(200, bool)
    bled[40:100] = bled[150:153] = True
    voices = {"a": (1.0, 0.0), "b": (0.0, 1.0)}
    found = Diarised([Spoken(0, 18, "a"), Spoken(5, 9, "b")], voices)
    assert own_turns(found, bled) == Diarised(
        [Spoken(0, 4, "a"), Spoken(10, 18, "a")], {"a": (1.0, 0.0)}
    )


# -- each gone over by itself


def test_channels_decide_who_speaks_and_both_may_at_once(store, add):
    """Left and right have the same voice, and speak at once from 2 to 4 s."""
    left = talk(("A", 4), (" ", 4), ("A", 6), (" ", 2))
    right = talk((" ", 2), ("A", 6), (" ", 6), ("A", 2))
    call, diariser = add(left, right), FakeDiariser()
    find_speakers(store, lambda: diariser, call)
    assert told(store, call) == [(0, 4, "1"), (2, 8, "2"), (8, 14, "1"), (14, 16, "2")]
    assert diariser.asked == [16.0, 16.0]


def test_several_on_one_side_are_told_apart_over_all_parts(store, add, monkeypatch):
    monkeypatch.setattr(FakeDiariser, "part", 10.0)
    call = add(LEFT, RIGHT)
    turns = find_speakers(store, FakeDiariser, call, remember=True)
    assert [(turn.start, turn.end, turn.label) for turn in turns] == [
        (0, 4, "1"),
        (4, 10, "2"),
        (12, 18, "1"),
        (16, 20, "3"),
    ]
    assert all(speaker.voice for speaker in store.speakers(call.id))


def test_a_stopped_call_goes_on_with_the_next_part(store, add, monkeypatch):
    monkeypatch.setattr(FakeDiariser, "part", 10.0)
    call, diariser = add(LEFT, RIGHT), FakeDiariser()
    with pytest.raises(Stopped):
        find_speakers(store, lambda: diariser, call, stop=lambda: len(diariser.asked) == 3)
    find_speakers(store, lambda: diariser, call)
    assert len(diariser.asked) == 5  # the part under way once more


def test_of_one_room_the_mix_is_gone_over(store, add):
    call, diariser = add(*room(0.0)), FakeDiariser()
    find_speakers(store, lambda: diariser, call)
    assert diariser.asked == [20.0]


def test_what_cancels_in_the_mix_is_heard_all_the_same(store, add):
    """One microphone is wired the wrong way round."""
    both = talk(("A", 4), ("B", 3))
    call = add(both, -both)
    find_speakers(store, FakeDiariser, call)
    assert told(store, call) == [(0, 4, "1"), (4, 7, "2")]


@pytest.mark.parametrize("channel", [0, 1])
def test_a_channel_is_heard_alone(tmp_path, channel):
    path = write_wav(tmp_path / "call.wav", np.stack([LEFT, RIGHT]))
    (window,) = AudioReader(path, channel=channel).windows(30.0)
    np.testing.assert_allclose(window.samples, (LEFT, RIGHT)[channel], atol=2 / 2**15)
    assert len(window.samples) == 20 * RATE
