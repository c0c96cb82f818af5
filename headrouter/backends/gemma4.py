"""Gemma 4 E2B and E4B: a conformer, and a decoder with an input of its own for each layer."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from headrouter.backends.base import SAMPLE_RATE, Backend, Config, Ears, Samples
from headrouter.backends.offloading import NOTHING, Offload
from headrouter.errors import UnsupportedModel


class Gemma4(Backend):
    """Clips of 30 seconds at most; their tokens stand here in one run, as if they were one."""

    family = "gemma4"
    class_name = "Gemma4ForConditionalGeneration"
    ears_modules = ("audio_tower", "embed_audio", "vision_tower", "embed_vision", "per_layer")

    @classmethod
    def ears(cls, config: Config, folder: Path) -> Ears:
        """How a checkpoint of this family hears. Raises UnsupportedModel for one that is deaf."""
        if config.audio_config is None:
            raise UnsupportedModel(
                f"{folder} is a gemma4 model without ears; take an E2B or E4B checkpoint"
            )
        return Ears(25.0, 30.0, 5 * 60)

    @classmethod
    def load_model(
        cls, folder: Path, device: str, precision: str, offload: Offload = NOTHING
    ) -> Any:
        """The transformers model, whose ``generate`` takes embeddings."""
        model = super().load_model(folder, device, precision, offload)
        prepare = model.prepare_inputs_for_generation

        def prepared(input_ids: Tensor, inputs_embeds: Tensor | None = None, **kwargs: Any) -> Any:
            """The same; ``generate`` reads off these names what it may pass on."""
            return prepare(input_ids, inputs_embeds=inputs_embeds, **kwargs)

        model.prepare_inputs_for_generation = prepared
        return model

    @classmethod
    def around(cls, model: Any, tokenizer: Any) -> tuple[str, str]:
        """What the processor writes before and after a clip's audio tokens."""
        marks = [model.config.boa_token_id, model.config.eoa_token_index]
        before, after = tokenizer.convert_ids_to_tokens(marks)
        return before, after

    def spectrogram(self, samples: Samples) -> dict[str, Tensor]:
        """What the model's processor makes of a window."""
        found = self.features([samples], sampling_rate=SAMPLE_RATE, return_tensors="pt")
        return {
            "features": found["input_features"].to(self.device, self.dtype),
            "mask": found["input_features_mask"].to(self.device),
        }

    def encode(self, mel: dict[str, Tensor]) -> Tensor:
        """(tokens, width) of one window's features."""
        found = self.model.model.get_audio_features(mel["features"], mel["mask"])
        rows: Tensor = found.pooler_output[found.attention_mask.to(found.pooler_output.device)]
        return rows

    def besides(self, before: Sequence[int], audio: int, after: Sequence[int]) -> dict[str, Tensor]:
        """The inputs of each layer: those of the text's tokens, and of padding for the audio."""
        decoder = self.model.get_decoder()
        if not decoder.hidden_size_per_layer_input:
            return {}
        pad = self.model.config.get_text_config().pad_token_id
        ids = torch.tensor([[*before, *[pad] * audio, *after]], device=self.device)
        return {"per_layer_inputs": decoder.get_per_layer_inputs(ids)}
