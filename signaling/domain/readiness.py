"""What is still missing before the first call can ring: one question each, answered from what is there.

A finding names what lacks it (points, items, people), so that nobody has to search. What a missing thing
means, and where it is mended, is said by the page.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias

from signaling.domain.directory_data import DirectoryData
from signaling.domain.ids import PointId, RegionCode, StaffId
from signaling.domain.items import Item
from signaling.domain.places import ServicePoint, department_for
from signaling.domain.regions import EVERYWHERE, RegionTree
from signaling.domain.roles import Permission, Post, Role, permissions_of
from signaling.domain.staff import Skill, SkillKind, Staff

MOST_NAMED: Final = 8
"""Lacking things named in a finding; the others are only counted."""
DISK_HOUR_BYTES: Final = 1_500_000_000
"""An hour of one session with every track, generously."""


class Reach(StrEnum):
    """How browsers come here: cameras and microphones need HTTPS, or this very machine."""

    HTTPS = "https"
    LOOPBACK = "loopback"
    INSECURE = "insecure"


@dataclass(frozen=True, slots=True)
class Deployment:
    """How the service was started.

    Attributes:
        media_addresses: addresses of this machine, or announced ones, that other computers can reach.
        turn: browsers are told a TURN server.
        reserve_bytes: what a recording leaves free on its disk.
    """

    reach: Reach = Reach.LOOPBACK
    media_addresses: bool = False
    turn: bool = False
    reserve_bytes: int = 0


class Check(StrEnum):
    """The questions, in the order in which they are best dealt with."""

    REGION = "region"
    DEPARTMENT = "department"
    POINT = "point"
    POINT_FACTS = "point_facts"
    ITEM = "item"
    OFFERED = "offered"
    BUREAU_PHONE = "bureau_phone"
    CLERK = "clerk"
    SPECIALIST = "specialist"
    SKILL = "skill"
    FIRST_PASSWORD = "first_password"
    SIGNED_IN = "signed_in"
    SECURE = "secure"
    MEDIA = "media"
    RELAY_ONLY = "relay_only"
    DISK = "disk"
    MEMBERSHIP = "membership"
    MESSAGE_READER = "message_reader"
    OTHER_COMPUTERS = "other_computers"
    TURN = "turn"
    PAD = "pad"
    SUPERVISOR = "supervisor"
    REVIEWER = "reviewer"
    SECOND_CURATOR = "second_curator"
    SEPARATED = "separated"


class Grade(StrEnum):
    """How a question is answered: done, needed before a call can ring, or better done too."""

    DONE = "done"
    NEEDED = "needed"
    ADVISED = "advised"


class Finding(NamedTuple):
    """The answer: `lacking` names some of what lacks it, `total` counts all; empty for nothing at all."""

    check: Check
    grade: Grade
    lacking: tuple[str, ...] = ()
    total: int = 0


@dataclass(frozen=True, slots=True)
class Setup:
    """Everything that is looked at.

    Attributes:
        points: those asked about; everything else is whole.
        paired: rating pads by point.
        signed_in: whose console is open.
        media: a media process answers.
        relays: one of the TURN servers that browsers are told relays now.
        free_bytes: on the disk of the recordings; None when that cannot be told.
    """

    data: DirectoryData
    points: tuple[ServicePoint, ...]
    paired: Mapping[PointId, int]
    signed_in: frozenset[StaffId]
    deployment: Deployment
    media: bool
    relays: bool
    free_bytes: int | None


Lacking: TypeAlias = Iterable[str] | None
"""Names of what lacks something, none when all is well; None: there is nothing at all."""


class _Look:
    """A set-up with what several questions ask for; a city has 500 points, 3,200 items and 1,800 people."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.tree = RegionTree(setup.data.regions)
        self.points = tuple(point for point in setup.points if point.enabled)
        self.items = {item.code: item for item in setup.data.items if item.requestable}
        self.people = tuple(one for one in setup.data.staff if one.enabled)
        self.responders = tuple(one for one in self.people if one.answers_calls)
        self._offered: dict[RegionCode, list[Item]] = defaultdict(list)
        for code, region_code in setup.data.offerings:
            if code in self.items:
                self._offered[region_code].append(self.items[code])
        self._held: dict[StaffId, list[Skill]] = defaultdict(list)
        for skill in setup.data.skills:
            self._held[skill.staff_id].append(skill)
        self.takers = _Regions(
            (who.region_code, what) for who in self.responders for what in self._takes(who)
        )
        self.readers = _Regions((who.region_code, what) for who in self.people for what in self._reads(who))

    def offered_at(self, point: ServicePoint) -> Iterable[Item]:
        """Return the items that can be requested at a point."""
        found: dict[str, Item] = {}
        for region_code in self.tree.above(point.region_code):
            found |= {item.code: item for item in self._offered.get(region_code, ())}
        return found.values()

    def bureaus_at(self, point: ServicePoint) -> Iterable[str]:
        """Return the bureaus whose items can be requested at a point."""
        return dict.fromkeys(item.department for item in self.offered_at(point))

    def with_role(self, role: Role) -> list[Staff]:
        """Return the people with a role."""
        return [one for one in self.people if role in one.roles]

    def _takes(self, person: Staff) -> Iterable[tuple[SkillKind, str]]:
        return ((skill.kind, skill.target) for skill in self._held[person.staff_id])

    def _reads(self, person: Staff) -> Iterable[str | None]:
        """Yield the bureaus whose 留言 somebody reads; None for all of them."""
        granted = permissions_of(person.roles, person.posts)
        if Permission.MESSAGE_READ not in granted:
            return
        if not person.department_ids and Permission.QUEUE_OVERSEE in granted:
            yield None
        mine = set(person.department_ids)
        yield from (one.bureau for one in self.setup.data.departments if one.department_id in mine)
        for skill in self._held[person.staff_id]:
            if skill.kind is SkillKind.DEPARTMENT:
                yield skill.target
            elif skill.target in self.items:
                yield self.items[skill.target].department


class _Regions:
    """In which regions there is somebody for a thing."""

    def __init__(self, pairs: Iterable[tuple[RegionCode, object]]) -> None:
        self._of: dict[object, set[RegionCode]] = defaultdict(set)
        for region_code, thing in pairs:
            self._of[thing].add(region_code)

    def reach(self, above: Iterable[RegionCode], *things: object) -> bool:
        """True when one of these regions, or everywhere, has somebody for one of the things."""
        regions = {EVERYWHERE, *above}
        return any(not regions.isdisjoint(self._of.get(thing, ())) for thing in things)


def findings(setup: Setup) -> tuple[Finding, ...]:
    """Answer every question."""
    look = _Look(setup)
    return tuple(_finding(check, grade, ask(look)) for check, (grade, ask) in _QUESTIONS.items())


def can_ring(found: Iterable[Finding]) -> bool:
    """True when nothing is missing that a call needs."""
    return all(one.grade is not Grade.NEEDED for one in found)


def _finding(check: Check, grade: Grade, lacking: Lacking) -> Finding:
    if lacking is None:
        return Finding(check, grade)
    names = tuple(dict.fromkeys(lacking))
    return Finding(check, grade if names else Grade.DONE, names[:MOST_NAMED], len(names))


def _any(things: Iterable[object]) -> Lacking:
    return () if any(True for _ in things) else None


def _regions(look: _Look) -> Lacking:
    return _any(region for region in look.setup.data.regions if not region.retired)


def _departments(look: _Look) -> Lacking:
    return _any(one for one in look.setup.data.departments if one.enabled)


def _points(look: _Look) -> Lacking:
    return _any(look.points)


def _point_facts(look: _Look) -> Lacking:
    return (point.name for point in look.points if not (point.phone.strip() and point.opening_hours.strip()))


def _items(look: _Look) -> Lacking:
    return _any(look.items.values())


def _offered(look: _Look) -> Lacking:
    if not look.points or not look.items:
        return None
    return (point.name for point in look.points if not any(True for _ in look.offered_at(point)))


def _bureau_phones(look: _Look) -> Lacking:
    """Bureaus whose items are offered at a point that no department of theirs serves."""
    return (
        f"{bureau}（{point.name}）"
        for point in look.points
        for bureau in look.bureaus_at(point)
        if department_for(look.setup.data.departments, bureau, look.tree.above(point.region_code)) is None
    )


def _clerks(look: _Look) -> Lacking:
    if not look.points:
        return None
    staffed = {one.point_id for one in look.with_role(Role.CLERK)}
    return (point.name for point in look.points if point.point_id not in staffed)


def _specialists(look: _Look) -> Lacking:
    return _any(look.responders)


def _skills(look: _Look) -> Lacking:
    """Items offered at a point that nobody in reach can take."""
    if not look.responders:
        return None
    return (
        f"{item.name}（{point.name}）"
        for point in look.points
        for item in look.offered_at(point)
        if not look.takers.reach(
            look.tree.above(point.region_code),
            (SkillKind.ITEM, item.code),
            (SkillKind.DEPARTMENT, item.department),
        )
    )


def _first_passwords(look: _Look) -> Lacking:
    """Clerks and specialists who can do nothing yet: their first password is not changed."""
    return (
        one.name
        for one in look.people
        if one.must_change_password and (one.answers_calls or Role.CLERK in one.roles)
    )


def _signed_in(look: _Look) -> Lacking:
    return _any(one for one in look.responders if one.staff_id in look.setup.signed_in)


def _secure(look: _Look) -> Lacking:
    return None if look.setup.deployment.reach is Reach.INSECURE else ()


def _media(look: _Look) -> Lacking:
    return () if look.setup.media else None


def _disk(look: _Look) -> Lacking:
    free = look.setup.free_bytes
    return () if free is None or free > look.setup.deployment.reserve_bytes + DISK_HOUR_BYTES else None


def _memberships(look: _Look) -> Lacking:
    departments = {one.department_id for one in look.setup.data.departments if one.enabled}
    return (one.name for one in look.responders if not departments.intersection(one.department_ids))


def _message_readers(look: _Look) -> Lacking:
    """Bureaus whose 留言 from a point nobody in reach would read."""
    return (
        f"{bureau}（{point.name}）"
        for point in look.points
        for bureau in look.bureaus_at(point)
        if not look.readers.reach(look.tree.above(point.region_code), bureau, None)
    )


def _other_computers(look: _Look) -> Lacking:
    deployment = look.setup.deployment
    return () if deployment.reach is Reach.HTTPS and deployment.media_addresses else None


def _turn(look: _Look) -> Lacking:
    return () if look.setup.relays else None


def _relay_only(look: _Look) -> Lacking:
    """Points whose people may use the relay only, while there is none: they ring, and hear and see nobody."""
    return () if look.setup.relays else (point.name for point in look.points if point.relay_only)


def _pads(look: _Look) -> Lacking:
    if not look.points:
        return None
    return (point.name for point in look.points if not look.setup.paired.get(point.point_id))


def _supervisors(look: _Look) -> Lacking:
    return _any(one for one in look.people if Role.SPECIALIST in one.roles and Post.SUPERVISOR in one.posts)


def _reviewers(look: _Look) -> Lacking:
    return _any(look.with_role(Role.REVIEWER))


def _second_curators(look: _Look) -> Lacking:
    return () if len(look.with_role(Role.CURATOR)) > 1 else None


def _separated(look: _Look) -> Lacking:
    others = (Role.SECURITY_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR)
    return () if all(look.with_role(role) for role in others) else None


_QUESTIONS: Final[Mapping[Check, tuple[Grade, Callable[[_Look], Lacking]]]] = MappingProxyType(
    {
        Check.REGION: (Grade.NEEDED, _regions),
        Check.DEPARTMENT: (Grade.NEEDED, _departments),
        Check.POINT: (Grade.NEEDED, _points),
        Check.POINT_FACTS: (Grade.NEEDED, _point_facts),
        Check.ITEM: (Grade.NEEDED, _items),
        Check.OFFERED: (Grade.NEEDED, _offered),
        Check.BUREAU_PHONE: (Grade.NEEDED, _bureau_phones),
        Check.CLERK: (Grade.NEEDED, _clerks),
        Check.SPECIALIST: (Grade.NEEDED, _specialists),
        Check.SKILL: (Grade.NEEDED, _skills),
        Check.FIRST_PASSWORD: (Grade.ADVISED, _first_passwords),
        Check.SIGNED_IN: (Grade.NEEDED, _signed_in),
        Check.SECURE: (Grade.NEEDED, _secure),
        Check.MEDIA: (Grade.NEEDED, _media),
        Check.RELAY_ONLY: (Grade.NEEDED, _relay_only),
        Check.DISK: (Grade.NEEDED, _disk),
        Check.MEMBERSHIP: (Grade.ADVISED, _memberships),
        Check.MESSAGE_READER: (Grade.ADVISED, _message_readers),
        Check.OTHER_COMPUTERS: (Grade.ADVISED, _other_computers),
        Check.TURN: (Grade.ADVISED, _turn),
        Check.PAD: (Grade.ADVISED, _pads),
        Check.SUPERVISOR: (Grade.ADVISED, _supervisors),
        Check.REVIEWER: (Grade.ADVISED, _reviewers),
        Check.SECOND_CURATOR: (Grade.ADVISED, _second_curators),
        Check.SEPARATED: (Grade.ADVISED, _separated),
    }
)
