"""What tests of this library, and of code built on it, stand on.

Tiny random models of every supported family (from configs, no download), inputs for them, the
mask oracle (the same model with the dropped tokens masked instead of cut), and a fake listener.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

import torch
import transformers
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers
from torch import Tensor, nn

from headrouter.backends import SAMPLE_RATE
from headrouter.backends.prompts import CardPrompts
from headrouter.backends.voxtral import Voxtral
from headrouter.fakes import FakeListener
from headrouter.hear.listener import AudioLM
from headrouter.models import MODELS, ModelCard
from headrouter.prune.families import family_of
from headrouter.prune.profiles import uniform_profile
from headrouter.question.words import Spotting

__all__ = [
    "TINY",
    "FakeListener",
    "TinyFamily",
    "mask_oracle",
    "tiny_inputs",
    "tiny_listener",
    "tiny_model",
]

AUDIO, VOCAB, HIDDEN, MELS = 4, 99, 48, 16
_TEXT: dict[str, Any] = {
    "hidden_size": HIDDEN,
    "intermediate_size": 64,
    "num_hidden_layers": 4,
    "num_attention_heads": 6,
    "num_key_value_heads": 2,
    "vocab_size": VOCAB,
    "max_position_embeddings": 512,
    "initializer_range": 0.2,  # large enough that heads differ and greedy tokens don't tie
}
_MROPE: dict[str, Any] = {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [2, 1, 1]}
_EARS: dict[str, Any] = {
    "d_model": 32,
    "encoder_ffn_dim": 64,
    "encoder_layers": 1,
    "encoder_attention_heads": 2,
    "num_mel_bins": MELS,
    "max_source_positions": 40,
}
_WHISPER: dict[str, Any] = {
    "hidden_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "num_mel_bins": MELS,
    "max_source_positions": 40,
}
_SPECIAL: dict[str, Any] = {
    "audio_token_id": AUDIO,
    "image_token_id": 5,
    "video_token_id": 6,
    "audio_start_token_id": 7,
    "audio_end_token_id": 8,
    "vision_start_token_id": 9,
    "vision_end_token_id": 10,
}
_EYES: dict[str, Any] = {
    "depth": 1,
    "hidden_size": 16,
    "intermediate_size": 16,
    "num_heads": 2,
    "out_hidden_size": HIDDEN,
}


def _voxtral() -> nn.Module:
    config = transformers.VoxtralConfig(
        audio_config={**_WHISPER, "intermediate_size": 128},
        text_config={**_TEXT, "model_type": "llama", "head_dim": 8},
        audio_token_id=AUDIO,
    )
    return transformers.VoxtralForConditionalGeneration(config)


def _audioflamingo3() -> nn.Module:
    config = transformers.AudioFlamingo3Config(
        audio_config={**_WHISPER, "intermediate_size": 64},
        text_config={**_TEXT, "model_type": "qwen2"},
        audio_token_id=AUDIO,
    )
    return transformers.AudioFlamingo3ForConditionalGeneration(config)


def _qwen2_audio() -> nn.Module:
    config = transformers.Qwen2AudioConfig(
        audio_config=_EARS,
        text_config={**_TEXT, "model_type": "qwen2", "num_key_value_heads": 6},
        audio_token_index=AUDIO,
    )
    return transformers.Qwen2AudioForConditionalGeneration(config)


def _qwen2_5_omni() -> nn.Module:
    config = transformers.Qwen2_5OmniThinkerConfig(
        audio_config={**_EARS, "n_window": 10, "output_dim": HIDDEN},
        vision_config={**_EYES, "fullatt_block_indexes": [0]},
        text_config={**_TEXT, "rope_parameters": _MROPE},
        **_SPECIAL,
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
        audio_config={**_EARS, "output_dim": HIDDEN, "downsample_hidden_size": 8},
        vision_config={**_EYES, "deepstack_visual_indexes": [0]},
        text_config={**_TEXT, **experts, "rope_parameters": _MROPE},
        **_SPECIAL,
    )
    return transformers.Qwen3OmniMoeThinkerForConditionalGeneration(config)


def _phi4_multimodal() -> nn.Module:
    small: dict[str, Any] = {"hidden_size": 16, "intermediate_size": 16, "num_attention_heads": 2}
    config = transformers.Phi4MultimodalConfig(
        **_TEXT,
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
        text_config={**_TEXT, **text},
        audio_config=ears,
        vision_config=None,
        audio_token_id=AUDIO,
        image_token_id=5,
        video_token_id=6,
        boa_token_id=7,
        eoa_token_index=8,
        boi_token_id=9,
        eoi_token_id=10,
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


def tiny_model(family: str | TinyFamily, *, attention: str = "sdpa", seed: int = 0) -> Any:
    """A random float32 model of that family, in eval mode, about 0.1 M parameters."""
    kind = TINY[family] if isinstance(family, str) else family
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = kind.build()
    hears_otherwise = family == "gemma4"  # its ears know no sdpa
    decides: Any = model.get_decoder() if hears_otherwise else model  # type: ignore[operator]
    decides.set_attn_implementation(attention)
    return model.float().eval()


def tiny_tokenizer() -> Any:
    """One token a character, and the marks of a chat."""
    marks = ["<pad>", "<unk>", "<|im_start|>", "<|im_end|>", "<audio>"]
    letters = ["\n", *map(chr, range(32, 127))][: VOCAB - len(marks)]
    vocabulary = {token: number for number, token in enumerate(marks + letters)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    tokenizer.decoder = decoders.Fuse()
    tokenizer.add_special_tokens([AddedToken(mark, special=True) for mark in marks])
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", clean_up_tokenization_spaces=False
    )


def tiny_card(**changes: Any) -> ModelCard:
    """Nano's card for the tiny listener, with what is to be changed of it."""
    own: dict[str, Any] = dict(
        name="tiny",
        tokens_per_second=10.0,
        window_seconds=1.0,
        spotting=Spotting(sharpness=30.0, merges=None),
    )
    return replace(MODELS["nano"], **own | changes)


def tiny_listener(card: ModelCard, model_id: str = "tiny@1") -> AudioLM:
    """AudioLM over a tiny random Voxtral, whose windows of a second become ten tokens."""
    tokenizer = tiny_tokenizer()
    backend = Voxtral(
        tiny_model("voxtral"),
        tokenizer,
        transformers.WhisperFeatureExtractor(feature_size=MELS, hop_length=200, chunk_length=1),
        CardPrompts(tokenizer, card),
        SAMPLE_RATE / card.tokens_per_second,
    )
    return AudioLM(
        backend,
        card,
        model_id,
        uniform_profile(model_id, 2, _TEXT["num_attention_heads"]),
    )


def tiny_inputs(
    family: str | TinyFamily, clips: Sequence[int] = (3,), *, question: int = 6, seed: int = 0
) -> dict[str, Tensor]:
    """Inputs for a tiny model: prefix, ``clips[row]`` clips of noise, a question, left-padded.

    One row a batch entry; rows with fewer clips get padding, and an attention mask says so.
    """
    generator = torch.Generator().manual_seed(seed)
    kind = TINY[family] if isinstance(family, str) else family
    mel = torch.randn(sum(clips), MELS, FRAMES, generator=generator)
    rows = []
    for count in clips:
        prefix = torch.randint(11, VOCAB, (3,), generator=generator)
        audio = torch.full((count * kind.tokens,), AUDIO)
        asked = torch.randint(11, VOCAB, (question,), generator=generator)
        rows.append(torch.cat([prefix, audio, asked]))
    width = max(len(row) for row in rows)
    ids = torch.stack([nn.functional.pad(row, (width - len(row), 0)) for row in rows])
    mask = torch.stack([(torch.arange(width) >= width - len(row)).long() for row in rows])
    return {"input_ids": ids, "attention_mask": mask, **kind.features(mel)}


@contextmanager
def mask_oracle(model: Any, dropped: Tensor, layer: int) -> Iterator[None]:
    """Runs the model whole, with ``dropped`` positions hidden by the mask from ``layer`` on.

    dropped: (batch, positions) bool over the first positions of the sequence; later ones are
    visible. This is what pruning must equal, computed the slow and obvious way.
    """

    def hide(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        queries, total = _extent(args, kwargs)
        mask = kwargs.get("attention_mask")
        places = torch.arange(total, device=dropped.device)
        if mask is None:
            mask = (places <= places[total - queries :, None])[None, None]
        hidden = nn.functional.pad(dropped, (0, total - dropped.shape[1]))[:, None, None, :total]
        itself = places == places[total - queries :, None]
        hidden = hidden & ~itself  # no empty row: a dropped token may see itself
        if mask.dtype == torch.bool:
            mask = mask & ~hidden
        else:
            mask = mask.masked_fill(hidden, torch.finfo(mask.dtype).min)
        return args, {**kwargs, "attention_mask": mask}

    with ExitStack() as stack:
        for decoder_layer in family_of(model).layers(model)[layer:]:
            handle = decoder_layer.register_forward_pre_hook(hide, with_kwargs=True)
            stack.callback(handle.remove)
        yield


def _extent(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[int, int]:
    """(tokens of this pass, tokens so far) of a decoder layer call, before its cache update."""
    states = args[0] if args else kwargs["hidden_states"]
    cache = kwargs["cache"]
    queries = states.shape[1]
    return queries, queries if cache is None else cache.get_seq_length(0)
