"""Presence by evidence: sockets, clicks, offers and calls; the web floor reports every staff socket.

The store may be away, or come back without what it knew. This process goes on with what it knew last: what
changes meanwhile is told here and stored as soon as the store is back, those connected here are entered
anew, and others who were forgotten are believed in until their own processes had time for that.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Final
from weakref import WeakValueDictionary

from signaling.domain import presence as rules
from signaling.domain.actor import Actor
from signaling.domain.call_model import Call, CallState
from signaling.domain.errors import AwayError
from signaling.domain.events import CallChanged, DomainEvent, NewsMissed, PresenceChanged, SessionRevoked
from signaling.domain.log_kinds import LogKind
from signaling.domain.presence import Presence, PresenceState
from signaling.services.call_desk import CallDesk
from signaling.services.directory import DirectoryService
from signaling.services.ports import Ports
from signaling.services.scope import covers
from signaling.services.settings import ServiceSettings

FORGOTTEN_S: Final = 20.0
"""Four beats of the web floor: so long somebody whom the store forgot is believed to be as they were."""


class PresenceService:
    """Keeps everybody's presence; a lost last socket counts only after the grace time."""

    def __init__(
        self, ports: Ports, settings: ServiceSettings, directory: DirectoryService, desk: CallDesk
    ) -> None:
        self._ports = ports
        self._settings = settings
        self._directory = directory
        self._desk = desk
        self._sockets: dict[str, set[str]] = {}
        self._seen: dict[str, Presence] = {}
        self._lost_at: dict[str, float] = {}
        """Whose last socket is gone, and since when."""
        self._input_at: dict[str, float] = {}
        """When somebody connected here was last known to be at their PC; told to nobody."""
        self._unsaved: set[str] = set()
        """Whose presence changed while the store was away."""
        self._forgotten_at: dict[str, float] = {}
        """Whom the store forgot, and since when."""
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        """One change of a person after the other, so that they are told in their order."""

    def known(self) -> dict[str, Presence]:
        """Return everybody as last read, with every change told since."""
        return self._seen

    @property
    def is_nobody_here(self) -> bool:
        """True while nobody is connected to this process, nor was a moment ago, nor seen at another one."""
        return (
            not self._sockets and not self._lost_at and not any(seen.online for seen in self.known().values())
        )

    async def recover(self) -> None:
        """After a start: specialists of live calls are still occupied by them."""
        await self.refresh()
        for call in self._desk.live():
            await self._follow(call, ())

    async def socket_connected(self, actor: Actor, socket_id: str) -> Presence:
        """Note a staff member's socket; the first one makes them `away` until their page can ring."""
        staff_id = actor.person
        sockets = self._sockets.setdefault(staff_id, set())
        first = not sockets
        sockets.add(socket_id)
        self._lost_at.pop(staff_id, None)
        if not first:
            return await self.of(staff_id)
        now = self._now()
        return await self._change(staff_id, lambda seen: rules.connected(self._released(seen, now), now))

    def _released(self, seen: Presence, now: float) -> Presence:
        """Nobody is held by a call that is over: the process that should have freed them may have died."""
        is_true = seen.call_id is None or self._desk.live_call(seen.call_id) is not None
        return seen if is_true else rules.freed(seen, now)

    async def socket_lost(self, actor: Actor, socket_id: str) -> None:
        """Note that a socket is gone; unknown ones are ignored. After the last one nobody rings for them."""
        sockets = self._sockets.get(actor.person, set())
        sockets.discard(socket_id)
        if not sockets and actor.person in self._sockets:
            del self._sockets[actor.person]
            self._input_at.pop(actor.person, None)
            now = self._lost_at[actor.person] = self._now()
            await self._change(actor.person, partial(self._unheard, now))

    def _unheard(self, now: float, seen: Presence) -> Presence:
        return seen if seen.staff_id in self._sockets or not seen.online else rules.unheard(seen, now)

    async def beat(self, staff_id: str) -> None:
        """The server's ping was answered; told only of whom another process lost a socket. Whom the store
        forgot is entered again.
        """
        now = self._now()
        if staff_id not in self._sockets:  # its socket went while others were beaten
            return
        known = self._seen.get(staff_id)
        if known is not None and known.lost_at is not None:
            await self._change(staff_id, partial(rules.beaten, now=now))
            return

        def beaten(seen: Presence | None) -> Presence | None:
            found = seen or known
            return None if found is None else rules.beaten(found, now)

        await self._ports.presence.change(staff_id, beaten)
        self._forgotten_at.pop(staff_id, None)

    async def restore(self) -> None:
        """Store what the store does not know of, as far as it is ours to say; raises AwayError."""
        for staff_id in tuple(self._unsaved):
            known = self._seen[staff_id]
            await self._ports.presence.change(staff_id, lambda _, known=known: known)  # type: ignore[misc]
            self._unsaved.discard(staff_id)
        for staff_id in [one for one in self._sockets if one in self._forgotten_at]:
            await self.beat(staff_id)

    async def used(self, actor: Actor) -> None:
        """They are at their PC: they touched mouse or keyboard, or have another window in front."""
        now = self._input_at[actor.person] = self._now()
        await self._change(actor.person, lambda seen: rules.used(seen, now))

    async def set(self, actor: Actor, state: PresenceState, reason: str, *, sound_unlocked: bool) -> Presence:
        """Apply the switch 在线 / 暂离; 在线 without unlocked sound stays away with `sound_locked`."""
        now = self._now()
        wish, why = state, reason or None
        if state is PresenceState.AVAILABLE:
            wish, why = (state, None) if sound_unlocked else (PresenceState.AWAY, rules.SOUND_LOCKED)
        return await self._change(actor.person, lambda seen: rules.wished(seen, wish, why, now))

    async def of(self, staff_id: str) -> Presence:
        """Return somebody's presence; off line when never seen."""
        try:
            found = await self._ports.presence.get(staff_id)
        except AwayError:
            found = None
        return found or self._seen.get(staff_id) or rules.offline(staff_id, self._now())

    async def visible(self, actor: Actor) -> list[Presence]:
        """Return the presence of the specialists within the actor's region."""
        directory, now = self._directory.current, self._now()
        seen = await self._read()
        return [
            seen.get(person.staff_id) or rules.offline(person.staff_id, now)
            for person in directory.all_staff()
            if person.enabled and person.answers_calls and covers(directory, actor, person.region_code)
        ]

    async def refresh(self) -> None:
        """Read everybody's presence once; `known` follows what changes from here on."""
        self._seen = await self._read()

    async def _read(self) -> dict[str, Presence]:
        """Return what is stored; of whom the store knows nothing, or too little, what was known."""
        try:
            stored = {seen.staff_id: seen for seen in await self._ports.presence.all()}
        except AwayError:
            return self._seen
        now, known = self._now(), self._seen
        self._forgotten_at = {
            staff_id: self._forgotten_at.get(staff_id, now)
            for staff_id, seen in known.items()
            if staff_id not in stored and seen.state is not PresenceState.OFFLINE
        }
        believed = [one for one, at in self._forgotten_at.items() if now < at + FORGOTTEN_S]
        return stored | {staff_id: known[staff_id] for staff_id in (*believed, *self._unsaved)}

    def next_deadline(self) -> float:
        """Return when `handle_timeout` is due."""
        gone = min(self._lost_at.values(), default=rules.NEVER) + self._settings.presence.socket_grace
        return min([gone, *self._idle_at().values()])

    def _idle_at(self) -> dict[str, float]:
        """Return when each person connected here counts as gone; of whom it rings at a ring is the test."""
        asked = {call.offer.who.id for call in self._desk.live() if call.offer is not None}
        return {staff_id: self._idle_of(staff_id) for staff_id in self._sockets if staff_id not in asked}

    def _idle_of(self, staff_id: str) -> float:
        seen = self._seen.get(staff_id)
        if seen is None:
            return rules.NEVER
        after = self._settings.presence.idle_after
        return max(rules.idle_at(seen, after), self._input_at.get(staff_id, 0.0) + after)

    async def handle_timeout(self) -> None:
        """Count those as gone whose grace time is over, and those as away whose PC nobody uses."""
        now = self._now()
        await self._leave(now)
        for staff_id in [staff_id for staff_id, idle_at in self._idle_at().items() if now >= idle_at]:
            after = await self._change(
                staff_id, partial(rules.unused, now=now, after=self._settings.presence.idle_after)
            )
            self._seen[staff_id] = after  # another process may have heard of them

    async def _leave(self, now: float) -> None:
        for staff_id, lost_at in list(self._lost_at.items()):
            if now >= lost_at + self._settings.presence.socket_grace:
                del self._lost_at[staff_id]
                await self._change(staff_id, partial(self._without_socket, lost_at, now))

    def _without_socket(self, lost_at: float, now: float, seen: Presence) -> Presence:
        """Off line, unless another process has seen them since: they came back over there."""
        if not self._settings.alone and seen.last_beat > lost_at:
            return seen
        return rules.lost(seen, now)

    async def on_event(self, event: DomainEvent) -> None:
        """Follow calls and revoked accounts."""
        match event:
            case NewsMissed():
                await self.refresh()
                with suppress(AwayError):
                    await self.restore()
            case PresenceChanged(presence=seen):
                self._seen[seen.staff_id] = seen
            case CallChanged(call=call, kinds=kinds) if self._desk.made_here(event):
                await self._follow(call, kinds)
            case SessionRevoked(staff_id=staff_id, session_id=None):
                self._sockets.pop(staff_id, None)
                self._lost_at.pop(staff_id, None)
                await self._change(staff_id, lambda seen: rules.lost(seen, self._now()))

    async def _follow(self, call: Call, kinds: tuple[LogKind, ...]) -> None:
        now = self._now()
        if LogKind.OFFER_MISSED in kinds and call.passed:
            limit = self._settings.routing.misses_until_away
            await self._change(
                call.passed[-1].who.id, lambda seen: rules.missed_offer(seen, now, limit=limit)
            )
        for who in {member.who for member in call.members}:
            if who.staff_id is not None:
                seated = call.member_of(who) is not None
                await self._occupy(who.staff_id, call, now, claimed=seated and who in call.claimed)

    async def _occupy(self, staff_id: str, call: Call, now: float, *, claimed: bool) -> None:
        """Whom a call claims is busy with it, or wraps it up; whom it let go is free again."""
        if not claimed:
            await self._free(staff_id, call, now)
        elif call.state is CallState.WRAP_UP:
            until = call.wrap_up_until or now
            await self._change(staff_id, lambda seen: rules.wrapping_up(seen, call.call_id, until, now))
        else:
            await self._change(
                staff_id,
                lambda seen: (
                    seen if seen.call_id == call.call_id else rules.occupied(seen, call.call_id, now)
                ),
            )

    async def _free(self, staff_id: str, call: Call, now: float) -> None:
        await self._change(
            staff_id, lambda seen: rules.freed(seen, now) if seen.call_id == call.call_id else seen
        )

    async def _change(self, staff_id: str, change: Callable[[Presence], Presence]) -> Presence:
        unseen = rules.offline(staff_id, self._now())
        async with self._locks.setdefault(staff_id, asyncio.Lock()):
            before, after = await self._store(staff_id, lambda seen: change(seen or unseen))
            news = [PresenceChanged(after)] if _told(after) != _told(before or unseen) else []
            told = self._ports.bus.publish(*news)
        await told  # without the lock: one of the subscribers changes presence
        return after

    async def _store(
        self, staff_id: str, change: Callable[[Presence | None], Presence]
    ) -> tuple[Presence | None, Presence]:
        """Change what is stored; while the store is away, what is known here, to be stored later."""
        known = self._seen.get(staff_id)
        try:
            if staff_id in self._unsaved:
                raise AwayError
            before, after = await self._ports.presence.change(staff_id, lambda seen: change(seen or known))
        except AwayError:
            before, after = known, change(known)
            self._unsaved.add(staff_id)
            self._seen[staff_id] = after
        assert after is not None
        return before, after

    def _now(self) -> float:
        return self._ports.clock.now()


def _told(presence: Presence) -> Presence:
    """Return a presence without what nobody is told: when they were last heard of."""
    return replace(presence, last_beat=0.0, last_input=0.0)
