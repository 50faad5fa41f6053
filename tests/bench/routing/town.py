"""A prefecture at its busiest: 2,000 specialists who all have the skill, and 500 calls that wait for them."""

import random
from dataclasses import dataclass
from typing import Final

from signaling.domain.call_model import Call
from signaling.domain.presence import PresenceState
from signaling.domain.regions import Region, RegionLevel, RegionTree
from signaling.domain.routing.model import Request, Standing
from signaling.domain.routing.roster import Responder
from tests.signaling.adapters.samples import a_call

PEOPLE: Final = 2000
WAITING: Final = 500
BUREAU: Final = "医疗保障局"
NOW: Final = 1_800_000_000.0
COUNTIES: Final = 4
TOWNSHIPS: Final = 31
ITEMS: Final = 60
LANGUAGES: Final = ("普通话", "傈僳语", "独龙语", "怒语")
SEED: Final = 20261127


@dataclass(frozen=True, slots=True)
class Town:
    """Its regions, its specialists with how they stand, and the waiting calls in their order."""

    tree: RegionTree
    people: tuple[Responder, ...]
    standings: dict[str, Standing]
    waiting: tuple[Call, ...]


def build(free: float) -> Town:
    """Return the same town every time.

    Args:
        free: share of the specialists who are free; of the others most are in a call or wrap one up.
    """
    chance = random.Random(SEED)
    tree = RegionTree(_regions())
    people = tuple(_responder(chance, number, tree) for number in range(PEOPLE))
    standings = {person.staff_id: _standing(chance, free) for person in people}
    townships = [region.code for region in tree if region.level is RegionLevel.TOWNSHIP]
    waiting = tuple(_call(chance, number, townships) for number in range(WAITING))
    return Town(tree, people, standings, waiting)


def request_of(call: Call) -> Request:
    """Return a call as routing sees it."""
    return Request(
        call.call_id,
        call.item_code,
        call.department,
        call.region_code,
        call.language,
        call.priority,
        call.requested_at,
        call.members[0].who.id,
    )


def _regions() -> list[Region]:
    regions = [
        Region("53", "云南省", RegionLevel.PROVINCE, None),
        Region("5333", "怒江州", RegionLevel.PREFECTURE, "53"),
    ]
    for number in range(COUNTIES):
        regions.append(Region(f"5333{number:02}", f"{number}县", RegionLevel.COUNTY, "5333"))
    for number in range(TOWNSHIPS):
        county = f"5333{number % COUNTIES:02}"
        regions.append(Region(f"{county}{number:03}", f"{number}乡", RegionLevel.TOWNSHIP, county))
    return regions


def _responder(chance: random.Random, number: int, tree: RegionTree) -> Responder:
    levels = (RegionLevel.COUNTY, RegionLevel.COUNTY, RegionLevel.PREFECTURE, RegionLevel.TOWNSHIP)
    level = chance.choice(levels)
    region = chance.choice([region for region in tree if region.level is level])
    spoken = tuple(sorted({LANGUAGES[0], chance.choice(LANGUAGES)}))
    own_item = {f"YB-{chance.randrange(ITEMS):03}": 5} if chance.random() < 0.02 else {}
    return Responder(
        f"staff-{number:04}",
        region.code,
        level.value,
        spoken,
        ("responder",),
        (BUREAU,),
        own_item,
        {BUREAU: chance.randint(1, 5)},
    )


def _standing(chance: random.Random, free: float) -> Standing:
    others = (PresenceState.BUSY, PresenceState.BUSY, PresenceState.WRAP_UP, PresenceState.AWAY)
    state = PresenceState.AVAILABLE if chance.random() < free else chance.choice(others)
    return Standing(state, NOW - chance.uniform(0, 3600), NOW - 60, chance.randrange(20), 600.0)


def _call(chance: random.Random, number: int, townships: list[str]) -> Call:
    requested_at = NOW - chance.uniform(0, 1200)
    return a_call(
        f"call-{number:04}",
        number=f"1127-{number:03}",
        item_code=f"YB-{chance.randrange(ITEMS):03}",
        department=BUREAU,
        region_code=chance.choice(townships),
        language=chance.choice(LANGUAGES),
        priority=chance.choice((50, 50, 80)),
        requested_at=requested_at,
        no_staff_at=NOW + 3600.0,
    )
