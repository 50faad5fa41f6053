"""Every change of a call goes over this desk: load, apply the state table, save, tell."""

import asyncio
from collections.abc import Sequence

from signaling.domain.actor import Actor
from signaling.domain.call import apply
from signaling.domain.call_inputs import Accepted, CallInput, MaterialSet, RecordingSet
from signaling.domain.call_model import Call
from signaling.domain.errors import NotFoundError, StateError
from signaling.domain.events import (
    CallChanged,
    DomainEvent,
    MaterialChanged,
    NewsMissed,
    OfferMade,
    OfferWithdrawn,
    QueueChanged,
    RecordingChanged,
    Withdrawal,
)
from signaling.domain.log_kinds import LogKind
from signaling.domain.steps.step import Logged, Step
from signaling.domain.subject import Subject
from signaling.services.call_log import tell_life
from signaling.services.ports import Ports
from signaling.services.settings import ServiceSettings
from signaling.services.stores import ClaimedError, ConflictError

_NOBODY_HERE = "?"
"""The maker of a change that was found out: some other process, so that its consequences are not ours."""
_ATTEMPTS = 4
"""Another process may have changed the row meanwhile; more often than this in a row is not chance."""
_WITHDRAWN = {
    LogKind.OFFER_MISSED: Withdrawal.EXPIRED,
    LogKind.OFFER_LOST: Withdrawal.EXPIRED,
    LogKind.OFFER_REJECTED: Withdrawal.REJECTED,
    LogKind.OFFER_ACCEPTED: Withdrawal.TAKEN,
}


class CallDesk:
    """Applies inputs to calls, one at a time per call, and keeps the live ones at hand.

    What a step brought is put on the bus under the call's lock, in the order of the versions, and handed out
    after it is released: subscribers may step the call an event is about.
    """

    def __init__(self, ports: Ports, settings: ServiceSettings) -> None:
        self._ports = ports
        self._rules = settings.call
        self._live: dict[str, Call] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def load_live(self) -> list[Call]:
        """Read the calls that are not closed; return them."""
        calls = await self._ports.calls.live()
        self._live = {call.call_id: call for call in calls}
        return calls

    def live(self) -> Sequence[Call]:
        """Return the calls that are not closed, as last seen."""
        return list(self._live.values())

    def live_call(self, call_id: str) -> Call | None:
        """Return a call that is not closed, as last seen."""
        return self._live.get(call_id)

    def claiming(self, who: Subject) -> Call | None:
        """Return the live call that rings at somebody, that they are in, or whose result they write."""
        return next((call for call in self._live.values() if who in call.claimed), None)

    def made_here(self, change: CallChanged) -> bool:
        """True when this process made a change: what follows from it once is done by its maker."""
        return change.made_by == self._ports.homes.process

    async def load(self, call_id: str) -> Call:
        """Return a call, a live one as last seen; raise `call_not_found`."""
        call = self._live.get(call_id) or await self._ports.calls.load(call_id)
        if call is None:
            raise NotFoundError("call_not_found", field="call_id")
        return call

    async def read(self, call_id: str) -> Call:
        """Return a call as it is stored: news of other processes may come late. Raise `call_not_found`."""
        call = await self._ports.calls.load(call_id)
        if call is None:
            raise NotFoundError("call_not_found", field="call_id")
        self._keep(call)
        return call

    async def open(self, call: Call, logged: Sequence[Logged], day: str) -> Call:
        """Store a new call and tell; raises `already_in_call` for who is in another one."""
        try:
            opened = await self._ports.calls.create(call, logged, day)
        except ClaimedError:
            raise StateError("already_in_call") from None
        self._keep(opened)
        tell_life(opened, logged)
        changed = CallChanged(opened, tuple(entry.kind for entry in logged), self._ports.homes.process)
        await self._ports.bus.publish(changed, QueueChanged(opened.region_code))
        return opened

    async def step(self, call_id: str, given: CallInput) -> Call:
        """Apply an input; return the call as it is then, when everybody here was told.

        Raises:
            NotFoundError, InvalidError: from the state table.
            StateError: from there too, and `claimed` for somebody who is in another call.
            ConflictError: another process is faster, again and again.
        """
        lock = self._locks.setdefault(call_id, asyncio.Lock())
        try:
            async with lock:
                before, step = await self._save(call_id, given)
                if step is None:
                    return before
                self._keep(step.call)
                tell_life(step.call, step.logged)
                told = self._ports.bus.publish(*_news(before, step, given, self._ports.homes.process))
        finally:
            if call_id not in self._live:  # closed, or an id that somebody made up
                self._locks.pop(call_id, None)
        await told
        return step.call

    async def _save(self, call_id: str, given: CallInput) -> tuple[Call, Step | None]:
        for attempt in range(_ATTEMPTS):
            call = await self.read(call_id)
            now = self._ports.clock.now()
            step = apply(call, given, now, self._rules)
            if step is None:
                return call, None
            try:
                await self._ports.calls.save(call, step.call, step.logged, now)
            except ClaimedError:
                raise StateError("claimed") from None
            except ConflictError:
                if attempt == _ATTEMPTS - 1:
                    raise
                continue
            return call, step
        raise StateError("conflict")

    async def note(self, call_id: str, kind: LogKind, actor: Actor, /, **data: object) -> None:
        """Log what somebody did in a call that changes nothing of the call itself."""
        logged = Logged(kind, actor.who.log_name, dict(data))
        await self._ports.calls.append(call_id, (logged,), self._ports.clock.now())

    async def on_event(self, event: DomainEvent) -> None:
        """Follow what other processes did; news of a call that is not at hand may be older than its end."""
        if isinstance(event, NewsMissed):
            await self._catch_up()
        if isinstance(event, CallChanged) and not self.made_here(event):
            call_id = event.call.call_id
            call = event.call if call_id in self._live else await self._ports.calls.load(call_id)
            if call is not None:
                self._keep(call)

    async def _catch_up(self) -> None:
        """Read the live calls anew, and tell of each that is not what it was: others follow such news."""
        before = dict(self._live)
        stored = {call.call_id: call for call in await self._ports.calls.live()}
        for call_id in before.keys() - stored.keys():
            closed = await self._ports.calls.load(call_id)
            if closed is not None:
                stored[call_id] = closed
        for call_id, call in stored.items():
            known = before.get(call_id)
            if known is None or known.version < call.version:
                self._keep(call)
                await self._ports.bus.publish_here(*_missed(known, call))

    def _keep(self, call: Call) -> None:
        """Keep a call at hand while it lives, unless a later state of it is known."""
        known = self._live.get(call.call_id)
        if known is not None and known.version > call.version:
            return
        if call.is_live:
            self._live[call.call_id] = call
        else:
            self._live.pop(call.call_id, None)


def _missed(before: Call | None, call: Call) -> list[DomainEvent]:
    """Return what this process's people must be told of a call that changed elsewhere, unheard."""
    news: list[DomainEvent] = [CallChanged(call, (), made_by=_NOBODY_HERE)]
    known, rings = before.offer if before is not None else None, call.offer
    if known is not None and (rings is None or rings.ask_id != known.ask_id):
        news.append(OfferWithdrawn(call.call_id, known.ask_id, known.who, Withdrawal.CANCELLED))
    if rings is not None and (known is None or rings.ask_id != known.ask_id):
        news.append(OfferMade(call, rings))
    return [*news, QueueChanged(call.region_code)]


def _news(before: Call, step: Step, given: CallInput, made_by: str) -> list[DomainEvent]:
    call, kinds = step.call, tuple(entry.kind for entry in step.logged)
    news: list[DomainEvent] = [CallChanged(call, kinds, made_by)]
    if call.offer is not None and before.offer is None:
        news.append(OfferMade(call, call.offer))
    if before.offer is not None and call.offer is None:
        reason = next((_WITHDRAWN[kind] for kind in kinds if kind in _WITHDRAWN), Withdrawal.CANCELLED)
        news.append(OfferWithdrawn(call.call_id, before.offer.ask_id, before.offer.who, reason))
    if before.recording is not call.recording or isinstance(given, RecordingSet | Accepted):
        news.append(RecordingChanged(call.call_id, call.recording, call.recording_reason))
    if isinstance(given, MaterialSet):
        news.append(MaterialChanged(call.call_id, given.material))
    if before.state is not call.state or isinstance(given, RecordingSet):
        news.append(QueueChanged(call.region_code))
    return news
