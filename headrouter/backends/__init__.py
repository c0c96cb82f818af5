"""The families of audio LLMs that the assistant can load, one file each, and their cards.

``card_of`` says what a checkpoint in a folder is and ``weigh`` how large, both without loading
its weights; ``load`` loads it. A family that is not supported is refused by its name.
"""

import json
import math
from pathlib import Path
from typing import Any

from huggingface_hub.errors import StrictDataclassError
from transformers import AutoConfig

from headrouter.backends.audioflamingo3 import AudioFlamingo3
from headrouter.backends.base import SAMPLE_RATE, Backend, Samples
from headrouter.backends.gemma4 import Gemma4
from headrouter.backends.offloading import NOTHING, Offload, layer_numbers
from headrouter.backends.phi4_multimodal import Phi4Multimodal
from headrouter.backends.qwen2_audio import Qwen2Audio
from headrouter.backends.qwen_omni import Qwen3Omni, Qwen25Omni
from headrouter.backends.voxtral import Voxtral
from headrouter.backends.weights import first_line, parameter_bytes, precision_for, tensor_sizes
from headrouter.errors import ModelUnreadable, UnsupportedModel
from headrouter.models import ModelCard
from headrouter.prune.router import DEFAULT_LAYER

__all__ = [
    "BACKENDS",
    "SAMPLE_RATE",
    "Backend",
    "Samples",
    "card_of",
    "load",
    "load_model",
    "weigh",
]

BACKENDS: dict[str, type[Backend]] = {  # by the model_type of a config.json
    "voxtral": Voxtral,
    "qwen2_5_omni": Qwen25Omni,
    "qwen2_5_omni_thinker": Qwen25Omni,
    "qwen3_omni_moe": Qwen3Omni,
    "qwen3_omni_moe_thinker": Qwen3Omni,
    "qwen2_audio": Qwen2Audio,
    "audioflamingo3": AudioFlamingo3,
    "phi4_multimodal": Phi4Multimodal,
    "gemma4": Gemma4,
}

_TRANSCRIBES = "it transcribes, and was not made to answer questions"
REFUSED = {
    "granite_speech": _TRANSCRIBES,
    "glmasr": _TRANSCRIBES,
    "qwen3_asr": _TRANSCRIBES,
    "moss_transcribe_diarize": _TRANSCRIBES,
    "vibevoice_asr": _TRANSCRIBES,
    "whisper": _TRANSCRIBES,
    "musicflamingo": "its tokens know their place in the recording, and windows are heard apart",
    "gemma3n": "its layers carry four streams at once, which can't be pruned",
    "gemma4_unified": "it has no encoder, and is reported to lose track after 20 seconds of audio",
    "nemotron_h_omni": "its Mamba layers have read every token before any could be dropped",
    "phi4mm": "its code comes with it; take the revision that transformers itself knows, "
    "phi4_multimodal",
}
ANSWER_ROOM = 2_048  # positions that are left for question and answer


def card_of(folder: Path) -> ModelCard:
    """What a checkpoint in a folder is, from its configuration alone.

    Raises ModelUnreadable where it is none, UnsupportedModel for a family that can't be loaded.
    """
    folder = folder.expanduser()
    config = read_config(folder)
    backend = backend_for(config, folder)
    whole = whole_config(folder)
    ears, text = backend.ears(whole, folder), whole.get_text_config()
    positions = int(text.max_position_embeddings)
    given = min(round(ears.most_seconds * ears.tokens_per_second), positions - ANSWER_ROOM)
    window = round(ears.tokens_per_second * ears.window_seconds)
    return ModelCard(
        name=folder.resolve().name,
        family=backend.family,
        summary=f"a {backend.family} checkpoint in {folder}",
        licence="as its own model card says",
        download_bytes=sum(file.stat().st_size for file in folder.glob("*.safetensors")),
        tokens_per_second=ears.tokens_per_second,
        window_seconds=ears.window_seconds,
        whole_tokens=max(given, min(window, positions // 2)),
        longest_question=min(ANSWER_ROOM, positions // 4),
        max_positions=positions,
        words_by_default=False,
        quotes=False,
        layer=min(DEFAULT_LAYER, text.num_hidden_layers - 1),
        neutral=(),
        spotting=None,
        sounds=(),
        voices=(),
        answer_forms=(),
        prefix="",
        suffix="",
        end="",
    )


def weigh(folder: Path) -> dict[str, int]:
    """Bytes of the parameters that are loaded, by precision, from the files' headers alone.

    Precisions: bf16, fp16, fp32, 8bit, 4bit; of a checkpoint that is quantised already, "stored"
    alone. Raises ModelUnreadable or UnsupportedModel.
    """
    folder = folder.expanduser()
    config = read_config(folder)
    backend = backend_for(config, folder)
    sizes = tensor_sizes(folder)
    if "quantization_config" in config:
        return {"stored": sum(size for name, (_, size) in sizes.items() if backend.uses(name))}
    whole = (*backend.ears_modules, "embed_tokens", "lm_head")
    return parameter_bytes(
        sizes, backend.uses, lambda name: not any(part in name for part in whole)
    )


def layer_size(folder: Path) -> int:
    """Numbers in the largest decoder layer of a checkpoint. Raises ModelUnreadable."""
    sizes = tensor_sizes(folder.expanduser())
    return layer_numbers({name: math.prod(shape) for name, (shape, _) in sizes.items()})


def waiting_places(folder: Path) -> tuple[str, ...]:
    """Where decoder layers of a checkpoint may wait: in "memory", on "disk"; none if quantised.

    Raises ModelUnreadable or UnsupportedModel.
    """
    folder = folder.expanduser()
    config = read_config(folder)
    backend = backend_for(config, folder)
    return () if "quantization_config" in config else backend.waiting_places(folder)


def load(
    folder: Path,
    card: ModelCard,
    *,
    device: str = "cpu",
    precision: str = "auto",
    offload: Offload = NOTHING,
) -> Backend:
    """Loads a checkpoint with the backend of its family.

    offload: how many decoder layers are not kept on the device. Raises ModelUnreadable or
    UnsupportedModel.
    """
    folder = folder.expanduser()
    backend = backend_for(read_config(folder), folder)
    return backend.load(folder, card, device=device, precision=precision, offload=offload)


def load_model(folder: Path, *, device: str = "cpu", precision: str = "auto") -> Any:
    """The transformers model of a checkpoint alone, as HeadRouter takes it.

    Raises ModelUnreadable or UnsupportedModel.
    """
    folder = folder.expanduser()
    backend = backend_for(read_config(folder), folder)
    return backend.load_model(folder, device, precision_for(precision, device))


def read_config(folder: Path) -> dict[str, Any]:
    """The configuration of a checkpoint. Raises ModelUnreadable where there is none."""
    if not folder.is_dir():
        raise ModelUnreadable(f"there is no folder {folder}; name one that holds a checkpoint")
    file = folder / "config.json"
    if not file.exists():
        raise ModelUnreadable(
            f"{folder} holds no checkpoint of transformers: it has no config.json; "
            "name the folder that holds it"
        )
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelUnreadable(f"{file} can't be read ({error}); download it again") from error
    if not isinstance(config, dict) or not isinstance(config.get("model_type"), str):
        raise ModelUnreadable(f"{file} does not say what model it is of; download it again")
    return config


def whole_config(folder: Path) -> Any:
    """The configuration with transformers' defaults. Raises ModelUnreadable."""
    try:
        return AutoConfig.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError, TypeError, KeyError, StrictDataclassError) as error:
        raise ModelUnreadable(
            f"config.json of {folder} can't be understood ({first_line(error)}); download it again"
        ) from error


def backend_for(config: dict[str, Any], folder: Path) -> type[Backend]:
    """The backend of a configuration's family. Raises UnsupportedModel, naming the known ones."""
    kind = config["model_type"]
    known = f"supported: {', '.join(sorted({backend.family for backend in BACKENDS.values()}))}"
    if kind in REFUSED:
        raise UnsupportedModel(f"{folder} is a {kind} model: {REFUSED[kind]}; {known}")
    if kind not in BACKENDS:
        raise UnsupportedModel(f"{folder} is a {kind} model, which is not supported; {known}")
    if "auto_map" in config:
        raise UnsupportedModel(
            f"{folder} comes with code of its own (auto_map in config.json), which is never run; "
            "take a revision that transformers itself knows"
        )
    return BACKENDS[kind]
