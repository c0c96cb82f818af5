"""Words recognised once and then remembered, however they are asked for."""

from dataclasses import dataclass, field

import pytest
from media import LevelRecogniser, rising, write_wav

from memory import Store, Word, as_text
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


@dataclass
class ScriptedRecogniser:
    """Hears what it is told to, piece by piece, and notes in which language."""

    passes: list[list[Word]]
    languages: list[str | None] = field(default_factory=list)
    likely: list[str | None] = field(default_factory=list)
    detected: int = 0

    def language(self, samples):
        self.detected += 1
        return "de"

    def words(self, samples, offset=0.0, language=None, stop=lambda: False, likely=None, hint=None):
        self.languages.append(language)
        self.likely.append(likely)
        return self.passes[len(self.languages) - 1]


def said(*placed):
    return [Word(start, end, text, 0.9) for start, end, text in placed]


@pytest.fixture
def heard_as(recognise):
    """The text of the first 50 seconds, heard in two pieces, and the recogniser."""

    def ask(first, second, **how):
        scripted = ScriptedRecogniser([said(*first), said(*second)])
        store, recording = recognise.store, recognise.recording
        ranges = [(0.0, 50.0)]
        words = words_in_ranges(store, lambda: scripted, recording, ranges, **how)
        return as_text(words), scripted

    return ask


@pytest.mark.parametrize(
    ("first", "second"),
    [
        # The middle of a word is before the seam in one piece, behind it in the next ...
        ([(27, 27.5, "in"), (27.6, 28.1, "the")], [(27.9, 28.4, "The"), (28.5, 29, "month")]),
        # ... or the other way round ...
        (
            [(27, 27.5, "in"), (27.8, 28.4, "the")],
            [(27, 27.5, "in"), (27.6, 28, "the"), (28.5, 29, "month")],
        ),
        # ... for several words ...
        (
            [(27, 27.5, "in"), (27.8, 28.4, "the"), (28.6, 29, "month")],
            [(27.0, 27.4, "in"), (27.4, 27.7, "the"), (27.7, 28.2, "month")],
        ),
        # ... or in another form.
        ([(27, 27.3, "in"), (27.6, 28.0, "The")], [(27.8, 28.5, "then"), (28.5, 29, "month")]),
    ],
)
def test_a_word_at_a_seam_is_there_once(heard_as, first, second):
    text, _ = heard_as(first, second)
    assert text.lower() == "in the month"


def test_a_word_that_was_said_twice_stays_twice(heard_as):
    twice = [(27.0, 27.3, "had"), (27.6, 27.9, "had")]
    assert heard_as([(26, 26.5, "he"), *twice], [*twice, (28.5, 29, "it")])[0] == "he had had it"


def test_a_gap_between_known_words_repeats_neither(recognise):
    store, recording = recognise.store, recognise.recording
    store.add_words(recording.id, RECOGNISER, 0.0, 10.0, said((9.4, 9.9, "before")))
    store.add_words(recording.id, RECOGNISER, 20.0, 30.0, said((20.0, 20.5, "after")))
    heard = said((9.8, 10.3, "before"), (14, 14.5, "between"), (19.6, 20.1, "after"))
    scripted = ScriptedRecogniser([heard])
    words = words_in_ranges(store, lambda: scripted, recording, [(0.0, 30.0)])
    assert as_text(words) == "before between after"


MANY = [(at, at + 0.5, f"w{at}") for at in range(10)]


def test_the_language_is_found_once_and_noted(heard_as, recognise):
    _, scripted = heard_as(MANY, [])
    assert (scripted.languages, scripted.likely) == ([None, None], [None, "de"])
    assert scripted.detected == 1
    assert recognise.store.recording(recognise.recording.id).language == "de"


def test_a_few_words_do_not_tell_the_language(heard_as, recognise):
    heard_as(MANY[:2], [])
    assert recognise.store.recording(recognise.recording.id).language is None


def test_the_language_that_is_asked_for_is_used(heard_as):
    assert heard_as(MANY, [], language="fr")[1].languages == ["fr", "fr"]


def test_words_in_another_language_are_recognised_anew(heard_as, recognise):
    assert heard_as(MANY, [])[0].startswith("w0 w1")
    again, scripted = heard_as([(1, 2, "bonjour")], [], language="fr")
    assert again == "bonjour"
    assert scripted.languages == ["fr", "fr"]
    assert heard_as([], [])[0] == "bonjour"  # what is known is asked for no more
    assert recognise.store.search("w0") == []


def test_words_are_not_given_up_for_a_language_without_their_file(heard_as, recognise):
    heard_as(MANY, [])
    recognise.recording.path.unlink()
    with pytest.raises(MediaError):
        heard_as([], [], language="fr")
    assert len(recognise.store.words(recognise.recording.id, RECOGNISER)) == 10
