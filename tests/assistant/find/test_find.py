"""Moments are found in many recordings: sounds, words, speakers, and near each other."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from house import House, Reader
from media import tone, write_wav

from assistant.ask.answers.ear import SURE
from assistant.errors import BadRequest, Misused
from assistant.find.query import read_query
from assistant.find.selection import Selection
from headrouter.models import MODELS
from memory import Segment, Word
from tools.errors import Stopped
from tools.ingest import add_recording
from tools.transcript import RECOGNISER


class TestAQueryIsRead:
    def parts(self, text):
        return [(part.kind, part.text) for part in read_query(text).parts]

    @pytest.mark.parametrize(
        ("text", "parts"),
        [
            ("glass breaking", [("sound", "glass breaking")]),
            ("a siren", [("sound", "siren")]),
            ("Sirene", [("sound", "siren")]),
            ('"siren"', [("words", "siren")]),
            ("said:siren", [("words", "siren")]),
            ("budget meeting", [("words", "budget meeting")]),
            ("sound:Harmonica", [("sound", "harmonica")]),
            ("speaker:Anna", [("speaker", "Anna")]),
            ("siren and 'the budget'", [("sound", "siren"), ("words", "the budget")]),
        ],
    )
    def test_sounds_words_and_speakers_are_told_apart(self, text, parts):
        assert self.parts(text) == parts

    @pytest.mark.parametrize(
        ("text", "seconds"),
        [
            ("siren within a minute of 'budget'", 60),
            ("siren within 30 seconds of 'budget'", 30),
            ("siren within two minutes of 'budget'", 120),
            ("siren within 5s of 'budget'", 5),
        ],
    )
    def test_how_near_things_are_is_said_in_words_or_numbers(self, text, seconds):
        assert read_query(text).within == seconds
        assert self.parts(text) == [("sound", "siren"), ("words", "budget")]

    @pytest.mark.parametrize("text", ["", "   ", "and", '""', "speaker:", "...", "x" * 301])
    def test_one_that_looks_for_nothing_is_refused(self, text):
        with pytest.raises(Misused):
            read_query(text)

    def test_a_length_of_time_that_is_none_is_refused_with_what_to_write(self):
        with pytest.raises(Misused, match="within 30 seconds of"):
            read_query("siren within a banana of 'budget'")


class TestMomentsAreFound:
    def test_a_sound_by_its_name_in_every_recording(self, house):
        house.record("a", sounds={"siren": (10, 13)})
        house.record("b", sounds={"dog": (10, 13)})
        house.record("c", sounds={"siren": (30, 32)})
        assert sorted(house.moments("siren")) == [("a", 10), ("c", 30)]

    def test_words_by_their_letters_without_any_transcript(self, house):
        house.record("a", said={5.0: "we spoke about the weather"})
        house.record("b", said={20.0: "the budget is small"})
        (moment,) = house.find('"budget"').moments
        assert (moment.name, moment.by) == ("b.wav", "ear")
        assert moment.start == pytest.approx(20.2, abs=1)
        assert "budget" in moment.text  # the letters as they were read
        assert moment.score > 0.9

    def test_what_is_said_nowhere_is_found_nowhere(self, house):
        house.record("a", said={5.0: "we spoke about the weather"})
        assert house.moments('"kangaroo"') == []

    def test_a_phrase_is_found_before_its_words_apart(self, house):
        house.record("apart", said={3.0: "launch is late", 6.0: "postpone the meeting"})
        house.record("phrase", said={9.0: "we postpone the launch"})
        found = house.find('"postpone the launch"').moments
        assert found[0].name == "phrase.wav"
        assert all(moment.score < found[0].score for moment in found[1:])

    def test_recognised_words_count_for_more_than_the_ear(self, house):
        a = house.record("a")
        house.record("b", said={20.0: "the budjet is small"})
        words = [Word(7.0, 7.4, "the", 0.9), Word(7.4, 8.0, "budget", 0.9)]
        house.store.add_words(a.id, RECOGNISER, 0.0, 40.0, words)
        found = house.find('"budget"').moments
        assert [(m.name, m.by) for m in found] == [("a.wav", "words"), ("b.wav", "ear")]
        assert found[0].text == "the budget"

    def test_the_ear_counts_half_where_other_words_were_recognised(self, house):
        a = house.record("a", said={20.0: "the budget is small"})
        before = house.find('"budget"').moments[0].score
        house.store.add_words(a.id, RECOGNISER, 0.0, 40.0, [Word(20.5, 21.0, "budgie", 0.9)])
        assert house.find('"budget"').moments[0].score == pytest.approx(before / 2)

    def test_a_speaker_by_name(self, house):
        a = house.record("a")
        turns = [Segment(a.id, "speaker", "m", 4.0, 9.0, "1")]
        house.store.set_speakers(a.id, "m", 40.0, turns, {})
        house.store.name_speaker(a.id, "1", "Anna")
        assert house.moments("speaker:anna") == [("a", 4)]

    def test_things_near_each_other_and_not_those_further_apart(self, house):
        house.record("near", said={20.0: "the budget is small"}, sounds={"siren": (10, 12)})
        house.record("far", said={35.0: "the budget is small"}, sounds={"siren": (2, 4)})
        house.record("one", sounds={"siren": (2, 4)})
        assert house.moments('siren within 10 seconds of "budget"') == [("near", 10)]
        both = house.moments('siren and "budget"')
        assert sorted(both) == [("far", 2), ("near", 10)]

    def test_a_sound_that_another_outdoes_is_never_sure(self, house, listener, monkeypatch):
        """A list of moments names no rival, so the score says it."""
        house.record("a", sounds={"siren": (10, 13)})
        house.record("b", sounds={"siren": (10, 13), "dog": (10, 13)})
        spot = listener.spot

        def weaker(index, names, first, last):
            found = spot(index, names, first, last)
            found[[name == "siren" for name in names]] *= 0.5
            return found

        monkeypatch.setattr(listener, "spot", weaker)
        scores = {m.name[0]: m.score for m in house.find("siren").moments}
        assert scores["a"] == pytest.approx(0.5) and 0 < scores["b"] < SURE

    def test_a_sound_whose_name_the_model_does_not_know_by_going_over_all(self, house):
        house.record("a", sounds={"harmonica": (10, 13)})
        house.record("b", sounds={"dog": (10, 13)})
        assert house.moments("sound:harmonica") == [("a", 10)]

    def test_the_likeliest_come_first_and_no_more_than_are_asked_for(self, house):
        for number in range(5):
            house.record(f"r{number}", sounds={"dog": (10, 12)})
        assert len(house.find("dog", most=3).moments) == 3
        with pytest.raises(BadRequest, match="1 to 1000"):
            house.find("dog", most=0)


class TestTheSearchIsQuickBecause:
    def test_recordings_are_heard_once_and_not_gone_over_again(self, house, listener):
        house.record("a", sounds={"siren": (10, 13)})
        house.find("siren")
        before = listener.spotted
        assert house.moments("siren") == [("a", 10)]
        assert listener.spotted == before

    def test_words_are_looked_at_closely_at_the_likeliest_places_only(self, house, listener):
        house.record("long", said={100.0: "the budget is small"}, seconds=2000.0)
        house.find("siren")  # so that it is sketched
        before = listener.spotted
        assert house.moments('"budget"') == [("long", 100)]
        assert 0 < listener.spotted - before < 500

    def test_listening_makes_what_is_searched(self, house, listener):
        path = write_wav(house.folder / "new.wav", tone(2))
        recording = add_recording(house.store, path)
        house.assistant.ingest(recording, lambda fraction: None)
        assert set(house.store.sketched_tokens(listener.model_id)) == {recording.id}

    def test_what_went_to_make_room_is_still_found_by_its_sounds(self, house):
        import shutil

        house.record("a", sounds={"siren": (10, 13)})
        house.find("siren")
        shutil.rmtree(house.assistant.settings.features)
        assert house.moments("siren") == [("a", 10)]

    def test_a_recording_that_is_forgotten_is_found_no_more(self, house):
        a = house.record("a", sounds={"siren": (10, 13)})
        house.record("b")
        house.find("siren")
        house.store.remove_recording(a.id)
        assert house.moments("siren") == []

    def test_it_can_be_stopped(self, house):
        house.record("a")
        with pytest.raises(Stopped):
            house.find("siren", stop=lambda: True)


class TestRecordingsAreChosen:
    @pytest.fixture
    def three(self, house):
        a = house.record("calls/a", sounds={"dog": (1, 3)}, seconds=10.0)
        b = house.record("calls/b", sounds={"dog": (1, 3)}, seconds=30.0)
        c = house.record("c", sounds={"dog": (1, 3)}, seconds=60.0)
        house.store.add_tags(b.id, ["Work"])
        house.store.set_language(c.id, "de")
        turns = [Segment(a.id, "speaker", "m", 4.0, 9.0, "1")]
        house.store.set_speakers(a.id, "m", 10.0, turns, {})
        house.store.name_speaker(a.id, "1", "Anna")
        return house, (a, b, c)

    @pytest.mark.parametrize(
        ("selection", "names"),
        [
            (dict(tags=("work",)), "b"),
            (dict(longer=20.0), "bc"),
            (dict(shorter=20.0), "a"),
            (dict(language="de"), "c"),
            (dict(speaker="ANNA"), "a"),
            (dict(since=date.today() - timedelta(days=2)), "abc"),
        ],
    )
    def test_by_tag_length_language_speaker_and_date(self, three, selection, names):
        house, _ = three
        found = house.moments("dog", Selection(**selection))
        assert sorted(name for name, _ in found) == sorted(names)

    def test_by_folder_and_by_id(self, three):
        house, (a, _, c) = three
        found = house.moments("dog", Selection(folder=house.folder / "calls"))
        assert sorted(found) == [("a", 1), ("b", 1)]
        assert house.moments("dog", Selection(recordings=(c.id,))) == [("c", 1)]
        assert house.moments("dog", Selection(recordings=(a.id,))) == [("a", 1)]

    def test_none_is_refused_with_what_to_do(self, three):
        house, _ = three
        with pytest.raises(BadRequest, match="leave a condition out"):
            house.find("dog", Selection(until=date(2000, 1, 1)))

    def test_where_there_is_none_at_all_ingest_is_named(self, house):
        with pytest.raises(BadRequest, match="headrouter ingest"):
            house.find("dog")

    def test_those_that_were_never_heard_are_counted(self, house):
        house.record("a", sounds={"dog": (1, 3)})
        add_recording(house.store, write_wav(house.folder / "new.wav", tone(3)))
        found = house.find("dog")
        assert (found.searched, found.unheard) == (2, 1)


class TestWhatAModelCannotHear:
    def test_is_said_where_it_reads_no_letters_and_recognised_words_are_searched(self, tmp_path):
        card = replace(MODELS["nano"], name="deaf", sounds=(), spotting=None)
        house = House(tmp_path, Reader(card=card))
        with house.assistant:
            a = house.record("a", said={5.0: "budget"})
            assert "use the model nano" in house.find('"budget"').note
            house.store.add_words(a.id, RECOGNISER, 0, 40, [Word(1.0, 2.0, "budget", 0.9)])
            assert house.moments('"budget"') == [("a", 1)]

    def test_is_said_of_a_word_that_has_no_letters(self, house):
        house.record("a")
        assert "headrouter transcript" in house.find("天气").note


class TestTheCommand:
    def test_prints_a_table_or_one_json_object(self, house, monkeypatch, capsys):
        from assistant.doors.cli import library

        house.record("a", sounds={"siren": (10, 13)})
        from contextlib import nullcontext

        monkeypatch.setattr(library, "opened", lambda flags, offer: nullcontext(house.assistant))
        library.find("siren", as_json=True)
        (moment,) = json.loads(capsys.readouterr().out)["moments"]
        assert (moment["name"], round(moment["start"]), moment["found"]) == ("a.wav", 10, "siren")
        library.find("siren")
        assert "0:10" in capsys.readouterr().out
        library.find("dog")
        assert "nothing like it was found in 1 recordings" in capsys.readouterr().err

    def test_a_date_that_is_none_is_refused(self):
        from assistant.doors.cli.library import day

        with pytest.raises(Misused, match="yyyy-mm-dd"):
            day("yesterday")
