"""Tiny random checkpoints of what transformers has that tells speakers apart, as real folders."""

from pathlib import Path

import torch
import transformers
from tiny_checkpoints import TEMPLATE, tokenizer

MELS = 16


def save_nemotron(folder: Path) -> Path:
    """Of eight people two or more speak by chance, as the model is random."""
    config = transformers.Nemotron3DiarizationConfig(
        audio_config=dict(
            hidden_size=16,
            intermediate_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_mel_bins=MELS,
        ),
        head_config=dict(hidden_size=8, audio_hidden_size=16),
        initializer_range=1.0,
    )
    torch.manual_seed(0)
    model = transformers.Nemotron3DiarizationForAudioFrameClassification(config).eval()
    model.save_pretrained(folder)
    features = transformers.NemotronAsrStreamingFeatureExtractor(feature_size=MELS)
    transformers.Nemotron3DiarizationProcessor(features).save_pretrained(folder)
    return folder


def save_moss(folder: Path) -> Path:
    """One that writes letters at random."""
    words = tokenizer()
    config = transformers.MossTranscribeDiarizeConfig(
        audio_config=dict(
            num_mel_bins=MELS,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=32,
            hidden_size=16,
            max_source_positions=100,
        ),
        text_config=dict(
            model_type="qwen3",
            hidden_size=16,
            intermediate_size=32,
            num_hidden_layers=1,
            num_attention_heads=2,
            num_key_value_heads=2,
            head_dim=8,
            vocab_size=len(words),
            max_position_embeddings=512,
        ),
        audio_token_id=words.convert_tokens_to_ids("<audio>"),
        audio_chunk_size=32_000,
    )
    torch.manual_seed(0)
    model = transformers.MossTranscribeDiarizeForConditionalGeneration(config).eval()
    model.generation_config.eos_token_id = model.generation_config.pad_token_id = 3
    model.save_pretrained(folder)
    features = transformers.MossTranscribeDiarizeFeatureExtractor(feature_size=MELS, chunk_length=2)
    transformers.MossTranscribeDiarizeProcessor(
        features,
        words,
        chat_template=TEMPLATE,
        audio_token="<audio>",
        audio_bos_token="<|audio_bos|>",
        audio_eos_token="<|audio_eos|>",
    ).save_pretrained(folder)
    return folder
