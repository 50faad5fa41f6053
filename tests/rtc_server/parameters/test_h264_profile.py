"""H.264 levels where mediasoup is no oracle, and the shape of ids."""

import pytest

from rtc_server.sfu.parameters.h264_profile import (
    LEVEL_1B,
    Profile,
    ProfileLevel,
    answer_profile_level_id,
    is_same_profile,
    profile_level_of,
)


@pytest.mark.parametrize(
    ("local", "remote", "answer"),
    [
        ("42e01f", "42f00b", "42f00b"),  # 1b is lower than 3.1
        ("42e00a", "42f00b", "42e00a"),  # 1 is lower than 1b
        ("42f00b", "42e00b", "42f00b"),  # 1b is lower than 1.1
        ("42f00b", "42e00a", "42e00a"),
        ("42f00b", "42f00b", "42f00b"),
        ("640c1f", "640c0a", "640c0a"),
    ],
)
def test_lower_level_wins_without_asymmetry(local: str, remote: str, answer: str) -> None:
    """ITU-T H.264 table A-1: level 1b lies between 1 and 1.1."""
    assert answer_profile_level_id({"profile-level-id": local}, {"profile-level-id": remote}) == answer


def test_asymmetry_keeps_our_level() -> None:
    both = {"level-asymmetry-allowed": 1}
    local, remote = {"profile-level-id": "42e01f"} | both, {"profile-level-id": "42e00a"} | both
    assert answer_profile_level_id(local, remote) == "42e01f"


def test_absent_id_is_constrained_baseline_3_1() -> None:
    assert profile_level_of({}) == ProfileLevel(Profile.CONSTRAINED_BASELINE, 31)
    assert is_same_profile({}, {"profile-level-id": "42e00a"})
    assert answer_profile_level_id({}, {}) is None


def test_level_1b_is_told_by_constraint_set_3() -> None:
    assert profile_level_of({"profile-level-id": "42f00b"}) == ProfileLevel(
        Profile.CONSTRAINED_BASELINE, LEVEL_1B
    )
    assert profile_level_of({"profile-level-id": "42e00b"}) == ProfileLevel(Profile.CONSTRAINED_BASELINE, 11)


@pytest.mark.parametrize("value", ["zzzzzz", "42e0", "42e0ff", "000000", "11e01f", 420000])
def test_unreadable_ids_match_nothing(value: str | int) -> None:
    parameters = {"profile-level-id": value}
    assert profile_level_of(parameters) is None
    assert not is_same_profile(parameters, parameters)
    assert answer_profile_level_id(parameters, {}) is None
