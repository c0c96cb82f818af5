"""Profiles: what calibration learned about one model's heads, as a small JSON file.

A profile belongs to one model, one pruning layer and one prompt format. A model without one
runs with uniform head weights, and ``calibrated`` says so.
"""

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor

from headrouter.errors import ProfileMismatch, ProfileUnreadable


@dataclass(frozen=True)
class Profile:
    """Head weights per route and where each route lies on the routing signal."""

    model: str  # the model's id, for instance "nano"
    layer: int  # M: pruning happens before this decoder layer; the probe reads layer M-1
    prompt: str  # the id of the prompt format it was calibrated with
    semantic: tuple[float, ...]  # w_sem (Eq 9), one weight a head, summing to one
    acoustic: tuple[float, ...]  # w_aco (Eq 9)
    mu_semantic: float = 0.0  # class mean of the routing signal (Eq 12)
    mu_uniform: float = 0.0
    mu_acoustic: float = 0.0
    sigma: float = 1.0  # width of the routing Gaussians (Eq 13)
    frame_keep: float = 1.0  # share left by the frame pre-filter; 1 is off
    direction: tuple[float, ...] = ()  # (heads x dim,) of the routing signal; none: Eq 11
    calibrated: bool = True

    def __post_init__(self) -> None:
        if len(self.semantic) != len(self.acoustic) or not self.semantic:
            raise ProfileUnreadable("a profile needs one semantic and one acoustic weight a head")
        centres = (self.mu_semantic, self.mu_uniform, self.mu_acoustic)
        numbers = (*self.semantic, *self.acoustic, *centres, self.sigma, *self.direction)
        if not all(map(math.isfinite, numbers)):
            raise ProfileUnreadable("the weights, mu and sigma of a profile must be finite numbers")
        if len(self.direction) % len(self.semantic):
            raise ProfileUnreadable("the direction of a profile needs as many numbers a head")
        if min(*self.semantic, *self.acoustic) < 0 or not (
            any(self.semantic) and any(self.acoustic)
        ):
            raise ProfileUnreadable("head weights of a profile can't be negative or all zero")
        if self.sigma <= 0 or not 0 < self.frame_keep <= 1:
            raise ProfileUnreadable("a profile needs sigma > 0 and frame_keep in (0, 1]")

    @property
    def heads(self) -> int:
        """How many query heads it weighs."""
        return len(self.semantic)

    def head_table(self) -> Tensor:
        """(3, heads): semantic, uniform and acoustic weights, each row summing to one."""
        rows = [self.semantic, (1.0,) * self.heads, self.acoustic]
        table = torch.tensor(rows, dtype=torch.float32)
        return table / table.sum(dim=1, keepdim=True)

    def check(self, *, model: str, layer: int, heads: int, prompt: str | None = None) -> None:
        """Raises ProfileMismatch unless made for this model, layer, heads and prompt."""
        wanted = {"model": model, "layer": layer, "heads": heads, "prompt": prompt or self.prompt}
        for name, value in wanted.items():
            if getattr(self, name) != value:
                raise ProfileMismatch(
                    f"this profile was made for {name} {getattr(self, name)!r}, not {value!r}: "
                    "calibrate one for this model, or pass profile=None for uniform head weights"
                )

    def save(self, path: Path) -> None:
        """Writes JSON that ``load`` reads back."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> "Profile":
        """Reads a profile. Raises ProfileUnreadable, naming the file."""
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            weights = {"direction": (), **values}  # which older files lack
            for name in ("semantic", "acoustic", "direction"):
                weights[name] = tuple(float(weight) for weight in weights[name])
            return cls(**weights)
        except (OSError, ValueError, TypeError, KeyError, ProfileUnreadable) as error:
            raise ProfileUnreadable(f"{path} is not a profile: {error}") from error


def uniform_profile(model: str, layer: int, heads: int, prompt: str = "") -> Profile:
    """The profile of a model that was never calibrated: all heads and routes count alike."""
    flat = (1.0 / heads,) * heads
    return Profile(model, layer, prompt, flat, flat, calibrated=False)
