"""Counter PCs: pairing, their helpers, and control of them."""

from dataclasses import dataclass
from enum import StrEnum

from signaling.domain.control.grant import Control
from signaling.domain.control.policy import ControlStand
from signaling.domain.counters import CounterHelper, CounterMonitor
from signaling.domain.events.base import DomainEvent
from signaling.domain.ids import CallId, PointId, StaffId


class PairedDevice(StrEnum):
    """What is paired with a service point by a code."""

    PAD = "pad"
    HELPER = "helper"


@dataclass(frozen=True, slots=True)
class PairingCodeMade(DomainEvent):
    """A device may be paired with a point, by a code that every process takes, once and until it expires.

    `counter` is the counter PC it is for; empty for a pad, which is anybody's at the point.
    """

    code: str
    device: PairedDevice
    point_id: PointId
    staff_id: StaffId
    counter: str
    expires_at: float

    @property
    def place(self) -> tuple[PairedDevice, PointId, str]:
        """What only the newest code is good for."""
        return self.device, self.point_id, self.counter


@dataclass(frozen=True, slots=True)
class PairingCodeUsed(DomainEvent):
    """A code is good no more."""

    code: str


@dataclass(frozen=True, slots=True)
class HelperPaired(DomainEvent):
    """The helper of a counter PC was paired; the clerk's page on that PC is told."""

    helper: CounterHelper


@dataclass(frozen=True, slots=True)
class HelperHere(DomainEvent):
    """A helper is connected to some process, or is so no more; told again now and then for newcomers."""

    helper_id: str
    here: bool
    process: str = ""
    """Where it is connected."""
    since: float = 0.0
    """When it connected: of two connections with one key the newer one counts."""
    rev: int = 0
    """Grows with each change of the monitors."""
    monitors: tuple[CounterMonitor, ...] = ()


@dataclass(frozen=True, slots=True)
class HelperTooOld(DomainEvent):
    """A paired helper came with a version that is spoken with no more, and was sent away."""

    helper_id: str


@dataclass(frozen=True, slots=True)
class MonitorsMarked(DomainEvent):
    """A counter PC shows each monitor's colour in its corner, or does so no more."""

    helper_id: str
    shown: bool


@dataclass(frozen=True, slots=True)
class ControlStandChanged(DomainEvent):
    """Where control of the counter PC stands in a call: told to its members."""

    call_id: CallId
    stand: ControlStand


@dataclass(frozen=True, slots=True)
class ControlChanged(DomainEvent):
    """A question for control of a counter PC, its grant, or its end."""

    control: Control


@dataclass(frozen=True, slots=True)
class HelpersRevoked(DomainEvent):
    """Helpers are paired no more: their connections are cut."""

    helper_ids: tuple[str, ...]
