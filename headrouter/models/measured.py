"""What `headrouter models try` found out about a model, beside its profile in the cache.

Both are kept under the model's id, so that another revision, or another quantisation, is not taken
for the one that was measured.
"""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from headrouter.errors import ProfileUnreadable
from headrouter.models.shelf import NEUTRAL, ModelCard, profile_path

Shares = dict[str, dict[str, float]]
"""Scorer -> keep ratio, as text -> the share of what is asked for that stays."""


@dataclass(frozen=True)
class Measured:
    """What was found out about a model on recordings whose content is known."""

    model: str  # its id
    layer: int  # M
    scorer: str  # that keeps most
    neutral: bool  # whether moments are found by contrast with neutral questions
    moments: int  # that were asked for
    keep: float  # at which it was chosen
    sentences: Shares
    sounds: Shares

    def kept(self, keep: str) -> float:
        """What stays at a keep ratio of the table, sentences and sounds alike."""
        return (self.sentences[self.scorer][keep] + self.sounds[self.scorer][keep]) / 2

    def told(self) -> str:
        """In a few words."""
        share = self.kept(f"{self.keep:g}")
        return f"{share:.0%} of what is asked for stays at keep {self.keep:g} ({self.scorer})"

    def on(self, card: ModelCard) -> ModelCard:
        """The card with what was found."""
        neutral = NEUTRAL if self.neutral else ()
        return replace(
            card, layer=self.layer, neutral=neutral, scorer=self.scorer, measured=self.told()
        )

    def save(self, cache: Path) -> Path:
        """Writes it beside the model's profile, and says where."""
        path = measured_path(self.model, cache)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")
        return path


def measured_path(model_id: str, cache: Path) -> Path:
    """Where it lies for a model, or would."""
    return profile_path(model_id, cache).with_suffix(".measured.json")


def measured_of(model_id: str, cache: Path) -> Measured | None:
    """What was found out about a model; None if it was not measured.

    Raises ProfileUnreadable for a file that is no such thing.
    """
    path = measured_path(model_id, cache)
    if not path.exists():
        return None
    try:
        found = Measured(**json.loads(path.read_text(encoding="utf-8")))
        found.told()  # its table has the scorer and the keep ratio
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ProfileUnreadable(
            f"{path} does not say what was measured ({error!r}); delete it, and run: "
            "headrouter models try NAME"
        ) from error
    return found
