"""The services that route, whole, over stores in memory: what a settle costs around its decisions."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from signaling.adapters.documents import dump, parse
from signaling.adapters.memory.bus import MemoryBus, open_memory_bus
from signaling.adapters.memory.courier import MemoryCourier
from signaling.adapters.memory.homes import MemoryHomes
from signaling.adapters.memory.lease import MemoryLease
from signaling.adapters.memory.presence import MemoryPresenceStore
from signaling.domain.call_model import Call
from signaling.domain.directory_data import DirectoryData
from signaling.domain.items import Item
from signaling.domain.presence import Presence, PresenceState
from signaling.domain.roles import Post, Role
from signaling.domain.routing.decision import Decision
from signaling.domain.staff import Skill, SkillKind, Staff
from signaling.domain.steps.step import Logged
from signaling.services.call_desk import CallDesk
from signaling.services.directory import DirectoryService
from signaling.services.life import LifeLoop
from signaling.services.ports import Ports
from signaling.services.presence import PresenceService
from signaling.services.routing import RoutingService
from signaling.services.stores import StaffLoad, WaitSamples
from signaling.services.waits import WaitService
from tests.bench.routing.town import BUREAU, ITEMS, NOW, Town
from tests.signaling.services.fakes import CountingSecrets, FakeClock, demo_settings


class MemoryCalls:
    """Calls and decisions as the documents a database would get."""

    def __init__(self, calls: Sequence[Call]) -> None:
        self.rows = {call.call_id: dump(call) for call in calls}
        self.decisions: list[str] = []

    async def live(self) -> list[Call]:
        return [parse(Call, document) for document in self.rows.values()]

    async def load(self, call_id: str) -> Call | None:
        return parse(Call, self.rows[call_id])

    async def save(self, before: Call, after: Call, logged: Sequence[Logged], at: float) -> None:
        self.rows[after.call_id] = dump(after)

    async def save_decisions(self, made: Sequence[Decision]) -> None:
        self.decisions += [dump(decision) for decision in made]

    async def loads(self, since: float, *, drills: bool) -> list[StaffLoad]:
        return []

    async def samples(self, department: str, limit: int, *, drills: bool) -> WaitSamples:
        return WaitSamples((30.0,) * limit, (300.0,) * limit)


@dataclass(frozen=True, slots=True)
class Settled:
    """One settle: seconds of CPU, and how many decisions it stored."""

    cpu_s: float
    decisions: int


async def settle(town: Town) -> tuple[Settled, Settled]:
    """Settle the town's whole queue; then once more after one specialist became free."""
    async with open_memory_bus() as bus:
        calls = MemoryCalls(town.waiting)
        ports = _ports(town, calls, bus)
        settings = demo_settings(demo=False)
        directory = DirectoryService(ports)
        desk = CallDesk(ports, settings)
        presence = PresenceService(ports, settings, directory, desk)
        waits = WaitService(ports, settings, desk)
        routing = RoutingService(ports, settings, directory, desk, presence, waits)
        life = LifeLoop(ports, settings, desk, presence, routing)
        for follower in (directory, desk, presence, waits, routing, life):
            bus.subscribe(follower.on_event)
        await directory.reload()
        await desk.load_live()
        for staff_id in town.standings:
            await _put(ports, _seen(town, staff_id))
        for clerk_id in {member.who.id for call in town.waiting for member in call.members}:
            await _put(ports, Presence(clerk_id, PresenceState.AWAY, PresenceState.AWAY, NOW, online=True))
        first = await _measure(life, calls)
        busy = next(who for who, seen in town.standings.items() if seen.state is PresenceState.BUSY)
        await _put(ports, replace(_seen(town, busy), state=PresenceState.AVAILABLE))
        return first, await _measure(life, calls)


async def _measure(life: LifeLoop, calls: MemoryCalls) -> Settled:
    stored, began = len(calls.decisions), time.process_time()
    await life.settle()
    return Settled(time.process_time() - began, len(calls.decisions) - stored)


async def _put(ports: Ports, presence: Presence) -> None:
    await ports.presence.change(presence.staff_id, lambda before: presence)


def _seen(town: Town, staff_id: str) -> Presence:
    standing = town.standings[staff_id]
    return Presence(
        staff_id, standing.state, PresenceState.AVAILABLE, NOW, idle_since=standing.idle_since, online=True
    )


class _Directory:
    def __init__(self, town: Town) -> None:
        skills, staff = [], []
        for person in town.people:
            roles, posts = frozenset({Role.SPECIALIST}), frozenset({Post.RESPONDER})
            staff.append(
                Staff(
                    person.staff_id,
                    person.staff_id,
                    person.staff_id,
                    roles,
                    posts,
                    person.region_code,
                    languages=person.languages,
                )
            )
            for kind, levels in (
                (SkillKind.ITEM, person.item_levels),
                (SkillKind.DEPARTMENT, person.department_levels),
            ):
                skills += [Skill(person.staff_id, kind, target, level) for target, level in levels.items()]
        items = tuple(
            Item(f"YB-{n:03}", 1, f"{n}", BUREAU, "县", (), (), (), (), ("普通话",)) for n in range(ITEMS)
        )
        self._data = DirectoryData(
            regions=tuple(town.tree),
            points=(),
            departments=(),
            items=items,
            staff=tuple(staff),
            skills=tuple(skills),
            offerings=(),
        )

    async def load(self) -> DirectoryData:
        return self._data


def _ports(town: Town, calls: MemoryCalls, bus: MemoryBus) -> Ports:
    unused = cast(Any, None)
    return Ports(
        clock=FakeClock(NOW),
        secrets=CountingSecrets(),
        passwords=unused,
        calls=cast(Any, calls),
        directory=cast(Any, _Directory(town)),
        accounts=unused,
        sessions=unused,
        feedback=unused,
        helpers=unused,
        audit=unused,
        pictures=unused,
        bus=bus,
        presence=MemoryPresenceStore(),
        lease=MemoryLease(),
        homes=MemoryHomes(),
        courier=MemoryCourier(),
        media=unused,
        recordings=unused,
    )
