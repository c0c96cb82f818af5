"""How loud a microphone is, and what is wrong with that."""

import numpy as np

from tools.audio import SAMPLE_RATE, Samples
from tools.silence import FLOOR_DBFS, level_dbfs

MUTE, MUTE_DBFS = 4.0, -90.0  # seconds of less than this after which the user is told
QUIET, QUIET_DBFS = 15.0, -55.0  # the same, of what is hardly heard
CLIPPED, LASTS = 0.995, 5.0  # a sample that is cut off, and for how many seconds that is told


class Loudness:
    """Takes the sound as it comes."""

    def __init__(self) -> None:
        self.level = FLOOR_DBFS  # dBFS, of the last block
        self._seconds = self._mute_since = self._quiet_since = 0.0
        self._clipped_at: float | None = None

    def take(self, samples: Samples, seconds: float) -> None:
        """A block (n,) in [-1, 1], which ends so many seconds into the recording."""
        self._seconds = seconds
        self.level = float(level_dbfs(samples, len(samples) / SAMPLE_RATE)[-1])
        if self.level > MUTE_DBFS:
            self._mute_since = seconds
        if self.level > QUIET_DBFS:
            self._quiet_since = seconds
        if float(np.abs(samples).max()) >= CLIPPED:
            self._clipped_at = seconds

    def warning(self) -> str:
        """What the user should do, in a sentence; empty where nothing is wrong."""
        mute, quiet = self._seconds - self._mute_since, self._seconds - self._quiet_since
        if mute > MUTE:
            return (
                f"nothing at all came from the microphone for {mute:.0f} s: is it muted, or the "
                "wrong one?"
            )
        if self._clipped_at is not None and self._seconds - self._clipped_at < LASTS:
            return "it is too loud and cut off: turn the microphone down, or move away from it"
        if quiet > QUIET:
            return (
                f"hardly anything was heard for {quiet:.0f} s: turn the microphone up, or move "
                "closer to it"
            )
        return ""
