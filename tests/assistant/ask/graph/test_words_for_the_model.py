"""Words that the model is given, and quotes that need none."""

from dataclasses import replace

import numpy as np
import pytest
from asking import CARD, ask
from media import tone, write_wav

from assistant.ask.events import Again, Cited
from tools.errors import MediaError, Stopped


class TestWordsForTheModel:
    def told(self, fake):
        return [plan.words for _, plan in fake.asked]

    def test_on(self, assistant, fake, recogniser, wav):
        run = ask(assistant, wav, words="on", end=3.0)
        assert self.told(fake) == ["word0 word1 word2"]
        assert run.report.words == "on"
        assert "recognise" in run.report.seconds
        assert ask(assistant, wav, words="on", end=3.0).report.words == "on"
        assert recogniser.asked == [(0.0, pytest.approx(4.04))]

    def test_off(self, assist, fake, recogniser, wav):
        fake.card = replace(CARD, words_by_default=True)
        run = ask(assist(words="on"), wav, words="off")
        assert self.told(fake) == [None]
        assert run.report.words == "off"
        assert recogniser.asked == []

    @pytest.mark.parametrize("default", [True, False])
    def test_auto_is_as_the_models_card_says(self, assistant, fake, wav, default):
        fake.card = replace(CARD, words_by_default=default)
        ask(assistant, wav, end=2.0)
        assert self.told(fake) == (["word0 word1"] if default else [None])

    @pytest.mark.parametrize(
        "question",
        ["Which animal is heard?\nA. a dog\nB. a cow", "Is there the sound of a siren?"],
    )
    def test_what_is_asked_by_ear_needs_none(self, assistant, fake, recogniser, wav, question):
        fake.card = replace(CARD, words_by_default=True)
        assert ask(assistant, wav, question).report.words == "off"
        assert recogniser.asked == []
        assert ask(assistant, wav, question, words="on").report.words == "on"

    def test_the_setting_and_the_question_over_it(self, assist, fake, wav):
        ask(assist(words="on"), wav, end=1.0)
        ask(assist(words="on"), wav, words="off", end=1.0)
        assert self.told(fake) == ["word0", None]

    def test_only_those_of_the_stretches_heard(self, assistant, fake, tmp_path):
        samples = np.concatenate([tone(30, 0.02), tone(10, 0.5), tone(30, 0.02)])
        fake.card = replace(CARD, whole_tokens=125)
        ask(assistant, write_wav(tmp_path / "long.wav", samples), words="on")
        assert self.told(fake) == [" ".join(f"word{second}" for second in range(30, 40))]

    def test_nothing_recognised(self, assistant, fake, recogniser, wav, monkeypatch):
        monkeypatch.setattr(recogniser, "words", lambda *args, **kwargs: [])
        run = ask(assistant, wav, words="on")
        assert self.told(fake) == [None]
        assert (run.report.words, run.report.agreement) == ("on", None)

    def test_how_far_the_recogniser_agrees(self, assistant, fake, wav):
        fake.reply = lambda question, plan: "a word0 and word77 of it"
        run = ask(assistant, wav, words="on", end=2.0)
        assert run.report.agreement == 0.5
        assert run.one(Cited).citations[0].text

    def test_moments_are_checked_against_the_words_in_them(self, assistant, fake, tmp_path):
        """Two loud moments are cited; the answer's words were said in the later one."""
        quiet = tone(8, 0.001)
        sound = np.concatenate([quiet, tone(2), quiet, tone(2), quiet])
        fake.reply = lambda question, plan: "word19 at 0:03"  # times in an answer count for nothing
        wav = write_wav(tmp_path / "two.wav", sound)
        cited = ask(assistant, wav, words="on", keep=0.12).one(Cited).citations
        first, second = sorted(cited, key=lambda citation: citation.start)
        assert (first.start, second.start) == (
            pytest.approx(8, abs=0.3),
            pytest.approx(18, abs=0.3),
        )
        assert (first.agreement, second.agreement) == (0.0, 1.0)
        assert "word19" in second.text
        cited = ask(assistant, wav, words="off", keep=0.12).one(Cited).citations
        assert [citation.agreement for citation in cited] == [None, None]

    def test_the_moment_where_the_questions_word_was_said_comes_first(self, assistant, tmp_path):
        quiet = tone(8, 0.001)
        sound = np.concatenate([quiet, tone(2, 0.5), quiet, tone(2, 0.4), quiet])
        wav = write_wav(tmp_path / "two.wav", sound)
        for question, words, start in (
            ("What is said about word19?", "on", 18),
            ("What is said about word19?", "off", 8),  # the louder one
            ("What is said about word9?", "on", 8),
        ):
            cited = ask(assistant, wav, question, words=words, keep=0.12).one(Cited).citations
            assert cited[0].start == pytest.approx(start, abs=0.3), question

    def test_media_that_are_gone(self, assistant, fake, wav):
        """Automatic words are left out, and the report says why; words asked for are not."""
        known = ask(assistant, wav).done.recording
        wav.unlink()
        fake.card = replace(CARD, words_by_default=True)
        run = ask(assistant, known)
        assert run.done.answer
        assert run.report.words == "off"
        (note,) = run.report.notes
        assert note.startswith("answered without recognised words")
        assert "was not found" in note
        assert isinstance(ask(assistant, known, words="on").error, MediaError)

    def test_stopping_while_they_are_recognised(self, assistant, fake, recogniser, wav):
        run = ask(assistant, wav, words="on", stop=lambda: bool(recogniser.asked))
        assert isinstance(run.error, Stopped)
        assert fake.asked == []


class TestQuotes:
    """A model whose card says so lets the words answer that were said."""

    QUESTION = "What is said about word12?"

    def test_the_answer_is_what_was_said(self, assistant, fake, wav):
        run = ask(assistant, wav, self.QUESTION, words="on")
        assert (
            run.done.answer == run.said == "0:00 “" + " ".join(f"word{n}" for n in range(20)) + "”"
        )
        assert run.report.words == "quoted"
        assert (run.report.confidence, run.report.agreement) == (None, None)
        assert fake.asked == []  # no prefill: which sentences, the scan tells
        assert run.report.tokens_kept == 100
        first = run.one(Cited).citations[0]
        assert first.start <= 12.0 < first.end
        assert first.agreement > 0

    def test_not_without_words(self, assistant, wav):
        run = ask(assistant, wav, self.QUESTION, words="off")
        assert run.done.answer == f"I heard: {self.QUESTION}"
        assert run.report.words == "off"

    def test_not_by_a_model_that_words_well(self, assistant, fake, wav):
        fake.card = replace(CARD, quotes=False)
        run = ask(assistant, wav, self.QUESTION, words="on")
        assert run.done.answer == run.said == f"I heard: {self.QUESTION}"
        assert run.report.words == "on"

    def test_an_unsure_model_changes_nothing(self, assistant, fake, wav):
        fake.confidence = lambda plan: -5.0
        run = ask(assistant, wav, self.QUESTION, words="on")
        assert not run.all(Again)
        assert run.report.words == "quoted"

    def test_asked_to_quote_any_model_does(self, assistant, fake, wav):
        fake.card = replace(CARD, quotes=False)
        run = ask(assistant, wav, "Quote what is said about word12.", start=10.0, end=14.0)
        assert run.done.answer == "0:10 “word10 word11 word12 word13”"
        assert run.report.words == "quoted"
        assert ask(assistant, wav, "Quote it, word for word.").report.words == "transcript"

    def test_nothing_to_quote(self, assistant, recogniser, wav, monkeypatch):
        monkeypatch.setattr(recogniser, "words", lambda *args, **kwargs: [])
        run = ask(assistant, wav, "Quote what is said about the river.")
        assert run.done.answer == run.said == "No such words were recognised."
        assert run.report.words == "quoted"
