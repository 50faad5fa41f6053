"""H.264 profile-level-id (RFC 6184 §8.1): read it, compare profiles, choose the level of an answer.

Follows libwebrtc's rules as mediasoup does: an absent id means constrained baseline, level 3.1.
"""

from enum import IntEnum
from typing import Final, NamedTuple

from rtc_server.sfu.parameters.types import FormatParameters


class Profile(IntEnum):
    """The profiles WebRTC tells apart."""

    CONSTRAINED_BASELINE = 1
    BASELINE = 2
    MAIN = 3
    CONSTRAINED_HIGH = 4
    HIGH = 5
    PREDICTIVE_HIGH_444 = 6


class ProfileLevel(NamedTuple):
    """A profile and a level; `level` is level_idc, 0 for level 1b."""

    profile: Profile
    level: int


LEVEL_1B: Final = 0
_LEVEL_1: Final = 10
_LEVEL_1_1: Final = 11
_LEVELS: Final = frozenset((10, 11, 12, 13, 20, 21, 22, 30, 31, 32, 40, 41, 42, 50, 51, 52))
_CONSTRAINT_SET_3: Final = 0x10

_DEFAULT: Final = ProfileLevel(Profile.CONSTRAINED_BASELINE, 31)

_PATTERNS: Final = (
    # profile_idc, mask of the profile_iop bits that count, their values (RFC 6184 table 5)
    (0x42, 0x4F, 0x40, Profile.CONSTRAINED_BASELINE),
    (0x4D, 0x8F, 0x80, Profile.CONSTRAINED_BASELINE),
    (0x58, 0xCF, 0xC0, Profile.CONSTRAINED_BASELINE),
    (0x42, 0x4F, 0x00, Profile.BASELINE),
    (0x58, 0xCF, 0x80, Profile.BASELINE),
    (0x4D, 0xAF, 0x00, Profile.MAIN),
    (0x64, 0xFF, 0x00, Profile.HIGH),
    (0x64, 0xFF, 0x0C, Profile.CONSTRAINED_HIGH),
    (0xF4, 0xFF, 0x00, Profile.PREDICTIVE_HIGH_444),
)

_PREFIXES: Final = {
    Profile.CONSTRAINED_BASELINE: "42e0",
    Profile.BASELINE: "4200",
    Profile.MAIN: "4d00",
    Profile.CONSTRAINED_HIGH: "640c",
    Profile.HIGH: "6400",
    Profile.PREDICTIVE_HIGH_444: "f400",
}

_LEVEL_1B_IDS: Final = {
    Profile.CONSTRAINED_BASELINE: "42f00b",
    Profile.BASELINE: "42100b",
    Profile.MAIN: "4d100b",
}


def profile_level_of(parameters: FormatParameters) -> ProfileLevel | None:
    """Return profile and level of format parameters; the default when absent, None when not understood."""
    value = parameters.get("profile-level-id")
    if not value:
        return _DEFAULT
    if not isinstance(value, str) or len(value) != 6:
        return None
    try:
        profile_idc, profile_iop, level_idc = bytes.fromhex(value)
    except ValueError:
        return None
    if level_idc not in _LEVELS:
        return None
    if level_idc == _LEVEL_1_1 and profile_iop & _CONSTRAINT_SET_3:
        level_idc = LEVEL_1B
    for idc, mask, bits, profile in _PATTERNS:
        if profile_idc == idc and profile_iop & mask == bits:
            return ProfileLevel(profile, level_idc)
    return None


def is_same_profile(ours: FormatParameters, theirs: FormatParameters) -> bool:
    """Return whether both name the same profile, whatever the level."""
    first, second = profile_level_of(ours), profile_level_of(theirs)
    return first is not None and second is not None and first.profile is second.profile


def answer_profile_level_id(local: FormatParameters, remote: FormatParameters) -> str | None:
    """Return the id to answer with; None when neither side names one or it cannot be written.

    Both must name the same profile. Without level asymmetry the lower level wins (RFC 6184 §8.2.2).
    """
    ours, theirs = profile_level_of(local), profile_level_of(remote)
    if not local.get("profile-level-id") and not remote.get("profile-level-id"):
        return None
    if ours is None or theirs is None:
        return None
    if _allows_asymmetry(local) and _allows_asymmetry(remote):
        level = ours.level
    else:
        level = ours.level if _is_lower(ours.level, theirs.level) else theirs.level
    if level == LEVEL_1B:
        return _LEVEL_1B_IDS.get(ours.profile)
    return f"{_PREFIXES[ours.profile]}{level:02x}"


def _is_lower(first: int, second: int) -> bool:
    """Compare levels; 1b lies between 1 and 1.1."""
    if first == LEVEL_1B:
        return second not in (_LEVEL_1, LEVEL_1B)
    if second == LEVEL_1B:
        return first == _LEVEL_1
    return first < second


def _allows_asymmetry(parameters: FormatParameters) -> bool:
    return parameters.get("level-asymmetry-allowed") in (1, "1")
