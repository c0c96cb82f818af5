"""The models that can be had by name: what is known of each, and where they are kept."""

from headrouter.models.records import RECORD, VERIFIED
from headrouter.models.shelf import (
    FULL,
    MODELS,
    RECIPES,
    ModelCard,
    card,
    check,
    is_here,
    locate,
    model_dir,
    models_dir,
    profile_of,
    profile_path,
    pull,
    verified,
    version,
    wheels_dir,
)

__all__ = [
    "FULL",
    "MODELS",
    "RECIPES",
    "RECORD",
    "VERIFIED",
    "ModelCard",
    "card",
    "check",
    "is_here",
    "locate",
    "model_dir",
    "models_dir",
    "profile_of",
    "profile_path",
    "pull",
    "verified",
    "version",
    "wheels_dir",
]
