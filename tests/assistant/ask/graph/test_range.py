"""A range of a recording, and a recording that is too long to be heard at once."""

from dataclasses import replace

import numpy as np
import pytest
from asking import CARD, ask
from media import tone, write_wav

from assistant.ask.events import Planned
from assistant.errors import BadRequest
from memory import Word
from tools.transcript import RECOGNISER


class TestRange:
    def test_only_that_is_heard(self, assistant, fake, wav):
        run = ask(assistant, wav, start=4.0, end=6.0)
        assert run.one(Planned).spans == [(4.0, 6.0)]
        assert run.report.seconds_total == pytest.approx(2.0)
        assert run.report.tokens_total == 25
        assert fake.asked[0][1].spans == ((50, 75),)

    @pytest.mark.parametrize("first", [29, 58, 59, 116])
    def test_not_a_token_more(self, assistant, fake, wav, first):
        """Times of these tokens, as floating point has them, lie just before their beginning."""
        run = ask(assistant, wav, start=first * 0.08, end=(first + 10) * 0.08)
        assert fake.asked[0][1].spans == ((first, first + 10),)
        assert run.report.tokens_total == 10

    def test_from_somewhere_and_up_to_somewhere(self, assistant, wav):
        assert ask(assistant, wav, start=12.0).one(Planned).spans == [(12.0, 20.0)]
        assert ask(assistant, wav, end=8.0).one(Planned).spans == [(0.0, 8.0)]

    def test_an_end_after_the_recordings(self, assistant, wav):
        assert ask(assistant, wav, start=19.0, end=500.0).report.spans == [
            (pytest.approx(18.96), 20.0)
        ]

    @pytest.mark.parametrize(
        ("start", "end", "message"),
        [
            (20.0, None, "the range 0:20 to 0:20 holds nothing"),
            (70.0, 80.0, "the range 1:10 to 1:20 holds nothing"),
            (5.0, 5.0, "the range 0:05 to 0:05 holds nothing"),
            (6.0, 5.0, "choose one between 0:00 and 0:20, the length of the recording"),
            (None, 0.0, "the range 0:00 to 0:00 holds nothing"),
        ],
    )
    def test_one_that_holds_nothing(self, assistant, fake, wav, start, end, message):
        error = ask(assistant, wav, start=start, end=end).error
        assert isinstance(error, BadRequest)
        assert message in str(error)
        assert fake.asked == []

    def test_a_long_recording_is_heard_where_it_matters(self, assist, fake, tmp_path):
        samples = np.concatenate([tone(30, 0.02), tone(10, 0.5), tone(30, 0.02)])
        fake.card = replace(CARD, whole_tokens=125)
        run = ask(assist(), write_wav(tmp_path / "long.wav", samples))
        (span,) = run.one(Planned).spans
        assert span == pytest.approx((30.0, 40.0), abs=0.1)  # its ends lie in the quiet
        assert run.report.seconds_heard == pytest.approx(10.0)
        assert run.report.seconds_total == pytest.approx(70.0)
        assert (run.report.tokens_kept, run.report.tokens_total) == (50, 875)
        assert "takes no more at once" in run.report.reason

    def test_a_long_recording_is_heard_where_its_words_are_known(self, assist, fake, tmp_path):
        samples = np.concatenate([tone(30, 0.02), tone(10, 0.5), tone(30, 0.02)])
        fake.card = replace(CARD, whole_tokens=125)
        assistant = assist()
        known = ask(assistant, write_wav(tmp_path / "long.wav", samples)).done.recording
        words = [Word(50.0, 50.4, "the", 1.0), Word(60.0, 60.4, "Budget.", 1.0)]
        assistant.store.add_words(known, RECOGNISER, 50.0, 62.0, words)
        (span,) = ask(assistant, known, "What of the budget?").one(Planned).spans
        assert span[0] < 59.5 < 60.5 < span[1]
