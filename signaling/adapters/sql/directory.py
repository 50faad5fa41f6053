"""The directory in SQL: regions, points, departments, items, offerings, staff and skills."""

from collections.abc import Collection, Sequence

from sqlalchemy import delete, insert, select

from signaling.adapters.documents import dump, parse
from signaling.adapters.sql.database import Database, batched
from signaling.adapters.sql.schema import departments, items, offerings, points, regions, skills, staff
from signaling.domain.items import Item
from signaling.domain.places import Department, ServicePoint
from signaling.domain.regions import Region, RegionLevel
from signaling.domain.staff import Skill, SkillKind, Staff
from signaling.services.stores import DirectoryData


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
        newest = {item.code: item for item in (parse(Item, row) for row in item_rows)}
        return DirectoryData(
            regions=tuple(
                Region(row.code, row.name, RegionLevel(row.level), row.parent) for row in region_rows
            ),
            points=tuple(parse(ServicePoint, row) for row in point_rows),
            departments=tuple(parse(Department, row) for row in department_rows),
            items=tuple(newest.values()),
            offerings=tuple((row.code, row.region_code) for row in offering_rows),
            staff=tuple(parse(Staff, row) for row in staff_rows),
            skills=tuple(
                Skill(row.staff_id, SkillKind(row.kind), row.target, row.level) for row in skill_rows
            ),
        )

    async def save_regions(self, given: Sequence[Region]) -> None:
        rows = [
            {"code": region.code, "name": region.name, "level": region.level.value, "parent": region.parent}
            for region in given
        ]
        async with self._database.write() as connection:
            await self._database.replace_all(connection, regions, rows)

    async def save_departments(self, given: Sequence[Department]) -> None:
        rows = [{"department_id": entry.department_id, "document": dump(entry)} for entry in given]
        async with self._database.write() as connection:
            await self._database.replace_all(connection, departments, rows)

    async def save_point(self, point: ServicePoint) -> None:
        async with self._database.write() as connection:
            row = {"point_id": point.point_id, "document": dump(point)}
            await connection.execute(self._database.upsert(points, row))

    async def save_items(self, given: Sequence[Item]) -> None:
        rows = [{"code": item.code, "version": item.version, "document": dump(item)} for item in given]
        async with self._database.write() as connection:
            await self._database.replace_all(connection, items, rows)

    async def item(self, code: str, version: int) -> Item | None:
        query = select(items.c.document).where(items.c.code == code, items.c.version == version)
        async with self._database.read() as connection:
            document = await connection.scalar(query)
        return parse(Item, document) if document is not None else None

    async def set_offering(self, code: str, region_code: str, *, offered: bool) -> None:
        if offered:
            await self.set_offerings([(code, region_code)])
            return
        async with self._database.write() as connection:
            await connection.execute(
                delete(offerings).where(offerings.c.code == code, offerings.c.region_code == region_code)
            )

    async def set_offerings(self, given: Sequence[tuple[str, str]]) -> None:
        rows = [{"code": code, "region_code": region_code} for code, region_code in given]
        async with self._database.write() as connection:
            await self._database.replace_all(connection, offerings, rows)

    async def save_staff(self, person: Staff) -> None:
        row = {"staff_id": person.staff_id, "username": person.username, "document": dump(person)}
        async with self._database.write() as connection:
            await connection.execute(self._database.upsert(staff, row))

    async def people(self, staff_ids: Collection[str]) -> dict[str, Staff]:
        found: dict[str, Staff] = {}
        async with self._database.read() as connection:
            for some in batched(staff_ids):
                query = select(staff.c.document).where(staff.c.staff_id.in_(some))
                for document in await connection.scalars(query):
                    person = parse(Staff, document)
                    found[person.staff_id] = person
        return found

    async def set_skills(self, staff_id: str, given: Sequence[Skill]) -> None:
        rows = [
            {"staff_id": staff_id, "kind": skill.kind.value, "target": skill.target, "level": skill.level}
            for skill in given
        ]
        async with self._database.write() as connection:
            await connection.execute(delete(skills).where(skills.c.staff_id == staff_id))
            if rows:
                await connection.execute(insert(skills), rows)
