"""Voxtral, and nano, which has its architecture and a card of its own."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from headrouter.backends.base import SAMPLE_RATE, Backend, Config, Ears, Samples, chunk_seconds
from headrouter.backends.offloading import NOTHING, Offload
from headrouter.backends.products import BY_HEAD, quick_products
from headrouter.backends.prompts import Prompts
from headrouter.backends.tekken import TekkenPrompts, is_tekken, load_tekken


class Voxtral(Backend):
    """Hears windows of 30 seconds whole; what is past the end of a shorter one is cut off."""

    family = "voxtral"
    class_name = "VoxtralForConditionalGeneration"

    @classmethod
    def ears(cls, config: Config, folder: Path) -> Ears:
        """How a checkpoint of this family hears."""
        ears = config.audio_config
        stacked = ears.intermediate_size // ears.hidden_size
        window = chunk_seconds(folder)
        return Ears(ears.max_source_positions / stacked / window, window, 40 * 60)

    @classmethod
    def load_model(
        cls, folder: Path, device: str, precision: str, offload: Offload = NOTHING
    ) -> Any:
        """The transformers model."""
        model = super().load_model(folder, device, precision, offload)
        if model.config.get_text_config().tie_word_embeddings:  # Voxtral itself never ties
            model.lm_head.weight = model.get_input_embeddings().weight
        model.get_encoder(modality="audio").set_attn_implementation(BY_HEAD)
        return model

    @classmethod
    def load_tokenizer(cls, folder: Path) -> Any:
        """The tokenizer: Mistral's own where only that says how the checkpoint is asked."""
        if is_tekken(folder):
            return load_tekken(folder)
        return super().load_tokenizer(folder)

    @classmethod
    def load_prompts(cls, folder: Path, model: Any, tokenizer: Any) -> Prompts:
        """How the checkpoint is asked."""
        if is_tekken(folder):
            return TekkenPrompts(tokenizer, cls.audio_token_id(model))
        return super().load_prompts(folder, model, tokenizer)

    def embed(self, windows: Sequence[Samples]) -> list[Tensor]:
        """Encoder and projector: for each window (tokens, width), the padding cut off."""
        return self.embed_and_states(windows, ())[0]

    @torch.inference_mode()
    def embed_and_states(
        self, windows: Sequence[Samples], layers: Sequence[int]
    ) -> tuple[list[Tensor], list[list[Tensor]]]:
        """The same, and for each window what goes into each of these layers of the encoder.

        (steps, encoder width), padding included; of a number past the last layer, what leaves it.
        """
        mel = self.features(list(windows), sampling_rate=SAMPLE_RATE, return_tensors="pt")
        inputs = mel.input_features.to(self.device, self.dtype)
        asked = {"output_hidden_states": list(layers)} if layers else {}
        with quick_products(self.device, self.dtype):
            out = self.model.get_audio_features(inputs, **asked)
        embeddings = out.pooler_output
        embeddings = embeddings.to(self.dtype).reshape(len(windows), -1, embeddings.shape[-1])
        states = [[out.hidden_states[n][row] for n in layers] for row in range(len(windows))]
        rows = [
            rows[: self.tokens(len(samples))]
            for rows, samples in zip(embeddings, windows, strict=True)
        ]
        return rows, states
