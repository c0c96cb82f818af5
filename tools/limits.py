"""How much of a recording is taken in from whoever may not be trusted.

What a file declares is looked at before anything is decoded, and what comes out of it while it is,
because a few bytes can declare or unfold to more than any disk holds.
"""

import math
import os
from dataclasses import dataclass
from pathlib import Path

from tools.errors import MediaTooLarge
from tools.times import clock


@dataclass(frozen=True)
class Limits:
    """The most there may be; each is a setting by the same name."""

    max_seconds: float = math.inf
    max_channels: float = math.inf
    max_file: float = math.inf  # bytes

    def check_bytes(self, path: Path) -> None:
        """Raises MediaTooLarge for a file that is too large. What can't be opened passes."""
        # Path.is_file raises for a name that is too long
        if os.path.isfile(path) and path.stat().st_size > self.max_file:  # noqa: PTH113
            raise MediaTooLarge(
                f"{path.name} is larger than the {self.max_file / 1e6:.4g} MB of max_file: cut or "
                "compress it, or raise that setting"
            )

    def check_seconds(self, path: Path, seconds: float) -> None:
        """Raises MediaTooLarge for a recording that is, or declares to be, too long."""
        if seconds > self.max_seconds:
            raise MediaTooLarge(
                f"{path.name} is longer than the {clock(self.max_seconds)} of max_seconds: cut it, "
                "or raise that setting"
            )

    def check_channels(self, path: Path, channels: int) -> None:
        """Raises MediaTooLarge for a recording of too many channels."""
        if channels > self.max_channels:
            raise MediaTooLarge(
                f"{path.name} has {channels} channels, more than the {self.max_channels:.0f} of "
                "max_channels: save it as mono or stereo, or raise that setting"
            )
