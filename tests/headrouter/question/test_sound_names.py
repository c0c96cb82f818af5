"""A sound goes by several names, and one that was never taught by those that it sounds like."""

import pytest

from headrouter.nano import SOUNDS
from headrouter.question.naming import KIN, KIN_SHARE, names_of, sound_named


@pytest.mark.parametrize(
    ("text", "name"),
    [("barking", "dog"), ("a police siren", "siren"), ("Sirene", "siren"), ("the harbour", None)],
)
def test_a_sound_is_found_by_any_of_its_names(text, name):
    found = sound_named(text)
    assert (found and found.name) == name


def test_a_name_stands_for_its_sound_and_for_what_sounds_like_it():
    assert names_of("barking") == {"barking": 1.0, "dog": 1.0}
    assert names_of("seagulls")["seagull"] == 1.0
    assert names_of("seagulls")["crow"] == KIN_SHARE
    assert names_of("jackhammer")["chainsaw"] == KIN_SHARE
    assert names_of("a thing nobody knows") == {"a thing nobody knows": 1.0}


def test_a_family_stands_for_each_of_its_sounds():
    assert names_of("animal")["cow"] == 1.0


def test_what_is_known_has_no_kin_and_kin_is_known():
    """Else a bark would speak for a cat."""
    assert not set(KIN) & set(SOUNDS)
    assert {other for others in KIN.values() for other in others} <= set(SOUNDS)
