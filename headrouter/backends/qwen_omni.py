"""Qwen2.5-Omni and Qwen3-Omni: of each the thinker alone, which listens and writes.

Their talkers, which would speak the answer, are neither loaded nor counted.
"""

from pathlib import Path
from typing import Any

import transformers
from torch import Tensor

from headrouter.backends.base import Backend, Config, Ears, frames_per_second
from headrouter.backends.offloading import NOTHING, Offload
from headrouter.backends.weights import load_model

THINKER = "thinker."


def thinker(config: Config) -> Config:
    """The part of a config that is about the thinker."""
    return getattr(config, "thinker_config", config)


class Omni(Backend):
    """The thinker of a checkpoint, whole or by itself. Text positions are the same on all axes."""

    config_name: str
    ears_modules = ("audio_tower", "visual")

    @classmethod
    def uses(cls, tensor: str) -> bool:
        """Whether a tensor of a checkpoint is loaded."""
        return not tensor.startswith(("talker.", "token2wav.", "code2wav."))

    @classmethod
    def load_model(
        cls, folder: Path, device: str, precision: str, offload: Offload = NOTHING
    ) -> Any:
        """The transformers model."""
        kind, config = getattr(transformers, cls.class_name), getattr(transformers, cls.config_name)
        return load_model(
            kind,
            folder,
            device=device,
            precision=precision,
            keep_whole=list(cls.ears_modules),
            config=config.from_pretrained(folder, local_files_only=True),
            key_mapping={f"^{THINKER}": ""},
            offload=offload,
        )

    def encode(self, mel: dict[str, Tensor]) -> Tensor:
        """(tokens, width) of one window's features."""
        found: Tensor = self.model.get_audio_features(
            mel["features"], feature_attention_mask=mel["mask"]
        ).last_hidden_state
        return found


class Qwen25Omni(Omni):
    """Encodes two seconds at a time, so that windows of any whole number of them are exact."""

    family = "qwen2_5_omni"
    class_name = "Qwen2_5OmniThinkerForConditionalGeneration"
    config_name = "Qwen2_5OmniThinkerConfig"

    @classmethod
    def ears(cls, config: Config, folder: Path) -> Ears:
        """How a checkpoint of this family hears."""
        ears = thinker(config).audio_config
        frames = frames_per_second(folder)
        return Ears(frames / 4, 15 * 2 * ears.n_window / frames, 20 * 60)

    def padding(self, samples: int) -> dict[str, Any]:
        """To five minutes, says its processor; a few frames have the same effect."""
        hop = self.features.hop_length
        return {
            "padding": "max_length",
            "max_length": -(-(samples + self.features.n_fft) // hop) * hop,
        }


class Qwen3Omni(Omni):
    """Thirteen tokens a second; frames see each other within stretches of eight seconds."""

    family = "qwen3_omni_moe"
    class_name = "Qwen3OmniMoeThinkerForConditionalGeneration"
    config_name = "Qwen3OmniMoeThinkerConfig"

    @classmethod
    def ears(cls, config: Config, folder: Path) -> Ears:
        """How a checkpoint of this family hears."""
        ears = thinker(config).audio_config
        frames = frames_per_second(folder)
        rate = 13 * frames / (2 * ears.n_window)
        stretch = ears.n_window_infer / frames
        return Ears(rate, stretch * max(1, round(32 / stretch)), 40 * 60)

    @classmethod
    def waiting_places(cls, folder: Path) -> tuple[str, ...]:
        """Not on disk: its experts are put together as they are loaded."""
        return ("memory",)

    def padding(self, samples: int) -> dict[str, Any]:
        """None, as its processor does."""
        return {"padding": "longest", "truncation": False}
