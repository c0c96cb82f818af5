"""Phi-4-Multimodal: a conformer, a projector for speech, and Phi-4-mini with its speech adapter."""

import importlib.util
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from headrouter.backends.base import SAMPLE_RATE, Backend, Config, Ears, Samples
from headrouter.backends.offloading import NOTHING, Offload
from headrouter.errors import ModelUnreadable

ADAPTER = "speech-lora"


class Phi4Multimodal(Backend):
    """Its placeholder's id is in the audio config; its speech adapter is a folder beside it."""

    family = "phi4_multimodal"
    class_name = "Phi4MultimodalForCausalLM"
    ears_modules = ("embed_tokens_extend",)

    @classmethod
    def ears(cls, config: Config, folder: Path) -> Ears:
        """How a checkpoint of this family hears."""
        return Ears(100 / config.audio_config.time_reduction, 30.0, 30 * 60)

    @classmethod
    def waiting_places(cls, folder: Path) -> tuple[str, ...]:
        """Nowhere with the adapter, which is put into layers that are there."""
        return () if (folder / ADAPTER).is_dir() else super().waiting_places(folder)

    @classmethod
    def load_model(
        cls, folder: Path, device: str, precision: str, offload: Offload = NOTHING
    ) -> Any:
        """The transformers model."""
        model = super().load_model(folder, device, precision, offload)
        if (folder / ADAPTER).is_dir():
            if importlib.util.find_spec("peft") is None:
                raise ModelUnreadable(
                    f"{folder} hears with an adapter ({ADAPTER}), which needs peft; "
                    "run: pip install peft"
                )
            model.load_adapter(folder / ADAPTER, device_map=device)
        return model

    @classmethod
    def audio_token_id(cls, model: Any) -> int:
        """The placeholder of an audio token."""
        return int(model.config.audio_config.audio_token_id)

    def spectrogram(self, samples: Samples) -> dict[str, Tensor]:
        """What the model's processor makes of a window."""
        found = self.features([samples], sampling_rate=SAMPLE_RATE, return_tensors="pt")
        return {
            "features": found["audio_input_features"].to(self.device, self.dtype),
            "count": found["audio_embed_sizes"],
        }

    def encode(self, mel: dict[str, Tensor]) -> Tensor:
        """(tokens, width) of one window's features."""
        ids = torch.full((1, int(mel["count"])), self.audio_token_id(self.model))
        ids = ids.to(self.device)
        found: Tensor = self.model.model.embed_tokens_extend(
            ids,
            self.model.get_input_embeddings()(ids),
            audio_input_features=mel["features"],
            audio_embed_sizes=mel["count"],
        )
        return found[0]
