"""Texts are looked for among the letters of many recordings at once."""

import random

import numpy as np
import pytest
import torch
from spelling import HOP, write_index

from headrouter.errors import IndexUnusable
from headrouter.hear.joint import joined
from headrouter.hear.letters import letters_of
from headrouter.hear.sketch import BLOCK, Letters, edits, sketched


def index_of(folder, said, seconds=20.0, model="m", width=3):
    tokens = round(seconds / HOP)
    marks = torch.arange(tokens)[:, None].expand(-1, width).float()
    return write_index(folder, model, seconds, said, marks)


def found(letters, text, most=3, among=None):
    return [
        (place.sketch, place.first * HOP, place.last * HOP)
        for place in letters.find(text, most, among)
    ]


class TestASketch:
    def test_it_is_the_letters_and_where_each_block_of_them_begins(self, tmp_path):
        text = "the budget was cut by half last week"
        sketch = sketched(index_of(tmp_path / "i", {4.0: text}))
        wanted = letters_of(f" {text} ")
        assert sketch.letters.tolist() == wanted
        assert sketch.places[0] * HOP == pytest.approx(4.0)
        assert len(sketch.places) == -(-len(wanted) // BLOCK)
        assert (sketch.places[1:] > sketch.places[:-1]).all()

    def test_of_silence_it_is_empty_and_found_nowhere(self, tmp_path):
        sketch = sketched(index_of(tmp_path / "i", {}))
        assert len(sketch.letters) == len(sketch.places) == 0
        assert Letters([sketch]).find("budget", 5) == []
        assert Letters([]).find("budget", 5) == []


class TestATextIsFound:
    @pytest.fixture
    def letters(self, tmp_path):
        said = (
            {2.0: "we talked of the weather all day", 12.0: "it rained"},
            {5.0: "the budjet is small"},
            {1.0: "nothing of the kind was said by anybody", 9.0: "a bridge is built"},
        )
        return Letters([sketched(index_of(tmp_path / str(n), one)) for n, one in enumerate(said)])

    def test_where_it_is_said_though_a_letter_is_wrong(self, letters):
        (number, first, last), *_ = found(letters, "budget")
        assert number == 1
        assert first <= 5.3 and last >= 5.8

    def test_of_several_words_as_one(self, letters):
        (number, first, last), *_ = found(letters, "the weather")
        assert number == 0 and first <= 3.0 <= last

    def test_among_some_of_the_recordings_only(self, letters):
        assert {number for number, *_ in found(letters, "budget", among=[0, 2])} <= {0, 2}

    @pytest.mark.parametrize("text", ["", "...", "天气", "xq"])
    def test_nowhere_where_it_has_no_letters_that_were_read(self, letters, text):
        assert letters.find(text, 5) == []

    def test_a_word_over_the_edge_of_two_blocks_is_found_as_well(self, tmp_path):
        for before in range(BLOCK + 1):
            text = ("ab" * BLOCK)[:before] + " budget"
            letters = Letters([sketched(index_of(tmp_path / str(before), {1.0: text}))])
            (place, *_) = letters.find("budget", 1)
            assert place.score > 0.99

    def test_before_others_that_have_as_many_of_its_trigrams(self, tmp_path):
        said = ("bud and getting it", "the budjet is small", "get a bud")
        letters = Letters([sketched(index_of(tmp_path / one, {1.0: one})) for one in said])
        assert letters.find("budget", 1)[0].sketch == 1

    def test_by_the_least_letters_that_have_to_be_changed(self):
        texts = np.array(
            [letters_of(t) for t in ("a budget", "abudgetb", "xxbudjet", "zzzzzzzz")], np.uint8
        )
        assert edits(letters_of("budget"), texts).tolist() == [0, 0, 1, 6]
        assert edits(letters_of("budget"), texts[:, :4]).tolist() == [4, 3, 4, 6]

    def test_among_a_hundred_recordings_of_other_words(self, tmp_path):
        rng, words = random.Random(0), "one two three four five seven eight nine ten".split()
        sketches = []
        for number in range(100):
            said = " ".join(rng.choices(words, k=12))
            said = "there was marmalade" if number == 63 else said
            sketches.append(sketched(index_of(tmp_path / str(number), {1.0: said})))
        places = Letters(sketches).find("marmelade", 5)
        assert places[0].sketch == 63
        assert [place.score for place in places] == sorted((p.score for p in places), reverse=True)


class TestAJointIndex:
    def test_tells_of_each_token_which_recording_it_is_from(self, tmp_path):
        one, two = (index_of(tmp_path / name, {}) for name in "ab")
        joint = joined([(one, (10, 13)), (two, (5, 5)), (two, (0, 2))])
        assert joint.index.meta.tokens == 5
        rows = joint.index.embedding_rows([(0, 5)])[:, 0].tolist()
        assert rows == [10, 11, 12, 0, 1]
        assert [joint.at(token) for token in range(5)] == [
            *((0, 10), (0, 11), (0, 12)),
            *((1, 0), (1, 1)),
        ]
        assert joint.sources == (one, two)

    def test_is_refused_for_nothing_and_for_indexes_of_several_models(self, tmp_path):
        with pytest.raises(IndexUnusable, match="at least one stretch"):
            joined([])
        one = index_of(tmp_path / "a", {})
        other = index_of(tmp_path / "b", {}, model="other")
        with pytest.raises(IndexUnusable, match="was made by other"):
            joined([(one, (0, 1)), (other, (0, 1))])
