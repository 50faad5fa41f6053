"""Helpers of counter PCs in SQL."""

from collections.abc import Collection

from sqlalchemy import insert, select, update

from signaling.adapters.documents import dump, parse
from signaling.adapters.sql.database import Database
from signaling.adapters.sql.schema import helpers
from signaling.domain.counters import CounterHelper


class SqlHelperStore:
    """HelperStore over a `Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, helper: CounterHelper, key_digest: str) -> None:
        async with self._database.write() as connection:
            await connection.execute(
                insert(helpers).values(
                    helper_id=helper.helper_id,
                    point_id=helper.point_id,
                    key_digest=key_digest,
                    revoked=False,
                    document=dump(helper),
                )
            )

    async def by_key(self, key_digest: str) -> CounterHelper | None:
        query = select(helpers.c.document).where(
            helpers.c.key_digest == key_digest, helpers.c.revoked.is_(False)
        )
        async with self._database.read() as connection:
            document = await connection.scalar(query)
        return parse(CounterHelper, document) if document is not None else None

    async def of_point(self, point_id: str) -> list[CounterHelper]:
        query = (
            select(helpers.c.document)
            .where(helpers.c.point_id == point_id, helpers.c.revoked.is_(False))
            .order_by(helpers.c.helper_id)
        )
        async with self._database.read() as connection:
            rows = (await connection.scalars(query)).all()
        found = [parse(CounterHelper, document) for document in rows]
        return sorted(found, key=lambda helper: (helper.paired_at, helper.helper_id))

    async def revoke(self, helper_ids: Collection[str]) -> None:
        async with self._database.write() as connection:
            await connection.execute(
                update(helpers).where(helpers.c.helper_id.in_(sorted(helper_ids))).values(revoked=True)
            )
