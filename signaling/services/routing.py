"""Offer waiting calls, one decision after the other, and keep why."""

import logging
from collections.abc import Mapping

from signaling.domain.call_inputs import NobodyThere, Offered, OfferLost
from signaling.domain.call_model import Call, CallState
from signaling.domain.errors import DomainError
from signaling.domain.events import DomainEvent, OfferMade
from signaling.domain.items import Item
from signaling.domain.members import Ask, AskPurpose, Part
from signaling.domain.presence import PresenceState
from signaling.domain.routing.choose import choose
from signaling.domain.routing.decision import Decision, Outcome
from signaling.domain.routing.model import Let, Request, Standing
from signaling.domain.routing.one_by_one import Verdict, one_by_one
from signaling.domain.routing.order import in_order
from signaling.domain.routing.pool import Pool
from signaling.domain.subject import Subject
from signaling.services.call_desk import CallDesk
from signaling.services.days import midnight
from signaling.services.directory import DirectoryService
from signaling.services.ports import Ports
from signaling.services.presence import PresenceService
from signaling.services.settings import ServiceSettings
from signaling.services.stores import ConflictError, StaffLoad
from signaling.services.waits import WaitService

_log = logging.getLogger(__name__)
_NEVER = float("inf")
_LOOK_AGAIN_AFTER = 5.0
"""Seconds until a process that does not decide looks whether somebody still does, while calls wait."""


class RoutingService:
    """Decides for every waiting call, in their order, under the lease."""

    def __init__(
        self,
        ports: Ports,
        settings: ServiceSettings,
        directory: DirectoryService,
        desk: CallDesk,
        presence: PresenceService,
        waits: WaitService,
    ) -> None:
        self._ports = ports
        self._settings = settings
        self._directory = directory
        self._desk = desk
        self._presence = presence
        self._waits = waits
        self._started_at = ports.clock.now()
        self._recheck_at: dict[str, float] = {}
        self._last: dict[str, Decision] = {}
        self._unsaved: list[Decision] = []
        self._offered_at: dict[str, float] = {}
        self._look_again_at = _NEVER

    def started(self) -> None:
        """The process serves from now on: the start's grace begins."""
        self._started_at = self._ports.clock.now()

    def next_deadline(self) -> float:
        """Return when time alone may change a decision."""
        return min([self._look_again_at, *self._recheck_at.values()])

    def available_for(self, item_code: str, region_code: str) -> int:
        """Count the specialists who could take a call for an item at a place right now."""
        item = self._directory.current.item(item_code)
        request = Request(
            "", item.code, item.department, region_code, "", 50, self._ports.clock.now(), clerk_id=""
        )
        return self._choose(request, self.pool_now()).available

    def pool_now(self) -> Pool:
        """Return everybody as a decision made now would find them, without what they did today."""
        return self._pool({})

    def one_by_one(self, item: Item, region_code: str, language: str) -> list[Verdict]:
        """Say of everybody who answers calls why they would be rung for an item at a place now, or not."""
        now = self._ports.clock.now()
        request = Request("", item.code, item.department, region_code, language, 50, now, clerk_id="")
        directory = self._directory.current
        regions = directory.tree.above(region_code)
        policy = self._settings.routing.policies.for_call(request, regions)
        return one_by_one(
            request,
            directory.roster.everybody,
            self.pool_now(),
            regions=regions,
            policy=policy,
            now=now,
        )

    async def decide(self) -> None:
        """Withdraw offers to people who left, then decide about every waiting call."""
        async with self._ports.lease.held() as leading:
            self._waits.leads = leading
            if not leading:
                self._follow()
                return
            self._look_again_at = _NEVER
            await self._withdraw()
            now = self._ports.clock.now()
            waiting = in_order((c for c in self._desk.live() if c.state is CallState.WAITING), now)
            self._forget({call.call_id for call in waiting})
            pools = {drill: await self._load_pool(drill) for drill in {call.drill for call in waiting}}
            position = 1
            for call in waiting:
                decision = self._choose(_request(call, self._ports.clock.now()), pools[call.drill])
                self._remember(decision)
                if not await self._carry_out(call, decision, pools):
                    await self._waits.tell(call, position, decision)
                    position += 1
            await self._save()

    def _follow(self) -> None:
        """Leave deciding to whoever does; but they may die, and nothing else need happen while calls wait."""
        self._forget(set())
        waits = any(call.state is CallState.WAITING for call in self._desk.live())
        self._look_again_at = self._ports.clock.now() + _LOOK_AGAIN_AFTER if waits else _NEVER

    async def on_event(self, event: DomainEvent) -> None:
        """Note whose turn it was, also of what another process offered: it may die."""
        if isinstance(event, OfferMade):
            self._offered_at[event.offer.who.id] = event.offer.made_at

    async def _load_pool(self, drill: bool) -> Pool:
        """Return everybody with what they did today; for a drill their drills count too."""
        since = midnight(self._ports.clock.now(), self._settings.utc_offset)
        loads = await self._ports.calls.loads(since, drills=drill)
        return self._pool({load.staff_id: load for load in loads})

    def _pool(self, loads: Mapping[str, StaffLoad]) -> Pool:
        """Return everybody as known now."""
        seen = self._presence.known()

        def standing(staff_id: str) -> Standing:
            presence, load = seen.get(staff_id), loads.get(staff_id)
            return Standing(
                state=presence.routed_as if presence else PresenceState.OFFLINE,
                idle_since=presence.idle_since if presence else 0.0,
                last_offered_at=self._offered_at.get(staff_id, 0.0),
                calls_today=load.calls if load else 0,
                talk_today_s=load.talk_s if load else 0.0,
            )

        claimed = [who.id for call in self._desk.live() for who in call.claimed if who.staff_id is not None]
        return Pool(self._directory.current.roster, standing, claimed, self._settings.routing.strategy)

    def _choose(self, request: Request, pool: Pool) -> Decision:
        regions = self._directory.current.tree.above(request.region_code)
        policy = self._settings.routing.policies.for_call(request, regions)
        return choose(request, pool, regions=regions, policy=policy, now=self._ports.clock.now())

    async def _withdraw(self) -> None:
        seen = self._presence.known()
        for call in self._desk.live():
            if call.offer is None:
                continue
            presence = seen.get(call.offer.who.id)
            if presence is None or presence.state in (PresenceState.AWAY, PresenceState.OFFLINE):
                reason = presence.state.value if presence else "offline"
                await self._try(call, OfferLost(call.offer.ask_id, reason))

    async def _carry_out(self, call: Call, decision: Decision, pools: Mapping[bool, Pool]) -> bool:
        """Do what was decided; False when the call goes on waiting."""
        self._recheck_at[call.call_id] = decision.recheck_at or _NEVER
        match decision.outcome:
            case Outcome.OFFER:
                return await self._offer(call, decision, pools)
            case Outcome.NO_STAFF if call.is_requeued:  # whom it lost may yet come back, until its deadline
                return False
            case Outcome.NO_STAFF if self._ports.clock.now() >= self._grace_ends:
                return await self._try(call, NobodyThere())
            case Outcome.NO_STAFF:
                self._recheck_at[call.call_id] = self._grace_ends
        return False

    @property
    def _grace_ends(self) -> float:
        return self._started_at + self._settings.routing.startup_grace

    async def _offer(self, call: Call, decision: Decision, pools: Mapping[bool, Pool]) -> bool:
        assert decision.chosen is not None
        for pool in pools.values():  # or somebody else holds them: either way nothing more in this round
            pool.ring(decision.chosen)
        now = self._ports.clock.now()
        offer = Ask(
            self._ports.secrets.new_id(),
            Subject.of_staff(decision.chosen),
            AskPurpose.ANSWER,
            now,
            now + self._settings.routing.ring_timeout,
            decision.why,
        )
        return await self._try(call, Offered(offer))

    async def _try(self, call: Call, given: Offered | NobodyThere | OfferLost) -> bool:
        """Step a call; False when it changed meanwhile or its specialist was claimed: the next round sees."""
        await self._save()
        try:
            await self._desk.step(call.call_id, given)
        except (ConflictError, DomainError) as error:
            _log.info("call %s: decision came too late (%s)", call.call_id, error)
            self._recheck_at[call.call_id] = self._ports.clock.now() + 1.0
            return False
        self._recheck_at.pop(call.call_id, None)
        return True

    def _remember(self, decision: Decision) -> None:
        """Keep a decision to be stored unless it only repeats the last one."""
        last = self._last.get(decision.request.call_id)
        self._last[decision.request.call_id] = decision
        if last is None or _gist(last) != _gist(decision):
            self._unsaved.append(decision)

    async def _save(self) -> None:
        """Store what was decided, before it is acted on."""
        if self._unsaved:
            unsaved, self._unsaved = self._unsaved, []
            await self._ports.calls.save_decisions(unsaved)

    def _forget(self, waiting: set[str]) -> None:
        for kept in (self._recheck_at, self._last):
            for call_id in [call_id for call_id in kept if call_id not in waiting]:
                del kept[call_id]


def _request(call: Call, now: float) -> Request:
    clerk = call.member(Part.CLERK)
    return Request(
        call_id=call.call_id,
        item_code=call.item_code,
        department=call.department,
        region_code=call.region_code,
        language=call.language,
        priority=call.priority,
        requested_at=call.requested_at,
        clerk_id=clerk.who.id if clerk is not None else "",
        preferred_staff_id=call.preferred_staff_id,
        passed=tuple(
            Let(entry.who.id, entry.reason, entry.until) for entry in call.passed if now < entry.until
        ),
    )


def _gist(decision: Decision) -> tuple[object, ...]:
    """Return what explains a decision: who was judged how by name, and which reasons the others had."""
    verdicts = tuple((entry.candidate.staff_id, entry.reason) for entry in decision.considered)
    reasons = tuple((entry.step, entry.reason) for entry in decision.passed_over)
    return decision.outcome, decision.chosen, verdicts, reasons
