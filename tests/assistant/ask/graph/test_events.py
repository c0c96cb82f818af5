"""The events of a run, and what its report says."""

from dataclasses import asdict, replace

import pytest
from asking import INDEX, QUESTION, ask
from media import cut, tone, write_wav

from assistant.ask.events import Cited, Done, Heard, HeardReport, Planned, Progress, Routed, Token


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
