"""Words recognised once and then remembered, however they are asked for."""

import pytest
from media import LevelRecogniser, rising, write_wav

from memory import Store
from tools.errors import MediaError
from tools.ingest import add_recording
from tools.transcript import CORE, RECOGNISER, _pieces, words_between, words_in_ranges


@pytest.fixture
def recogniser():
    return LevelRecogniser()


@pytest.fixture
def recognise(tmp_path, recogniser):
    """Asks for the words of ranges of two minutes in which each second is louder than the last."""
    with Store.open(tmp_path / "home" / "store.db") as store:
        recording = add_recording(store, write_wav(tmp_path / "rising.wav", rising(120)))

        def ask(ranges, **how):
            return words_in_ranges(store, lambda: recogniser, recording, ranges, **how)

        ask.store, ask.recording = store, recording
        yield ask


def spoken(words):
    """The seconds that were heard, each of which must lie at its place."""
    for word in words:
        assert word.start == pytest.approx(float(word.text), abs=0.02)
    return [int(word.text) for word in words]


def test_short_ranges_are_recognised_together(recognise, recogniser):
    ranges = [(10.0, 14.0), (50.0, 54.0), (90.0, 94.0)]
    wanted = [*range(10, 14), *range(50, 54), *range(90, 94)]
    assert spoken(recognise(ranges)) == wanted
    assert recogniser.asked == [18.0]  # each with a second before and after it
    assert spoken(recognise(ranges)) == wanted
    assert recogniser.asked == [18.0]
    assert recognise.store.heard_ranges(recognise.recording.id, RECOGNISER) == ranges


def test_ranges_that_touch_have_each_word_once(recognise, recogniser):
    assert spoken(recognise([(20.0, 24.0), (24.0, 28.0)])) == list(range(20, 28))
    assert recogniser.asked == [12.0]


def test_no_piece_is_longer_than_what_is_heard_at_once(recognise, recogniser):
    ranges = [(float(start), start + 8.0) for start in range(0, 120, 10)]
    assert len(recognise(ranges)) == 12 * 8
    assert max(recogniser.asked) <= 30.0
    assert len(recogniser.asked) == 4


def test_a_long_range_is_heard_piece_by_piece(recognise, recogniser):
    assert spoken(recognise([(30.0, 90.0)])) == list(range(30, 90))
    assert recogniser.asked == [30.0, 30.0, 6.0]


@pytest.mark.parametrize("hop", [0.08, 0.04])
def test_ranges_between_tokens(hop):
    """Seconds counted in tokens are off by a last bit, which makes no range empty or alone."""
    for first in range(0, 140_000, 7):
        core = [(first * hop, first * hop + CORE)]
        assert all(start < end for piece in _pieces(core) for start, end in piece)
        moments = [((first + n) * hop, (first + n + 4 / hop) * hop) for n in (0, 101, 502, 903, 77)]
        assert len(list(_pieces(moments))) == 1


def test_both_ends_of_the_recording(recognise, recogniser):
    words = recognise([(0.0, 3.0), (118.0, 120.0)])
    assert spoken(words) == [0, 1, 2, 118, 119]
    assert recogniser.asked == [7.0]


def test_a_range_behind_the_end_has_no_words(recognise, recogniser):
    assert spoken(recognise([(118.0, 120.0), (130.0, 134.0)])) == [118, 119]


def test_stopping_keeps_the_pieces_that_are_done(recognise, recogniser):
    told = []
    words = recognise(
        [(30.0, 90.0)], on_fraction=told.append, stop=lambda: len(recogniser.asked) > 1
    )
    assert spoken(words) == list(range(30, 58))
    assert told == [0.0, pytest.approx(1 / 3)]


def test_the_file_is_needed_for_what_is_missing_only(recognise, recogniser):
    recognise([(10.0, 14.0)])
    recognise.recording.path.unlink()
    assert spoken(recognise([(10.0, 14.0)])) == [10, 11, 12, 13]
    with pytest.raises(MediaError):
        recognise([(10.0, 15.0)])


def test_between_two_times(recognise, recogniser):
    words = words_between(recognise.store, lambda: recogniser, recognise.recording, 5.0, 9.0)
    assert spoken(words) == [5, 6, 7, 8]
