"""The audit log in SQL: append-only, each entry chained to the one before by its digest."""

import hashlib
import json
from typing import Any, Final

from sqlalchemy import ColumnElement, insert, or_, select, update

from signaling.adapters.documents import dump, parse
from signaling.adapters.sql.database import Database
from signaling.adapters.sql.schema import audit, audit_head
from signaling.domain.audit import AuditEntry
from signaling.services.stores import AuditCheck, AuditQuery, AuditRow, ConflictError

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
            row = {"sequence": sequence, "digest": digest, "document": document} | _columns(entry)
            await connection.execute(insert(audit).values(row))
            await connection.execute(update(audit_head).values(sequence=sequence, digest=digest))

    async def entries(self, query: AuditQuery) -> list[AuditRow]:
        page = (
            select(audit.c.sequence, audit.c.document)
            .where(*_conditions(query))
            .order_by(audit.c.sequence.desc())
            .limit(query.limit)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(page)).all()
        return [AuditRow(row.sequence, parse(AuditEntry, row.document)) for row in rows]

    async def check(self) -> AuditCheck:
        """Follow the chain; what is searched by must say what the chained document says."""
        previous, expected = _GENESIS, 1
        async with self._database.read() as connection:
            rows = await connection.stream(select(audit).order_by(audit.c.sequence))
            async for row in rows:
                if row.sequence != expected or row.digest != _chain(previous, row.document):
                    return AuditCheck(expected - 1, expected, previous)
                entry = _columns(parse(AuditEntry, row.document))
                chained = json.loads(row.document).keys()  # the first schema's documents have no region
                if any(row._mapping[name] != value for name, value in entry.items() if name in chained):
                    return AuditCheck(expected - 1, expected, previous)
                previous, expected = row.digest, expected + 1
            head = (await connection.execute(select(audit_head))).one_or_none()
        whole = (head.sequence, head.digest) == (expected - 1, previous) if head else expected == 1
        return AuditCheck(expected - 1, None if whole else expected, previous)


def _columns(entry: AuditEntry) -> dict[str, Any]:
    """Return what the log is searched by."""
    return {
        "at": entry.at,
        "subject": entry.subject,
        "act": entry.act,
        "result": entry.result.value,
        "region_code": entry.region_code,
    }


def _conditions(query: AuditQuery) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if query.regions is not None:
        found.append(audit.c.region_code.in_(sorted(query.regions)))
    if query.subjects is not None:
        found.append(audit.c.subject.in_(sorted(query.subjects)))
    if query.act is not None:
        family = audit.c.act.startswith(f"{query.act}.", autoescape=True)
        found.append(or_(audit.c.act == query.act, family))
    if query.result is not None:
        found.append(audit.c.result == query.result.value)
    if query.since is not None:
        found.append(audit.c.at >= query.since)
    if query.until is not None:
        found.append(audit.c.at < query.until)
    if query.before is not None:
        found.append(audit.c.sequence < query.before)
    return found
