"""Published benchmarks, in tiny folders of their layouts."""

import json
import sys
from unittest import mock

import numpy as np
import pytest

from headrouter.errors import EvidenceError
from headrouter.lab.corpus.clips import Clip
from headrouter.lab.evidence import layouts
from headrouter.lab.evidence.layouts import CATEGORIES, LISTED, find_suite
from headrouter.lab.evidence.suite import TRANSCRIPTION
from tests.media import tone, write_media, write_wav

FOUR = {"choice_a": "Park", "choice_b": "Metro", "choice_c": "Bus", "choice_d": "Tram"}
MALE = {"choice_a": "Male", "choice_b": "Female"}
AGES = {f"choice_{letter}": f"Group {letter}" for letter in "abcde"}
ENTRIES = {
    "RACE": {"audio_path": "test/high/1.wav", "options": list("wxyz"), "answer": "D"},
    "SLUE": {"path": "audio/1.wav", **FOUR, "answer_gt": "c"},
    "GTZAN": {"path": "blues/1.wav", **FOUR, "answer_gt": "A"},
    "TAU": {"path": "1.wav", **FOUR, "answer_gt": "B"},
    "VESUS": {"path": "1/1.wav", **FOUR, "choice_d": "", "answer_gt": "A "},
    "DESED": {"path": "Dog/1.wav", "choices": dict(zip("DCBA", "dcba", strict=True))},
    "VoxCeleb gender": {"path": "id1/1.wav", **MALE, "answer_gt": "female"},
    "VoxCeleb age": {"path": "id1/2.wav", **AGES, "answer_gt": "Group e"},
}
ENTRIES["DESED"]["answer_gt"] = "C"
IN_WAV = ("GTZAN", "VoxCeleb gender", "VoxCeleb age")
LETTERS = dict(zip(ENTRIES, "DCABACBE", strict=True))


def sound(path, seconds=0.1):
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_wav(path, tone(seconds))


def listed(folder, task, *entries):
    """The JSON file of a task."""
    path = folder / LISTED[task][1]
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [{"question": f"{task}?", **entry} for entry in entries]
    path.write_text(json.dumps({"tasks": rows} if task == "DESED" else rows))
    return path


def chapter(folder):
    """Two long readings, one with its words beside it and one in a list."""
    path = folder / "librispeech-long/test-clean/61/70968"
    path.mkdir(parents=True)
    write_media(path / "61-70968-0.flac", tone(0.2), rate=16_000, codec="flac")
    write_media(path / "61-70968-1.flac", tone(0.3), rate=16_000, codec="flac")
    (path / "61-70968-0.txt").write_text("HE BEGAN\n")
    (path / "61-70968.trans.txt").write_text(
        "61-70968-10 NOT THIS\n61-70968-1 A CONFUSED COMPLAINT\n"
    )
    return path


@pytest.fixture
def marathon(tmp_path):
    for task, entry in ENTRIES.items():
        folder = listed(tmp_path, task, entry).parent / ("wav" if task in IN_WAV else "")
        sound(folder / entry.get("path", entry.get("audio_path")))
    chapter(tmp_path)
    sound(tmp_path / "HAD/concatenated_audio/real/1.wav")
    sound(tmp_path / "HAD/concatenated_audio/fake/1.wav")
    return tmp_path


def row(category, number=0, **other):
    row = {"audio_path": [f"data/{number}.wav"], "question": f"{category}?", "category": category}
    return row | {"choices": ["C", "B", "A"], "answer": "B"} | other


def mmau_pro(folder, *rows, name="test.jsonl"):
    lines = [json.dumps(row) for row in rows]
    text = "\n".join(lines) if name == "test.jsonl" else f"[{','.join(lines)}]"
    (folder / name).write_text(text)
    for row in rows:
        for path in row["audio_path"]:
            sound(folder / path)
    return folder


def by_task(folder):
    return {item.task: item for item in find_suite(folder)()}


# -- AudioMarathon


def test_every_task_of_audiomarathon_is_read(marathon):
    items = by_task(marathon)
    assert {task: items[task].answer for task in ENTRIES} == LETTERS
    assert {task: items[task].category for task in LISTED} == {
        task: category for task, (category, _) in LISTED.items()
    }
    assert set(items) == {*LISTED, TRANSCRIPTION, "HAD"}
    for item in items.values():
        assert item.samples.dtype == np.float32
        assert len(item.samples) >= 1600
    assert items["RACE"].question == "RACE?\nA. w\nB. x\nC. y\nD. z\nAnswer with the letter only."
    assert items["DESED"].question.splitlines()[1:-1] == ["A. a", "B. b", "C. c", "D. d"]
    assert items["VESUS"].question.splitlines()[1:-1] == ["A. Park", "B. Metro", "C. Bus"]
    assert items["VoxCeleb age"].question.splitlines()[-2] == "E. Group e"


def test_readings_have_their_words(marathon):
    read = [item for item in find_suite(marathon)() if item.task == TRANSCRIPTION]
    assert {item.answer: item.seconds for item in read} == {
        "HE BEGAN": 0.2,
        "A CONFUSED COMPLAINT": 0.3,
    }
    assert {item.category for item in read} == {"semantic"}


@pytest.mark.parametrize("home", ["HAD/concatenated_audio", "HAD"])
def test_what_is_synthesized_is_known_by_its_folder(tmp_path, home):
    sound(tmp_path / home / "real/1.wav", 0.1)
    sound(tmp_path / home / "fake/1.wav", 0.2)
    found = {item.seconds: (item.id, item.answer) for item in find_suite(tmp_path)()}
    assert found == {0.1: ("HAD/0", "A"), 0.2: ("HAD/1", "B")}


def test_the_folder_that_the_data_lies_in_may_be_either(tmp_path):
    listed(tmp_path, "GTZAN", ENTRIES["GTZAN"])
    sound(tmp_path / "GTZAN/concatenated_audio/blues/1.wav", 0.2)
    assert by_task(tmp_path)["GTZAN"].seconds == 0.2


def test_tasks_come_in_turn_and_always_in_the_same_order(marathon):
    file = listed(marathon, "TAU", *[ENTRIES["TAU"]] * 30)
    sound(file.with_name("1.wav"))
    suite = find_suite(marathon)
    ids = [item.id for item in suite()]
    assert len({name.split("/")[0] for name in ids[:10]}) == 10
    scenes = [name for name in ids if name.startswith("TAU/")]
    assert sorted(scenes) == sorted(f"TAU/{number}" for number in range(30)) != scenes
    assert [item.id for item in suite()] == [item.id for item in find_suite(marathon)()] == ids


def test_tasks_that_are_not_there_are_named(tmp_path, caplog):
    chapter(tmp_path)
    assert len(list(find_suite(tmp_path)())) == 2
    assert f"no questions of HAD, {', '.join(LISTED)}" in caplog.text


def test_sound_is_decoded_one_item_at_a_time(marathon):
    decoded = []
    decode = Clip.samples

    def watched(clip):
        decoded.append(clip.path)
        return decode(clip)

    with mock.patch.object(Clip, "samples", watched):
        items = find_suite(marathon)()
        assert decoded == []
        for number in range(1, 4):
            next(items)
            assert len(decoded) == number


# -- MMAU-Pro


@pytest.mark.parametrize("name", ["test.jsonl", "test.json"])
def test_every_category_of_mmau_pro_is_read(tmp_path, name):
    rows = [row(category, number) for number, category in enumerate(CATEGORIES)]
    items = by_task(mmau_pro(tmp_path, *rows, name=name))
    assert {task: item.category for task, item in items.items()} == CATEGORIES
    assert items["speech"].question == "speech?\nA. C\nB. B\nC. A\nAnswer with the letter only."
    assert {item.answer for item in items.values()} == {"B"}


def test_parquet_is_read(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    sound(tmp_path / "data/0.wav")
    rows = [row("music", answer="A"), row("open", choices=[], answer="Anything.")]
    parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "test.parquet")
    assert [(item.id, item.answer) for item in find_suite(tmp_path)()] == [("music/0", "C")]


def test_parquet_names_what_to_install(tmp_path):
    (tmp_path / "test.parquet").touch()
    with mock.patch.dict(sys.modules, {"pyarrow": None}):
        with pytest.raises(EvidenceError, match=r"pip install pyarrow, or .* test\.jsonl"):
            find_suite(tmp_path)


def test_an_answer_is_a_text_before_it_is_a_letter(tmp_path):
    chords = {"choices": ["Am7", "AM7", "c", "A"]}
    answers = ("AM7", "am7", "C", "A", "B", "d")
    rows = [row("music", number, answer=a, **chords) for number, a in enumerate(answers)]
    found = {item.id: item.answer for item in find_suite(mmau_pro(tmp_path, *rows))()}
    assert [found[f"music/{number}"] for number in range(6)] == list("BACDBD")


def test_what_has_no_choice_is_left_out_and_counted(tmp_path, caplog):
    rows = [
        row("sound"),
        row("open", choices=[], answer="A long one."),
        row("instruction following", choices=None, answer=None),
        row("speech", choices=["only"], answer="only"),
        row("speech", choices=list("abcdefghijk"), answer="k"),
        row("speech", choices=list("abcdefghij"), answer="j"),
    ]
    found = {item.id: item.answer for item in find_suite(mmau_pro(tmp_path, *rows))()}
    assert found == {"sound/0": "B", "speech/5": "J"}
    assert "4 of the 6 questions" in caplog.text


def test_nothing_is_said_where_nothing_is_left_out(tmp_path, caplog):
    assert len(list(find_suite(mmau_pro(tmp_path, row("sound")))())) == 1
    assert caplog.text == ""


def test_several_recordings_have_a_second_between(tmp_path):
    rows = [row("multi", audio_path=["data/0.wav", "data/1.wav"])]
    (item,) = find_suite(mmau_pro(tmp_path, *rows))()
    assert item.seconds == pytest.approx(1.2)
    assert not item.samples[1600:17_600].any()
    assert np.array_equal(item.samples[:1600], item.samples[17_600:])
    assert item.samples[:1600].any()


def test_other_sound_becomes_mono_at_16_khz(tmp_path):
    mmau_pro(tmp_path, row("sound"))
    write_wav(tmp_path / "data/0.wav", np.stack([tone(0.5, rate=48_000)] * 2), rate=48_000)
    (item,) = find_suite(tmp_path)()
    assert item.samples.shape == (8000,)
    assert item.samples.dtype == np.float32


# -- refusals


def test_another_folder_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"neither MMAU-Pro \(test.jsonl.*AudioMarathon.*race_b"):
        find_suite(tmp_path)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"path": "2.wav"}, r"needs 2\.wav, which is not in .*resampled or .*wav; fetch"),
        ({"path": ""}, "has no path or audio_path; fetch"),
        ({"question": None}, "has no question; fetch"),
        ({"answer_gt": None}, "has no answer_gt or answer; fetch"),
        ({"answer_gt": "E"}, r"answer 'E', none of its options \['Park', 'Metro'"),
        ({"answer_gt": "Plane"}, "answer 'Plane', none of its options"),
        ({"choice_b": ""}, "has 1 options, not 2 to 10; fetch"),
    ],
)
def test_a_wrong_entry_of_audiomarathon_is_named(tmp_path, changed, message):
    good = ENTRIES["TAU"]
    file = listed(tmp_path, "TAU", good, good | changed)
    sound(file.with_name("1.wav"))
    with pytest.raises(ValueError, match=rf"{file}: entry 1 .*{message}"):
        find_suite(tmp_path)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"audio_path": ["data/9.wav"]}, r"needs data/9\.wav, which is not in"),
        ({"audio_path": []}, "has no recordings"),
        ({"category": None}, "has no category"),
        ({"category": "smell"}, "category 'smell', none of sound, music"),
        ({"choices": None}, "has no choices"),
        ({"answer": "D minor"}, r"answer 'D minor', none of its options \['C', 'B', 'A'\]"),
    ],
)
def test_a_wrong_row_of_mmau_pro_is_named(tmp_path, changed, message):
    mmau_pro(tmp_path, row("sound"))
    file = tmp_path / "test.jsonl"
    file.write_text("\n".join(map(json.dumps, (row("sound"), row("sound") | changed))))
    with pytest.raises(ValueError, match=f"{file}: entry 1 .*{message}"):
        find_suite(tmp_path)


def test_a_reading_without_words_is_named(tmp_path):
    (chapter(tmp_path) / "61-70968.trans.txt").unlink()
    with pytest.raises(ValueError, match=r"61-70968-1\.flac has no words in 61-70968-1\.txt or"):
        find_suite(tmp_path)


@pytest.mark.parametrize("text", ["version https://git-lfs.github.com/spec/v1", "{}", '["a"]'])
def test_a_file_that_holds_no_questions_is_named(tmp_path, text):
    file = listed(tmp_path, "TAU")
    file.write_text(text)
    with pytest.raises(ValueError, match=rf"{file} .*; fetch it again"):
        find_suite(tmp_path)


def test_every_kind_of_file_has_a_reader():
    names = [*layouts.MMAU_PRO, *(file for _, file in LISTED.values())]
    assert {f".{name.rpartition('.')[2]}" for name in names} == set(layouts.READERS)
