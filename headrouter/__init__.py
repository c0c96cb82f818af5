"""HeadRouter: prunes the audio tokens of a running audio language model, question by question.

    from headrouter import HeadRouter, Profile

    profile = Profile.load(path)  # or None: uniform head weights
    with HeadRouter(model, profile, keep=0.4) as router:
        tokens = model.generate(**inputs, max_new_tokens=64)
    print(router.pruned[0].route.as_dict())

``model`` is a transformers model of a supported family, ``inputs`` what its processor makes of a
recording and a question. Importing this package is cheap: torch comes in with the first name that
needs it, and transformers never does.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from headrouter.errors import (
    EvidenceError,
    HeadRouterError,
    IndexDamaged,
    IndexUnusable,
    InvalidKeep,
    ModelMissing,
    ModelUnreadable,
    ProfileMismatch,
    ProfileUnreadable,
    PullError,
    RemoteFailed,
    RouterRefusal,
    UnknownModel,
    UnknownScorer,
    UnsupportedModel,
)

if TYPE_CHECKING:
    from headrouter.prune.probe import Sample
    from headrouter.prune.profiles import Profile, uniform_profile
    from headrouter.prune.pruned import Pruned
    from headrouter.prune.router import HeadRouter
    from headrouter.prune.routing import Route
    from headrouter.prune.scorers import SCORERS, Scorer
else:
    _HOMES = {
        "HeadRouter": "prune.router",
        "Profile": "prune.profiles",
        "Pruned": "prune.router",
        "Route": "prune.routing",
        "SCORERS": "prune.scorers",
        "Sample": "prune.probe",
        "Scorer": "prune.scorers",
        "uniform_profile": "prune.profiles",
    }

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


__all__ = [
    "SCORERS",
    "EvidenceError",
    "HeadRouter",
    "HeadRouterError",
    "IndexDamaged",
    "IndexUnusable",
    "InvalidKeep",
    "ModelMissing",
    "ModelUnreadable",
    "Profile",
    "ProfileMismatch",
    "ProfileUnreadable",
    "Pruned",
    "PullError",
    "RemoteFailed",
    "Route",
    "RouterRefusal",
    "Sample",
    "Scorer",
    "UnknownModel",
    "UnknownScorer",
    "UnsupportedModel",
    "uniform_profile",
]
