"""The services' settings: times in seconds, bounds as counts; frozen, made once in `compose`.

What a deployment can set has its default in `signaling.config` and none here; the rest has it here.
"""

from dataclasses import dataclass, field
from typing import Final

from signaling.domain.readiness import Deployment
from signaling.domain.routing.policy import Policies
from signaling.domain.steps.step import CallRules
from signaling.domain.working_days import WorkingCalendar

STILL_BYTES: Final = 12 * 1024 * 1024
"""A 4K document as JPEG of best quality is about 8 MiB."""


@dataclass(frozen=True, slots=True)
class RoutingSettings:
    """How calls are offered."""

    strategy: str
    policies: Policies
    ring_timeout: float
    no_staff_after: float
    startup_grace: float
    """After a start nothing ends for lack of staff for so long: people are still reconnecting."""
    misses_until_away: int


@dataclass(frozen=True, slots=True)
class PresenceSettings:
    """When a silent connection counts as gone."""

    idle_after: float
    """Somebody available of whom there is no evidence at their PC for so long is away."""
    socket_grace: float = 8.0
    """A reload or a network change takes a few seconds; only then somebody is off line."""


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """Bounds of one session."""

    transports_per_participant: int = 4
    producers_per_participant: int = 6
    consumers_per_participant: int = 32
    strokes_per_second: int = 20
    points_per_stroke: int = 4000
    strokes_per_call: int = 5000
    chats_per_call: int = 2000
    cards_per_call: int = 200
    stills_per_call: int = 200
    still_bytes: int = STILL_BYTES


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """Sign-in."""

    failures_until_lockout: int
    lockout: float
    """How long a name stays locked for the address that guessed, and failures count at all."""
    session_idle: float
    reuse_tolerance: float
    session_lifetime: float = 7 * 24 * 3600.0
    least_password: int = 10
    slow_down: float = 0.5
    """The first pause before an attempt after some failures; the next ones double."""


@dataclass(frozen=True, slots=True)
class PairingSettings:
    """Codes by which devices are paired with a point."""

    code_lifetime: float = 300.0
    attempts: int = 10
    """Wrong codes from one address per code lifetime."""
    attempts_together: int = 500
    """Wrong codes from everywhere per code lifetime: with a million numbers, one in 2,000 finds one."""


@dataclass(frozen=True, slots=True)
class ControlSettings:
    """Control of counter PCs, in seconds."""

    answer_within: float = 30.0
    """The clerk has so long to say yes."""
    once_within: float = 20.0
    """And so long for what needs a yes of its own."""
    take_up_within: float = 10.0
    """The specialist's page has so long to come once the clerk has said yes."""


@dataclass(frozen=True, slots=True)
class RatingSettings:
    """Pads and ratings."""

    pads_per_point: int = 4
    """One for each counter of a large point; pairing another one takes the place of the oldest."""
    ask_for: float = 600.0
    default_after_days: int = 5


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """Everything the services can be told."""

    demo: bool
    alone: bool
    """No other signalling process serves this database: a start means that everybody was disconnected."""
    routing: RoutingSettings
    call: CallRules
    presence: PresenceSettings
    accounts: AccountSettings
    calendar: WorkingCalendar
    decisions_kept: float
    """Why a call rang where it did can be asked for so long."""
    lines_kept: float
    """Masked lines of sessions, from which the search learns, stay so long."""
    session: SessionSettings = field(default_factory=SessionSettings)
    ratings: RatingSettings = field(default_factory=RatingSettings)
    control: ControlSettings = field(default_factory=ControlSettings)
    pairing: PairingSettings = field(default_factory=PairingSettings)
    deployment: Deployment = field(default_factory=Deployment)
    utc_offset: float = 8 * 3600.0
    """Local midnight for call numbers and today's counts; China has one zone and no daylight saving."""
