"""AudioLM: one loaded audio LLM that listens to a recording once and answers many questions.

``ingest`` turns windows of sound into an AudioIndex; ``scan`` weighs every token of an index
for a question, without running the model on it again; ``answer`` runs one bounded prefill over
the chosen spans, pruned at layer M, and streams the answer. One model serves one caller at a
time: a lock makes the others wait. Knows nothing of files, databases or agents.
"""

from dataclasses import replace
from pathlib import Path
from typing import Self
from zlib import crc32

from headrouter import backends
from headrouter.backends.offloading import NOTHING, Offload
from headrouter.hear.answer import Answer, Listening, Scan
from headrouter.hear.answering import Answering
from headrouter.hear.hearing import Hearing, Window
from headrouter.hear.letters import FILE as LETTER_FILE
from headrouter.hear.letters import LetterReader
from headrouter.hear.sounds import FILE as SOUND_FILE
from headrouter.hear.sounds import SoundReader
from headrouter.models import ModelCard
from headrouter.prune.profiles import Profile, uniform_profile
from headrouter.prune.router import DEFAULT_LAYER

__all__ = ["Answer", "AudioLM", "Listening", "Scan", "Window"]


class AudioLM(Hearing, Answering):
    """A model in memory. Make one with ``AudioLM.load``."""

    @classmethod
    def load(
        cls,
        folder: Path,
        card: ModelCard,
        *,
        model_id: str | None = None,
        profile: Profile | None = None,
        device: str = "cpu",
        precision: str = "auto",
        offload: Offload = NOTHING,
    ) -> Self:
        """Loads a checkpoint of a supported family from a local folder.

        precision: bf16, fp16, fp32, 8bit, 4bit, or auto, which is what the device is best at.
        offload: how many decoder layers are not kept on the device.
        Raises ModelUnreadable, UnsupportedModel, and ProfileMismatch when the profile is another
        model's.
        """
        backend = backends.load(folder, card, device=device, precision=precision, offload=offload)
        model_id = model_id or card.name
        heads = backend.model.config.get_text_config().num_attention_heads
        if profile:
            wanted = {"heads": heads, "prompt": card.prompt_format}
            profile.check(model=model_id, layer=profile.layer, **wanted)
        profile = profile or uniform_profile(model_id, card.layer, heads, card.prompt_format)
        if profile.layer != DEFAULT_LAYER:  # what was heard for another layer is of no use
            model_id = f"{model_id}+M{profile.layer}"
        file = folder / LETTER_FILE
        letters = LetterReader.load(file).to(backend.device) if file.exists() else None
        file = folder / SOUND_FILE
        sounds = None
        if file.exists():  # an index without what it reads is made anew
            sounds = SoundReader.load(file).to(backend.device)
            model_id = f"{model_id}+S{crc32(file.read_bytes()):08x}"
        return cls(backend, card, model_id, profile, letters, sounds)

    def with_profile(self, profile: Profile | None) -> Self:
        """The same model, its heads weighed by another profile; None weighs all alike."""
        own = self.profile
        even = uniform_profile(own.model, self.card.layer, own.heads, self.card.prompt_format)
        return replace(self, profile=profile or even)
