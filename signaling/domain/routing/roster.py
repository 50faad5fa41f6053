"""Everybody who answers calls, filed by what they can take and where, so that nobody need be searched for."""

from collections import ChainMap, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from signaling.domain.ids import ItemCode, RegionCode, StaffId
from signaling.domain.items import GENERAL_DESK
from signaling.domain.routing.model import Profile

FEW: Final = 0.05
"""Share of a bureau's people up to which those with a skill for one item are exceptions in its layer."""


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

    def profile(self, item_code: ItemCode | None, department: str) -> Profile:
        """Return what policies look at when it is about an item; the best fitting skill counts.

        For the general desk nobody needs a skill: whoever answers calls can find out what somebody wants.
        """
        level = self.department_levels.get(department, int(department == GENERAL_DESK.department))
        if item_code is not None:
            level = max(level, self.item_levels.get(item_code, 0))
        return Profile(level, self.reach, self.languages, self.posts, self.bureaus)


@dataclass(frozen=True, slots=True, eq=False)
class Station:
    """The people of one region with one skill, those together whom no policy tells apart."""

    squads: Mapping[Profile, tuple[StaffId, ...]]
    size: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody is filed."""

    staff_id: StaffId
    station: Station
    profile: Profile


Layer: TypeAlias = Mapping[RegionCode, Station]


@dataclass(frozen=True, slots=True)
class Shelf:
    """Everybody with the skill for one item: stations in layers, and where each person counts.

    The layer of a bureau is shared by its items. `left_out` of it are those whom an upper layer has with a
    skill of their own for this one.
    """

    layers: tuple[Layer, ...]
    place_of: Mapping[StaffId, Place]
    size: int
    left_out: tuple[Place, ...] = ()


class Roster:
    """Responders by skill; immutable. A shelf is filed when it is first asked for.

    Args:
        responders: everybody to whom calls may be offered.
        few: up to which share an item's own people are exceptions; above it the item is filed by itself.
    """

    def __init__(self, responders: Iterable[Responder], *, few: float = FEW) -> None:
        self._few = few
        self.everybody = tuple(responders)
        self.languages: set[str] = set()
        """What anybody speaks."""
        self._by_item: dict[ItemCode, list[Responder]] = defaultdict(list)
        self._by_department: dict[str, list[Responder]] = defaultdict(list)
        for responder in self.everybody:
            self.languages.update(responder.languages)
            for code in responder.item_levels:
                self._by_item[code].append(responder)
            for department in {*responder.department_levels, GENERAL_DESK.department}:
                self._by_department[department].append(responder)
        self._shelves: dict[tuple[ItemCode | None, str], Shelf] = {}

    def shelf(self, item_code: ItemCode, department: str) -> Shelf:
        """Return who has the skill for an item; items that nobody has a skill for by name share a shelf."""
        return self._shelf(item_code if item_code in self._by_item else None, department)

    def takes(self, staff_id: StaffId, item_code: ItemCode, department: str) -> bool:
        """True when somebody answers calls and has the skill."""
        return staff_id in self.shelf(item_code, department).place_of

    def _shelf(self, item_code: ItemCode | None, department: str) -> Shelf:
        key = (item_code, department)
        if key not in self._shelves:
            self._shelves[key] = self._file(*key)
        return self._shelves[key]

    def _file(self, item_code: ItemCode | None, department: str) -> Shelf:
        everybody = self._by_department.get(department, [])
        if item_code is None:
            return _shelf(everybody, None, department)
        skilled = self._by_item[item_code]
        if len(skilled) > self._few * len(everybody):
            return _shelf([*skilled, *everybody], item_code, department)
        own, shared = _shelf(skilled, item_code, department), self._shelf(None, department)
        left_out = tuple(shared.place_of[who] for who in own.place_of if who in shared.place_of)
        return Shelf(
            own.layers + shared.layers,
            ChainMap(dict(own.place_of), dict(shared.place_of)),
            own.size + shared.size - len(left_out),
            left_out,
        )


def _shelf(skilled: Iterable[Responder], item_code: ItemCode | None, department: str) -> Shelf:
    alike: dict[RegionCode, dict[Profile, dict[StaffId, None]]] = defaultdict(lambda: defaultdict(dict))
    for responder in skilled:
        profile = responder.profile(item_code, department)
        if profile.skill_level > 0:
            alike[responder.region_code][profile][responder.staff_id] = None
    layer = {
        region_code: Station(
            {profile: tuple(members) for profile, members in squads.items()},
            sum(map(len, squads.values())),
        )
        for region_code, squads in alike.items()
    }
    place_of = {
        staff_id: Place(staff_id, station, profile)
        for station in layer.values()
        for profile, members in station.squads.items()
        for staff_id in members
    }
    return Shelf((layer,), place_of, len(place_of))
