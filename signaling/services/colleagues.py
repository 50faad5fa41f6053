"""Who is there: departments' specialists counted and colleagues by name, as routing would find them now."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from signaling.domain.actor import Actor
from signaling.domain.ids import DepartmentId, PointId
from signaling.domain.places import Department
from signaling.domain.presence import PresenceState
from signaling.domain.roles import Permission, Role
from signaling.domain.routing.decision import Reason
from signaling.domain.staff import Staff
from signaling.services.directory import Directory, DirectoryService
from signaling.services.ports import Ports
from signaling.services.presence import PresenceService
from signaling.services.routing import RoutingService
from signaling.services.scope import covers

READ_EACH_S: Final = 2.0
"""Hundreds of counters ask every few seconds: so long all of them are told the same."""
NAMED: Final = 20
"""Colleagues told by name; of more, how many more."""
_STATES: Final[Mapping[Reason | None, PresenceState]] = {
    None: PresenceState.AVAILABLE,
    Reason.RINGING: PresenceState.BUSY,
    Reason.BUSY: PresenceState.BUSY,
    Reason.WRAP_UP: PresenceState.WRAP_UP,
    Reason.AWAY: PresenceState.AWAY,
    Reason.OFFLINE: PresenceState.OFFLINE,
}
_ORDER: Final = tuple(PresenceState)


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who is signed in; `since` is wall seconds, `reason` why they are away."""

    person: Staff
    state: PresenceState
    reason: str | None
    since: float


@dataclass(frozen=True, slots=True)
class Duty:
    """How many of a department's specialists stand how; nobody signed in: nothing is counted."""

    department: Department
    counts: Mapping[PresenceState, int]


@dataclass(frozen=True, slots=True)
class Colleagues:
    """What a start page shows; `more` colleagues are there than are named."""

    departments: Sequence[Duty]
    people: Sequence[Colleague]
    more: int


@dataclass(slots=True)
class _Reading:
    """Everybody signed in at one instant, filed by where they belong."""

    at: float
    directory: Directory
    departments: Mapping[DepartmentId, Sequence[Colleague]]
    points: Mapping[PointId, Sequence[Colleague]]
    staffed: frozenset[DepartmentId]
    """Departments with somebody who answers calls, signed in or not."""
    duties: dict[str, Sequence[Duty]] = field(default_factory=dict)
    """By place; filled when it is first asked for."""


class ColleagueService:
    """Answers who is there from one reading of everybody every two seconds."""

    def __init__(
        self, ports: Ports, directory: DirectoryService, presence: PresenceService, routing: RoutingService
    ) -> None:
        self._ports = ports
        self._directory = directory
        self._presence = presence
        self._routing = routing
        self._last: _Reading | None = None

    def of(self, actor: Actor) -> Colleagues:
        """Return who is there for somebody.

        For whom requests calls: the departments that can be reached from their place, and who works at their
        own point. For specialists: who answers calls in their own departments, within their region. Needs
        `colleague.read`.
        """
        actor.require(Permission.COLLEAGUE_READ)
        reading = self._reading()
        if Permission.CALL_REQUEST in actor.permissions:
            return _colleagues(
                actor,
                reading.points.get(actor.point_id or "", ()),
                self._duties(reading, reading.directory.place_of(actor)),
            )
        own = [one for code in actor.department_ids for one in reading.departments.get(code, ())]
        return _colleagues(
            actor, [one for one in own if covers(reading.directory, actor, one.person.region_code)], ()
        )

    def _reading(self) -> _Reading:
        now, directory = self._ports.clock.now(), self._directory.current
        last = self._last
        if last is None or last.directory is not directory or not 0 <= now - last.at < READ_EACH_S:
            last = self._last = self._read(now, directory)
        return last

    def _read(self, now: float, directory: Directory) -> _Reading:
        seen, pool = self._presence.known(), self._routing.pool_now()
        departments: dict[DepartmentId, list[Colleague]] = defaultdict(list)
        points: dict[PointId, list[Colleague]] = defaultdict(list)
        staffed: set[DepartmentId] = set()
        for person in directory.all_staff():
            if not person.enabled:
                continue
            if person.answers_calls:
                staffed.update(person.department_ids)
            known, state = seen.get(person.staff_id), _STATES[pool.state_of(person.staff_id)]
            if known is None or state is PresenceState.OFFLINE:
                continue
            if person.answers_calls:
                reason = known.told_reason if state is PresenceState.AWAY else None
                one = Colleague(person, state, reason, known.since)
                for department_id in person.department_ids:
                    departments[department_id].append(one)
            elif Role.CLERK in person.roles and person.point_id is not None:
                points[person.point_id].append(Colleague(person, _of_clerk(state), None, known.since))
        return _Reading(now, directory, departments, points, frozenset(staffed))

    def _duties(self, reading: _Reading, place: str) -> Sequence[Duty]:
        """Count, of each department up from a place, those whose region reaches it, as routing does."""
        if place not in reading.duties:
            above = set(reading.directory.tree.above(place))
            duties = [
                Duty(
                    one,
                    Counter(
                        colleague.state
                        for colleague in reading.departments.get(one.department_id, ())
                        if colleague.person.region_code in above
                    ),
                )
                for one in reading.directory.all_departments()
                if one.enabled and one.region_code in above and one.department_id in reading.staffed
            ]
            reading.duties[place] = sorted(duties, key=_most_free)
        return reading.duties[place]


def _of_clerk(state: PresenceState) -> PresenceState:
    """A clerk has no switch: who is signed in and in no call is free."""
    return PresenceState.AVAILABLE if state is PresenceState.AWAY else state


def _most_free(duty: Duty) -> tuple[object, ...]:
    return (*(-duty.counts.get(state, 0) for state in _ORDER), duty.department.spoken)


def _colleagues(actor: Actor, people: Iterable[Colleague], departments: Sequence[Duty]) -> Colleagues:
    """Leave out the actor, and name everybody once: the free first."""
    others = {one.person.staff_id: one for one in people if one.person.staff_id != actor.person}
    found = sorted(others.values(), key=lambda one: (_ORDER.index(one.state), one.person.name))
    return Colleagues(departments, found[:NAMED], max(0, len(found) - NAMED))
