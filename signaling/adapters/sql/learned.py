"""Learned lines of the search in SQL."""

from collections.abc import Sequence

from sqlalchemy import delete, insert, select

from signaling.adapters.documents import dump, parse
from signaling.adapters.sql.database import Database
from signaling.adapters.sql.schema import learned_lines
from signaling.domain.search.learned import LearnedLine


class SqlLearnedStore:
    """LearnedStore over a `Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save_line(self, line: LearnedLine) -> None:
        async with self._database.write() as connection:
            await connection.execute(delete(learned_lines).where(learned_lines.c.call_id == line.call_id))
            row = {"call_id": line.call_id, "learned_at": line.learned_at, "document": dump(line)}
            await connection.execute(insert(learned_lines).values(row))

    async def line(self, call_id: str) -> LearnedLine | None:
        query = select(learned_lines.c.document).where(learned_lines.c.call_id == call_id)
        async with self._database.read() as connection:
            document = await connection.scalar(query)
        return parse(LearnedLine, document) if document is not None else None

    async def lines(self, limit: int) -> Sequence[LearnedLine]:
        query = (
            select(learned_lines.c.document)
            .order_by(learned_lines.c.learned_at.desc(), learned_lines.c.call_id)
            .limit(limit)
        )
        async with self._database.read() as connection:
            rows = (await connection.scalars(query)).all()
        return [parse(LearnedLine, document) for document in rows]

    async def forget_lines(self, before: float) -> int:
        async with self._database.write() as connection:
            gone = await connection.execute(delete(learned_lines).where(learned_lines.c.learned_at < before))
        return gone.rowcount
