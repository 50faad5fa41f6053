"""The audit log in SQL: append-only, each entry chained to the one before by its digest."""

import hashlib
from typing import Final

from sqlalchemy import insert, select, update

from signaling.adapters.sql.database import Database
from signaling.adapters.sql.documents import dump, parse
from signaling.adapters.sql.schema import audit, audit_head
from signaling.domain.audit import AuditEntry
from signaling.services.stores import ConflictError

_HEAD: Final = "head"
_GENESIS: Final = "0" * 64


def _chain(previous: str, document: str) -> str:
    return hashlib.sha256(f"{previous}\n{document}".encode()).hexdigest()


class SqlAuditStore:
    """AuditStore over a `Database`; a changed or removed entry breaks the chain."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, entry: AuditEntry) -> None:
        """Append; of two first entries at once one finds the chain begun and tries again."""
        try:
            await self._append(entry)
        except ConflictError:
            await self._append(entry)

    async def _append(self, entry: AuditEntry) -> None:
        document = dump(entry)
        async with self._database.write() as connection:
            genesis = {"name": _HEAD, "sequence": 0, "digest": _GENESIS}
            head = (await connection.execute(select(audit_head).with_for_update())).one_or_none()
            if head is None:
                await connection.execute(insert(audit_head).values(genesis))
            sequence = (head.sequence if head else 0) + 1
            digest = _chain(head.digest if head else _GENESIS, document)
            await connection.execute(
                insert(audit).values(sequence=sequence, at=entry.at, digest=digest, document=document)
            )
            await connection.execute(update(audit_head).values(sequence=sequence, digest=digest))

    async def entries(self, limit: int, before: float | None = None) -> list[AuditEntry]:
        query = select(audit.c.document).order_by(audit.c.sequence.desc()).limit(limit)
        if before is not None:
            query = query.where(audit.c.at < before)
        async with self._database.read() as connection:
            rows = (await connection.scalars(query)).all()
        return [parse(AuditEntry, document) for document in rows]

    async def first_broken(self) -> int | None:
        """Return the sequence of the first entry that breaks the chain, or None when it is whole."""
        previous, expected = _GENESIS, 1
        async with self._database.read() as connection:
            rows = await connection.stream(select(audit).order_by(audit.c.sequence))
            async for row in rows:
                if row.sequence != expected or row.digest != _chain(previous, row.document):
                    return expected
                previous, expected = row.digest, expected + 1
            head = (await connection.execute(select(audit_head))).one_or_none()
        return None if head is None or head.sequence == expected - 1 else expected
