"""Questions about the whole of a recording that is too long to take at once."""

import re
from dataclasses import replace

import numpy as np
import pytest
from media import FakeRecogniser, silence, tone, write_wav

from assistant.ask.context import Models
from assistant.ask.events import Again, Cited, Done, Failed, Heard, Part, Planned, Progress, Token
from assistant.ask.state import Request
from assistant.budget.plan import Memory
from headrouter.fakes import FakeListener
from headrouter.models import MODELS

SUMMARY, LIST, COUNT = "What is this about?", "Which sounds are there?", "How often does it ring?"
PART = 150  # tokens at most: 12 s


@pytest.fixture
def fake():
    card = replace(
        MODELS["nano"], name="fake", words_by_default=False, sounds=(), whole_tokens=PART
    )
    return FakeListener(card=card)


@pytest.fixture
def wav(tmp_path):
    """Thirty seconds, with a pause of a second at ten and at twenty."""
    piece = np.concatenate([silence(0.5), tone(9), silence(0.5)])
    return write_wav(tmp_path / "long.wav", np.concatenate([piece] * 3))


def ask(assistant, wav, question, stop=lambda: False, **request):
    events = list(assistant.ask(Request(str(wav), question, **request), stop))
    assert not [event for event in events if isinstance(event, Failed)], events
    return events


def one(events, kind):
    (event,) = [event for event in events if isinstance(event, kind)]
    return event


def in_turn(*replies):
    """A reply for each part, in the order in which they are asked."""
    rest = iter(replies)
    return lambda question, plan: next(rest)


class TestParts:
    def test_they_cover_the_recording_and_meet_in_the_pauses(self, assistant, fake, wav):
        events = ask(assistant, wav, SUMMARY)
        spans = [plan.spans for _, plan in fake.asked]
        assert all(len(parts) == 1 for parts in spans)
        edges = [edge for ((first, last),) in spans for edge in (first, last)]
        assert (edges[0], edges[-1]) == (0, 375)
        assert edges[1:-1:2] == edges[2:-1:2]
        assert all(last - first <= PART for ((first, last),) in spans)
        for first in [part.start for part in events if isinstance(part, Part)][1:]:
            assert first % 10 < 0.5 or first % 10 > 9.5
        assert [event.number for event in events if isinstance(event, Part)] == [1, 2, 3]

    def test_progress_says_which_part_it_is(self, assistant, wav):
        events = ask(assistant, wav, SUMMARY, words="on")
        stages = [event.stage for event in events if isinstance(event, Progress)]
        assert "part 2 of 3: recognising words" in stages
        assert "part 3 of 3: recognising words" in stages
        plans = [event.reason for event in events if isinstance(event, Planned)]
        assert plans[1].startswith("part 2 of 3: keep 0.4")

    def test_unpruned_it_is_all_parts_at_once(self, assistant, fake, wav):
        report = one(ask(assistant, wav, SUMMARY), Heard).report
        tokens, text = report.tokens_total, fake.question_tokens(SUMMARY)
        whole = fake.cost.run_bytes(tokens, text, 1.0, 200)
        assert report.unpruned_bytes - report.predicted_bytes > 0.8 * whole

    def test_a_recording_that_fits_is_asked_once(self, assistant, fake, wav):
        fake.card = replace(fake.card, whole_tokens=375)
        events = ask(assistant, wav, SUMMARY)
        assert len(fake.asked) == 1
        assert fake.written == []
        assert one(events, Heard).report.passes == 1
        assert not [event for event in events if isinstance(event, Part)]

    def test_a_question_about_some_place_is_asked_once(self, assistant, fake, wav):
        ask(assistant, wav, "What is said about cheese?")
        ask(assistant, wav, SUMMARY, scope="stretches")
        assert [sum(b - a for a, b in plan.spans) for _, plan in fake.asked] == [PART, PART]

    def test_unless_it_is_to_be_the_whole(self, assistant, fake, wav):
        ask(assistant, wav, "What is said about cheese?", scope="whole")
        assert len(fake.asked) == 3

    def test_only_the_range_is_gone_over(self, assistant, fake, wav):
        events = ask(assistant, wav, SUMMARY, start=10.0)
        assert len(fake.asked) == 2
        assert one(events, Heard).report.seconds_total == 20.0

    def test_memory_makes_the_parts_shorter(self, assistant, fake, wav, monkeypatch):
        # Room for what 150 tokens need at keep 0.1 is not there, for 125 it is.
        needed = [fake.cost.run_bytes(tokens, 4, 0.1, 200) for tokens in (125, PART)]
        room = Memory(10**9, int(sum(needed) / 2 / 0.95))
        for module in ("nodes", "budgeting", "passes"):
            monkeypatch.setattr(f"assistant.ask.{module}.memory_now", lambda context: room)
        monkeypatch.setattr("assistant.budget.peak.resident_bytes", lambda: room.used)
        ask(assistant, wav, SUMMARY)
        assert max(b - a for _, plan in fake.asked for a, b in plan.spans) <= 125
        assert len(fake.asked) == 4

    def test_silent_parts_are_left_out_and_that_is_said(self, assistant, fake, tmp_path):
        sound = np.concatenate([tone(10), silence(10), tone(10)])
        events = ask(assistant, write_wav(tmp_path / "s.wav", sound), SUMMARY)
        report = one(events, Heard).report
        assert len(fake.asked) == report.passes == 2
        assert report.seconds_heard == pytest.approx(20.0, abs=1.0)
        assert re.search(r"2 passes, 0:(09|10) of silence left out", report.reason)

    def test_a_part_is_not_listened_to_twice(self, assistant, fake, wav):
        fake.confidence = lambda plan: -9.0
        events = ask(assistant, wav, SUMMARY)
        assert len(fake.asked) == 3
        assert not [event for event in events if isinstance(event, Again)]

    def test_what_ran_out_of_memory_once_is_not_tried_again(self, assistant, fake, wav):
        answer, tried = fake.answer, []

        def failing(index, question, plan, **more):
            tried.append(plan.keep)
            if plan.keep > 0.3:
                raise MemoryError
            return answer(index, question, plan, **more)

        fake.answer = failing
        ask(assistant, wav, SUMMARY)
        assert tried == [0.4, 0.2, 0.2, 0.2]


class TestAnswers:
    def test_counts_are_summed(self, assistant, fake, wav):
        fake.reply = in_turn("Twice.", "None.", "3")
        events = ask(assistant, wav, COUNT)
        answer = one(events, Done).answer
        assert answer.startswith("5 in all: 2 in 0:00-0:")
        assert answer.count(" in ") == 3
        assert one(events, Token).text == answer
        assert len(one(events, Cited).citations) == 2

    def test_a_part_without_a_number_is_named(self, assistant, fake, wav):
        fake.reply = in_turn("Twice.", "It rings.", "1")
        events = ask(assistant, wav, COUNT)
        assert one(events, Done).answer.startswith("3 in all")
        (note,) = one(events, Heard).report.notes
        assert note.startswith("no number was given for 0:")

    def test_lists_are_merged(self, assistant, fake, wav):
        fake.reply = in_turn("A dog and rain.", "Rain.", "Rain, bells.")
        events = ask(assistant, wav, LIST)
        assert one(events, Done).answer == "Dog, rain, bells."
        starts = [citation.start for citation in one(events, Cited).citations]
        assert len(starts) == 2  # of those parts that had something new
        assert starts[0] < 10 < 19 < starts[1]

    def test_the_model_sums_up(self, assistant, fake, wav):
        fake.reply = in_turn("Bread.", "None.", "Cheese.")
        events = ask(assistant, wav, SUMMARY)
        (text,) = fake.written
        assert "Bread." in text
        assert "Cheese." in text
        assert "None." not in text
        assert SUMMARY in text
        assert one(events, Done).answer == one(events, Token).text == "Text 1."

    def test_one_part_that_says_something_needs_no_summing_up(self, assistant, fake, wav):
        fake.reply = in_turn("None.", "Bread.", "Nothing.")
        assert one(ask(assistant, wav, SUMMARY), Done).answer == "Bread."
        assert fake.written == []

    def test_nothing_anywhere(self, assistant, fake, wav):
        fake.reply = lambda question, plan: "None."
        assert one(ask(assistant, wav, SUMMARY), Done).answer == "None."
        assert one(ask(assistant, wav, LIST), Done).answer == "None."
        assert one(ask(assistant, wav, COUNT), Done).answer == "0 in all."

    def test_texts_that_do_not_fit_are_summed_up_over_several_levels(
        self, assistant, fake, tmp_path
    ):
        wav = write_wav(tmp_path / "longer.wav", tone(60))
        fake.reply = lambda question, plan: "word " * 50
        events = ask(assistant, wav, SUMMARY)
        asked = len(fake.asked)
        assert asked > 4
        assert len(fake.written) > asked // 2  # two texts of fifty words at once, then the rest
        assert all(fake.question_tokens(text) <= PART for text in fake.written)
        assert "Text 1." in fake.written[-1]
        assert one(events, Done).answer == f"Text {len(fake.written)}."

    def test_texts_too_long_for_the_memory_stand_one_by_one(self, assistant, fake, wav):
        fake.reply = lambda question, plan: "word " * 100
        events = ask(assistant, wav, SUMMARY)
        assert fake.written == []
        assert one(events, Done).answer.count("word") == 300
        assert "stand one by one" in one(events, Heard).report.notes[0]


class TestReport:
    def test_it_adds_up(self, assistant, fake, wav):
        fake.reply = in_turn("A.", "B.", "C.")
        events = ask(assistant, wav, SUMMARY)
        report = one(events, Heard).report
        assert (report.passes, report.keep) == (3, pytest.approx(0.4))
        assert report.seconds_heard == pytest.approx(30.0)
        assert report.tokens_total == 375
        assert (
            report.tokens_kept
            == sum(report.kept_bins)
            == sum(int((b - a) * 0.4) for _, plan in fake.asked for a, b in plan.spans)
        )
        assert sum(report.weight_bins) == pytest.approx(1.0, abs=0.01)
        assert report.reason.startswith("the whole recording in parts of up to 0:1")
        assert report.reason.endswith("3 passes; keep 0.4: the usual ratio")
        assert len(report.spans) == 3
        assert set(report.seconds) == {"ingest", "route", "prefill", "decode"}
        assert sum(c.share for c in one(events, Cited).citations) <= 1.0
        assert len(assistant.store.runs("fake", "cpu")) == 3
        (turn,) = assistant.store.turns(one(events, Done).session)
        assert turn.heard["passes"] == 3


class TestStop:
    def test_between_parts_what_was_heard_is_told(self, assistant, fake, wav):
        events = ask(assistant, wav, SUMMARY, stop=lambda: len(fake.asked) == 2)
        done, report = one(events, Done), one(events, Heard).report
        assert done.stopped
        assert fake.written == []
        assert "stopped after 2 of 3 passes" in report.reason
        assert report.seconds_heard < 21
        assert len([event for event in events if isinstance(event, Part)]) == 2

    def test_while_a_part_is_scanned(self, assistant, fake, wav):
        scan, scanned = fake.scan, []

        def counted(*args, stop):
            scanned.append(args)
            return scan(*args, stop=stop)

        fake.scan = counted
        events = ask(assistant, wav, SUMMARY, stop=lambda: len(scanned) == 2)
        assert one(events, Done).stopped
        assert len(fake.asked) == 1
        assert "stopped after 1 of 3 passes" in one(events, Heard).report.reason

    def test_within_a_part(self, assistant, fake, wav):
        stopping = []
        fake.reply = lambda question, plan: "one two three"

        def stop():
            stopping.append(len(fake.asked))
            return stopping.count(2) > 2  # at the third word of the second part

        events = ask(assistant, wav, SUMMARY, stop=stop)
        assert one(events, Done).stopped
        assert len(fake.asked) == 2
        second = [event for event in events if isinstance(event, Part)][1]
        assert second.answer in ("one", "one two")

    def test_before_the_model_is_asked_about_a_part(self, assistant, fake, wav):
        """While its words are recognised."""
        counts = FakeRecogniser()
        assistant.models = Models(lambda: fake, lambda: counts)
        events = ask(assistant, wav, SUMMARY, words="on", stop=lambda: len(counts.asked) == 2)
        assert one(events, Done).stopped
        assert len(counts.asked) == 2
        assert "stopped after 1 of 3 passes" in one(events, Heard).report.reason


class TestQuotes:
    """A model whose card says so lets the words sum up what was said."""

    def test_a_summary_is_quoted_of_all_parts_together(self, assistant, fake, wav):
        events = ask(assistant, wav, SUMMARY, words="on")
        said = [event.text for event in events if isinstance(event, Token)]
        answer = one(events, Done).answer
        assert said == [answer]
        assert answer.startswith("0:00 “word0 word1 word2 ")
        assert answer.count("\n") == 0  # of thirty seconds one sentence
        report = one(events, Heard).report
        assert (report.words, report.passes, report.confidence) == ("quoted", 3, None)
        (citation,) = one(events, Cited).citations
        assert f"0:00 “{citation.text}”" == answer
        assert citation.share == pytest.approx((citation.end - citation.start) / 30, abs=0.01)
        assert fake.written == []

    def test_without_words_the_model_sums_up(self, assistant, fake, wav):
        events = ask(assistant, wav, SUMMARY, words="off")
        assert one(events, Done).answer == "Text 1."
        assert one(events, Heard).report.words == "off"

    def test_no_task_was_named(self, assistant, fake, wav):
        events = ask(assistant, wav, "List the action items.", words="on")
        assert one(events, Done).answer == "No such words were recognised."
        assert one(events, Cited).citations == []
