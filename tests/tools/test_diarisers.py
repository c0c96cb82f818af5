"""What may tell speakers apart in senko's place: by a folder or a hub's id."""

import json
import os

import huggingface_hub
import numpy as np
import pytest
import torch
from huggingface_hub.errors import GatedRepoError, LocalEntryNotFoundError
from media import tone, write_wav
from tiny_diarisers import save_moss, save_nemotron

import tools.diariser
from memory import Store
from tools import diarisers
from tools.diariser import WHOLE, Apart
from tools.diarisers import load
from tools.errors import SpeakersError
from tools.ingest import add_recording
from tools.speakers import find_speakers, overview

PIPELINE = '''
import os
import sys
from types import SimpleNamespace

import numpy as np
from pyannote.core import Annotation, Segment


class Pipeline:
    """Two people, the second of whom speaks into what the first says; a third without a voice."""

    @classmethod
    def from_pretrained(cls, place):
        assert os.environ["PYANNOTE_METRICS_ENABLED"] == "false"
        return None if (place / "gated").exists() else cls()

    def to(self, device):
        self.device = device

    def __call__(self, sound):
        assert sound["sample_rate"] == 16_000 and sound["waveform"].shape[0] == 1
        said = Annotation()
        said[Segment(0.5, 2.0), 0] = "SPEAKER_00"
        said[Segment(1.5, 3.0), 1] = "SPEAKER_01"
        said[Segment(3.5, 4.0), 2] = "SPEAKER_02"
        return SimpleNamespace(
            speaker_diarization=said,
            speaker_embeddings=np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]),
        )
'''


@pytest.fixture
def pyannote(tmp_path, monkeypatch):
    """A module in its place, and a folder with a pipeline."""
    (tmp_path / "site" / "pyannote" / "audio").mkdir(parents=True)
    (tmp_path / "site" / "pyannote" / "audio" / "__init__.py").write_text(PIPELINE)
    monkeypatch.syspath_prepend(tmp_path / "site")
    monkeypatch.delenv("PYANNOTE_METRICS_ENABLED", raising=False)
    folder = tmp_path / "community"
    folder.mkdir()
    (folder / "config.yaml").write_text("pipeline:\n  name: x\n")
    return folder


@pytest.fixture(scope="module")
def nemotron(tmp_path_factory):
    return save_nemotron(tmp_path_factory.mktemp("checkpoint") / "tiny-nemotron")


@pytest.fixture(scope="module")
def moss(tmp_path_factory):
    return save_moss(tmp_path_factory.mktemp("checkpoint") / "tiny-moss")


def test_a_pipeline_of_pyannote_tells_all_who_speak_at_once_with_their_voices(pyannote, tmp_path):
    with Store.open(tmp_path / "home" / "store.db") as store, Apart(str(pyannote)) as apart:
        recording = add_recording(store, write_wav(tmp_path / "a.wav", tone(4)))
        turns = find_speakers(store, lambda: apart, recording, remember=True)
        assert [(t.start, t.end, t.label, t.model) for t in turns] == [
            (0.5, 2.0, "1", "community"),
            (1.5, 3.0, "2", "community"),
            (3.5, 4.0, "3", "community"),
        ]
        assert len(overview(store, recording)) == 3
        voices = {s.label: s.voice for s in store.speakers(recording.id) if s.voice}
        assert voices == {"1": (1.0, 0.0), "2": (0.0, 1.0)}  # zeros are no voice


def test_a_pipeline_whose_parts_can_t_be_had_says_so(pyannote):
    (pyannote / "gated").touch()
    with pytest.raises(SpeakersError, match="run `hf auth login`"):
        load(str(pyannote), 1, "cpu", True)


def test_without_pyannote_it_says_how_to_get_it(pyannote, monkeypatch):
    monkeypatch.setattr(diarisers, "find_spec", lambda name: None)
    with pytest.raises(SpeakersError, match=r"needs pyannote.audio: run: pip install 'pyannote"):
        load(str(pyannote), 1, "cpu", True)


def active(folder):
    """Frames at which the model itself takes each of eight people for speaking."""
    from transformers import AutoModelForAudioFrameClassification, AutoProcessor

    processor = AutoProcessor.from_pretrained(folder)
    inputs = processor(sound(), sampling_rate=16_000)
    model = AutoModelForAudioFrameClassification.from_pretrained(folder).eval()
    with torch.inference_mode():
        return model(**inputs).logits[0].sigmoid() > 0.5, inputs["attention_mask"][0].bool()


def sound():
    return np.random.default_rng(3).normal(0, 0.1, 32_000).astype(np.float32)


def test_a_diarisation_model_of_transformers_is_told_as_it_says(nemotron):
    found = load(str(nemotron), 1, "cpu", True)(sound())
    assert found.voices == {}
    speaks, real = active(nemotron)
    for label in {turn.label for turn in found.turns}:
        told = torch.zeros(len(speaks), dtype=torch.bool)
        for turn in found.turns:
            if turn.label == label:
                told[round(100 * turn.start) : round(100 * turn.end)] = True
        assert torch.equal(told, speaks[:, int(label)] & real)
    assert len({turn.label for turn in found.turns}) > 1
    assert found.turns == sorted(found.turns, key=lambda turn: (turn.start, turn.end))


@pytest.mark.parametrize("length", [1, 200, 16_000])
def test_it_takes_samples_of_any_length(nemotron, length):
    load(str(nemotron), 1, "cpu", True)(np.zeros(length, np.float32))


def test_in_its_own_process_it_hears_a_recording_whole(nemotron, tmp_path):
    with Store.open(tmp_path / "home" / "store.db") as store, Apart(str(nemotron)) as apart:
        assert (apart.name, apart.part) == ("tiny-nemotron", WHOLE)
        recording = add_recording(store, write_wav(tmp_path / "a.wav", sound()))
        turns = find_speakers(store, lambda: apart, recording)
        assert {turn.model for turn in turns} == {"tiny-nemotron"}
        assert [part.end for part in store.parts(recording.id)] == [2.0]
        assert not any(speaker.voice for speaker in store.speakers(recording.id))


def test_a_model_that_writes_down_who_says_what(moss, monkeypatch):
    hear = load(str(moss), 1, "cpu", True)
    assert hear(sound()).turns == []  # a random model writes nothing of the kind
    from transformers import MossTranscribeDiarizeProcessor as Processor

    said = "[0.00][S01]Good evening.[1.20][1.20][S02]Hello.[1.9]"
    decode = Processor.extract_speaker_dict
    monkeypatch.setattr(Processor, "extract_speaker_dict", lambda own, text: decode(own, said))
    turns = [(t.start, t.end, t.label) for t in hear(sound()).turns]
    assert turns == [(0.0, 1.2, "1"), (1.2, 1.9, "2")]


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (
            None,
            "tells no speakers apart: it holds neither config.yaml nor config.json; name a folder",
        ),
        ({"model_type": "bert"}, "tells no speakers apart: it holds a bert model; name a folder"),
    ],
)
def test_a_folder_that_tells_no_speakers_apart_is_refused(tmp_path, config, said):
    if config:
        (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(SpeakersError, match=said):
        load(str(tmp_path), 1, "cpu", True)


def test_a_folder_that_is_not_there_says_what_to_do(tmp_path):
    with pytest.raises(SpeakersError, match="there is no folder .*/no: name one, or set diariser"):
        load(str(tmp_path / "no"), 1, "cpu", True)


def test_what_is_wrong_in_its_process_is_said_in_ours(tmp_path):
    with Apart(str(tmp_path)) as apart:
        with pytest.raises(SpeakersError, match="tells no speakers apart: it holds neither"):
            apart.diarise(tone(1))


def is_broken(pipe, given):
    """As what can't be loaded."""
    pipe.send("OSError: no file")


def test_a_broken_one_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(tools.diariser, "_serve", is_broken)
    with Apart(str(tmp_path)) as apart:
        with pytest.raises(SpeakersError, match=r"can't be loaded \(OSError: no file\): is it"):
            apart.diarise(tone(1))


class TestAHub:
    def test_what_was_fetched_is_taken(self, nemotron, monkeypatch):
        asked = []

        def snapshot(name, local_files_only):
            asked.append((name, local_files_only))
            return str(nemotron)

        monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot)
        assert load("acme/tiny", 1, "cpu", False)(sound()).turns
        assert asked == [("acme/tiny", False)]
        assert Apart("acme/tiny").name == "acme/tiny"

    @pytest.mark.parametrize(
        ("error", "offline", "said"),
        [
            (GatedRepoError, False, "acme/tiny is gated: accept its terms .* `hf auth login`"),
            (LocalEntryNotFoundError, True, "is not here, and the network is not to be used"),
            (LocalEntryNotFoundError, False, "is not here, and the hub can't be reached: name a"),
            (OSError, False, "acme/tiny can't be fetched: no"),
        ],
    )
    def test_what_can_t_be_had_says_why(self, monkeypatch, error, offline, said):
        raised = error.__new__(error, "no")
        if error is OSError:
            raised = OSError("no")

        def snapshot(name, local_files_only):
            raise raised

        monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot)
        with pytest.raises(SpeakersError, match=said):
            load("acme/tiny", 1, "cpu", offline)


def test_nothing_is_imported_before_it_is_named():
    """So that a broken library of one kind takes nothing from the others."""
    import subprocess
    import sys

    script = (
        "import sys, tools.diariser; print({'senko', 'pyannote', 'transformers'} & {*sys.modules})"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=os.environ
    )
    assert run.stdout.strip() == "set()"
