"""The states of remote control on the counter PC: one table (state, event) → state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from web_client.helper.vocabulary import Reason, State

if TYPE_CHECKING:
    from collections.abc import Mapping

CONTROLLED = frozenset({State.GRANTED, State.PAUSED_LOCAL, State.PAUSED_RATE, State.LOCKED})
"""A grant is there, though it may be suspended."""

ENDING = frozenset(
    {
        *(Reason.ESCAPED, Reason.STOPPED, Reason.WITHDRAWN, Reason.EXPIRED, Reason.SILENT, Reason.VIOLATION),
        *(Reason.MONITOR_GONE, Reason.DISCONNECTED, Reason.WATCHDOG_LOST),
    }
)
"""What ends a grant, whatever its state; only a new consent brings another."""

_TABLE: Mapping[tuple[State, Reason], State] = {
    (State.IDLE, Reason.CONSENT): State.GRANTED,
    (State.REVOKED, Reason.CONSENT): State.GRANTED,
    (State.GRANTED, Reason.LOCAL_INPUT): State.PAUSED_LOCAL,
    (State.PAUSED_RATE, Reason.LOCAL_INPUT): State.PAUSED_LOCAL,
    (State.PAUSED_LOCAL, Reason.LOCAL_QUIET): State.GRANTED,
    (State.GRANTED, Reason.TOO_FAST): State.PAUSED_RATE,
    (State.PAUSED_RATE, Reason.CALMED): State.GRANTED,
    (State.GRANTED, Reason.DESKTOP_LOCKED): State.LOCKED,
    (State.PAUSED_LOCAL, Reason.DESKTOP_LOCKED): State.LOCKED,
    (State.PAUSED_RATE, Reason.DESKTOP_LOCKED): State.LOCKED,
    (State.LOCKED, Reason.DESKTOP_UNLOCKED): State.GRANTED,
}


def after(state: State, event: Reason) -> State | None:
    """Return the state that follows; None where the event means nothing and the state stays."""
    if event in ENDING:
        return State.REVOKED if state in CONTROLLED else None
    return _TABLE.get((state, event))
