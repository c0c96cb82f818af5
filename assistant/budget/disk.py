"""What hearing a recording will take on disk, told while it is heard."""

from collections.abc import Callable
from dataclasses import dataclass

from tools.showing import about


@dataclass
class HearingStage:
    """Tells how far a recording is heard; from the beginning with the size of its index.

    tell: takes the stage for people, and the fraction done, None where that isn't known.
    """

    name: str
    tell: Callable[[str, float | None], object]

    def size(self, size: int) -> None:
        """The bytes that the index will take, before anything is heard."""
        self.name = f"{self.name} (index: about {about(size)})"
        self.tell(self.name, None)

    def fraction(self, done: float | None) -> None:
        """How far it is."""
        self.tell(self.name, done)
