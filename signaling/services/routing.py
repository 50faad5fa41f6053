"""Offer waiting calls, one decision after the other, and keep why."""

import logging
from dataclasses import dataclass

from signaling.domain.call_inputs import NobodyThere, Offered, OfferLost
from signaling.domain.call_model import Call, CallState, Offer
from signaling.domain.errors import DomainError
from signaling.domain.events import CallWaiting
from signaling.domain.presence import Presence, PresenceState
from signaling.domain.routing.choose import choose
from signaling.domain.routing.estimate import Wait, wait_range
from signaling.domain.routing.model import Candidate, Decision, Let, Outcome, Request
from signaling.domain.routing.order import in_order
from signaling.domain.staff import Staff
from signaling.services.call_desk import CallDesk
from signaling.services.days import midnight
from signaling.services.directory import Directory, DirectoryService
from signaling.services.ports import Ports
from signaling.services.presence import PresenceService
from signaling.services.settings import ServiceSettings
from signaling.services.stores import ConflictError, StaffLoad, WaitSamples

_log = logging.getLogger(__name__)
_SAMPLES_FOR = 60.0
"""Seconds for which measured waits are good enough to be told again."""
_SAMPLES = 50
_NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class _Measured:
    at: float
    samples: WaitSamples


class RoutingService:
    """Decides for every waiting call, in their order, under the lease."""

    def __init__(
        self,
        ports: Ports,
        settings: ServiceSettings,
        directory: DirectoryService,
        desk: CallDesk,
        presence: PresenceService,
    ) -> None:
        self._ports = ports
        self._settings = settings
        self._directory = directory
        self._desk = desk
        self._presence = presence
        self._started_at = ports.clock.now()
        self._recheck_at: dict[str, float] = {}
        self._last: dict[str, Decision] = {}
        self._waits: dict[str, Wait] = {}
        self._measured: dict[str, _Measured] = {}
        self._offered_at: dict[str, float] = {}

    def started(self) -> None:
        """The process serves from now on: the start's grace begins."""
        self._started_at = self._ports.clock.now()

    def wait_of(self, call_id: str) -> Wait | None:
        """Return what a waiting call was told last."""
        return self._waits.get(call_id)

    def next_deadline(self) -> float:
        """Return when time alone may change a decision."""
        return min(self._recheck_at.values(), default=_NEVER)

    def available_for(self, item_code: str, region_code: str) -> int:
        """Count the specialists who could take a call for an item at a place right now."""
        item = self._directory.current.item(item_code)
        request = Request(
            "", item.code, item.department, region_code, "", 50, self._ports.clock.now(), clerk_id=""
        )
        candidates = self._candidates(request, self._presence.known(), {})
        return self._choose(request, candidates, self._ports.clock.now()).available

    async def decide(self) -> None:
        """Withdraw offers to people who left, then decide about every waiting call."""
        async with self._ports.lease.held() as leading:
            if not leading:
                return
            presences = await self._presence.all()
            await self._withdraw(presences)
            now = self._ports.clock.now()
            waiting = in_order((c for c in self._desk.live() if c.state is CallState.WAITING), now)
            self._forget({call.call_id for call in waiting})
            if not waiting:
                return
            loads = {drill: await self._loads(now, drill) for drill in {call.drill for call in waiting}}
            for position, call in enumerate(waiting, start=1):
                await self._decide_one(call, position, loads[call.drill])

    async def _loads(self, now: float, drill: bool) -> dict[str, StaffLoad]:
        """Return who did what today; a drill's candidates are compared by their drills too."""
        since = midnight(now, self._settings.utc_offset)
        return {load.staff_id: load for load in await self._ports.calls.loads(since, drills=drill)}

    async def _withdraw(self, presences: dict[str, Presence]) -> None:
        for call in self._desk.live():
            if call.offer is None:
                continue
            seen = presences.get(call.offer.staff_id)
            if seen is None or seen.state in (PresenceState.AWAY, PresenceState.OFFLINE):
                reason = seen.state.value if seen else "offline"
                await self._try(call, OfferLost(call.offer.offer_id, reason))

    async def _decide_one(self, call: Call, position: int, loads: dict[str, StaffLoad]) -> None:
        now = self._ports.clock.now()
        request = _request(call)
        decision = self._choose(request, self._candidates(request, await self._presence.all(), loads), now)
        await self._remember(decision)
        self._recheck_at[call.call_id] = decision.recheck_at or _NEVER
        match decision.outcome:
            case Outcome.OFFER:
                await self._offer(call, decision)
            case Outcome.NO_STAFF if call.is_requeued:  # whom it lost may yet come back, until its deadline
                await self._tell(call, position, decision)
            case Outcome.NO_STAFF if now >= self._grace_ends:
                await self._try(call, NobodyThere())
            case Outcome.NO_STAFF:
                self._recheck_at[call.call_id] = self._grace_ends
                await self._tell(call, position, decision)
            case Outcome.WAIT:
                await self._tell(call, position, decision)

    @property
    def _grace_ends(self) -> float:
        return self._started_at + self._settings.routing.startup_grace

    async def _offer(self, call: Call, decision: Decision) -> None:
        assert decision.chosen is not None
        now = self._ports.clock.now()
        offer = Offer(
            self._ports.secrets.new_id(),
            call.call_id,
            decision.chosen,
            now,
            now + self._settings.routing.ring_timeout,
            decision.why,
        )
        if await self._try(call, Offered(offer)):
            self._offered_at[decision.chosen] = now

    async def _try(self, call: Call, given: Offered | NobodyThere | OfferLost) -> bool:
        """Step a call; False when it changed meanwhile or its specialist was claimed: the next round sees."""
        try:
            await self._desk.step(call.call_id, given)
        except (ConflictError, DomainError) as error:
            _log.info("call %s: decision came too late (%s)", call.call_id, error)
            self._recheck_at[call.call_id] = self._ports.clock.now() + 1.0
            return False
        self._recheck_at.pop(call.call_id, None)
        return True

    def _choose(self, request: Request, candidates: list[Candidate], now: float) -> Decision:
        preferred = request.preferred_staff_id is not None
        strategy = "preferred_then_idle" if preferred else self._settings.routing.strategy
        return choose(request, candidates, now=now, strategy=strategy)

    def _candidates(
        self, request: Request, presences: dict[str, Presence], loads: dict[str, StaffLoad]
    ) -> list[Candidate]:
        directory = self._directory.current
        ringing = {call.offer.staff_id for call in self._desk.live() if call.offer is not None}
        return [
            self._candidate(directory, request, person, level, presences.get(person.staff_id), loads, ringing)
            for person, level in directory.takers(directory.item(request.item_code))
        ]

    def _candidate(
        self,
        directory: Directory,
        request: Request,
        person: Staff,
        level: int,
        seen: Presence | None,
        loads: dict[str, StaffLoad],
        ringing: set[str],
    ) -> Candidate:
        covered = directory.tree.covers(person.region_code, request.region_code)
        load = loads.get(person.staff_id)
        return Candidate(
            staff_id=person.staff_id,
            skill_level=level,
            reach=directory.tree.get(person.region_code).level.value if covered else None,
            languages=person.languages,
            state=seen.state.value if seen else PresenceState.OFFLINE.value,
            ringing=person.staff_id in ringing,
            idle_since=seen.idle_since if seen else 0.0,
            last_offered_at=self._offered_at.get(person.staff_id, 0.0),
            calls_today=load.calls if load else 0,
            talk_today_s=load.talk_s if load else 0.0,
        )

    async def _remember(self, decision: Decision) -> None:
        """Store a decision unless it only repeats the last one."""
        last = self._last.get(decision.request.call_id)
        self._last[decision.request.call_id] = decision
        if last is None or _gist(last) != _gist(decision):
            await self._ports.calls.save_decision(decision)

    async def _tell(self, call: Call, position: int, decision: Decision) -> None:
        now = self._ports.clock.now()
        samples = await self._samples(call.department, now)
        span = wait_range(
            position=position,
            waited_s=now - call.requested_at,
            recent_waits_s=samples.waits_s,
            recent_handling_s=samples.handling_s,
            eligible=decision.eligible,
        )
        low, high = span if span is not None else (None, None)
        wait = Wait(position, low, high, decision.eligible, decision.available, call.no_staff_at)
        if _told_differs(self._waits.get(call.call_id), wait):
            self._waits[call.call_id] = wait
            await self._ports.bus.publish(CallWaiting(call.call_id, call.clerk_id, wait))

    async def _samples(self, department: str, now: float) -> WaitSamples:
        measured = self._measured.get(department)
        if measured is None or now - measured.at > _SAMPLES_FOR:
            measured = _Measured(
                now, await self._ports.calls.samples(department, _SAMPLES, drills=self._settings.demo)
            )
            self._measured[department] = measured
        return measured.samples

    def _forget(self, waiting: set[str]) -> None:
        for kept in (self._recheck_at, self._last, self._waits):
            for call_id in [call_id for call_id in kept if call_id not in waiting]:
                del kept[call_id]


def _request(call: Call) -> Request:
    return Request(
        call_id=call.call_id,
        item_code=call.item_code,
        department=call.department,
        region_code=call.region_code,
        language=call.language,
        priority=call.priority,
        requested_at=call.requested_at,
        clerk_id=call.clerk_id,
        preferred_staff_id=call.preferred_staff_id,
        passed=tuple(Let(entry.staff_id, entry.reason, entry.until) for entry in call.passed),
    )


def _gist(decision: Decision) -> tuple[object, ...]:
    verdicts = tuple((entry.staff_id, entry.reason) for entry in decision.considered)
    return decision.outcome, decision.chosen, verdicts


def _told_differs(told: Wait | None, wait: Wait) -> bool:
    """True when the clerk would see something new; a range that merely shrank with time is no news."""
    if told is None:
        return True
    return (told.position, told.eligible, told.available, told.ends_at, told.low_s is None) != (
        wait.position,
        wait.eligible,
        wait.available,
        wait.ends_at,
        wait.low_s is None,
    )
