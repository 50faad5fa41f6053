"""Presence by evidence: what a specialist clicked counts only while heartbeat, sound and offers confirm
it.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from signaling.domain.ids import CallId, StaffId

NEVER: Final = float("inf")
SOUND_LOCKED: Final = "sound_locked"
"""Reason of `away` for a page that may not ring yet: the 在线 click unlocks sound."""
MISSED_OFFERS: Final = "missed_offers"
CONNECTION_LOST: Final = "connection_lost"
IDLE: Final = "idle"


class PresenceState(StrEnum):
    """What colleagues and routing see."""

    AVAILABLE = "available"
    BUSY = "busy"
    WRAP_UP = "wrap_up"
    AWAY = "away"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class Presence:
    """One specialist's presence; the state is kept, its evidence beside it.

    `wish` is what they want to be when no call occupies them: AVAILABLE, AWAY or OFFLINE. `idle_since` is
    when they last stopped being occupied, for `longest_idle`.
    """

    staff_id: StaffId
    state: PresenceState
    wish: PresenceState
    since: float
    reason: str | None = None
    idle_since: float = 0.0
    last_beat: float = 0.0
    last_input: float = 0.0
    missed: int = 0
    call_id: CallId | None = None
    wrap_up_until: float | None = None
    online: bool = False
    """At least one socket of theirs is connected, or was within the grace time."""
    lost_at: float | None = None
    """Since when no socket of theirs is known while the grace time runs: nobody would hear a ring."""

    @property
    def routed_as(self) -> PresenceState:
        """The state routing and every count of who can be reached go by."""
        is_unheard = self.state is PresenceState.AVAILABLE and self.lost_at is not None
        return PresenceState.AWAY if is_unheard else self.state

    @property
    def told_reason(self) -> str | None:
        """The reason that goes with `routed_as`."""
        return self.reason if self.lost_at is None else CONNECTION_LOST


def offline(staff_id: StaffId, now: float) -> Presence:
    """Return the presence of somebody nobody has seen."""
    return Presence(staff_id, PresenceState.OFFLINE, PresenceState.OFFLINE, now)


def _settle(presence: Presence, now: float) -> Presence:
    """Derive the state from the evidence; `since` moves only when the state does."""
    match presence:
        case Presence(call_id=str(), wrap_up_until=float()):
            state = PresenceState.WRAP_UP
        case Presence(call_id=str()):
            state = PresenceState.BUSY
        case Presence(online=False):
            state = PresenceState.OFFLINE
        case _:
            state = presence.wish
    if state is presence.state:
        return presence
    freed = presence.state in (
        PresenceState.BUSY,
        PresenceState.WRAP_UP,
        PresenceState.AWAY,
        PresenceState.OFFLINE,
    )
    idle_since = now if state is PresenceState.AVAILABLE and freed else presence.idle_since
    return replace(presence, state=state, since=now, idle_since=idle_since)


def _heard(presence: Presence, now: float) -> Presence:
    return replace(presence, last_beat=now, lost_at=None)


def connected(presence: Presence, now: float) -> Presence:
    """A first socket arrived: away until the page confirms that it can ring."""
    return _settle(
        replace(_heard(presence, now), online=True, wish=PresenceState.AWAY, reason=SOUND_LOCKED), now
    )


def wished(presence: Presence, state: PresenceState, reason: str | None, now: float) -> Presence:
    """They clicked 在线 or 暂离; 在线 forgives missed offers."""
    missed = 0 if state is PresenceState.AVAILABLE else presence.missed
    return _settle(
        replace(_heard(presence, now), wish=state, reason=reason, missed=missed, last_input=now), now
    )


def beaten(presence: Presence, now: float) -> Presence:
    """The server's ping was answered."""
    return _heard(presence, now)


def used(presence: Presence, now: float) -> Presence:
    """They are at their PC; who was away only for lack of evidence of that is back."""
    seen = replace(_heard(presence, now), last_input=now)
    if presence.wish is not PresenceState.AWAY or presence.reason != IDLE:
        return seen
    return _settle(replace(seen, wish=PresenceState.AVAILABLE, reason=None), now)


def idle_at(presence: Presence, after: float) -> float:
    """Return when somebody available counts as gone from their PC; never while a call occupies them."""
    if presence.state is not PresenceState.AVAILABLE:
        return NEVER
    return max(presence.last_input, presence.since) + after


def unused(presence: Presence, now: float, *, after: float) -> Presence:
    """Nothing was heard of them for `after` seconds: nobody would answer a ring."""
    if now < idle_at(presence, after):
        return presence
    return _settle(replace(presence, wish=PresenceState.AWAY, reason=IDLE), now)


def unheard(presence: Presence, now: float) -> Presence:
    """Their last socket is gone and the grace time begins."""
    return replace(presence, lost_at=now)


def lost(presence: Presence, now: float) -> Presence:
    """Their last socket is gone and the grace time is over."""
    gone = replace(presence, online=False, lost_at=None, wish=PresenceState.OFFLINE, reason=CONNECTION_LOST)
    return _settle(gone, now)


def missed_offer(presence: Presence, now: float, *, limit: int) -> Presence:
    """An offer rang unanswered; the `limit`th in a row sets them away."""
    missed = presence.missed + 1
    if missed < limit:
        return replace(presence, missed=missed)
    return _settle(replace(presence, missed=missed, wish=PresenceState.AWAY, reason=MISSED_OFFERS), now)


def occupied(presence: Presence, call_id: CallId, now: float) -> Presence:
    """They accepted a call."""
    return _settle(replace(presence, call_id=call_id, wrap_up_until=None, missed=0), now)


def wrapping_up(presence: Presence, call_id: CallId, until: float, now: float) -> Presence:
    """Their call ended; the time to write its result began."""
    return _settle(replace(presence, call_id=call_id, wrap_up_until=until), now)


def freed(presence: Presence, now: float) -> Presence:
    """Their call is closed."""
    return _settle(replace(presence, call_id=None, wrap_up_until=None), now)
