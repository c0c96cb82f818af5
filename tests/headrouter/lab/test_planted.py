"""Recordings with something planted in them."""

import random

import numpy as np
import pytest

from headrouter.errors import EvidenceError
from headrouter.lab.corpus.annotations import bare
from headrouter.lab.corpus.clips import SAMPLE_RATE
from headrouter.lab.evidence.planted import SENTENCE, SOUND, long_words, pieces
from tests.headrouter.lab.test_evidence import clips  # noqa: F401

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def made(clips):  # noqa: F811
    return list(pieces(clips, 90.0, 4, random.Random(0)))


class TestPieces:
    def test_what_is_planted_lies_where_it_says(self, made):
        at, found = 0.0, []
        for samples, planted in made:
            if planted:
                assert planted.start == pytest.approx(at)
                assert planted.end < at + len(samples) / SAMPLE_RATE
                found.append(planted.kind)
            at += len(samples) / SAMPLE_RATE
        assert found.count(SOUND) == 4 and 1 <= found.count(SENTENCE) <= 4
        assert 90.0 <= at < 95.0

    def test_each_question_has_one_right_moment(self, made, clips):  # noqa: F811
        asked = [planted for _, planted in made if planted]
        assert len({planted.question for planted in asked}) == len(asked)
        for planted in asked:
            if planted.kind == SENTENCE:
                asked_for = set(bare(planted.question))
                assert sum(bool(asked_for & set(long_words(clip))) for clip in clips) == 1

    def test_the_same_seed_makes_the_same(self, made, clips):  # noqa: F811
        again = list(pieces(clips, 90.0, 4, random.Random(0)))
        assert [planted for _, planted in again] == [planted for _, planted in made]
        assert all(np.array_equal(a, b) for (a, _), (b, _) in zip(again, made, strict=True))

    def test_clips_without_sounds(self, clips):  # noqa: F811
        speech = [clip for clip in clips if clip.text]
        with pytest.raises(EvidenceError, match="clips of speech and of sounds"):
            next(pieces(speech, 10.0, 2, random.Random(0)))
