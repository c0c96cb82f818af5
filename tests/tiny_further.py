"""Tiny random models of families that HeadRouter prunes and the assistant doesn't offer."""

from typing import Any

import torch
import transformers
from torch import Tensor, nn

from headrouter.testing.families import AUDIO, FRAMES, GEMMA_TOKENS, MELS, TEXT, WHISPER, TinyFamily


def _masked(mel: Tensor) -> dict[str, Tensor]:
    return {"input_features": mel, "input_features_mask": torch.ones(len(mel), mel.shape[2]).long()}


def _musicflamingo() -> nn.Module:
    config = transformers.MusicFlamingoConfig(
        audio_config={**WHISPER, "intermediate_size": 64, "model_type": "audioflamingo3_encoder"},
        text_config={**TEXT, "model_type": "qwen2"},
        audio_token_id=AUDIO,
        audio_bos_token_id=7,
        audio_eos_token_id=8,
    )
    return transformers.MusicFlamingoForConditionalGeneration(config)


def _glmasr() -> nn.Module:
    ears = {k: v for k, v in WHISPER.items() if k != "max_source_positions"}
    config = transformers.GlmAsrConfig(
        audio_config={**ears, "intermediate_size": 128, "model_type": "glmasr_encoder"},
        text_config={**TEXT, "model_type": "llama", "head_dim": 8, "eos_token_id": 3},
        audio_token_id=AUDIO,
    )
    return transformers.GlmAsrForConditionalGeneration(config)


def _granite_speech() -> nn.Module:
    ears = {"hidden_dim": 32, "num_layers": 1, "num_heads": 2, "dim_head": 16, "input_dim": MELS}
    config = transformers.GraniteSpeechConfig(
        encoder_config={**ears, "output_dim": 11, "context_size": 20, "max_pos_emb": 20},
        projector_config={
            "model_type": "blip_2_qformer",
            "hidden_size": 32,
            "encoder_hidden_size": 32,
            "intermediate_size": 32,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
        },
        text_config={**TEXT, "model_type": "granite"},
        audio_token_index=AUDIO,
        has_lora_adapter=False,
        window_size=8,
        downsample_rate=4,
    )
    return transformers.GraniteSpeechForConditionalGeneration(config)


def _gemma4_unified() -> nn.Module:
    text: dict[str, Any] = {
        "num_hidden_layers": 6,
        "layer_types": ["sliding_attention", "full_attention"] * 3,
        "sliding_window": 24,
        "head_dim": 8,
        "global_head_dim": 16,
        "pad_token_id": 0,
        "bos_token_id": None,
        "eos_token_id": 3,
    }
    config = transformers.Gemma4UnifiedConfig(
        text_config={**TEXT, **text},
        audio_config={"audio_embed_dim": MELS},
        **GEMMA_TOKENS,
    )
    return transformers.Gemma4UnifiedForConditionalGeneration(config)


def _frames(mel: Tensor) -> dict[str, Tensor]:
    mask = torch.ones(len(mel), mel.shape[2], dtype=torch.bool)
    return {"input_features": mel.transpose(1, 2), "input_features_mask": mask}


def _granite(mel: Tensor) -> dict[str, Tensor]:
    return {"input_features": mel.transpose(1, 2)}


FURTHER = {
    "musicflamingo": TinyFamily(_musicflamingo, _masked, 20),
    "glmasr": TinyFamily(_glmasr, _masked, 10),
    "granite_speech": TinyFamily(_granite_speech, _granite, 20),
    "gemma4_unified": TinyFamily(_gemma4_unified, _frames, FRAMES),
}
