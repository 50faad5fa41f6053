"""People and their sign-ins, and the directory that knows them."""

from dataclasses import dataclass

from signaling.domain.events.base import DomainEvent
from signaling.domain.ids import CallId, SocketId, StaffId
from signaling.domain.presence import Presence


@dataclass(frozen=True, slots=True)
class PresenceChanged(DomainEvent):
    """Somebody's presence changed."""

    presence: Presence


@dataclass(frozen=True, slots=True)
class TodayChanged(DomainEvent):
    """A specialist's counts of today changed."""

    staff_id: StaffId


@dataclass(frozen=True, slots=True)
class Superseded(DomainEvent):
    """Another window took this part over: this socket stays away from the call."""

    call_id: CallId
    socket_id: SocketId


@dataclass(frozen=True, slots=True)
class SessionRevoked(DomainEvent):
    """Cut the sockets of a sign-in (`session_id`), or of everything of a person (None)."""

    staff_id: StaffId
    session_id: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class DirectoryChanged(DomainEvent):
    """Staff, skills, points, items or offerings changed: reload them."""
