"""Calls on their way: waiting, offered, changed."""

from dataclasses import dataclass
from enum import StrEnum

from signaling.domain.call_model import Call
from signaling.domain.events.base import DomainEvent
from signaling.domain.ids import AskId, CallId, RegionCode
from signaling.domain.log_kinds import LogKind
from signaling.domain.members import Ask
from signaling.domain.routing.estimate import Wait
from signaling.domain.subject import Subject


@dataclass(frozen=True, slots=True)
class CallChanged(DomainEvent):
    """A call was created or changed; `kinds` are the log entries it brought, `made_by` the process."""

    call: Call
    kinds: tuple[LogKind, ...]
    made_by: str


@dataclass(frozen=True, slots=True)
class CallWaiting(DomainEvent):
    """What the people whose call waits are told changed."""

    call_id: CallId
    people: tuple[Subject, ...]
    wait: Wait


@dataclass(frozen=True, slots=True)
class WaitsWanted(DomainEvent):
    """A process that just started asks what the waiting were told."""


@dataclass(frozen=True, slots=True)
class NewsMissed(DomainEvent):
    """Other processes may have told what did not arrive: what is followed by news is read anew."""


@dataclass(frozen=True, slots=True)
class OfferMade(DomainEvent):
    """Ring at `offer.who`."""

    call: Call
    offer: Ask


class Withdrawal(StrEnum):
    """Why it stops ringing at somebody."""

    EXPIRED = "expired"
    CANCELLED = "cancelled"
    TAKEN = "taken"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class OfferWithdrawn(DomainEvent):
    """Stop ringing."""

    call_id: CallId
    ask_id: AskId
    who: Subject
    reason: Withdrawal


@dataclass(frozen=True, slots=True)
class QueueChanged(DomainEvent):
    """Something in the live list of a region changed; watchers fetch it again, at most a few times a
    second.
    """

    region_code: RegionCode
