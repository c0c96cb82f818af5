"""Everything the library raises on purpose.

HeadRouterError
├── RouterRefusal            pruning would be wrong here, and the message names the setting
│   └── UnsupportedModel     no seam is known for this model
├── InvalidKeep              a keep ratio outside (0, 1]
├── UnknownScorer            not a name in SCORERS
├── ProfileMismatch          a profile made for another model, layer or prompt format
├── ProfileUnreadable        not a profile file
├── UnknownModel             not a name in the registry of models
├── ModelMissing             a known model that is not on this machine
│   └── ModelUnreadable      a folder that holds no checkpoint that can be loaded
├── PullError                a model that could not be fetched or assembled
├── RemoteFailed             a model on a server that did not answer
├── IndexUnusable            an audio index that is missing or of another model
│   └── IndexDamaged         one that is not as it was written
└── EvidenceError            calibration or benchmark can't be made of what was given
"""


class HeadRouterError(Exception):
    """The root of the tree: catching it catches everything below."""


class RouterRefusal(HeadRouterError):
    """Pruning under this setting would give wrong answers, so nothing is pruned."""


class UnsupportedModel(RouterRefusal):
    """The model's decoder has no seam that the router knows."""


class InvalidKeep(HeadRouterError, ValueError):
    """A keep ratio outside (0, 1]."""


class UnknownScorer(HeadRouterError, KeyError):
    """Not a name in SCORERS."""

    def __str__(self) -> str:
        return str(self.args[0])


class ProfileMismatch(HeadRouterError):
    """A profile made for another model, layer or prompt format."""


class ProfileUnreadable(HeadRouterError):
    """A file that is not a profile."""


class UnknownModel(HeadRouterError):
    """Not a name in the registry of models."""


class ModelMissing(HeadRouterError):
    """A known model that is not on this machine."""


class ModelUnreadable(ModelMissing):
    """A folder that holds no checkpoint, or one that can't be loaded as it is."""


class PullError(HeadRouterError):
    """A model that could not be fetched or assembled."""


class RemoteFailed(HeadRouterError):
    """A model on a server gives no answer; the message says what to do."""


class IndexUnusable(HeadRouterError):
    """An audio index that is missing, damaged or of another model."""


class IndexDamaged(IndexUnusable):
    """An audio index whose files are not as they were written."""


class EvidenceError(HeadRouterError, ValueError):
    """Calibration or benchmark can't be made of what was given."""
