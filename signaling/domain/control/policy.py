"""Whether control can be asked for at all, and why not: what the page shows beside a button that is off.

A policy of a service point or an item may forbid or narrow; nothing widens what the clerk must be asked for.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from signaling.domain.control.grant import Control, ControlScope
from signaling.domain.counters import CounterMonitor
from signaling.domain.session import DisplaySurface


class ControlObstacle(StrEnum):
    """Why control cannot be asked for now, the first that applies."""

    NOT_CONNECTED = "not_connected"
    FORBIDDEN = "forbidden"
    """By the policy of the service point or of the item."""
    NO_SHARE = "no_share"
    NOT_A_MONITOR = "not_a_monitor"
    """A window or a browser tab is shared: where it lies on the desktop nobody knows."""
    NO_HELPER = "no_helper"
    HELPER_TOO_OLD = "helper_too_old"
    """It came, and was sent away for its version."""
    UNDER_WAY = "under_way"
    """Asked for or granted already."""


WHOLE: Final = frozenset({DisplaySurface.MONITOR, DisplaySurface.PRACTICE})
"""What is shared whole, so that a place in the picture is a place on the counter PC."""


@dataclass(frozen=True, slots=True)
class ControlPolicy:
    """What a point or an item allows at most; the default is everything there is, each only by consent."""

    scopes: frozenset[ControlScope] = frozenset(ControlScope)
    lasts_at_most_s: float = 1800.0


EVERYTHING: Final = ControlPolicy()


@dataclass(frozen=True, slots=True)
class Situation:
    """What is true of a call when control is asked for."""

    is_connected: bool
    shares: DisplaySurface | None
    has_helper: bool
    helper_too_old: bool
    under_way: bool


def narrowest(policies: Iterable[ControlPolicy]) -> ControlPolicy:
    """Return what all of them allow."""
    scopes, lasts = frozenset(ControlScope), ControlPolicy().lasts_at_most_s
    for policy in policies:
        scopes, lasts = scopes & policy.scopes, min(lasts, policy.lasts_at_most_s)
    return ControlPolicy(scopes, lasts)


def obstacle(situation: Situation, policy: ControlPolicy) -> ControlObstacle | None:
    """Return why control cannot be asked for, None when it can."""
    checks = (
        (not situation.is_connected, ControlObstacle.NOT_CONNECTED),
        (not policy.scopes, ControlObstacle.FORBIDDEN),
        (situation.shares is None, ControlObstacle.NO_SHARE),
        (situation.shares not in WHOLE, ControlObstacle.NOT_A_MONITOR),
        (situation.helper_too_old, ControlObstacle.HELPER_TOO_OLD),
        (not situation.has_helper, ControlObstacle.NO_HELPER),
        (situation.under_way, ControlObstacle.UNDER_WAY),
    )
    return next((found for applies, found in checks if applies), None)


@dataclass(frozen=True, slots=True)
class HelperStand:
    """Whether a call's counter PC has a helper, and whether it is there.

    Attributes:
        too_old: it was sent away for its version, and has not come with another one since.
        name: what the PC calls itself; empty without one.
    """

    paired: bool = False
    here: bool = False
    too_old: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True)
class ControlStand:
    """Where control stands in a call: what its people see before, during and after a grant.

    Attributes:
        scopes, longest_s: what the policy lets be granted, and for how many seconds.
        monitors, rev: the counter PC's monitors, empty while its helper is away.
    """

    control: Control | None
    obstacle: ControlObstacle | None
    helper: HelperStand
    monitors: tuple[CounterMonitor, ...]
    rev: int
    scopes: frozenset[ControlScope]
    longest_s: float
