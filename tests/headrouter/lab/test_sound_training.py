"""The reader of sounds learns from windows in which sounds lie under speech."""

import json
import random
import wave
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from headrouter.hear.listener import AudioLM
from headrouter.hear.sounds import FRAME_STEPS, SoundReader
from headrouter.lab.__main__ import app
from headrouter.lab.corpus.clips import SAMPLE_RATE, find_clips
from headrouter.lab.corpus.under import FRAMES, Mixer
from headrouter.lab.train.sounds import Windows, learn, mixed, part_of
from headrouter.models import card

pytestmark = pytest.mark.usefixtures("one_thread")

LABELS = ("dog", "rain")


def clip(folder, name, samples, **row):
    with wave.open(str(folder / name), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes((samples * 32767).astype(np.int16).tobytes())
    return {"path": name, "seconds": len(samples) / SAMPLE_RATE, **row}


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    folder, rng = tmp_path_factory.mktemp("clips"), np.random.default_rng(0)
    noise = [0.2 * rng.standard_normal(3 * SAMPLE_RATE).clip(-2, 2) for _ in range(4)]
    rows = [
        clip(folder, "1-1-A-0.wav", noise[0], label="dog"),
        clip(folder, "1-1-B-0.wav", noise[1], label="dog"),
        clip(folder, "1-2-A-0.wav", noise[2], label="rain"),
        clip(folder, "said.wav", noise[3], text="hello", speaker="ann"),
    ]
    (folder / "manifest.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return find_clips(folder)


def test_windows_say_frame_by_frame_what_is_there(clips):
    mixtures = [Mixer(clips, LABELS, 1).window(number) for number in range(6)]
    there = np.stack([mixture.there for mixture in mixtures])
    assert there.shape == (6, FRAMES, 2)
    assert set(np.unique(there)) <= {-1, 0, 1}
    assert all((there[:, :, column] == value).any() for column in (0, 1) for value in (0, 1))
    again = Mixer(clips, LABELS, 1).window(3)
    assert np.array_equal(again.samples, mixtures[3].samples)
    assert np.abs(again.samples).max() <= 0.99


def test_pieces_of_one_recording_are_in_one_part(clips):
    assert part_of(clips[0]) == part_of(clips[1])


def test_what_is_mixed_is_there_in_part_and_what_is_unknown_stays_so():
    frames = torch.tensor([0.0, 1.0]).view(2, 1, 1)
    there = torch.tensor([[[1.0, -1.0]], [[0.0, 0.0]]])
    found = [mixed(frames, there, random.Random(seed)) for seed in range(20)]
    shares = {round(float(there[0, 0, 0]), 3) for _, there in found}
    assert len(shares) > 3
    assert all(0.5 <= share <= 1 for share in shares)
    assert all(there[0, 0, 1] == -1 for _, there in found)


def test_a_reader_learns_what_is_in_the_layers():
    rng = np.random.default_rng(0)
    there = (rng.random((48, 10, 2)) < 0.3).astype(np.int8)
    frames = rng.standard_normal((48, 10, 3, 4)).astype(np.float16)
    frames[..., 1, :2] += 3 * there
    heard = Windows(frames, there, np.arange(48) % 3)
    losses = []
    reader = learn(
        heard.of([0, 1]), LABELS, (1, 2), seed=1, epochs=60, report=lambda _, x: losses.append(x)
    )
    rest = heard.of([2])
    logits = reader(torch.from_numpy(rest.frames[:, :, [1, 2]]).flatten(2).float())
    right = (logits > 0) == torch.from_numpy(rest.there == 1)
    assert losses[-1] < 0.5 * losses[0]
    assert right.float().mean() > 0.9
    assert (reader.layers, FRAME_STEPS) == ((1, 2), 20)


class Encoder:
    """A listener whose encoder has two layers of noise, and that counts what it hears."""

    def __init__(self):
        self.card = replace(card("nano"), sounds=LABELS)
        config = SimpleNamespace(audio_config=SimpleNamespace(num_hidden_layers=2))
        self.model, self.backend, self.heard = SimpleNamespace(config=config), self, 0

    def embed_and_states(self, windows, layers):
        self.heard += len(windows)
        rng = torch.Generator().manual_seed(self.heard)
        states = [torch.randn(FRAMES * FRAME_STEPS, 4, generator=rng) for _ in layers]
        return [], [states for _ in windows]


def test_knowing_goes_on_where_it_was_stopped_and_ends_with_a_reader(tmp_path, monkeypatch):
    rng, rows = np.random.default_rng(0), []
    for number in range(12):
        noise = 0.2 * rng.standard_normal(SAMPLE_RATE).clip(-2, 2)
        label = LABELS[number % 2]
        rows.append(clip(tmp_path, f"1-{number}-A-0.wav", noise, label=label))
        rows.append(clip(tmp_path, f"said{number}.wav", noise, text="hello", speaker=f"{number}"))
    (tmp_path / "manifest.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    encoder, out = Encoder(), tmp_path / "out"
    monkeypatch.setattr(AudioLM, "load", lambda folder, card: encoder)
    monkeypatch.setattr("headrouter.lab.train.sounds.SHARD", 2)
    monkeypatch.setattr("headrouter.lab.train.sounds.BATCH", 2)
    command = ["know", "--data", tmp_path, "--model", tmp_path, "--out", out, "--epochs", "1"]
    for windows, heard in ((2, 2), (4, 4), (4, 4)):
        words = [str(word) for word in [*command, "--windows", windows, "--threads", 1]]
        assert CliRunner().invoke(app, words, catch_exceptions=False).exit_code == 0
        assert encoder.heard == heard
    assert SoundReader.load(out / "sounds.safetensors").names == LABELS
