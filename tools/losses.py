"""What could not be decoded of a file, counted and told in words."""

from tools.mixing import Faults


class Losses:
    """What one pass over a file could not decode."""

    def __init__(self) -> None:
        self.packets = 0
        self.gaps: list[float] = []  # seconds
        self.jumps = 0
        self.just_now = False  # the latest thing read was damaged
        self.end: str | None = None
        self.longer: str | None = None  # than declared

    def add_packet(self) -> None:
        """Count a packet that gave nothing."""
        self.packets += 1
        self.just_now = True

    def told(self, faults: Faults) -> list[str]:
        """All of it in words, and samples that had none."""
        told = {
            f"{_count(self.packets, 'damaged packet')} skipped": self.packets,
            f"{_count(len(self.gaps), 'gap')} filled with {sum(self.gaps):.2f} s of silence": (
                self.gaps
            ),
            f"{_count(self.jumps, 'jump')} of the time stamps ignored": self.jumps,
            f"{_count(faults.valueless, 'sample')} without a value made silent": faults.valueless,
            f"the file breaks off {self.end}": self.end,
            f"the file declares {self.longer}": self.longer,
        }
        return [words for words, happened in told.items() if happened]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
