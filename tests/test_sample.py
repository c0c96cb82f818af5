"""The bundled recording and its annotation agree."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

SAMPLES = Path(__file__).parents[1] / "samples"
FLAC = SAMPLES / "meeting.flac"


def dbfs(wave: NDArray[np.float64]) -> float:
    return float(10 * np.log10(np.mean(wave**2) + 1e-12))


@pytest.fixture(scope="module")
def note() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((SAMPLES / "meeting.json").read_text())
    return loaded


@pytest.fixture(scope="module")
def wave() -> NDArray[np.float64]:
    with av.open(str(FLAC)) as container:
        (stream,) = container.streams.audio
        assert (stream.rate, stream.layout.name) == (16_000, "mono")
        frames = [frame.to_ndarray()[0] for frame in container.decode(stream)]
    return np.concatenate(frames) / 32768


def spans(note: dict[str, Any], *kinds: str) -> list[tuple[float, float]]:
    return sorted((s["start"], s["end"]) for kind in kinds for s in note[kind])


def cut(wave: NDArray[np.float64], start: float, end: float) -> NDArray[np.float64]:
    return wave[max(round(start * 16_000), 0) : round(end * 16_000)]


def test_length_and_size(note: dict[str, Any], wave: NDArray[np.float64]) -> None:
    assert note["sample_rate"] == 16_000
    assert len(wave) / 16_000 == pytest.approx(note["seconds"], abs=1e-3)
    assert 110 <= note["seconds"] <= 125
    assert FLAC.stat().st_size < 3_000_000


def test_nothing_overlaps_and_all_is_inside(note: dict[str, Any]) -> None:
    times = spans(note, "segments", "events", "silences")
    assert all(start < end for start, end in times)
    assert all(one[1] <= two[0] for one, two in pairwise(times))
    assert times[0][0] >= 0
    assert times[-1][1] <= note["seconds"]


def test_speech_and_sounds_are_loud_between_their_bounds(
    note: dict[str, Any], wave: NDArray[np.float64]
) -> None:
    for start, end in spans(note, "segments", "events"):
        assert -27 < dbfs(cut(wave, start, end)) < -19
        assert dbfs(cut(wave, start, start + 0.04)) > -65
        assert dbfs(cut(wave, end - 0.04, end)) > -65


def test_the_rest_is_quiet(note: dict[str, Any], wave: NDArray[np.float64]) -> None:
    times = spans(note, "segments", "events")
    gaps = pairwise([0.0, *(t for span in times for t in span), note["seconds"]])
    for start, end in list(gaps)[::2]:
        assert dbfs(cut(wave, start, end)) < -68


def test_silences_are_digital(note: dict[str, Any], wave: NDArray[np.float64]) -> None:
    times = spans(note, "silences")
    assert max(end - start for start, end in times) > 4
    assert not any(cut(wave, start, end).any() for start, end in times)


def test_the_scene(note: dict[str, Any]) -> None:
    genders = [segment["gender"] for segment in note["segments"]]
    assert min(genders.count("female"), genders.count("male")) >= 4
    assert len({segment["speaker"] for segment in note["segments"]}) == 2
    assert len({event["label"] for event in note["events"]}) >= 6


def test_every_voice_and_sound_has_a_source(note: dict[str, Any]) -> None:
    sourced = {name for names in note["sources"] for name in names.split(", ")}
    heard = {segment["speaker"] for segment in note["segments"]}
    heard |= {event["label"] for event in note["events"]}
    assert sourced == heard
