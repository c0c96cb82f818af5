"""A question's way through the graph, with a listener and a recogniser that need no model."""

import gc
import os
import threading
import time
import weakref
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from media import FakeRecogniser, cut, silence, tone, write_wav

from assistant.app import Assistant
from assistant.ask import budgeting, nodes
from assistant.ask.context import Models
from assistant.ask.events import (
    Again,
    Cited,
    Done,
    Failed,
    Heard,
    HeardReport,
    Planned,
    Progress,
    Routed,
    Token,
)
from assistant.ask.state import Request
from assistant.budget.plan import Memory
from assistant.errors import BadRequest, BudgetRefused
from assistant.settings import Settings
from headrouter.errors import InvalidKeep
from headrouter.fakes import FakeListener
from headrouter.hear.index import AudioIndex
from headrouter.models import MODELS
from headrouter.prune.pieces import PIECE
from memory import DiskFull, NotFound, Store, Word
from tools.errors import DiskError, MediaError, Stopped
from tools.ingest import forget, index_folder
from tools.transcript import RECOGNISER

CARD = replace(MODELS["nano"], name="fake", words_by_default=False, sounds=())
QUESTION = "How does it sound there?"
INDEX = " (index: about 0.01 MB)"  # of twenty seconds


@dataclass
class Run:
    """One question, asked to the end."""

    events: list = field(default_factory=list)

    def all(self, kind):
        return [event for event in self.events if isinstance(event, kind)]

    def one(self, kind):
        (event,) = self.all(kind)
        return event

    @property
    def done(self) -> Done:
        assert not self.all(Failed)
        return self.one(Done)

    @property
    def report(self) -> HeardReport:
        return self.one(Heard).report

    @property
    def error(self) -> Exception:
        assert not self.all(Done)
        assert isinstance(self.events[-1], Failed)
        return self.one(Failed).error

    @property
    def said(self) -> str:
        return "".join(token.text for token in self.all(Token))


@pytest.fixture(autouse=True)
def bare(monkeypatch, tmp_path):
    """No setting from outside the test."""
    for name in [name for name in os.environ if name.startswith("HEADROUTER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "no config"))


@pytest.fixture
def recogniser():
    return FakeRecogniser()


@pytest.fixture
def assist(tmp_path, fake, recogniser):
    """Makes assistants on one and the same home, with the settings given."""
    opened = []

    def make(listener=fake, **settings):
        settings = Settings(home=tmp_path / "home", cache=tmp_path / "cache", **settings)
        opened.append(Assistant(settings, Models(lambda: listener, lambda: recogniser)))
        return opened[-1]

    yield make
    for assistant in opened:
        assistant.store.close()


@pytest.fixture
def assistant(assist):
    return assist()


@pytest.fixture
def wav(tmp_path):
    """Twenty seconds, of which the second half is louder."""
    return write_wav(tmp_path / "a.wav", np.concatenate([tone(10, 0.05), tone(10, 0.5)]))


def ask(assistant, recording, question=QUESTION, *, stop=lambda: False, **request) -> Run:
    return Run(list(assistant.ask(Request(str(recording), question, **request), stop)))


class TestEvents:
    def test_their_order(self, assistant, wav):
        run = ask(assistant, wav)
        kinds = [type(event) for event in run.events]
        words = f"I heard: {QUESTION}".split()
        assert kinds == [
            *[Progress] * 3,
            Routed,
            Planned,
            Progress,
            *[Token] * len(words),
            Heard,
            Cited,
            Done,
        ]

    def test_what_they_say(self, assistant, wav):
        run = ask(assistant, wav)
        assert run.all(Progress) == [
            Progress("loading the model"),
            Progress(f"listening to the recording{INDEX}"),
            Progress(f"listening to the recording{INDEX}", 1.0),
            Progress("thinking"),
        ]
        assert run.one(Routed).routes == pytest.approx(
            {"semantic": 1 / 3, "uniform": 1 / 3, "acoustic": 1 / 3}
        )
        plan = run.one(Planned)
        assert (plan.keep, plan.spans) == (0.4, [(0.0, 20.0)])
        assert plan.reason == "keep 0.4: the usual ratio"
        assert plan.predicted_bytes > 0
        assert plan.predicted_seconds > 0
        assert run.said == run.done.answer == f"I heard: {QUESTION}"
        assert not run.done.stopped

    def test_progress_over_several_windows(self, assistant, tmp_path):
        run = ask(assistant, write_wav(tmp_path / "long.wav", tone(65)))
        listening = run.all(Progress)[2:-1]
        fractions = [event.fraction for event in listening]
        assert fractions == pytest.approx([30 / 65, 60 / 65, 1.0])
        assert [event.seconds_left is None for event in listening] == [True, False, False]
        assert listening[-1].seconds_left == 0.0

    def test_the_turn_is_remembered(self, assistant, wav):
        run = ask(assistant, wav)
        (turn,) = assistant.store.turns(run.done.session)
        assert (turn.id, turn.recording_id) == (run.done.turn, run.done.recording)
        assert (turn.question, turn.answer) == (QUESTION, run.done.answer)
        citations = [asdict(citation) for citation in run.one(Cited).citations]
        assert turn.heard.pop("citations") == citations
        spans = [tuple(span) for span in turn.heard["spans"]]
        assert HeardReport(**turn.heard | {"spans": spans}) == run.report

    def test_the_moments_are_where_the_kept_tokens_are(self, assistant, wav):
        (citation,) = ask(assistant, wav).one(Cited).citations
        assert 9.9 <= citation.start < citation.end <= 20.0
        assert citation.share == pytest.approx(1.0)


class TestWhichRecording:
    def test_its_index_is_let_go_of(self, assistant, wav, monkeypatch):
        """Without a garbage collection, which a process with large models makes rarely."""
        opened = []
        usual = AudioIndex.open

        def kept_in_mind(folder, model):
            index = usual(folder, model)
            opened.append(weakref.ref(index))
            return index

        monkeypatch.setattr(AudioIndex, "open", kept_in_mind)
        gc.disable()
        try:
            ask(assistant, wav)
            assert opened and not any(reference() for reference in opened)
        finally:
            gc.enable()

    def test_it_is_heard_once(self, assistant, fake, tmp_path):
        wav = write_wav(tmp_path / "long.wav", tone(65))
        first, second = ask(assistant, wav), ask(assistant, wav, "And then?")
        assert fake.ingested == 3
        assert [question for question, _ in fake.asked] == [QUESTION, "And then?"]
        assert second.all(Progress) == [Progress("loading the model"), Progress("thinking")]
        assert first.done.recording == second.done.recording

    def test_it_is_heard_once_by_all_processes(self, assist, fake, wav):
        ask(assist(), wav)
        ask(assist(), wav)
        assert fake.ingested == 1

    def test_the_same_content_elsewhere_is_the_same(self, assistant, fake, wav, tmp_path):
        first = ask(assistant, wav)
        other = tmp_path / "other.wav"
        other.write_bytes(wav.read_bytes())
        assert ask(assistant, other).done.recording == first.done.recording
        assert fake.ingested == 1

    def test_another_model_hears_for_itself(self, assistant, fake, wav):
        ask(assistant, wav)
        fake.model_id = "fake@2"
        ask(assistant, wav)
        assert fake.ingested == 2

    def test_by_id_and_by_its_beginning(self, assistant, wav):
        known = ask(assistant, wav).done.recording
        for key in (known, known.upper(), known[:4], wav):
            assert ask(assistant, key).done.recording == known

    @pytest.mark.parametrize(
        "name",
        ["two words.wav", "Gespräch über Käse 会議 🎙.wav", "12:30 talk.wav", "a'b\"[x](y).wav"],
    )
    def test_by_a_path_of_any_name(self, assistant, wav, name):
        path = wav.rename(wav.with_name(name))
        assert ask(assistant, path).done.answer
        assert assistant.store.recordings()[0].name == name

    def test_by_a_path_from_here_and_from_home(self, assistant, wav, monkeypatch):
        monkeypatch.chdir(wav.parent)
        monkeypatch.setenv("HOME", str(wav.parent))
        known = ask(assistant, "a.wav").done.recording
        assert ask(assistant, "~/a.wav").done.recording == known

    def test_a_file_without_an_ending(self, assistant, wav):
        assert ask(assistant, wav.rename(wav.with_name("talk"))).done.answer

    @pytest.mark.parametrize(
        ("key", "kind", "message"),
        [
            ("nowhere.wav", MediaError, "nowhere.wav was not found"),
            ("no/where", MediaError, "no/where was not found"),
            ("~nobody-of-this-name/a.wav", MediaError, "was not found"),
            ("cafe", NotFound, "No recording has the path 'cafe'"),
            ("x" * 5000 + ".wav", MediaError, "File name too long"),
            ("Who says what? " * 100, NotFound, "No recording has the path"),
        ],
    )
    def test_one_that_is_not_there(self, assistant, key, kind, message):
        error = ask(assistant, key).error
        assert isinstance(error, kind)
        assert message in str(error)
        assert assistant.store.recordings() == []

    def test_answers_outlive_the_media(self, assist, recogniser, fake, wav):
        known = ask(assist(), wav).done.recording
        wav.unlink()
        for key in (known, wav):
            run = ask(assist(), key)
            assert run.done.answer
            assert run.report.seconds_heard == 20.0
        assert fake.ingested == 1

    def test_media_that_went_before_they_were_heard(self, assistant, wav, fake):
        recording = nodes.find_recording(assistant.store, str(wav))
        wav.unlink()
        error = ask(assistant, recording.id).error
        assert isinstance(error, MediaError)
        assert "was not found" in str(error)
        assert fake.ingested == 0

    def test_a_damaged_index_is_made_again(self, assistant, fake, wav):
        known = ask(assistant, wav).done.recording
        folder = index_folder(
            assistant.settings.features, assistant.store.recording(known), fake.model_id
        )
        cut(folder / "levels")
        assert ask(assistant, known).done.answer
        assert fake.ingested == 2

    def test_a_forgotten_recording_is_heard_again(self, assistant, fake, wav):
        known = ask(assistant, wav).done.recording
        recording = assistant.store.recording(known)
        forget(assistant.store, recording, **assistant.settings.folders)
        assert list(assistant.settings.features.iterdir()) == []
        assert isinstance(ask(assistant, known).error, NotFound)
        assert ask(assistant, wav).done.recording == known
        assert fake.ingested == 2


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


class TestUnsure:
    @pytest.fixture
    def fake(self, fake):
        """Unsure at less than half."""
        fake.confidence = lambda plan: -0.2 if plan.keep >= 0.5 else -3.0
        fake.reply = lambda question, plan: f"at {plan.keep:g}"
        return fake

    def test_it_listens_once_more_to_twice_as_much(self, assistant, fake, wav):
        run = ask(assistant, wav)
        assert [plan.keep for _, plan in fake.asked] == [0.4, 0.8]
        assert run.done.answer == "at 0.8"
        assert [plan.keep for plan in run.all(Planned)] == [0.4, 0.8]
        assert run.one(Again).reason == "not sure of that; listening again, more closely"
        assert run.report.escalations == 1
        assert (run.report.keep, run.report.confidence) == (0.8, -0.2)
        assert run.report.reason == "keep 0.8: more, because the first answer was unsure"
        assert assistant.store.turns(run.done.session)[0].escalations == 1

    def test_the_first_answer_comes_before_again_and_the_second_after(self, assistant, wav):
        run = ask(assistant, wav)
        kinds = [type(e) for e in run.events]
        middle = kinds.index(Again)
        said = [
            "".join(e.text for e in part if isinstance(e, Token))
            for part in (run.events[:middle], run.events[middle:])
        ]
        assert said == ["at 0.4", "at 0.8"]

    def test_only_once(self, assistant, fake, wav):
        fake.confidence = lambda plan: -9.0
        run = ask(assistant, wav)
        assert len(fake.asked) == 2
        assert (run.report.escalations, run.report.confidence) == (1, -9.0)

    def test_never_to_more_than_everything(self, assist, fake, wav):
        fake.confidence = lambda plan: -9.0
        ask(assist(default_keep=0.7), wav)
        assert [plan.keep for _, plan in fake.asked] == [0.7, 1.0]

    def test_not_when_everything_was_heard(self, assist, fake, wav):
        fake.confidence = lambda plan: -9.0
        ask(assist(default_keep=1.0), wav)
        assert [plan.keep for _, plan in fake.asked] == [1.0]

    def test_not_when_the_keep_was_fixed(self, assist, fake, wav):
        assert ask(assist(), wav, keep=0.3).report.reason == "keep 0.3: as you asked"
        ask(assist(keep=0.2), wav)
        ask(assist(keep=0.2), wav, keep=0.25)
        assert [plan.keep for _, plan in fake.asked] == [0.3, 0.2, 0.25]

    @pytest.mark.parametrize(("confidence", "times"), [(-1.2, 1), (-1.21, 2)])
    def test_the_threshold(self, assistant, fake, wav, confidence, times):
        fake.confidence = lambda plan: confidence
        ask(assistant, wav)
        assert len(fake.asked) == times

    def test_a_keep_that_is_none_is_refused(self, assistant, wav):
        assert isinstance(ask(assistant, wav, keep=7.0).error, InvalidKeep)


class Failing(FakeListener):
    """Raises the errors given, one an attempt, and then answers."""

    def __init__(self, *errors):
        super().__init__(card=CARD)
        self.errors, self.tried = list(errors), []

    def answer(self, index, question, plan, **more):
        self.tried.append(plan.keep)
        if self.errors:
            raise self.errors.pop(0)
        return super().answer(index, question, plan, **more)


FULL = (
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
    RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
    RuntimeError("could not create a primitive"),
    MemoryError(),
)


class TestOutOfMemory:
    @pytest.mark.parametrize("error", FULL, ids=lambda error: type(error).__name__)
    def test_it_steps_down_and_goes_on(self, assist, wav, error):
        fake = Failing(error)
        assistant = assist(fake)
        run = ask(assistant, wav)
        assert fake.tried == [0.4, 0.2]
        assert run.done.answer == f"I heard: {QUESTION}"
        assert run.one(Again).reason == "memory ran out; listening again to less"
        assert run.report.keep == 0.2
        assert run.report.reason == "keep 0.2: less than planned, because memory ran out"
        good, bad = assistant.store.runs("fake", "cpu")
        assert (good.outcome, good.keep) == ("ok", 0.2)
        assert (bad.outcome, bad.keep) == ("oom", 0.4)
        assert bad.predicted_bytes > 0
        assert (bad.measured_bytes, bad.measured_seconds, bad.kept_tokens) == (None, None, 0)

    def test_three_times_is_enough(self, assist, wav):
        fake = Failing(*FULL, MemoryError())
        assistant = assist(fake)
        run = ask(assistant, wav)
        assert isinstance(run.error, BudgetRefused)
        assert "memory ran out 3 times, the last at keep 0.1" in str(run.error)
        assert fake.tried == [0.4, 0.2, pytest.approx(0.1)]
        assert [r.outcome for r in assistant.store.runs("fake", "cpu")] == ["oom"] * 3
        assert assistant.store.sessions() == []
        assert len(run.all(Again)) == 2
        fake.errors.clear()
        assert ask(assistant, wav).done.answer  # and it is not poisoned

    def test_an_unsure_answer_is_not_asked_for_more_where_more_ran_out(self, assist, wav):
        fake = Failing(MemoryError())
        fake.confidence = lambda plan: -9.0
        assistant = assist(fake)
        run = ask(assistant, wav)
        assert fake.tried == [0.4, 0.2]
        assert run.done.answer

    def test_what_the_error_held_is_free_before_the_next_attempt(self, assist, wav, monkeypatch):
        fake, held, freed = Failing(), [], []

        def answer(*args, **kwargs):
            tensors = np.zeros(8)
            held.append(weakref.ref(tensors))
            raise MemoryError(f"besides {len(tensors)} numbers")

        def record(*args):
            freed.append(held[-1]() is None)

        monkeypatch.setattr(fake, "answer", answer)
        monkeypatch.setattr(nodes, "record_run", record)
        assert isinstance(ask(assist(fake), wav).error, BudgetRefused)
        assert freed == [True, True, True]

    @pytest.mark.parametrize(
        "error", [RuntimeError("mat1 and mat2 shapes cannot be multiplied"), ValueError("bug")]
    )
    def test_any_other_error_is_a_bug_and_shows(self, assist, wav, error):
        assistant = assist(Failing(error))
        with pytest.raises(type(error), match=str(error)):
            ask(assistant, wav)
        assert assistant.store.runs("fake", "cpu") == []


class TestBudget:
    def test_what_was_predicted_and_what_was_measured(self, assistant, wav):
        report = ask(assistant, wav).report
        (run,) = assistant.store.runs("fake", "cpu")
        assert run.outcome == "ok"
        assert (run.audio_tokens, run.kept_tokens, run.keep) == (250, 100, 0.4)
        assert run.prompt_tokens == len(QUESTION.split())
        assert run.predicted_bytes > 10**6
        assert 0 < run.predicted_seconds < 60
        assert run.measured_bytes is not None
        assert run.measured_seconds > 0
        assert report.predicted_bytes > run.predicted_bytes  # with the process itself
        assert report.measured_bytes > 10**7

    def test_too_little_memory_is_refused_and_noted(self, assist, fake, wav):
        assistant = assist(memory_limit=1_000_000)
        run = ask(assistant, wav)
        assert isinstance(run.error, BudgetRefused)
        assert "set --memory-limit to" in str(run.error)
        assert fake.asked == []
        (noted,) = assistant.store.runs("fake", "cpu")
        assert (noted.outcome, noted.audio_tokens, noted.keep) == ("refused", 250, 0.4)
        assert (noted.predicted_bytes, noted.measured_bytes) == (0, None)

    def test_a_limit_with_room_is_kept_to(self, assist, wav):
        run = ask(assist(memory_limit="900GB"), wav)
        assert run.report.predicted_bytes < 900 * 10**9

    def test_history_makes_the_prediction(self, assistant, fake, wav):
        ask(assistant, wav)
        (run,) = assistant.store.runs("fake", "cpu")
        assert run.new_tokens == len(f"I heard: {QUESTION}".split())
        assert run.measured_seconds == run.prefill_seconds + run.decode_seconds
        slow = replace(run, prefill_seconds=500.0, decode_seconds=100.0)
        for other in (replace(slow, model="other"), replace(slow, device="cuda")):
            for _ in range(9):
                assistant.store.record_run(other)
        assert ask(assistant, wav).one(Planned).predicted_seconds < 60
        for _ in range(9):
            assistant.store.record_run(slow)
        plan = ask(assistant, wav).one(Planned)
        assert plan.predicted_seconds == pytest.approx(600, rel=0.01)

    def test_an_answer_within_some_seconds(self, assist, wav):
        run = ask(assist(within=0.01), wav)
        assert (run.report.keep, run.report.seconds_heard) == (0.1, pytest.approx(10.0))
        assert "instead of 0.4, to answer within 0.01 s" in run.report.reason

    def test_more_words_than_assumed_are_planned_with_anew(self, assist, fake, wav, monkeypatch):
        """Twenty seconds are assumed to hold 56 tokens of speech."""
        many = [Word(at / 200, at / 200, str(at), 1.0) for at in range(4000)]
        assistant = assist()
        recogniser = SimpleNamespace(
            words=lambda samples, offset=0.0, **how: many, language=lambda samples: "en"
        )
        assistant.models = Models(lambda: fake, lambda: recogniser)
        prompt = len(QUESTION.split())
        room = fake.cost.run_bytes(250, prompt + 4000, 0.25, 200, PIECE) / 0.95 + 1000
        for module in (nodes, budgeting):
            monkeypatch.setattr(module, "memory_now", lambda context: Memory(10**9, int(room)))
        run = ask(assistant, wav, words="on")
        assert [plan.keep for plan in run.all(Planned)] == pytest.approx([0.4, 0.225])
        (asked,) = fake.asked
        assert asked[1].keep == run.report.keep == pytest.approx(0.225)
        assert asked[1].piece == PIECE  # which is tried before less is kept
        settled = fake.cost.run_bytes(250, prompt + 4000, asked[1].keep, 200, PIECE)
        assert run.report.predicted_bytes == 10**9 + settled
        assert [r.outcome for r in assistant.store.runs("fake", "cpu")] == ["ok"]

    def test_the_longest_answer_is_planned_with(self, assist, fake, wav):
        ask(assist(max_new_tokens=7), wav)
        assert fake.asked[0][1].max_new_tokens == 7


class TestStop:
    @pytest.fixture
    def fake(self):
        return Interrupted()

    def test_in_the_middle_of_an_answer(self, assistant, fake, wav):
        fake.after = 2
        run = ask(assistant, wav, stop=fake.stopped.is_set)
        assert run.done.stopped
        assert run.done.answer == run.said == "I heard:"
        (turn,) = assistant.store.turns(run.done.session)
        assert turn.answer == "I heard:"
        (noted,) = assistant.store.runs("fake", "cpu")
        assert noted.outcome == "stopped"

    def test_an_unsure_answer_that_was_stopped_is_not_asked_again(self, assistant, fake, wav):
        fake.after, fake.confidence = 2, lambda plan: -9.0
        run = ask(assistant, wav, stop=fake.stopped.is_set)
        assert run.done.stopped
        assert len(fake.asked) == 1

    def test_while_the_recording_is_scanned(self, assistant, fake, wav):
        assert ask(assistant, wav).done  # so that it was heard before
        scan, fake.asked = fake.scan, []
        fake.scan = lambda *args, stop: scan(*args, stop=lambda: fake.stopped.set() or stop())
        assert isinstance(ask(assistant, wav, stop=fake.stopped.is_set).error, Stopped)
        assert fake.asked == []

    def test_while_it_listens_to_the_recording(self, assistant, fake, tmp_path):
        wav = write_wav(tmp_path / "long.wav", tone(65))
        run = ask(assistant, wav, stop=lambda: fake.ingested == 2)
        assert isinstance(run.error, Stopped)
        assert str(run.error).startswith("stopped before there was an answer")
        (recording,) = assistant.store.recordings()
        note = "stopped before it was heard whole; it goes on from there"
        assert (recording.state, recording.note) == ("new", note)
        run = ask(assistant, wav)
        assert run.report.seconds_heard == 65.0
        assert run.report.notes == []
        assert assistant.store.recording(recording.id).state == "ready"
        assert fake.ingested == 2 + 1

    def test_closing_the_stream_early(self, assistant, wav):
        stream = assistant.ask(Request(str(wav), QUESTION))
        assert isinstance(next(stream), Progress)
        stream.close()
        assert ask(assistant, wav).done.answer


class Interrupted(FakeListener):
    """Sets ``stopped`` when it has said so many words."""

    def __init__(self):
        super().__init__(card=CARD)
        self.stopped, self.after = threading.Event(), 10**6

    def answer(self, index, question, plan, *, on_text, stop):
        said = []

        def tell(text):
            on_text(text)
            said.append(text)
            if len(said) == self.after:
                self.stopped.set()

        return super().answer(index, question, plan, on_text=tell, stop=stop)


class TestSessions:
    def test_a_new_one_is_begun(self, assistant, wav):
        first, second = ask(assistant, wav), ask(assistant, wav)
        assert first.done.session != second.done.session
        assert [s.title for s in assistant.store.sessions()] == [QUESTION, QUESTION]

    def test_a_given_one_goes_on(self, assistant, wav):
        session = ask(assistant, wav).done.session
        assert ask(assistant, wav, "And then?", session=session).done.session == session
        questions = [turn.question for turn in assistant.store.turns(session)]
        assert questions == [QUESTION, "And then?"]

    def test_an_unknown_one_is_refused_before_anything_is_heard(self, assistant, fake, wav):
        error = ask(assistant, wav, session=99).error
        assert isinstance(error, NotFound)
        assert "There is no session 99" in str(error)
        assert fake.ingested == 0

    def test_after_a_bad_rating_more_is_kept(self, assistant, wav):
        done = ask(assistant, wav).done
        assert ask(assistant, wav, session=done.session).report.keep == 0.4
        latest = assistant.store.turns(done.session)[-1]
        assistant.store.rate_turn(latest.id, -1)
        run = ask(assistant, wav, session=done.session)
        assert run.report.keep == pytest.approx(0.6)
        why = "keep 0.6: more, because a similar question was not answered well"
        assert run.report.reason == why
        assert ask(assistant, wav).report.keep == 0.4  # a conversation of its own
        other = ask(assistant, wav, "Is a dog barking?", session=done.session)
        assert other.report.keep == 0.4

    def test_after_a_second_listen_too(self, assistant, fake, wav):
        fake.confidence = lambda plan: -9.0
        session = ask(assistant, wav).done.session
        fake.confidence = lambda plan: 0.0
        assert ask(assistant, wav, session=session).report.keep == pytest.approx(0.6)

    def test_good_ratings_again_and_again_keep_less(self, assistant, wav):
        session = None
        for keep in (0.4, 0.4, 0.36, 0.324):
            run = ask(assistant, wav, session=session)
            assert run.report.keep == pytest.approx(keep)
            session = run.done.session
            assistant.store.rate_turn(run.done.turn, 1)
        assert "less, because similar questions were answered well" in run.report.reason

    def test_a_good_rating_changes_nothing_and_a_fixed_keep_stays(self, assistant, wav):
        done = ask(assistant, wav).done
        assistant.store.rate_turn(done.turn, 1)
        assert ask(assistant, wav, session=done.session).report.keep == 0.4
        assistant.store.rate_turn(assistant.store.turns(done.session)[-1].id, -1)
        assert ask(assistant, wav, session=done.session, keep=0.3).report.keep == 0.3

    def test_a_question_that_is_longer_than_the_model_can_use(self, assistant, fake, wav):
        assert ask(assistant, wav, "why " * fake.card.longest_question).done
        error = ask(assistant, wav, "why " * 1025).error
        assert isinstance(error, BadRequest)
        assert str(error).startswith("the question has 1025 tokens in 4100 characters, and")
        assert "takes 1024, some 4096 characters" in str(error)

    @pytest.mark.parametrize("question", ["x" * 20_000, "why " * 3_000])
    def test_a_question_that_no_model_can_use(self, assistant, fake, wav, question):
        error = ask(assistant, wav, question).error
        assert f"has {len(question)} characters, and 10000 are the most" in str(error)
        assert assistant.store.recordings() == []

    @pytest.mark.parametrize("question", ["", "  \n"])
    def test_an_empty_question(self, assistant, fake, wav, question):
        error = ask(assistant, wav, question).error
        assert isinstance(error, BadRequest)
        assert "the question is empty" in str(error)
        assert assistant.store.recordings() == []

    def test_a_question_without_end(self, assistant, fake, wav):
        error = ask(assistant, wav, "a" * 10_001).error
        assert isinstance(error, BadRequest)
        assert "10001 characters, and 10000 are the most" in str(error)
        assert fake.ingested == 0
        assert ask(assistant, wav, "a" * 10_000).done


class TestThreads:
    def ask_all(self, assistant, recordings):
        runs, ready = {}, threading.Barrier(len(recordings))

        def go(number):
            ready.wait()
            runs[number] = ask(assistant, recordings[number], f"question {number}?")

        asking = [threading.Thread(target=go, args=(n,)) for n in range(len(recordings))]
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join(60)
        return [runs[number].done.answer for number in range(len(recordings))]

    def test_two_recordings_at_once(self, assistant, tmp_path):
        wavs = [write_wav(tmp_path / f"{n}.wav", tone(40, 0.2 + 0.1 * n)) for n in range(2)]
        answers = self.ask_all(assistant, wavs)
        assert answers == ["I heard: question 0?", "I heard: question 1?"]

    def test_one_recording_at_once_is_heard_once(self, assistant, fake, tmp_path):
        wav = write_wav(tmp_path / "long.wav", tone(65))
        answers = self.ask_all(assistant, [wav] * 4)
        assert answers == [f"I heard: question {n}?" for n in range(4)]
        assert fake.ingested == 3
        assert assistant.store.recordings()[0].state == "ready"

    def test_stopping_while_another_listens(self, assistant, fake, tmp_path):
        wav = write_wav(tmp_path / "long.wav", tone(65))
        listening, go_on, stop = threading.Event(), threading.Event(), threading.Event()
        runs = {}

        def pause():
            listening.set()
            assert go_on.wait(30)
            return False

        def first():
            runs["first"] = ask(assistant, wav, stop=pause)

        def second():
            runs["second"] = ask(assistant, wav, stop=stop.is_set)

        asking = [threading.Thread(target=first), threading.Thread(target=second)]
        asking[0].start()
        assert listening.wait(30)
        asking[1].start()
        stop.set()
        asking[1].join(30)
        assert isinstance(runs["second"].error, Stopped)
        go_on.set()
        asking[0].join(30)
        assert runs["first"].done.answer

    def test_the_model_is_loaded_once(self, tmp_path, fake, wav):
        loaded = []

        def load():
            loaded.append(time.sleep(0.05))
            return fake

        settings = Settings(home=tmp_path / "home", cache=tmp_path / "cache")
        with Assistant(settings, Models(load, FakeRecogniser)) as assistant:
            assert loaded == []
            self.ask_all(assistant, [wav, wav])
        assert len(loaded) == 1


class TestReport:
    def test_every_field(self, assistant, fake, recogniser, wav):
        fake.reply = lambda question, plan: "loud word12 there"
        run = ask(assistant, wav, words="on")
        (question, plan), report = fake.asked[0], run.report
        assert question == QUESTION
        (noted,) = assistant.store.runs("fake", "cpu")
        assert report == HeardReport(
            seconds_heard=20.0,
            seconds_total=20.0,
            tokens_kept=100,
            tokens_total=250,
            keep=plan.keep,
            reason="keep 0.4: the usual ratio",
            words="on",
            routes=run.one(Routed).routes,
            spans=[(0.0, 20.0)],
            model="fake",
            calibrated=False,
            seconds=report.seconds,
            predicted_bytes=report.predicted_bytes,
            measured_bytes=report.measured_bytes,
            confidence=-0.1,
            agreement=pytest.approx(1 / 3),
            escalations=0,
            notes=[],
            scope=[0.0, 20.0],
            kept_bins=report.kept_bins,
            weight_bins=report.weight_bins,
            unpruned_bytes=report.unpruned_bytes,
        )
        assert report.unpruned_bytes > report.predicted_bytes
        assert (len(report.kept_bins), sum(report.kept_bins)) == (240, 100)
        assert sum(report.kept_bins[119:]) == 100  # the second half is the loud one
        assert sum(report.weight_bins) == pytest.approx(1.0, abs=0.01)
        assert list(report.seconds) == ["ingest", "route", "recognise", "prefill", "decode"]
        assert all(0 <= seconds < 60 for seconds in report.seconds.values())
        assert report.predicted_bytes > noted.predicted_bytes + 10**7  # the process is more
        assert report.measured_bytes >= 10**7
        assert noted.kept_tokens == report.tokens_kept
        assert plan.spans == ((0, 250),)

    def test_a_broken_off_file(self, assistant, wav):
        cut(wav, 0.5)
        run = ask(assistant, wav)
        assert run.report.notes == ["the file breaks off after 0:09 of 0:20"]
        assert run.report.seconds_heard == pytest.approx(10.0, abs=0.01)
        assert ask(assistant, wav).report.notes == run.report.notes

    def test_a_calibrated_model(self, assistant, fake, wav):
        fake.profile = replace(fake.profile, calibrated=True)
        assert ask(assistant, wav).report.calibrated


class TestDisk:
    def test_a_full_one_while_it_listens(self, assistant, fake, wav, monkeypatch):
        def full(*args, **kwargs):
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr("headrouter.hear.index.IndexWriter.append", full)
            error = ask(assistant, wav).error
        assert isinstance(error, DiskError)
        assert "No space left on device" in str(error)
        assert "--home" in str(error)
        (recording,) = assistant.store.recordings()
        assert recording.state == "failed"
        assert ask(assistant, wav).report.notes == []
        assert assistant.store.recording(recording.id).state == "ready"

    def test_a_folder_that_cannot_be_made(self, assistant, wav):
        assistant.settings.features.write_text("a file is in the way")
        assert isinstance(ask(assistant, wav).error, DiskError)

    def test_a_full_one_when_the_answer_is_remembered(self, assistant, wav, monkeypatch):
        def full(*args, **kwargs):
            raise DiskFull("no room: free some space")

        monkeypatch.setattr(Store, "add_turn", full)
        assert isinstance(ask(assistant, wav).error, DiskFull)


def test_ingest_ahead_of_questions(assistant, fake, wav):
    heard = []
    recording = nodes.find_recording(assistant.store, str(wav))
    ready = assistant.ingest(recording, heard.append)
    assert (ready.state, ready.seconds, heard) == ("ready", 20.0, [1.0])
    ask(assistant, Path(wav))
    assert fake.ingested == 1
    words = assistant.store.words(ready.id, RECOGNISER)
    assert words == []
