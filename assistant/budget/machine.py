"""What memory the machine has to spare, as the kernel tells it, and giving back what is free."""

import ctypes
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

CGROUPS = Path("/sys/fs/cgroup")
MEMBERSHIP = Path("/proc/self/cgroup")


@dataclass(frozen=True)
class _Files:
    """How a version of control groups names what is needed here."""

    limit: str
    used: str
    cached: str  # the line of memory.stat with file cache that the kernel drops on demand


_V1 = _Files("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
_V2 = _Files("memory.max", "memory.current", "inactive_file")


def free_memory_bytes(cgroups: Path = CGROUPS, membership: Path = MEMBERSHIP) -> int:
    """Main memory in bytes that this process can still take.

    The least of what the machine has available, what is left under the limit of each control
    group that the process is in (a container, a service), and what is left of its address space
    (``ulimit -v``). Where a limit is lower, whoever goes by the machine alone is killed.
    """
    available: int = psutil.virtual_memory().available
    groups = _groups(cgroups, membership)
    left = [_left(group, files) for group, files in groups if (group / files.limit).is_file()]
    left.append(_address_space_left())
    return min([available, *(n for n in left if n is not None)])


def give_back_free_memory() -> None:
    """Hand the C heap's free pages to the system, where its library can (glibc).

    It keeps a heap for every thread that ever answered, each as large as its largest answer.
    """
    if trim := getattr(ctypes.CDLL(None) if psutil.POSIX else None, "malloc_trim", None):
        trim(0)


def _address_space_left() -> int | None:
    """Bytes left under this process's own limit, None if it has none or the system tells none."""
    if sys.platform != "linux":
        return None
    process = psutil.Process()
    limit, _ = process.rlimit(psutil.RLIMIT_AS)
    if limit == psutil.RLIM_INFINITY:
        return None
    return max(0, int(limit) - int(process.memory_info().vms))


def _groups(cgroups: Path, membership: Path) -> Iterator[tuple[Path, _Files]]:
    """The folders of this process's memory groups, inner ones first.

    Inside a container the inner folders may not be visible; the container's own is the root.
    """
    lines = membership.read_text(encoding="utf-8").splitlines() if membership.is_file() else []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            root, files = cgroups, _V2
        elif "memory" in controllers.split(","):
            root, files = cgroups / "memory", _V1
        else:
            continue
        group = root / path.lstrip("/")
        yield from ((g, files) for g in (group, *group.parents) if g.is_relative_to(root))


def _left(group: Path, files: _Files) -> int | None:
    """Bytes left under a group's limit, None if it has none."""
    limit = (group / files.limit).read_text(encoding="utf-8").strip()
    if limit == "max":
        return None
    stat = dict(
        line.split() for line in (group / "memory.stat").read_text(encoding="utf-8").splitlines()
    )
    used = int((group / files.used).read_text(encoding="utf-8")) - int(stat[files.cached])
    return max(0, int(limit) - used)
