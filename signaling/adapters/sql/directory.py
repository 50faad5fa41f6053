"""The directory in SQL: regions, points, departments, items, offerings, staff and skills.

Every change counts one row up, by which each process sees that its reading is out of date.
"""

from collections.abc import Collection, Sequence
from typing import Any, Final

from sqlalchemy import Table, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from signaling.adapters.documents import dump, parse
from signaling.adapters.sql.database import Database, batched
from signaling.adapters.sql.schema import (
    departments,
    directory_revision,
    item_drafts,
    items,
    offerings,
    points,
    regions,
    skills,
    staff,
)
from signaling.domain.directory_data import DirectoryChange, DirectoryData
from signaling.domain.items import Item, ItemDraft
from signaling.domain.places import Department, ServicePoint
from signaling.domain.regions import Region, RegionLevel
from signaling.domain.staff import Skill, SkillKind, Staff
from signaling.services.stores import ConflictError

_NAME: Final = "directory"


class SqlDirectoryStore:
    """DirectoryStore over a `Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self) -> DirectoryData:
        async with self._database.read() as connection:
            region_rows = (await connection.execute(select(regions).order_by(regions.c.code))).all()
            point_rows = (
                await connection.scalars(select(points.c.document).order_by(points.c.point_id))
            ).all()
            department_rows = (
                await connection.scalars(select(departments.c.document).order_by(departments.c.department_id))
            ).all()
            item_rows = (
                await connection.scalars(select(items.c.document).order_by(items.c.code, items.c.version))
            ).all()
            offering_rows = (await connection.execute(select(offerings))).all()
            staff_rows = (await connection.scalars(select(staff.c.document).order_by(staff.c.username))).all()
            skill_rows = (await connection.execute(select(skills))).all()
            draft_rows = (
                await connection.scalars(select(item_drafts.c.document).order_by(item_drafts.c.code))
            ).all()
            revision = await _revision(connection)
        newest = {item.code: item for item in (parse(Item, row) for row in item_rows)}
        return DirectoryData(
            regions=tuple(
                Region(row.code, row.name, RegionLevel(row.level), row.parent, row.retired)
                for row in region_rows
            ),
            points=tuple(parse(ServicePoint, row) for row in point_rows),
            departments=tuple(parse(Department, row) for row in department_rows),
            items=tuple(newest.values()),
            offerings=tuple((row.code, row.region_code) for row in offering_rows),
            staff=tuple(parse(Staff, row) for row in staff_rows),
            skills=tuple(
                Skill(row.staff_id, SkillKind(row.kind), row.target, row.level) for row in skill_rows
            ),
            drafts=tuple(parse(ItemDraft, row) for row in draft_rows),
            revision=revision,
        )

    async def revision(self) -> int:
        async with self._database.read() as connection:
            return await _revision(connection)

    async def apply(self, change: DirectoryChange, *, if_revision: int | None = None) -> None:
        async with self._database.write() as connection:
            counted = self._database.counter(directory_revision, "name", _NAME, "revision")
            now_at = await connection.scalar(counted)  # first, so that changes follow one another
            if if_revision is not None and now_at != if_revision + 1:
                raise ConflictError("the directory was changed meanwhile")
            for table, rows in _rows(change):
                await self._database.replace_all(connection, table, rows)
            await _forget(connection, change)
            for staff_id, held in change.skills.items():
                await _set_skills(connection, staff_id, held)

    async def item(self, code: str, version: int) -> Item | None:
        query = select(items.c.document).where(items.c.code == code, items.c.version == version)
        async with self._database.read() as connection:
            document = await connection.scalar(query)
        return parse(Item, document) if document is not None else None

    async def people(self, staff_ids: Collection[str]) -> dict[str, Staff]:
        found: dict[str, Staff] = {}
        async with self._database.read() as connection:
            for some in batched(staff_ids):
                query = select(staff.c.document).where(staff.c.staff_id.in_(some))
                for document in await connection.scalars(query):
                    person = parse(Staff, document)
                    found[person.staff_id] = person
        return found


async def _revision(connection: AsyncConnection) -> int:
    found = await connection.scalar(
        select(directory_revision.c.revision).where(directory_revision.c.name == _NAME)
    )
    return found or 0


def _rows(change: DirectoryChange) -> list[tuple[Table, list[dict[str, Any]]]]:
    """Return what is inserted or replaced, table by table."""
    return [
        (regions, [_region_row(one) for one in change.regions]),
        (points, [{"point_id": one.point_id, "document": dump(one)} for one in change.points]),
        (
            departments,
            [{"department_id": one.department_id, "document": dump(one)} for one in change.departments],
        ),
        (
            items,
            [{"code": one.code, "version": one.version, "document": dump(one)} for one in change.items],
        ),
        (item_drafts, [{"code": one.item.code, "document": dump(one)} for one in change.drafts]),
        (offerings, [{"code": code, "region_code": region_code} for code, region_code in change.offered]),
        (staff, [_staff_row(one) for one in change.staff]),
    ]


def _region_row(region: Region) -> dict[str, Any]:
    return {
        "code": region.code,
        "name": region.name,
        "level": region.level.value,
        "parent": region.parent,
        "retired": region.retired,
    }


def _staff_row(person: Staff) -> dict[str, Any]:
    return {"staff_id": person.staff_id, "username": person.username, "document": dump(person)}


async def _forget(connection: AsyncConnection, change: DirectoryChange) -> None:
    """Delete the offerings and drafts that ended."""
    for code, region_code in change.withdrawn:
        await connection.execute(
            delete(offerings).where(offerings.c.code == code, offerings.c.region_code == region_code)
        )
    if change.drafts_gone:
        await connection.execute(delete(item_drafts).where(item_drafts.c.code.in_(change.drafts_gone)))


async def _set_skills(connection: AsyncConnection, staff_id: str, held: Sequence[Skill]) -> None:
    rows = [
        {"staff_id": staff_id, "kind": skill.kind.value, "target": skill.target, "level": skill.level}
        for skill in held
    ]
    await connection.execute(delete(skills).where(skills.c.staff_id == staff_id))
    if rows:
        await connection.execute(insert(skills), rows)
