"""Silence, and questions that are answered with a transcript."""

import numpy as np
import pytest
from asking import ask
from media import silence, tone, write_wav

from assistant.ask.events import Cited, Done, Heard, Progress, Token
from tools.errors import Stopped


class TestSilence:
    def test_the_model_is_not_asked(self, assistant, fake, recogniser, tmp_path):
        run = ask(assistant, write_wav(tmp_path / "s.wav", silence(10)))
        assert run.done.answer == run.said
        assert run.done.answer == "Nothing audible: this stretch of the recording is silent."
        assert (fake.asked, recogniser.asked) == ([], [])
        assert [type(e) for e in run.events] == [*[Progress] * 3, Token, Heard, Cited, Done]

    def test_what_the_report_says(self, assistant, tmp_path):
        run = ask(assistant, write_wav(tmp_path / "s.wav", silence(10)))
        report = run.report
        assert report.reason == "nothing audible, so the model was not asked"
        assert (report.seconds_heard, report.seconds_total) == (0, 10.0)
        assert (report.tokens_kept, report.tokens_total) == (0, 125)
        assert (report.spans, report.confidence, report.predicted_bytes) == ([], None, 0)
        assert report.notes == ["0:10 of silence skipped"]
        assert run.one(Cited).citations == []
        assert assistant.store.turns(run.done.session)[0].answer == run.done.answer
        assert assistant.store.runs("fake", "cpu") == []

    def test_words_are_not_invented_either(self, assistant, recogniser, tmp_path):
        run = ask(assistant, write_wav(tmp_path / "s.wav", silence(10)), "Transcribe this")
        assert run.done.answer.startswith("Nothing audible")
        assert recogniser.asked == []

    def test_a_silent_stretch_of_a_loud_recording(self, assistant, fake, tmp_path):
        samples = np.concatenate([tone(5), silence(5), tone(5)])
        wav = write_wav(tmp_path / "gap.wav", samples)
        run = ask(assistant, wav, start=5.5, end=9.5)
        assert run.done.answer.startswith("Nothing audible")
        assert fake.asked == []
        assert ask(assistant, wav, start=4.0, end=6.0).said.startswith("I heard")

    def test_a_stretch_too_faint_to_be_heard_is_not_silent_if_words_are(
        self, assistant, recogniser, tmp_path
    ):
        samples = np.concatenate([tone(5), tone(5, 0.0005), silence(5)])
        wav = write_wav(tmp_path / "far.wav", samples)
        asked = ask(assistant, wav, "Summarise all of it.", start=5.5, end=9.5)
        assert not asked.done.answer.startswith("Nothing audible")
        assert recogniser.asked
        assert ask(assistant, wav, start=10.5, end=14.5).done.answer.startswith("Nothing audible")

    def test_a_very_quiet_recording_is_heard(self, assistant, tmp_path):
        sound = np.concatenate([silence(2), tone(2, 0.0012), silence(2)])  # -61 dBFS
        run = ask(assistant, write_wav(tmp_path / "quiet.wav", sound))
        assert run.said.startswith("I heard")
        assert "very quiet, made 36 dB louder" in run.report.notes[0]

    def test_a_loud_stretch_of_a_silent_recording(self, assistant, fake, tmp_path):
        samples = np.concatenate([silence(5), tone(1), silence(5)])
        wav = write_wav(tmp_path / "knock.wav", samples)
        assert ask(assistant, wav, start=5.0, end=6.0).said.startswith("I heard")
        assert ask(assistant, wav).said.startswith("I heard")
        assert ask(assistant, wav, start=0.0, end=4.9).said.startswith("Nothing audible")
        assert len(fake.asked) == 2


class TestRequestsForWords:
    @pytest.mark.parametrize(
        "question",
        [
            "Transcribe it",
            "Give me a transcript, please",
            "What exactly did she say?",
            "QUOTE it",
            "word for word",
            "verbatim!",
        ],
    )
    def test_they_go_to_the_recogniser(self, assistant, fake, recogniser, wav, question):
        run = ask(assistant, wav, question)
        assert run.done.answer == " ".join(f"word{second}" for second in range(20))
        assert fake.asked == []
        assert recogniser.asked == [(0.0, 20.0)]
        assert run.report.words == "transcript"
        assert run.report.reason == "a request for words: the recogniser answered"
        assert (run.report.seconds_heard, run.report.seconds_total) == (20.0, 20.0)

    @pytest.mark.parametrize("question", ["What is the quotient?", "Exactly who spoke?"])
    def test_other_questions_do_not(self, assistant, fake, wav, question):
        ask(assistant, wav, question)
        assert len(fake.asked) == 1

    def test_words_are_recognised_once(self, assistant, recogniser, wav):
        first = ask(assistant, wav, "Transcribe it", end=10.0)
        again = ask(assistant, wav, "Transcribe it", start=2.0, end=8.0)
        rest = ask(assistant, wav, "Transcribe it")
        assert first.done.answer.split() == [f"word{second}" for second in range(10)]
        assert again.done.answer.split() == [f"word{second}" for second in range(2, 8)]
        assert len(rest.done.answer.split()) == 20
        assert recogniser.asked == [(0.0, 11.0), (9.0, 11.0)]  # a second more on either side

    def test_progress_and_the_cited_moment(self, assistant, tmp_path):
        run = ask(assistant, write_wav(tmp_path / "l.wav", tone(45)), "Transcribe it")
        stages = [e.fraction for e in run.all(Progress) if e.stage == "recognising words"]
        assert stages == [0.0, 0.5, 1.0]
        (citation,) = run.one(Cited).citations
        assert (citation.start, citation.end, citation.share) == (0.0, 44.5, 1.0)
        assert citation.text == run.done.answer

    def test_without_a_word(self, assistant, recogniser, wav, monkeypatch):
        monkeypatch.setattr(recogniser, "words", lambda *args, **kwargs: [])
        run = ask(assistant, wav, "Transcribe it")
        assert run.done.answer == "No words were recognised."
        assert run.one(Cited).citations == []

    def test_from_memory_when_the_media_are_gone(self, assistant, wav):
        first = ask(assistant, wav, "Transcribe it")
        wav.unlink()
        assert ask(assistant, first.done.recording, "Transcribe it").said == first.said

    def test_when_the_media_are_gone_before(self, assistant, wav):
        known = ask(assistant, wav).done.recording
        wav.unlink()
        assert "was not found" in str(ask(assistant, known, "Transcribe it").error)

    def test_stopping_keeps_what_is_done_and_says_so(self, assistant, recogniser, tmp_path):
        wav = write_wav(tmp_path / "l.wav", tone(75))

        def stop():
            return len(recogniser.asked) == 2

        run = ask(assistant, wav, "Transcribe it", stop=stop)
        assert run.done.stopped
        assert run.done.answer.split() == [f"word{second}" for second in range(28)]
        assert (run.report.seconds_heard, run.report.seconds_total) == (28.0, 75.0)
        assert run.report.spans == [(0.0, 28.0)]
        whole = ask(assistant, wav, "Transcribe it")
        assert len(whole.done.answer.split()) == 75
        assert recogniser.asked[2] == (27.0, 30.0)

    def test_stopping_before_the_first_word(self, assistant, recogniser, wav):
        run = ask(assistant, wav, "Transcribe it", stop=lambda: bool(recogniser.asked))
        assert isinstance(run.error, Stopped)
        assert assistant.store.sessions() == []
