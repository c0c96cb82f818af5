"""The devices that models run on: which there are, and the memory of each."""

import re

import torch

from assistant.budget.machine import free_memory_bytes
from assistant.budget.peak import resident_bytes
from assistant.errors import BadRequest

DEVICE = re.compile(r"auto|cpu|mps|cuda(:\d{1,3})?")


def find_device(wanted: str) -> str:
    """The device that is meant: ``auto`` is a GPU where there is one, else the CPU.

    Raises BadRequest for one that is not there.
    """
    cuda = torch.cuda.device_count() if torch.cuda.is_available() else 0
    mps = torch.backends.mps.is_available()
    if wanted == "auto":
        return "cuda" if cuda else "mps" if mps else "cpu"
    kind, _, number = wanted.partition(":")
    if kind == "cuda" and cuda <= int(number or 0):
        there = ", ".join(f"cuda:{n}" for n in range(cuda)) or "no CUDA GPU"
        raise BadRequest(
            f"device {wanted} is not there: PyTorch {torch.__version__} sees {there}; choose "
            f"{'one of these' if cuda else 'auto or cpu'}, or mend the driver"
        )
    if kind == "mps" and not mps:
        raise BadRequest(
            "device mps is not there: it is the GPU of a Mac with Apple silicon; choose auto or cpu"
        )
    return wanted


def memory_on(device: torch.device) -> tuple[int, int]:
    """Bytes that this process uses of a device's memory, and bytes that it may still take."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        used = torch.cuda.memory_allocated(device)
        return used, free + torch.cuda.memory_reserved(device) - used
    if device.type == "mps":  # its memory is the machine's, of which it should take a part only
        used = torch.mps.driver_allocated_memory()
        left = torch.mps.recommended_max_memory() - used
        return used, max(0, min(left, free_memory_bytes()))
    return resident_bytes(), free_memory_bytes()


def used_on(device: torch.device) -> int:
    """Bytes of a device's memory that this process uses."""
    return memory_on(device)[0]


def give_back(device: torch.device) -> None:
    """Hands memory that PyTorch keeps for later back to a GPU."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()
