"""Audio Flamingo 3: Whisper's encoder, a projector, and Qwen2."""

from torch import Tensor

from headrouter.backends.whisperlike import Whisperlike


class AudioFlamingo3(Whisperlike):
    """Hears clips of 30 seconds apart, as its processor does with what is longer."""

    family = "audioflamingo3"
    class_name = "AudioFlamingo3ForConditionalGeneration"

    def encode(self, mel: dict[str, Tensor]) -> Tensor:
        """(tokens, width) of one window's features."""
        found: Tensor = self.model.get_audio_features(mel["features"], mel["mask"]).pooler_output
        return found
