"""Words from the sample meeting, by the default model's speech recogniser."""

import json
import random
import re
import shutil
from difflib import SequenceMatcher
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from faster_whisper.tokenizer import _LANGUAGE_CODES

from headrouter import models
from memory import Word, as_text
from tools.audio import SAMPLE_RATE, AudioReader
from tools.errors import ToolError
from tools.languages import LANGUAGES
from tools.words import Transcriber, whole_words

SAMPLES = Path(__file__).parents[2] / "samples"
MEETING = json.loads((SAMPLES / "meeting.json").read_text())
TURNS = MEETING["segments"][2:5]
START, END = TURNS[0]["start"] - 0.5, TURNS[-1]["end"] + 0.5  # seconds


def plain(text):
    return re.sub(r"[^a-z ]", "", text.lower()).split()


def part(start, end):
    windows = AudioReader(SAMPLES / "meeting.flac").windows(end - start, start, end)
    return next(windows).samples


@pytest.fixture(scope="module")
def whisper(nano_cache):
    return models.locate("nano", nano_cache) / "whisper"


@pytest.fixture(scope="module")
def transcriber(whisper):
    return Transcriber(whisper)


@pytest.fixture(scope="module")
def words(transcriber):
    return transcriber.words(part(START, END), offset=START)


class TestSpeech:
    def test_is_written_down(self, words):
        said = plain(" ".join(turn["text"] for turn in TURNS))
        heard = plain(" ".join(word.text for word in words))
        assert SequenceMatcher(None, said, heard, autojunk=False).ratio() > 0.9

    def test_has_the_recordings_times(self, words):
        for turn in TURNS:
            first, last = plain(turn["text"])[0], plain(turn["text"])[-1]
            assert any(
                plain(w.text) == [first] and abs(w.start - turn["start"]) < 0.5 for w in words
            )
            assert any(plain(w.text) == [last] and abs(w.end - turn["end"]) < 0.5 for w in words)

    def test_is_in_order_and_inside_the_samples(self, words):
        assert all(isinstance(word, Word) for word in words)
        assert all(START <= w.start <= w.end <= END for w in words)
        assert [w.start for w in words] == sorted(w.start for w in words)

    def test_has_words_without_spaces_around_and_probabilities(self, words):
        assert all(w.text == w.text.strip() != "" for w in words)
        assert all(0 <= w.probability <= 1 for w in words)


def pieces(*texts):
    """What Whisper takes for words: half a second each."""
    return [
        SimpleNamespace(word=text, start=at / 2, end=at / 2 + 0.5, probability=0.9)
        for at, text in enumerate(texts)
    ]


class TestPieces:
    @pytest.mark.parametrize(
        ("cut", "whole"),
        [
            ([" costs", " $10", ",500."], ["costs", "$10,500."]),
            ([" 3", ".5", "%"], ["3.5%"]),
            ([" at", " 9", ".30"], ["at", "9.30"]),
            ([" the", " C", ".B."], ["the", "C.B."]),
            ([" example", ".com"], ["example.com"]),
            ([" o", "'clock"], ["o'clock"]),
            (["Well", " then"], ["Well", "then"]),
            (["今天", "天气", "很", "好。", "我们"], ["今天", "天气", "很", "好。", "我们"]),
            (["我", "用", "i", "Phone", "手机"], ["我", "用", "iPhone", "手机"]),
        ],
    )
    def test_that_begin_without_a_space_belong_to_the_word_before(self, cut, whole):
        words = whole_words(pieces(*cut))
        assert [word.text for word in words] == whole
        assert as_text(words) == "".join(cut).strip()

    def test_have_the_time_from_the_first_to_the_last(self):
        (word,) = whole_words(pieces(" $10", ",500", "."))
        assert (word.start, word.end) == (0.0, 1.5)

    @pytest.mark.parametrize("seed", range(50))
    def test_of_any_text_are_joined_to_that_text(self, seed):
        chosen = random.Random(seed)
        alphabet = "ab 9.,%-'$ 今天。あ ไท한국"
        drawn = "".join(chosen.choice(alphabet) for _ in range(60))
        text = " ".join(drawn.split())
        cut = re.findall(rf" ?\S{{1,{chosen.randint(1, 6)}}}", text)
        assert "".join(cut) == text
        assert as_text(whole_words(pieces(*cut))) == text


class TestNothingSaid:
    def test_in_nothing(self, transcriber):
        assert transcriber.words(np.zeros(0, np.float32)) == []

    def test_in_silence(self, transcriber):
        assert transcriber.words(np.zeros(5 * SAMPLE_RATE, np.float32)) == []

    def test_in_noise(self, transcriber):
        noise = np.random.default_rng(0).normal(0, 0.1, 5 * SAMPLE_RATE)
        assert transcriber.words(noise.astype(np.float32)) == []

    @pytest.mark.parametrize("event", MEETING["events"], ids=lambda event: event["label"])
    def test_in_a_sound(self, transcriber, event):
        assert transcriber.words(part(event["start"], event["end"])) == []

    def test_in_what_passes_for_a_voice(self, transcriber, monkeypatch):
        # Voice detection lets one noise in five pass, and Whisper says "You" to silence.
        silence = np.zeros(30 * SAMPLE_RATE, np.float32)
        everything = [{"start": 0, "end": len(silence)}]
        for place in ("tools.words", "faster_whisper.transcribe"):
            monkeypatch.setattr(f"{place}.get_speech_timestamps", lambda *_: everything)
        assert transcriber.words(silence, language="en") == []


class TestStop:
    def test_before_anything_loads_nothing(self, tmp_path):
        assert Transcriber(tmp_path).words(part(START, START + 5), stop=lambda: True) == []

    def test_between_segments_gives_the_words_so_far(self, transcriber, words):
        asked = iter([False, False, True])
        some = transcriber.words(part(START, END), stop=lambda: next(asked))
        assert 0 < len(some) < len(words)
        assert [w.text for w in some] == [w.text for w in words[: len(some)]]


class TestModel:
    def test_that_is_missing(self, tmp_path):
        with pytest.raises(ToolError, match=r"model\.bin is missing.*headrouter models pull nano"):
            Transcriber(tmp_path / "whisper").words(part(START, START + 5))

    @pytest.mark.parametrize("name", ["model.bin", "tokenizer.json"])
    def test_that_is_damaged(self, whisper, tmp_path, name):
        for file in whisper.iterdir():
            (tmp_path / file.name).symlink_to(file)
        (tmp_path / name).unlink()
        (tmp_path / name).write_bytes(b"{}")
        with pytest.raises(ToolError, match="can't be loaded.*headrouter models pull nano"):
            Transcriber(tmp_path).words(part(START, START + 5))

    def test_that_lacks_its_tokenizer_asks_no_hub(self, whisper, tmp_path):
        shutil.copytree(whisper, tmp_path / "whisper", ignore=lambda *_: ["tokenizer.json"])
        with pytest.raises(ToolError, match=r"tokenizer\.json is missing"):
            Transcriber(tmp_path / "whisper").words(part(START, START + 5))

    def test_is_loaded_once(self, transcriber, monkeypatch):
        transcriber.words(part(START, START + 5), language="en")
        monkeypatch.setattr("tools.words.WhisperModel", None)
        assert transcriber.words(part(START, START + 5), language="en")

    def test_does_not_know_the_language(self, transcriber):
        with pytest.raises(ValueError, match="'tlh' is not a valid language code"):
            transcriber.words(part(START, START + 5), language="tlh")

    def test_knows_the_languages_that_are_told(self):
        assert set(_LANGUAGE_CODES) == LANGUAGES
