"""What families have in common whose encoder is Whisper's with a mean of every two frames."""

from pathlib import Path

from torch import Tensor

from headrouter.backends.base import Backend, Config, Ears, chunk_seconds


class Whisperlike(Backend):
    """Four spectrogram frames become a token, 25 a second."""

    most_seconds = 600.0

    @classmethod
    def ears(cls, config: Config, folder: Path) -> Ears:
        """How a checkpoint of this family hears."""
        window = chunk_seconds(folder)
        tokens = config.audio_config.max_source_positions // 2
        return Ears(tokens / window, window, cls.most_seconds)


def token_count(mask: Tensor) -> int:
    """Audio tokens of one window by its (1, frames) mask."""
    frames = int(mask.sum())
    return ((frames - 1) // 2 + 1 - 2) // 2 + 1
