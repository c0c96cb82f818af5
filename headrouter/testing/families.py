"""Tiny random models of every supported family, from configs, and how each takes its audio."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import transformers
from torch import Tensor, nn

AUDIO, VOCAB, HIDDEN, MELS = 4, 99, 48, 16
TEXT: dict[str, Any] = {
    "hidden_size": HIDDEN,
    "intermediate_size": 64,
    "num_hidden_layers": 4,
    "num_attention_heads": 6,
    "num_key_value_heads": 2,
    "vocab_size": VOCAB,
    "max_position_embeddings": 512,
    "initializer_range": 0.2,  # large enough that heads differ and greedy tokens don't tie
}
MROPE: dict[str, Any] = {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [2, 1, 1]}
EARS: dict[str, Any] = {
    "d_model": 32,
    "encoder_ffn_dim": 64,
    "encoder_layers": 1,
    "encoder_attention_heads": 2,
    "num_mel_bins": MELS,
    "max_source_positions": 40,
}
WHISPER: dict[str, Any] = {
    "hidden_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "num_mel_bins": MELS,
    "max_source_positions": 40,
}
GEMMA_TOKENS: dict[str, Any] = {
    "vision_config": None,
    "audio_token_id": AUDIO,
    "image_token_id": 5,
    "video_token_id": 6,
    "boa_token_id": 7,
    "eoa_token_index": 8,
    "boi_token_id": 9,
    "eoi_token_id": 10,
}
SPECIAL: dict[str, Any] = {
    "audio_token_id": AUDIO,
    "image_token_id": 5,
    "video_token_id": 6,
    "audio_start_token_id": 7,
    "audio_end_token_id": 8,
    "vision_start_token_id": 9,
    "vision_end_token_id": 10,
}
EYES: dict[str, Any] = {
    "depth": 1,
    "hidden_size": 16,
    "intermediate_size": 16,
    "num_heads": 2,
    "out_hidden_size": HIDDEN,
}


def _voxtral() -> nn.Module:
    config = transformers.VoxtralConfig(
        audio_config={**WHISPER, "intermediate_size": 128},
        text_config={**TEXT, "model_type": "llama", "head_dim": 8},
        audio_token_id=AUDIO,
    )
    return transformers.VoxtralForConditionalGeneration(config)


def _audioflamingo3() -> nn.Module:
    config = transformers.AudioFlamingo3Config(
        audio_config={**WHISPER, "intermediate_size": 64},
        text_config={**TEXT, "model_type": "qwen2"},
        audio_token_id=AUDIO,
    )
    return transformers.AudioFlamingo3ForConditionalGeneration(config)


def _qwen2_audio() -> nn.Module:
    config = transformers.Qwen2AudioConfig(
        audio_config=EARS,
        text_config={**TEXT, "model_type": "qwen2", "num_key_value_heads": 6},
        audio_token_index=AUDIO,
    )
    return transformers.Qwen2AudioForConditionalGeneration(config)


def _qwen2_5_omni() -> nn.Module:
    config = transformers.Qwen2_5OmniThinkerConfig(
        audio_config={**EARS, "n_window": 10, "output_dim": HIDDEN},
        vision_config={**EYES, "fullatt_block_indexes": [0]},
        text_config={**TEXT, "rope_parameters": MROPE},
        **SPECIAL,
    )
    return transformers.Qwen2_5OmniThinkerForConditionalGeneration(config)


def _qwen3_omni_moe() -> nn.Module:
    experts: dict[str, Any] = {
        "moe_intermediate_size": 16,
        "num_experts": 4,
        "num_experts_per_tok": 2,
        "head_dim": 8,
    }
    config = transformers.Qwen3OmniMoeThinkerConfig(
        audio_config={**EARS, "output_dim": HIDDEN, "downsample_hidden_size": 8},
        vision_config={**EYES, "deepstack_visual_indexes": [0]},
        text_config={**TEXT, **experts, "rope_parameters": MROPE},
        **SPECIAL,
    )
    return transformers.Qwen3OmniMoeThinkerForConditionalGeneration(config)


def _phi4_multimodal() -> nn.Module:
    small: dict[str, Any] = {"hidden_size": 16, "intermediate_size": 16, "num_attention_heads": 2}
    config = transformers.Phi4MultimodalConfig(
        **TEXT,
        pad_token_id=0,
        vision_config={
            **small,
            "num_hidden_layers": 2,
            "image_size": 28,
            "patch_size": 14,
            "crop_size": 28,
            "image_token_id": 5,
        },
        audio_config={
            **small,
            "num_blocks": 1,
            "input_size": MELS,
            "ext_pw_out_channel": 16,
            "depthwise_separable_out_channel": 16,
            "nemo_conv_channels": 16,
            "audio_token_id": AUDIO,
            "initializer_range": 0.3,  # large enough that audio tokens differ
        },
    )
    return transformers.Phi4MultimodalForCausalLM(config)


def _gemma4() -> nn.Module:
    """The last three of eight layers use the keys of the third and the fourth."""
    kinds = {"s": "sliding_attention", "f": "full_attention"}
    text: dict[str, Any] = {
        "num_hidden_layers": 8,
        "layer_types": [kinds[kind] for kind in "sfsfsssf"],
        "num_kv_shared_layers": 3,
        "sliding_window": 24,
        "head_dim": 8,
        "global_head_dim": 16,
        "hidden_size_per_layer_input": 8,
        "vocab_size_per_layer_input": VOCAB,
        "pad_token_id": 0,
        "bos_token_id": None,
        "eos_token_id": 3,
        "tie_word_embeddings": False,
    }
    ears: dict[str, Any] = {
        "hidden_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "subsampling_conv_channels": [MELS, 4],
        "output_proj_dims": 16,
        "initializer_range": 0.3,
    }
    config = transformers.Gemma4Config(
        text_config={**TEXT, **text},
        audio_config=ears,
        **GEMMA_TOKENS,
        tie_word_embeddings=False,
    )
    return transformers.Gemma4ForConditionalGeneration(config)


FRAMES = 80  # mel frames of one tiny clip


def _frame_mask(clips: int) -> Tensor:
    return torch.ones(clips, FRAMES, dtype=torch.long)


def _whole(mel: Tensor) -> dict[str, Tensor]:
    return {"input_features": mel}


def _masked(mel: Tensor) -> dict[str, Tensor]:
    return {"input_features": mel, "feature_attention_mask": _frame_mask(len(mel))}


def _flamingo_masked(mel: Tensor) -> dict[str, Tensor]:
    return {"input_features": mel, "input_features_mask": _frame_mask(len(mel))}


def _phi4_inputs(mel: Tensor) -> dict[str, Tensor]:
    sizes = torch.full((len(mel),), 10)
    return {"audio_input_features": mel.transpose(1, 2), "audio_embed_sizes": sizes}


def _gemma4_inputs(mel: Tensor) -> dict[str, Tensor]:
    mask = torch.ones(len(mel), FRAMES, dtype=torch.bool)
    return {"input_features": mel.transpose(1, 2), "input_features_mask": mask}


@dataclass(frozen=True)
class TinyFamily:
    """How to make a tiny model of one family, and how it takes its audio."""

    build: Callable[[], nn.Module]
    features: Callable[[Tensor], dict[str, Tensor]]  # (clips, mels, frames) -> model inputs
    tokens: int  # audio tokens that one clip becomes


TINY: dict[str, TinyFamily] = {
    "voxtral": TinyFamily(_voxtral, _whole, 10),
    "audioflamingo3": TinyFamily(_audioflamingo3, _flamingo_masked, 20),
    "qwen2_audio": TinyFamily(_qwen2_audio, _masked, 20),
    "qwen2_5_omni": TinyFamily(_qwen2_5_omni, _masked, 20),
    "qwen3_omni_moe": TinyFamily(_qwen3_omni_moe, _masked, 10),
    "phi4_multimodal": TinyFamily(_phi4_multimodal, _phi4_inputs, 10),
    "gemma4": TinyFamily(_gemma4, _gemma4_inputs, 20),
}
