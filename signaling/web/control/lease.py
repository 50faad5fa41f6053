"""What a helper was granted over one connection, and what it may say of it: pure, with `now` from outside.

A grant is replaced by another with each change the clerk makes. What was on its way for the one before is
let pass quietly; a helper that speaks of one it never had, or of no end of one that is over, lies.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeAlias

from signaling.domain.control.grant import Control, ControlEnd, ControlPause
from signaling.domain.control.inputs import Paused, Resumed, Stopped
from web_client.helper.envelope import Frame, WireError
from web_client.helper.vocabulary import Reason, Refusal, Scope, State
from web_client.helper.wire import (
    Acknowledge,
    ClipboardPull,
    ClipboardText,
    Geometry,
    Grant,
    Message,
    NotDone,
    ReleaseAll,
    Revoke,
    Status,
)

GRACE_S: Final = 5.0
"""How long a helper may not have read yet that a grant is over."""
_REMEMBERED: Final = 16
_LONGEST_MS: Final = 4 * 3_600_000
_WIRE_SCOPES: Final = frozenset(scope.value for scope in Scope)
_TRIES: Final = 3
"""How often a grant is given anew to a helper whose monitors just changed."""

ENDS: Final = MappingProxyType(
    {
        Reason.ESCAPED: ControlEnd.ESCAPED,
        Reason.STOPPED: ControlEnd.REVOKED,
        Reason.EXPIRED: ControlEnd.EXPIRED,
        Reason.SILENT: ControlEnd.CONTROLLER_LOST,
        Reason.MONITOR_GONE: ControlEnd.SHARE_ENDED,
        Reason.DISCONNECTED: ControlEnd.HELPER_LOST,
        Reason.WATCHDOG_LOST: ControlEnd.HELPER_LOST,
    }
)
"""Why a grant ends that its helper ends; what is not here is a violation."""
PAUSES: Final = MappingProxyType(
    {
        State.PAUSED_LOCAL: ControlPause.LOCAL_INPUT,
        State.PAUSED_RATE: ControlPause.TOO_FAST,
        State.LOCKED: ControlPause.LOCKED,
    }
)


@dataclass(frozen=True, slots=True)
class ToHelper:
    """Say this to the helper."""

    message: Message
    grant: str = ""


@dataclass(frozen=True, slots=True)
class ToPage:
    """Say this to the controller's page."""

    control: Control
    message: Message


@dataclass(frozen=True, slots=True)
class Report:
    """Tell the grant's home."""

    control: Control
    given: Stopped | Paused | Resumed


Effect: TypeAlias = ToHelper | ToPage | Report


class Lease:
    """What one connection of a helper has been granted.

    Args:
        name_of: returns the name of who controls, for the banner.
    """

    def __init__(self, name_of: Callable[[Control], str]) -> None:
        self._name_of = name_of
        self._control: Control | None = None
        self._geometry: Geometry | None = None
        self._rev = 0
        self._number = 0
        self._past: dict[str, float] = {}
        """When each grant of before was over."""
        self._grant: Grant | None = None
        self._is_confirmed = False
        """The helper has said that it took the grant; only then may the page act in it."""
        self._given_times = 0
        self._pulls = 0

    @property
    def control(self) -> Control | None:
        """What it has been granted."""
        return self._control

    def changed(self, control: Control, now: float, wall: float) -> list[Effect]:
        """Follow the grant: give it, give another one in its place, or take it.

        Args:
            now: monotonic seconds, as everywhere here.
            wall: seconds on the clock of `Control.until`.
        """
        current = self._control
        if control.is_over:
            is_ours = current is not None and current.control_id == control.control_id
            return self._end(now) if is_ours else []
        if control.taken_up_at is None:
            return []
        if current is not None and current.grant_id == control.grant_id:
            self._control = control
            return []
        effects: list[Effect] = []
        if current is not None:
            effects.append(ToHelper(Revoke(current.grant_id)))
            self._over(current, now)
        self._control, self._given_times = control, 0
        return [*effects, *self._give(wall)]

    def _give(self, wall: float) -> list[Effect]:
        control, geometry = self._control, self._geometry
        assert control is not None, "the caller has looked"
        if geometry is None:
            return []  # it says where its monitors are before it is granted anything
        self._number, self._is_confirmed, self._pulls = 0, False, 0
        self._given_times += 1
        self._rev = geometry.rev
        self._grant = Grant(
            control.grant_id,
            self._name_of(control),
            tuple(Scope(scope.value) for scope in sorted(control.scopes) if scope.value in _WIRE_SCOPES),
            control.monitor,
            geometry.rev,
            round(min(max((control.until - wall) * 1000, 1_000), _LONGEST_MS)),
        )
        return [ToHelper(self._grant)]

    def _over(self, control: Control, now: float) -> None:
        self._past[control.grant_id] = now
        if len(self._past) > _REMEMBERED:
            del self._past[next(iter(self._past))]
        self._control = None

    def _end(self, now: float, *before: Effect) -> list[Effect]:
        """Take the grant from both; `before` comes first."""
        control = self._control
        assert control is not None, "the caller has looked"
        self._over(control, now)
        revoke = Revoke(control.grant_id)
        return [*before, ToHelper(revoke), ToPage(control, revoke)]

    def lost(self, now: float) -> list[Effect]:
        """The helper is gone."""
        control = self._control
        if control is None:
            return []
        return self._end(now, Report(control, Stopped(ControlEnd.HELPER_LOST)))

    def lied(self, now: float) -> list[Effect]:
        """What the helper says cannot be."""
        control = self._control
        if control is None:
            return []
        return self._end(now, Report(control, Stopped(ControlEnd.VIOLATION)))

    # --- from the page

    def obey(self, frame: Frame, now: float) -> list[Effect]:
        """Hand a page's message on; what is of a grant that is over is let pass quietly."""
        control, message = self._control, frame.message
        if control is None:
            return []
        if isinstance(message, Revoke):
            if message.grant != control.grant_id:
                return []
            self._over(control, now)
            return [ToHelper(ReleaseAll(), control.grant_id), ToHelper(message)]
        if frame.grant != control.grant_id:
            return []
        if frame.number != self._number + 1:  # something was lost between the processes
            return self._end(now, Report(control, Stopped(ControlEnd.CONTROLLER_LOST)))
        self._number = frame.number
        self._pulls += isinstance(message, ClipboardPull)
        return [ToHelper(message, control.grant_id)]

    # --- from the helper

    def heard(self, frame: Frame, now: float, wall: float) -> list[Effect]:
        """Return what follows from what the helper says.

        Raises:
            WireError: it lies.
        """
        match frame.message:
            case Geometry() as geometry:
                return self._moved(geometry, wall)
            case Status() as status:
                return self._status(status, frame.number, now)
            case NotDone() as refusal:
                return self._refused(refusal, now, wall)
            case Acknowledge() as message if self._is_mine(frame, now):
                return self._to_page(message)
            case ClipboardText() as message if self._is_mine(frame, now):
                if not self._pulls:
                    raise WireError(Refusal.OUT_OF_SCOPE, frame.number)
                self._pulls -= 1
                return self._to_page(message)
            case Acknowledge() | ClipboardText():
                return []
            case _:
                raise WireError(Refusal.MALFORMED, frame.number)

    def _is_mine(self, frame: Frame, now: float) -> bool:
        """Return whether a frame is of the present grant; raise for one of a grant it never had."""
        if self._control is not None and frame.grant == self._control.grant_id:
            return True
        if frame.grant not in self._past:
            raise WireError(Refusal.STALE_GRANT, frame.number)
        return False

    def _to_page(self, message: Message) -> list[Effect]:
        return [ToPage(self._control, message)] if self._control is not None else []

    def _moved(self, geometry: Geometry, wall: float) -> list[Effect]:
        waited = self._geometry is None and self._control is not None
        self._geometry = geometry
        return self._give(wall) if waited else self._to_page(geometry)

    def _status(self, status: Status, number: int, now: float) -> list[Effect]:
        control, state = self._control, status.state
        if not status.grant and state is State.IDLE:
            return []
        if control is None or status.grant != control.grant_id:
            over_at = self._past.get(status.grant)
            if over_at is None or (state is not State.REVOKED and now - over_at > GRACE_S):
                raise WireError(Refusal.NO_GRANT, number)
            return []
        match state:
            case State.REVOKED:
                end = ENDS.get(status.reason, ControlEnd.VIOLATION)
                return self._end(now, ToPage(control, status), Report(control, Stopped(end)))
            case State.IDLE:
                raise WireError(Refusal.NO_GRANT, number)
            case _:
                pause = PAUSES.get(state)
                given = Paused(pause) if pause is not None else Resumed()
                return [*self._confirmed(control), ToPage(control, status), Report(control, given)]

    def _confirmed(self, control: Control) -> list[Effect]:
        if self._is_confirmed or self._grant is None or self._geometry is None:
            return []
        self._is_confirmed = True
        return [ToPage(control, self._grant), ToPage(control, self._geometry)]

    def _refused(self, refusal: NotDone, now: float, wall: float) -> list[Effect]:
        control, geometry = self._control, self._geometry
        if control is None or geometry is None:
            return []
        if self._is_confirmed or refusal.code not in (Refusal.STALE_GEOMETRY, Refusal.UNKNOWN_MONITOR):
            return self._to_page(refusal)
        if geometry.rev != self._rev and self._given_times < _TRIES:  # its monitors changed just now
            return self._give(wall)
        return self._end(now, Report(control, Stopped(ControlEnd.SHARE_ENDED)))
