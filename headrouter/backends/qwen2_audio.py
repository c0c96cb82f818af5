"""Qwen2-Audio: Whisper's encoder, a projector, and Qwen2.

It hears 30 seconds at most; a longer recording is several clips, whose tokens stand here in one
run, as if they were one.
"""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import Qwen2AudioProcessor
from transformers.masking_utils import create_bidirectional_mask

from headrouter.backends.whisperlike import Whisperlike, token_count
from headrouter.errors import ModelUnreadable


class Qwen2Audio(Whisperlike):
    """Its top class has no way to ask for audio embeddings alone."""

    family = "qwen2_audio"
    class_name = "Qwen2AudioForConditionalGeneration"
    most_seconds = 240.0

    @classmethod
    def template(cls, folder: Path, tokenizer: Any) -> str:
        """The chat template; its hub's folder has one of text alone or none, transformers this."""
        try:
            own = super().template(folder, tokenizer)
        except ModelUnreadable:
            own = ""
        processor: Any = Qwen2AudioProcessor
        default: str = processor.default_chat_template.fget(None)
        return own if "audio" in own else default

    def encode(self, mel: dict[str, Tensor]) -> Tensor:
        """(tokens, width) of one window's features, as its forward makes them."""
        model = self.model.model
        features, mask = mel["features"], mel["mask"]
        frames = (features.shape[-1] - 2) // 2 + 1
        heard = (
            torch.arange(frames, device=mask.device)[None] < (mask.sum(-1, keepdim=True) + 1) // 2
        )
        hidden = create_bidirectional_mask(
            config=model.audio_tower.config,
            inputs_embeds=torch.zeros(1, frames, 1, dtype=self.dtype, device=mask.device),
            attention_mask=heard.long(),
        )
        encoded = model.audio_tower(features, attention_mask=hidden).last_hidden_state
        found: Tensor = model.multi_modal_projector(encoded)[0, : token_count(mask)]
        return found
