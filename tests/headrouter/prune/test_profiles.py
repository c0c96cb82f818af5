"""Profiles: kept as files, refused when damaged or made for something else."""

import json
import math
from dataclasses import asdict, replace

import pytest
import torch

from headrouter.errors import HeadRouterError, ProfileMismatch, ProfileUnreadable
from headrouter.prune.profiles import Profile, uniform_profile

PROFILE = Profile(
    model="tiny",
    layer=3,
    prompt="chat-1",
    semantic=(0.5, 0.25, 0.25),
    acoustic=(0.0, 0.1, 0.9),
    mu_semantic=0.02,
    mu_uniform=0.05,
    mu_acoustic=0.11,
    sigma=0.03,
    frame_keep=0.8,
)


@pytest.mark.parametrize(
    "profile",
    [
        PROFILE,
        replace(PROFILE, direction=(0.5, -1.0) * PROFILE.heads),
        uniform_profile("tiny", 2, 5),
    ],
)
def test_a_saved_profile_loads_as_it_was(profile, tmp_path):
    path = tmp_path / "profile.json"
    profile.save(path)
    assert Profile.load(path) == profile


def test_fields_with_defaults_may_be_left_out(tmp_path):
    path = tmp_path / "profile.json"
    needed = {"model": "m", "layer": 2, "prompt": "", "semantic": [1, 1], "acoustic": [0, 2]}
    path.write_text(json.dumps(needed))
    assert Profile.load(path) == Profile("m", 2, "", (1.0, 1.0), (0.0, 2.0))


def test_head_table():
    table = replace(PROFILE, semantic=(2.0, 1.0, 1.0)).head_table()  # any scale
    third = 1 / 3
    wanted = [[0.5, 0.25, 0.25], [third, third, third], [0.0, 0.1, 0.9]]
    torch.testing.assert_close(table, torch.tensor(wanted))


def test_a_model_without_a_profile_weighs_all_heads_alike():
    profile = uniform_profile("tiny", 2, 4)
    assert not profile.calibrated
    assert (profile.model, profile.layer, profile.heads) == ("tiny", 2, 4)
    assert torch.equal(profile.head_table(), torch.full((3, 4), 0.25))


@pytest.mark.parametrize(
    "changes",
    [
        {"semantic": []},
        {"semantic": [], "acoustic": []},
        {"semantic": [1.0]},
        {"semantic": None},
        {"semantic": [1.0, None, 1.0]},
        {"semantic": ["a", "b", "c"]},
        {"semantic": [0.5, -0.1, 0.6]},
        {"semantic": [0.0, 0.0, 0.0]},
        {"semantic": [0.5, math.nan, 0.5]},
        {"acoustic": [0.5, -0.1, 0.6]},
        {"acoustic": [0.0, 0.0, 0.0]},
        {"acoustic": [math.inf, 0.0, 0.0]},
        {"mu_semantic": math.nan},
        {"mu_uniform": None},
        {"mu_acoustic": "0.1"},
        {"sigma": 0.0},
        {"sigma": -1.0},
        {"sigma": math.nan},
        {"sigma": math.inf},
        {"sigma": "wide"},
        {"frame_keep": 0.0},
        {"frame_keep": 1.5},
        {"frame_keep": math.nan},
        {"frame_keep": "all"},
        {"an_unknown_field": 1},
    ],
    ids=str,
)
def test_a_profile_with_wrong_values_is_unreadable(changes, tmp_path):
    path = tmp_path / "profile.json"
    path.write_text(json.dumps(asdict(PROFILE) | changes))
    with pytest.raises(ProfileUnreadable, match=r"profile\.json is not a profile: "):
        Profile.load(path)


@pytest.mark.parametrize("field", ["model", "layer", "prompt", "semantic", "acoustic"])
def test_a_profile_without_a_needed_field_is_unreadable(field, tmp_path):
    path = tmp_path / "profile.json"
    values = asdict(PROFILE)
    del values[field]
    path.write_text(json.dumps(values))
    with pytest.raises(ProfileUnreadable, match=field):
        Profile.load(path)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"[1, 2]", b"null", b"7", b'"text"', b"\xff\xfe\x00"], ids=str
)
def test_a_file_that_is_no_profile_is_unreadable(content, tmp_path):
    path = tmp_path / "profile.json"
    path.write_bytes(content)
    with pytest.raises(ProfileUnreadable, match=r"profile\.json is not a profile: "):
        Profile.load(path)


def test_a_missing_file_and_a_folder_are_unreadable(tmp_path):
    with pytest.raises(ProfileUnreadable, match=r"absent\.json"):
        Profile.load(tmp_path / "absent.json")
    with pytest.raises(ProfileUnreadable, match="is not a profile"):
        Profile.load(tmp_path)


def test_wrong_values_are_refused_without_a_file_too():
    with pytest.raises(ProfileUnreadable, match="one semantic and one acoustic weight a head"):
        replace(PROFILE, semantic=(1.0,))
    with pytest.raises(ProfileUnreadable, match="negative or all zero"):
        replace(PROFILE, acoustic=(0.0, 0.0, 0.0))
    with pytest.raises(ProfileUnreadable, match="as many numbers a head"):
        replace(PROFILE, direction=(1.0, 2.0, 3.0, 4.0))
    with pytest.raises(ProfileUnreadable, match="finite"):
        replace(PROFILE, direction=(1.0, math.inf, 3.0))
    with pytest.raises(ProfileUnreadable, match="finite"):
        replace(PROFILE, mu_uniform=math.nan)
    with pytest.raises(ProfileUnreadable, match="sigma > 0"):
        replace(PROFILE, sigma=0.0)


def test_a_fitting_profile_passes():
    PROFILE.check(model="tiny", layer=3, heads=3)
    PROFILE.check(model="tiny", layer=3, heads=3, prompt="chat-1")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": "other"}, "made for model 'tiny', not 'other'"),
        ({"layer": 2}, "made for layer 3, not 2"),
        ({"heads": 4}, "made for heads 3, not 4"),
        ({"prompt": "chat-2"}, "made for prompt 'chat-1', not 'chat-2'"),
    ],
)
def test_a_mismatch_names_the_field_and_what_to_do(change, message):
    fitting = {"model": "tiny", "layer": 3, "heads": 3, "prompt": "chat-1"}
    with pytest.raises(ProfileMismatch, match=message) as caught:
        PROFILE.check(**(fitting | change))
    assert "profile=None" in str(caught.value)
    assert isinstance(caught.value, HeadRouterError)
