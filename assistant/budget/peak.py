"""The peak of memory while something runs: measured, to be put beside what was predicted."""

import threading
from typing import Self

import psutil
import torch

EVERY = 0.005  # seconds between looks at the process


class PeakMemory:
    """Context manager; afterwards ``bytes`` is the highest use seen inside.

    On a GPU: allocated device memory, exact. On the CPU: resident memory of this process,
    sampled by a thread.
    """

    def __init__(self, device: torch.device) -> None:
        self.device, self.bytes = device, 0
        self._done = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        if self.device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(self.device)
        else:
            self.bytes = resident_bytes()
            self._watcher.start()
        return self

    def __exit__(self, *exception: object) -> None:
        if self.device.type == "cuda":
            self.bytes = torch.cuda.max_memory_allocated(self.device)
        else:
            self._done.set()
            self._watcher.join()

    def _watch(self) -> None:
        while not self._done.wait(EVERY):
            self.bytes = max(self.bytes, resident_bytes())


def resident_bytes() -> int:
    """Memory that this process holds."""
    return int(psutil.Process().memory_info().rss)
