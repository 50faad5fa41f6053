"""Put the demo data into the stores: once, again and again, with the same outcome."""

import logging

from signaling.demo.samples import (
    PREFECTURE,
    Person,
    sample_departments,
    sample_items,
    sample_people,
    sample_points,
    sample_regions,
)
from signaling.domain.directory_data import DirectoryChange, DirectoryData
from signaling.domain.staff import Skill, SkillKind
from signaling.services.ports import Ports
from signaling.services.stores import Credential

_log = logging.getLogger(__name__)


async def seed(ports: Ports, password: str) -> None:
    """Add what is missing of the demo data; what people changed since (skills, points) stays.

    Args:
        ports: the stores; `start()` the services afterwards, or publish DirectoryChanged.
        password: of every demo account; set again where it differs.
    """
    present = await ports.directory.load()
    await _seed_places(ports, present)
    await _seed_items(ports, present)
    known = {person.staff_id for person in present.staff}
    for person in sample_people():
        if person.staff.staff_id not in known:
            await _add_person(ports, person)
        await _set_password(ports, person.staff.staff_id, password)
    if not known:
        _log.info("demo data: %d items, %d people", len(sample_items()), len(sample_people()))


async def _seed_places(ports: Ports, present: DirectoryData) -> None:
    known = {point.point_id for point in present.points}
    change = DirectoryChange(
        regions=() if present.regions else tuple(sample_regions()),
        departments=() if present.departments else tuple(sample_departments()),
        points=tuple(point for point in sample_points() if point.point_id not in known),
    )
    if change != DirectoryChange():
        await ports.directory.apply(change)


async def _seed_items(ports: Ports, present: DirectoryData) -> None:
    known = {item.code for item in present.items}
    missing = tuple(item for item in sample_items() if item.code not in known)
    if missing:
        offered = tuple((item.code, PREFECTURE) for item in missing)
        await ports.directory.apply(DirectoryChange(items=missing, offered=offered))


async def _add_person(ports: Ports, person: Person) -> None:
    staff_id = person.staff.staff_id
    skills = tuple(Skill(staff_id, SkillKind.DEPARTMENT, bureau, level) for bureau, level in person.bureaus)
    await ports.directory.apply(DirectoryChange(staff=(person.staff,), skills={staff_id: skills}))


async def _set_password(ports: Ports, staff_id: str, password: str) -> None:
    known = await ports.accounts.credential(staff_id)
    if known is None or not await ports.passwords.verify(known.password_hash, password):
        await ports.accounts.save_credential(Credential(staff_id, await ports.passwords.hash(password)))
