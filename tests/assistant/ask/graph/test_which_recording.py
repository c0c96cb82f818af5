"""Which recording is asked, and that it is heard once."""

import gc
import weakref
from pathlib import Path

import pytest
from asking import QUESTION, ask
from media import cut, tone, write_wav

from assistant.ask import nodes
from assistant.ask.events import Progress
from headrouter.hear.index import AudioIndex
from memory import NotFound
from tools.errors import MediaError
from tools.ingest import forget, index_folder
from tools.transcript import RECOGNISER


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


def test_ingest_ahead_of_questions(assistant, fake, wav):
    heard = []
    recording = nodes.find_recording(assistant.store, str(wav))
    ready = assistant.ingest(recording, heard.append)
    assert (ready.state, ready.seconds, heard) == ("ready", 20.0, [1.0])
    ask(assistant, Path(wav))
    assert fake.ingested == 1
    words = assistant.store.words(ready.id, RECOGNISER)
    assert words == []
