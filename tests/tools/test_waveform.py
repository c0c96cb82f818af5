"""Pictures of sound."""

import numpy as np
import pytest
from media import silence, tone, write_wav

from headrouter.fakes import FakeListener
from tools.audio import AudioReader
from tools.silence import level_dbfs
from tools.waveform import HEIGHT, WIDTH, outline, spectrogram, timeline


@pytest.fixture
def index(tmp_path):
    sound = np.concatenate([silence(10), tone(10, level=0.05), tone(10, level=0.5)])
    return FakeListener().ingest([sound], tmp_path / "i", levels=level_dbfs)


def test_the_outline_follows_the_amplitude(index):
    values = outline(index, 0.0, 30.0, 30)
    assert len(values) == 30
    assert max(values[:10]) == 0.0
    assert values[11:19] == pytest.approx([0.1] * 8, abs=0.01)
    assert values[21:] == pytest.approx([1.0] * 9, abs=0.01)


def test_a_short_range_has_a_value_a_token(index):
    assert len(outline(index, 21.0, 22.0, 500)) == 13


def test_nothing_but_silence_is_flat(index):
    assert max(outline(index, 0.0, 5.0, 50)) <= 0.001
    assert outline(index, 30.0, 30.0, 50) == []


def test_the_timeline_shows_what_was_kept_and_cited():
    heard = {
        "scope": [0.0, 20.0],
        "spans": [[10.0, 20.0]],
        "weight_bins": [0.0, 0.0, 0.25, 0.75],
        "citations": [{"start": 15.0, "end": 19.0}],
    }
    image = np.asarray(timeline(heard, [0.0, 1.0])).astype(int)
    strip = image[HEIGHT - 10].sum(axis=1)  # darker is heavier
    assert strip[100] > strip[600] > strip[800]
    black = (image[50:60] < 40).all(axis=2).any(axis=0).nonzero()[0]
    assert set(black // 10) == {75, 94, 95}
    middle = image[int(HEIGHT * 0.3)]
    assert (middle[100] == 255).all()  # neither heard nor loud
    assert timeline({"spans": [], "scope": []}, []).size == (WIDTH, HEIGHT)


@pytest.mark.parametrize("seconds", [0.2, 3.0, 150.0])
def test_a_tone_is_a_bright_line_at_its_height(tmp_path, seconds):
    wav = write_wav(tmp_path / "a.wav", tone(seconds))
    image = np.asarray(spectrogram(AudioReader(wav), 0.0, seconds).convert("L"))
    assert image.shape == (HEIGHT, WIDTH)
    rows = image.mean(axis=1)
    height = (1 - rows.argmax() / HEIGHT) * 8000  # Hz
    assert height == pytest.approx(440, abs=50)


def test_only_the_range_is_drawn(tmp_path):
    wav = write_wav(tmp_path / "a.wav", np.concatenate([tone(2), silence(2)]))
    assert AudioReader(wav).media.seconds == 4.0
    quiet = np.asarray(spectrogram(AudioReader(wav), 2.5, 3.5).convert("L"), float)
    assert quiet.std() < 1.0
