"""Models worth having: audio LLMs on a hub, with what has to be known before they are fetched.

From their cards and configurations; none was run here, and their sizes were not held against the
published files: lists say "about".
"""

from dataclasses import dataclass

WHISPER = 640_000_000  # parameters of the encoder of whisper-large, and of a projector


@dataclass(frozen=True)
class Shape:
    """A language model's sizes, as its configuration has them."""

    layers: int
    width: int
    inner: int  # of the MLPs that a token goes through
    heads: int
    key_heads: int
    head_dim: int
    vocabulary: int


@dataclass(frozen=True)
class Listed:
    """A model that can be fetched by its short name."""

    name: str
    hub_id: str
    family: str
    parameters: int  # that are loaded
    kept_whole: int  # of these, that quantisation leaves as they are: ears and embeddings
    download_bytes: int
    tokens_per_second: float  # of audio
    shape: Shape
    licence: str
    summary: str
    revision: str | None = None  # where it is not the newest
    waits: tuple[str, ...] = ("memory", "disk")  # where decoder layers may that are offloaded


QWEN_7B = Shape(28, 3584, 18944, 28, 4, 128, 152_064)

CATALOGUE: dict[str, Listed] = {
    found.name: found
    for found in (
        Listed(
            "voxtral-mini",
            "mistralai/Voxtral-Mini-3B-2507",
            "voxtral",
            4_680_000_000,
            WHISPER + 2 * 131_072 * 3072,
            9_360_000_000,
            12.5,
            Shape(30, 3072, 8192, 32, 8, 128, 131_072),
            "Apache-2.0",
            "speech in eight languages, questions and summaries",
        ),
        Listed(
            "voxtral-small",
            "mistralai/Voxtral-Small-24B-2507",
            "voxtral",
            24_260_000_000,
            WHISPER + 2 * 131_072 * 5120,
            48_520_000_000,
            12.5,
            Shape(40, 5120, 32_768, 32, 8, 128, 131_072),
            "Apache-2.0",
            "the same, larger",
        ),
        Listed(
            "qwen2.5-omni-7b",
            "Qwen/Qwen2.5-Omni-7B",
            "qwen2_5_omni",
            8_930_000_000,
            WHISPER + 680_000_000 + 2 * 152_064 * 3584,
            22_370_000_000,
            25.0,
            QWEN_7B,
            "Apache-2.0",
            "speech, sounds and music",
        ),
        Listed(
            "qwen2.5-omni-3b",
            "Qwen/Qwen2.5-Omni-3B",
            "qwen2_5_omni",
            4_700_000_000,
            WHISPER + 670_000_000 + 2 * 151_936 * 2048,
            11_970_000_000,
            25.0,
            Shape(36, 2048, 11_008, 16, 2, 128, 151_936),
            "Qwen Research: not for commercial use",
            "speech, sounds and music, smaller",
        ),
        Listed(
            "gemma-4-e4b",
            "google/gemma-4-E4B-it",
            "gemma4",
            8_000_000_000,
            4_000_000_000,
            16_000_000_000,
            25.0,
            Shape(42, 2560, 10_240, 8, 2, 256, 262_144),
            "Apache-2.0",
            "speech in many languages",
        ),
        Listed(
            "gemma-4-e2b",
            "google/gemma-4-E2B-it",
            "gemma4",
            5_100_000_000,
            3_100_000_000,
            10_200_000_000,
            25.0,
            Shape(35, 1536, 6144, 8, 1, 256, 262_144),
            "Apache-2.0",
            "speech in many languages, smaller",
        ),
        Listed(
            "qwen3-omni-30b",
            "Qwen/Qwen3-Omni-30B-A3B-Instruct",
            "qwen3_omni_moe",
            31_700_000_000,
            WHISPER + 540_000_000 + 2 * 152_064 * 2048,
            70_500_000_000,
            13.0,
            Shape(48, 2048, 8 * 768, 32, 4, 128, 152_064),
            "Apache-2.0",
            "speech, sounds and music; a tenth of it works at a time",
            waits=("memory",),
        ),
        Listed(
            "audio-flamingo-3",
            "nvidia/audio-flamingo-3-hf",
            "audioflamingo3",
            8_270_000_000,
            WHISPER + 2 * 152_064 * 3584,
            16_540_000_000,
            25.0,
            QWEN_7B,
            "NVIDIA OneWay: not for commercial use",
            "sounds, music and speech, up to ten minutes at once",
        ),
        Listed(
            "phi-4-multimodal",
            "microsoft/Phi-4-multimodal-instruct",
            "phi4_multimodal",
            5_570_000_000,
            WHISPER + 430_000_000 + 200_064 * 3072,
            11_150_000_000,
            12.5,
            Shape(32, 3072, 8192, 24, 8, 128, 200_064),
            "MIT",
            "speech; its newest revision comes with code, which is not run",
            revision="refs/pr/70",
            waits=(),
        ),
        Listed(
            "qwen2-audio",
            "Qwen/Qwen2-Audio-7B-Instruct",
            "qwen2_audio",
            8_400_000_000,
            WHISPER + 2 * 156_032 * 4096,
            16_790_000_000,
            25.0,
            Shape(32, 4096, 11_008, 32, 32, 128, 156_032),
            "Apache-2.0",
            "speech and sounds, the oldest of them",
        ),
    )
}
