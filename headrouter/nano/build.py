"""Joins the unpacked parts and the adapter into an ordinary Voxtral checkpoint.

The result is a folder that `VoxtralForConditionalGeneration`, `AutoTokenizer` and
`WhisperFeatureExtractor` load with `from_pretrained`, without code of ours, and in it `whisper/`,
the speech recogniser whose encoder it shares, as `faster_whisper.WhisperModel` wants it, and
`sentences/`, a small text model that tells how alike two sentences are in what they mean.

All sizes are read from the parts. The same inputs give the same bytes: low-rank updates are added
in float64 and rounded once, so the number of threads does not show.
"""

import json
import shutil
from collections.abc import Iterable
from contextlib import redirect_stderr
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import torch
from safetensors.torch import load_file
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    GenerationConfig,
    PreTrainedTokenizerBase,
    VoxtralConfig,
    VoxtralForConditionalGeneration,
    WhisperFeatureExtractor,
)

from headrouter.errors import PullError
from headrouter.nano import ct2
from headrouter.nano.parts import sha256 as file_sha256
from headrouter.quiet import quiet

Tensors = dict[str, torch.Tensor]

END, PAD = "<|im_end|>", "<|endoftext|>"
LORA_A, LORA_B = ".lora_A.weight", ".lora_B.weight"

# The language model's own template puts a system prompt in front that the adapter never saw.
CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)

# Says how the weights were stored in the part that was read, which no longer holds.
STALE_CONFIG = ("quantization_config", "_name_or_path", "_model_name_or_path", "dtype")


def assemble(sources: Path, out: Path, adapter: Path, *, sha256: str) -> None:
    """Write the checkpoint to the folder `out`, float16, and move `sources`' other models into it.

    `sources` holds `whisper/`, `sentences/` and `language.gguf`; beside `adapter` lies a `.json` of
    its settings.
    Raises PullError if the adapter is not the one of `sha256` or does not fit the parts.
    """
    check(adapter, sha256)
    settings = json.loads(adapter.with_suffix(".json").read_text(encoding="utf-8"))
    with quiet():
        parts = read_parts(sources, settings["audio_token_id"])
        with torch.device("meta"):
            model = VoxtralForConditionalGeneration(parts.config)
        scale = settings["lora_alpha"] / settings["lora_rank"]
        merged = merge(parts.weights, load_file(adapter), scale, homes=model.state_dict().keys())
        model.load_state_dict(merged, assign=True)
        _save(model, parts.tokenizer, out)
    for beside in ("whisper", "sentences"):
        (sources / beside).rename(out / beside)


def check(trained: Path, sha256: str) -> None:
    """Raises PullError if what was trained is not what was installed."""
    if file_sha256(trained) != sha256:
        raise PullError(f"{trained} is damaged; install headrouter again")


@dataclass(frozen=True)
class Parts:
    """What the unpacked parts hold: all of the model but its projector."""

    config: VoxtralConfig
    tokenizer: PreTrainedTokenizerBase
    weights: Tensors  # float32, by their names in the whole model


def read_parts(sources: Path, audio_token_id: int) -> Parts:
    """Read `whisper/` and `language.gguf` below `sources`."""
    arrays = ct2.read_arrays(sources / "whisper/model.bin")
    tokenizer, text, weights = _read_language(sources / "language.gguf")
    config = VoxtralConfig(
        audio_config={"model_type": "voxtral_encoder", **ct2.encoder_config(arrays)},
        text_config=text,
        audio_token_id=audio_token_id,
    )
    encoder = ct2.encoder_state(arrays)
    weights |= {f"model.audio_tower.{name}": tensor for name, tensor in encoder.items()}
    return Parts(config, tokenizer, weights)


def merge(base: Tensors, adapter: Tensors, scale: float, homes: Iterable[str]) -> Tensors:
    """The weights of the whole model, float16: `base` with the adapter put in place.

    A pair of low-rank tensors adds `scale * B @ A` to the weight that it is named after; any other
    tensor replaces its namesake. `homes` are the names that the model has. Raises PullError if a
    tensor has no home, a home no tensor, or a weight does not fit into float16.
    """
    stems = [name.removesuffix(LORA_A) for name in adapter if name.endswith(LORA_A)]
    pairs = {f"model.{stem}.weight": (stem + LORA_A, stem + LORA_B) for stem in stems}
    low_rank = {name for pair in pairs.values() for name in pair}
    placed = {f"model.{name}": tensor for name, tensor in adapter.items() if name not in low_rank}
    _check_fit(set(homes), {*base, *placed, *pairs}, low_rank - adapter.keys())
    merged = base | placed
    for target, (a, b) in pairs.items():
        update = adapter[b].double() @ adapter[a].double()
        merged[target] = merged[target].double() + scale * update
    merged = {name: tensor.to(torch.float16) for name, tensor in merged.items()}
    if overflown := [name for name, tensor in merged.items() if not tensor.isfinite().all()]:
        raise PullError(f"the adapter does not fit: {overflown[0]} is too large for float16")
    return merged


def _check_fit(homes: set[str], names: set[str], halves: set[str]) -> None:
    """Raise PullError unless all tensors have homes, all homes tensors, all pairs two halves."""
    for problem, found in (
        ("has no home in this model", names - homes),
        ("is in neither the parts nor the adapter", homes - names),
        ("is the missing half of a pair", halves),
    ):
        if found:
            raise PullError(f"the adapter does not fit: {min(found)} {problem}")


def _read_language(gguf: Path) -> tuple[PreTrainedTokenizerBase, dict[str, object], Tensors]:
    """The tokenizer, the configuration and the float32 weights of the language model."""
    tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
    tokenizer.pad_token, tokenizer.chat_template = PAD, CHAT_TEMPLATE
    with redirect_stderr(StringIO()):  # its bar heeds no setting
        language = AutoModelForCausalLM.from_pretrained(
            gguf.parent, gguf_file=gguf.name, dtype=torch.float32
        )
    text = {k: v for k, v in language.config.to_dict().items() if k not in STALE_CONFIG}
    # Voxtral never ties its output layer to the embedding: it is stored as a copy.
    text |= {"tie_word_embeddings": False, "pad_token_id": tokenizer.pad_token_id}
    state = language.state_dict()
    weights = {"lm_head.weight": state.pop("lm_head.weight")}
    weights |= {f"model.language_{name}": tensor for name, tensor in state.items()}
    return tokenizer, text, weights


def _save(
    model: VoxtralForConditionalGeneration, tokenizer: PreTrainedTokenizerBase, out: Path
) -> None:
    """Write everything that the stock classes load, so that `generate` stops by itself.

    Runs of six tokens are said once: unsure what it hears, so small a model falls into loops.
    """
    model.generation_config = GenerationConfig(
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.convert_tokens_to_ids(END),
        pad_token_id=tokenizer.pad_token_id,
        no_repeat_ngram_size=6,
    )
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)
    mels = model.model.audio_tower.conv1.in_channels
    WhisperFeatureExtractor(feature_size=mels).save_pretrained(out)
    shutil.copymode(out / "config.json", out / "model.safetensors")  # written for its owner only
