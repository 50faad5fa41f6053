"""What the clerks of waiting calls are told: their place and an honest range, the same at every process.

Whoever decides measures and tells; the other processes keep what they hear. A process that starts later asks
once, and whoever decides tells again.
"""

from dataclasses import dataclass

from signaling.domain.call_model import Call, CallState
from signaling.domain.events import CallChanged, CallWaiting, DomainEvent, NewsMissed, WaitsWanted
from signaling.domain.routing.decision import Decision
from signaling.domain.routing.estimate import Usual, Wait, expected, usual
from signaling.domain.subject import Subject
from signaling.services.call_desk import CallDesk
from signaling.services.ports import Ports
from signaling.services.settings import ServiceSettings

_MEASURED_FOR = 60.0
"""Seconds for which measured waits are good enough to be told again."""
_SAMPLES = 50


def _people(call: Call) -> tuple[Subject, ...]:
    return tuple(member.who for member in call.present)


@dataclass(frozen=True, slots=True)
class _Measured:
    at: float
    usual: Usual | None


class WaitService:
    """Keeps what each waiting call was told last."""

    def __init__(self, ports: Ports, settings: ServiceSettings, desk: CallDesk) -> None:
        self._ports = ports
        self._settings = settings
        self._desk = desk
        self._told: dict[str, Wait] = {}
        self._measured: dict[str, _Measured] = {}
        self.leads = False
        """This process decides, so it is the one that knows."""

    async def recover(self) -> None:
        """After a start beside others: ask what the waiting were told."""
        if not self._settings.alone:
            await self._ports.bus.publish(WaitsWanted())

    def of(self, call_id: str) -> Wait | None:
        """Return what a waiting call was told last."""
        return self._told.get(call_id)

    async def tell(self, call: Call, position: int, decision: Decision) -> None:
        """Tell where a call stands after a decision, when that is news."""
        now = self._ports.clock.now()
        span = expected(
            await self._usual(call.department, now),
            position=position,
            requested_at=call.requested_at,
            eligible=decision.eligible,
            now=now,
        )
        low_at, high_at = span if span is not None else (None, None)
        wait = Wait(position, low_at, high_at, decision.eligible, decision.available, call.no_staff_at)
        told = self._told.get(call.call_id)
        if told is None or _news(told) != _news(wait):
            self._told[call.call_id] = wait
            await self._ports.bus.publish(CallWaiting(call.call_id, _people(call), wait))

    async def on_event(self, event: DomainEvent) -> None:
        """Follow what another process tells, and tell again who asks."""
        match event:
            case CallWaiting(call_id=call_id, wait=wait):
                call = self._desk.live_call(call_id)
                if call is not None and call.state is CallState.WAITING:
                    self._told[call_id] = wait
            case CallChanged(call=call) if call.state is not CallState.WAITING:
                self._told.pop(call.call_id, None)
            case NewsMissed() if not self.leads:
                await self.recover()
            case WaitsWanted() if self.leads:
                for call_id, wait in tuple(self._told.items()):
                    call = self._desk.live_call(call_id)
                    if call is not None:
                        await self._ports.bus.publish(CallWaiting(call_id, _people(call), wait))

    async def _usual(self, department: str, now: float) -> Usual | None:
        measured = self._measured.get(department)
        if measured is None or now - measured.at > _MEASURED_FOR:
            samples = await self._ports.calls.samples(department, _SAMPLES, drills=self._settings.demo)
            measured = _Measured(now, usual(samples.waits_s, samples.handling_s))
            self._measured[department] = measured
        return measured.usual


def _news(wait: Wait) -> tuple[object, ...]:
    """Return what a clerk would see change; a range that was measured anew is no news by itself."""
    return wait.position, wait.eligible, wait.available, wait.ends_at, wait.low_at is None
