"""Indexes in which letters stand where a test puts them, for models that read letters."""

from pathlib import Path

import numpy as np
import torch

from headrouter.hear.index import AudioIndex, IndexWriter
from headrouter.hear.letters import CLASSES, FRAMES, letters_of

HOP = 0.08  # seconds of an audio token
SURE = -12.0  # log-probability of a letter that is not there


def letter_rows(tokens: int, said: dict[float, str]) -> torch.Tensor:
    """(FRAMES x tokens, CLASSES): each text from its second on, two frames a letter."""
    rows = torch.full((FRAMES * tokens, CLASSES), SURE)
    rows[:, 0] = 0.0
    for second, text in said.items():
        at = round(second / HOP) * FRAMES
        for place, letter in enumerate(letters_of(f" {text} ")):
            rows[at + 2 * place] = SURE
            rows[at + 2 * place, letter] = 0.0
    return rows


def write_index(
    folder: Path, model: str, seconds: float, said: dict[float, str], marks: torch.Tensor
) -> AudioIndex:
    """An index of so many seconds. marks: (tokens, width), its embeddings."""
    tokens = round(seconds / HOP)
    with IndexWriter(folder, model, HOP) as writer:
        writer.append(
            marks,
            torch.zeros(2, tokens, 2),
            np.full(tokens, -20.0, np.float32),
            None,
            letter_rows(tokens, said),
        )
        return writer.finish(seconds)
