"""The directory in memory: regions, points, departments, items, staff and skills; reloaded on change.

News of a change may not arrive, and `bangban admin` beside a running service tells none: so the store's count
of changes is looked at every second too.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from signaling.domain.actor import Actor
from signaling.domain.directory_data import DirectoryChange, DirectoryData
from signaling.domain.errors import NotFoundError
from signaling.domain.events import DirectoryChanged, DomainEvent, NewsMissed
from signaling.domain.ids import ItemCode, PointId, RegionCode, StaffId
from signaling.domain.items import GENERAL_DESK, Item, ItemDraft, is_general_desk, is_offered
from signaling.domain.places import Department, ServicePoint, department_for
from signaling.domain.regions import RegionTree
from signaling.domain.routing.roster import Responder, Roster
from signaling.domain.staff import Skill, SkillKind, Staff
from signaling.services.ports import Ports

_log = logging.getLogger(__name__)
_LOOK_EVERY: Final = 1.0
"""Seconds until what was changed without a word is noticed: an import is to take effect at once."""

T = TypeVar("T")


def _find(things: Mapping[str, T], key: str, code: str) -> T:
    try:
        return things[key]
    except KeyError:
        raise NotFoundError(code) from None


@dataclass(frozen=True, slots=True)
class Named:
    """What a searched text names."""

    items: frozenset[ItemCode] = frozenset()
    points: frozenset[PointId] = frozenset()
    staff: frozenset[StaffId] = frozenset()


class Directory:
    """One immutable reading of the directory; lookups raise NotFoundError (`staff_not_found`, …)."""

    def __init__(self, data: DirectoryData) -> None:
        self.data = data
        self.tree = RegionTree(data.regions)
        self._staff = {person.staff_id: person for person in data.staff}
        self._names = {person.username: person for person in data.staff}
        self._points = {point.point_id: point for point in data.points}
        self._departments = {entry.department_id: entry for entry in data.departments}
        self._items = {item.code: item for item in data.items}
        spoken = tuple(dict.fromkeys(language for item in data.items for language in item.languages))
        self._general = replace(GENERAL_DESK, languages=spoken or GENERAL_DESK.languages)
        self._drafts = {draft.item.code: draft for draft in data.drafts}
        self._skills: dict[str, list[Skill]] = defaultdict(list)
        for skill in data.skills:
            self._skills[skill.staff_id].append(skill)
        self._offered: dict[str, set[str]] = defaultdict(set)
        for code, region_code in data.offerings:
            self._offered[code].add(region_code)
        self.roster = Roster(
            self._responder(person)
            for person in data.staff
            if person.enabled and person.answers_calls and person.region_code in self.tree
        )

    def _responder(self, person: Staff) -> Responder:
        skills = self._skills.get(person.staff_id, ())
        departments = (self._departments.get(one) for one in person.department_ids)
        return Responder(
            staff_id=person.staff_id,
            region_code=person.region_code,
            reach=self.tree.get(person.region_code).level.value,
            languages=person.languages,
            posts=tuple(sorted(person.posts)),
            bureaus=_bureaus(one for one in departments if one is not None),
            item_levels={one.target: one.level for one in skills if one.kind is SkillKind.ITEM},
            department_levels={one.target: one.level for one in skills if one.kind is SkillKind.DEPARTMENT},
        )

    def staff(self, staff_id: str) -> Staff:
        """Return a person."""
        return _find(self._staff, staff_id, "staff_not_found")

    def staff_named(self, username: str) -> Staff | None:
        """Return the person of a user name, if there is one."""
        return self._names.get(username)

    def all_staff(self) -> Sequence[Staff]:
        """Return everybody with an account."""
        return list(self._staff.values())

    def skills(self, staff_id: str) -> Sequence[Skill]:
        """Return what somebody can take."""
        return tuple(self._skills.get(staff_id, ()))

    def point(self, point_id: str) -> ServicePoint:
        """Return a service point."""
        return _find(self._points, point_id, "point_not_found")

    def all_points(self) -> Sequence[ServicePoint]:
        """Return every service point."""
        return list(self._points.values())

    def place_of(self, actor: Actor) -> RegionCode:
        """Return where somebody asks from: their service point's region, else their own."""
        return actor.region_code if actor.point_id is None else self.point(actor.point_id).region_code

    def department(self, department_id: str) -> Department:
        """Return a department."""
        return _find(self._departments, department_id, "department_not_found")

    def all_departments(self) -> Sequence[Department]:
        """Return every department."""
        return list(self._departments.values())

    def department_for(self, bureau: str, region_code: str) -> Department | None:
        """Return the bureau's open department that serves a place: the nearest region up that has one."""
        return department_for(self._departments.values(), bureau, self.tree.above(region_code))

    def item(self, code: str) -> Item:
        """Return the newest version of an item; the general desk's is always there, in every language."""
        return self._general if code == GENERAL_DESK.code else _find(self._items, code, "item_not_found")

    def all_items(self) -> Sequence[Item]:
        """Return the newest version of every item."""
        return list(self._items.values())

    def draft(self, code: str) -> ItemDraft:
        """Return the next version of an item while it is written; raise `draft_not_found`."""
        return _find(self._drafts, code, "draft_not_found")

    def all_drafts(self) -> Sequence[ItemDraft]:
        """Return every item that is being written."""
        return list(self._drafts.values())

    def has_item(self, code: str) -> bool:
        """True for an item that was published once."""
        return code in self._items

    def languages(self) -> Sequence[str]:
        """Return what is spoken anywhere: by people, around points, for items; 普通话 first."""
        spoken = [language for person in self._staff.values() for language in person.languages]
        spoken += [language for point in self._points.values() for language in point.languages]
        spoken += [language for item in self._items.values() for language in item.languages]
        return list(dict.fromkeys(["普通话", *sorted(set(spoken))]))

    def bureaus(self) -> frozenset[str]:
        """Return the bureaus that have a department or an item."""
        held = {entry.bureau for entry in self._departments.values()}
        return frozenset(held | {item.department for item in self._items.values()})

    def offered_in(self, code: str) -> frozenset[str]:
        """Return the regions in which an item is offered; each covers its subtree."""
        return frozenset(self._offered.get(code, ()))

    def is_offered(self, code: str, region_code: str) -> bool:
        """True when the item is offered at a place."""
        if code == GENERAL_DESK.code:
            return True
        return is_offered(self.tree, self._offered.get(code, set()), region_code)

    def named(self, text: str) -> Named:
        """Return the items, service points and people whose names contain a text, in any case.

        An item is also found by its whole code.
        """
        text = text.casefold()
        return Named(
            frozenset(
                item.code
                for item in self._items.values()
                if text in item.name.casefold() or text == item.code.casefold()
            ),
            frozenset(point.point_id for point in self._points.values() if text in point.name.casefold()),
            frozenset(person.staff_id for person in self._staff.values() if text in person.name.casefold()),
        )

    def title_of(self, person: Staff) -> str:
        """Return what stands below somebody's name: their service point or department."""
        if person.point_id is not None and person.point_id in self._points:
            return self._points[person.point_id].name
        for department_id in person.department_ids:
            if department_id in self._departments:
                return self._departments[department_id].name
        return self.tree.get(person.region_code).name if person.region_code in self.tree else ""


def _bureaus(departments: Iterable[Department]) -> tuple[str, ...]:
    """Return the bureaus of departments; of a general desk's also the one all of them go by."""
    found = {one.bureau for one in departments}
    if any(map(is_general_desk, found)):
        found.add(GENERAL_DESK.department)
    return tuple(sorted(found))


class DirectoryService:
    """Holds the current Directory."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._current: Directory | None = None
        self._begun = self._read = 0

    @property
    def current(self) -> Directory:
        """The newest reading; `reload` must have been awaited once."""
        assert self._current is not None, "reload() first"
        return self._current

    async def reload(self) -> None:
        """Read everything again; of overlapping readings the one begun last stays."""
        self._begun += 1
        number = self._begun
        data = await self._ports.directory.load()
        if number > self._read:
            self._read, self._current = number, Directory(data)

    async def change(self, change: DirectoryChange) -> None:
        """Store a change and take it up here and in every other process; raises what the store raises."""
        await self._ports.directory.apply(change)
        await self._ports.bus.publish(DirectoryChanged())

    async def follow(self) -> None:
        """Notice what was changed without a word, until cancelled; a database that is away is waited for."""
        away = False
        while True:
            await self._ports.clock.wait(self._ports.clock.now() + _LOOK_EVERY, asyncio.Event().wait)
            try:
                await self.catch_up()
                away = False
            except Exception as error:
                if not away:
                    _log.warning("the directory cannot be looked at: %s", type(error).__name__)
                away = True

    async def catch_up(self) -> None:
        """Tell of a change that this reading does not have."""
        if await self._ports.directory.revision() != self.current.data.revision:
            await self._ports.bus.publish(DirectoryChanged())

    async def on_event(self, event: DomainEvent) -> None:
        """Follow changes, also those of other processes."""
        if isinstance(event, DirectoryChanged | NewsMissed):
            await self.reload()

    async def item_version(self, code: str, version: int) -> Item:
        """Return the version pinned to a call; raise `item_not_found`."""
        newest = self.current.item(code)
        if newest.version == version:
            return newest
        item = await self._ports.directory.item(code, version)
        if item is None:
            raise NotFoundError("item_not_found")
        return item
