"""Tiny random checkpoints of every family as real folders: weights, tokenizer, features, template.

What a user has who downloaded a model, in 0.1 M parameters.
"""

import base64
import json
from pathlib import Path
from typing import Any

import torch
import transformers
from safetensors.torch import load_file, save_file
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers

from headrouter.testing import AUDIO, MELS, TINY, VOCAB, tiny_model

MARKS = [
    *("<pad>", "<unk>", "<|im_start|>", "<|im_end|>", "<audio>", "<image>", "<video>"),
    *("<|audio_bos|>", "<|audio_eos|>", "<|vision_bos|>", "<|vision_eos|>"),
]  # by their ids in the tiny configurations
END = 3
LETTERS = "\n abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,:;!?'\"()|<>_-"
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% if message['content'] is string %}{{ message['content'] }}{% else %}"
    "{% for part in message['content'] %}"
    "{% if part['type'] == 'audio' %}<|audio_bos|><audio><|audio_eos|>\n"
    "{% else %}{{ part['text'] }}{% endif %}{% endfor %}{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
NAMES = {
    "audio_token": "<audio>",
    "image_token": "<image>",
    "video_token": "<video>",
    "audio_bos_token": "<|audio_bos|>",
    "audio_eos_token": "<|audio_eos|>",
    "vision_bos_token": "<|vision_bos|>",
    "vision_eos_token": "<|vision_eos|>",
    "boa_token": "<|audio_bos|>",
    "eoa_token": "<|audio_eos|>",
    "boi_token": "<|vision_bos|>",
    "eoi_token": "<|vision_eos|>",
}
FAMILIES = list(TINY)
WINDOW = {"qwen3_omni_moe": 1.25, "phi4_multimodal": 0.96}  # seconds that suit a tiny model


def template(family: str) -> str:
    """Its own; of some the processor writes what stands around a clip."""
    if family == "gemma4":
        return TEMPLATE.replace("<|audio_bos|><audio><|audio_eos|>", "<audio>")
    return TEMPLATE


def tokenizer() -> Any:
    """One token a character, and every mark of every family."""
    vocabulary = {token: number for number, token in enumerate([*MARKS, *LETTERS])}
    assert len(vocabulary) <= VOCAB
    fast = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    fast.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    fast.decoder = decoders.Fuse()
    fast.add_special_tokens([AddedToken(mark, special=True) for mark in MARKS])
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=fast,
        pad_token="<pad>",
        eos_token="<|im_end|>",
        clean_up_tokenization_spaces=False,
        extra_special_tokens=NAMES,
    )


def features(family: str) -> Any:
    """What makes its spectrograms."""
    if family == "phi4_multimodal":
        return transformers.Phi4MultimodalFeatureExtractor(feature_size=MELS)
    if family == "gemma4":
        return transformers.Gemma4AudioFeatureExtractor(feature_size=MELS)
    return transformers.WhisperFeatureExtractor(
        feature_size=MELS, hop_length=200, chunk_length=1, return_attention_mask=True
    )


def save(family: str, folder: Path, *, seed: int = 0) -> Path:
    """Writes a checkpoint of that family to ``folder``, as ``save_pretrained`` does."""
    model = tiny_model(family, seed=seed)
    if family == "qwen3_omni_moe":
        model.config.audio_config.n_window_infer = 100
    model.generation_config.eos_token_id, model.generation_config.pad_token_id = END, 0
    model.generation_config.bos_token_id = None
    model.generation_config.suppress_tokens = [AUDIO]  # phi4 would look for a second clip
    model.save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    features(family).save_pretrained(folder)
    (folder / "chat_template.jinja").write_text(template(family))
    return folder


def with_a_talker(folder: Path) -> Path:
    """Makes a thinker's folder that of a whole model, as hubs have it."""
    config = json.loads((folder / "config.json").read_text())
    kind = config["model_type"].removesuffix("_thinker")
    (folder / "config.json").write_text(json.dumps({"model_type": kind, "thinker_config": config}))
    weights = load_file(folder / "model.safetensors")
    whole = {f"thinker.{name}": tensor for name, tensor in weights.items()}
    whole |= {"talker.lm_head.weight": torch.zeros(3, 3), "token2wav.conv.weight": torch.zeros(7)}
    save_file(whole, folder / "model.safetensors", {"format": "pt"})
    return folder


TEKKEN = [
    *("<unk>", "<s>", "</s>", "[INST]", "[/INST]", "[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]"),
    *("[TOOL_RESULTS]", "[/TOOL_RESULTS]", "[TOOL_CALLS]", "[IMG]", "<pad>", "[IMG_BREAK]"),
    *("[IMG_END]", "[PREFIX]", "[MIDDLE]", "[SUFFIX]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]"),
    *("[TOOL_CONTENT]", "<SPECIAL_20>", "<SPECIAL_21>", "<SPECIAL_22>", "<SPECIAL_23>", "[AUDIO]"),
    "[BEGIN_AUDIO]",
]  # the first control tokens of Mistral's vocabularies, by their ids


def save_tekken(folder: Path) -> Path:
    """A Voxtral as Mistral publishes it: its vocabulary is a tekken.json, and no template."""
    special = 40
    marks = [*TEKKEN, *(f"<SPECIAL_{rank}>" for rank in range(len(TEKKEN), special))]
    marks[34] = "[TRANSCRIBE]"
    size = special + 256
    config = tiny_model("voxtral").config
    config.text_config.vocab_size = size
    config.audio_token_id = marks.index("[AUDIO]")
    torch.manual_seed(0)
    model = transformers.VoxtralForConditionalGeneration(config).eval()
    model.generation_config.eos_token_id = marks.index("</s>")
    model.save_pretrained(folder)
    features("voxtral").save_pretrained(folder)
    sound = {"num_mel_bins": MELS, "hop_length": 200, "window_size": 400}
    tekken = {
        "config": {
            "pattern": r"\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+|\s+",
            "num_vocab_tokens": 256,
            "default_vocab_size": size,
            "default_num_special_tokens": special,
            "version": "v7",
        },
        "vocab": [
            {
                "rank": rank,
                "token_bytes": base64.b64encode(bytes([rank])).decode(),
                "token_str": None,
            }
            for rank in range(256)
        ],
        "special_tokens": [
            {"rank": rank, "token_str": mark, "is_control": True} for rank, mark in enumerate(marks)
        ],
        "audio": {
            "sampling_rate": 16_000,
            "frame_rate": 10.0,
            "audio_encoding_config": sound,
            "chunk_length_s": 1.0,
        },
    }
    (folder / "tekken.json").write_text(json.dumps(tekken))
    return folder
