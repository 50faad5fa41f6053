"""Everybody who answers calls, filed by what they can take and where, so that nobody need be searched for."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from signaling.domain.ids import ItemCode, RegionCode, StaffId
from signaling.domain.routing.model import Profile


@dataclass(frozen=True, slots=True)
class Responder:
    """Somebody to whom calls may be offered, as the directory knows them.

    `reach` is the level of their region; the levels are those of their skills, by item code and by bureau.
    """

    staff_id: StaffId
    region_code: RegionCode
    reach: str
    languages: tuple[str, ...]
    posts: tuple[str, ...] = ()
    bureaus: tuple[str, ...] = ()
    item_levels: Mapping[ItemCode, int] = field(default_factory=dict)
    department_levels: Mapping[str, int] = field(default_factory=dict)

    def profile(self, item_code: ItemCode, department: str) -> Profile:
        """Return what policies look at when it is about an item; the best fitting skill counts."""
        level = max(self.item_levels.get(item_code, 0), self.department_levels.get(department, 0))
        return Profile(level, self.reach, self.languages, self.posts, self.bureaus)


@dataclass(frozen=True, slots=True, eq=False)
class Squad:
    """People of one region whom no policy tells apart where one thing is concerned."""

    profile: Profile
    members: tuple[StaffId, ...]


@dataclass(frozen=True, slots=True)
class Shelf:
    """Everybody with the skill for one thing: their squads by region, and the squad of each person."""

    squads: Mapping[RegionCode, tuple[Squad, ...]]
    squad_of: Mapping[StaffId, Squad]


class Roster:
    """Responders by skill; immutable. A shelf is filed when it is first asked for."""

    def __init__(self, responders: Iterable[Responder] = ()) -> None:
        self._by_item: dict[ItemCode, list[Responder]] = defaultdict(list)
        self._by_department: dict[str, list[Responder]] = defaultdict(list)
        for responder in responders:
            for code in responder.item_levels:
                self._by_item[code].append(responder)
            for department in responder.department_levels:
                self._by_department[department].append(responder)
        self._shelves: dict[tuple[ItemCode | None, str], Shelf] = {}

    def shelf(self, item_code: ItemCode, department: str) -> Shelf:
        """Return who has the skill for an item of a bureau.

        The items of a bureau for which nobody has a skill of their own share one shelf.
        """
        key = (item_code if item_code in self._by_item else None, department)
        if key not in self._shelves:
            self._shelves[key] = self._file(item_code, department)
        return self._shelves[key]

    def takes(self, staff_id: StaffId, item_code: ItemCode, department: str) -> bool:
        """True when somebody answers calls and has the skill."""
        return staff_id in self.shelf(item_code, department).squad_of

    def _file(self, item_code: ItemCode, department: str) -> Shelf:
        skilled = [*self._by_item.get(item_code, ()), *self._by_department.get(department, ())]
        alike: dict[tuple[RegionCode, Profile], dict[StaffId, None]] = defaultdict(dict)
        for responder in skilled:
            profile = responder.profile(item_code, department)
            if profile.skill_level > 0:
                alike[responder.region_code, profile][responder.staff_id] = None
        squads: dict[RegionCode, list[Squad]] = defaultdict(list)
        for (region_code, profile), members in alike.items():
            squads[region_code].append(Squad(profile, tuple(members)))
        return Shelf(
            {region_code: tuple(found) for region_code, found in squads.items()},
            {staff_id: squad for found in squads.values() for squad in found for staff_id in squad.members},
        )
